//! The configuration's annotations → what they may say, and the routes to the channels they may name.

use podwhy_flow::UserError;
use podwhy_flow::incident::{Allowed, Route, Severity, Spot};

use super::super::policy::{areas, platform};
use super::policy::lang_of_channel;
use crate::config::Settings;

/// What annotations may say over clusters of these names.
///
/// # Errors
/// [`UserError`] as of `policy::policy`: a list names a cluster that is not one of them.
pub(super) fn allowed(settings: &Settings, clusters: &[&str]) -> Result<Vec<Allowed>, UserError> {
    let all = settings.annotations.iter().enumerate().map(|(index, own)| {
        let channels = own.channels.iter().flat_map(|channel| {
            let spot = Spot { platform: platform(channel.app), channel: channel.id.clone() };
            [channel.name.as_ref(), Some(&channel.id)]
                .into_iter()
                .flatten()
                .map(move |name| (name.clone(), spot.clone()))
        });
        Ok(Allowed {
            areas: areas(&own.of, &format!("annotations[{index}].of"), clusters)?,
            channels: channels.collect(),
            runbook_hosts: own.runbook_hosts.iter().map(|host| host.to_lowercase()).collect(),
            mute: own.mute,
        })
    });
    all.collect()
}

/// One route to each channel that may be named, from where it may be; nobody is called there.
pub(super) fn routes(settings: &Settings, clusters: &[&str]) -> Result<Vec<Route>, UserError> {
    let mut routes = Vec::new();
    for (index, own) in settings.annotations.iter().enumerate() {
        let areas = areas(&own.of, &format!("annotations[{index}].of"), clusters)?;
        for channel in &own.channels {
            let lang = lang_of_channel(settings, channel.app, &channel.id).unwrap_or(settings.lang);
            routes.push(Route {
                to: Spot { platform: platform(channel.app), channel: channel.id.clone() },
                areas: areas.clone(),
                severity: Severity::Info,
                causes: Default::default(),
                labels: Default::default(),
                mention: None,
                watch: true,
                quiet: None,
                lang,
            });
        }
    }
    Ok(routes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_named_by_its_id_or_its_name() {
        let text = r#"
            [[annotations]]
            of = ["shop"]
            channels = ["team=slack:C1", "discord:42"]
            runbook_hosts = ["wiki.example.com"]
        "#;
        let settings: Settings = toml::from_str(text).unwrap();
        let all = allowed(&settings, &["prod"]).unwrap();
        let names: Vec<&str> = all[0].channels.keys().map(String::as_str).collect();
        assert_eq!((names, all[0].mute), (vec!["42", "C1", "team"], false));
        let to: Vec<String> =
            routes(&settings, &["prod"]).unwrap().iter().map(|route| route.to.told()).collect();
        assert_eq!(to, ["slack:C1", "discord:42"]);
        assert!(allowed(&settings, &["prod", "dev"]).is_err(), "it could be of several");
    }
}
