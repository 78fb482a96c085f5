//! The configuration's routes → the policy of incidents.

use std::collections::BTreeMap;

use podwhy_flow::UserError;
use podwhy_flow::incident::policy::Excerpts;
use podwhy_flow::incident::ring::Room;
use podwhy_flow::incident::{Policy, Route, Severity, Spot};

use super::super::policy::{areas, platform};
use super::allowed;
use crate::config::{self, Settings};

/// The policy over clusters of these names.
///
/// # Errors
/// [`UserError`] as of `policy::policy`: a route names a cluster that is not one of them.
pub(in super::super) fn policy(settings: &Settings, clusters: &[&str]) -> Result<Policy, UserError> {
    let mut routes = Vec::new();
    for (index, route) in settings.routes.iter().enumerate() {
        let labels = route.labels.iter().filter_map(|label| label.split_once('='));
        routes.push(Route {
            to: Spot { platform: platform(route.app), channel: route.channel.clone() },
            areas: areas(&route.of, &format!("routes[{index}].of"), clusters)?,
            severity: severity(route.severity),
            causes: route.causes.iter().cloned().collect(),
            labels: labels
                .map(|(name, value)| (name.to_string(), value.to_string()))
                .collect::<BTreeMap<_, _>>(),
            mention: route.mention.clone(),
            watch: route.watch,
            quiet: route.quiet.map(|hours| hours.in_zone(&settings.time_zone)),
            lang: route
                .lang
                .or(lang_of_channel(settings, route.app, &route.channel))
                .unwrap_or(settings.lang),
        });
    }
    let incidents = &settings.incidents;
    Ok(Policy {
        routes,
        annotated: allowed::routes(settings, clusters)?,
        counts_untold: !settings.digests.is_empty(),
        post_undiagnosed: incidents.post_undiagnosed.iter().cloned().collect(),
        settle: incidents.settle,
        reopen: incidents.reopen,
        storm_threads: usize::try_from(incidents.storm_threads).unwrap_or(1).max(1),
        storm_window: incidents.storm_window,
        remind: Some(incidents.remind),
        keep: incidents.keep,
        excerpts: Excerpts {
            most: usize::try_from(incidents.excerpts).unwrap_or_default(),
            longest: usize::try_from(incidents.excerpt_bytes).unwrap_or_default(),
        },
        runbook_hosts: incidents.runbook_hosts.clone(),
        ..Policy::default()
    })
}

/// How many pods that failed are remembered.
pub(super) fn room(settings: &Settings) -> Room {
    let incidents = &settings.incidents;
    Room { pods: usize::try_from(incidents.ring_pods).unwrap_or_default(), age: incidents.ring_age }
}

/// The language that a channel has where it asks.
pub(super) fn lang_of_channel(
    settings: &Settings,
    app: config::App,
    id: &str,
) -> Option<podwhy_knowledge::Lang> {
    let is_it = |channel: &&config::Channel| channel.app == app && channel.id == id;
    settings.channels.iter().find(is_it).and_then(|channel| channel.lang)
}

pub(super) fn severity(severity: config::Severity) -> Severity {
    match severity {
        config::Severity::Info => Severity::Info,
        config::Severity::Warning => Severity::Warning,
        config::Severity::Critical => Severity::Critical,
    }
}
