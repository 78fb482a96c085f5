//! `podwhy setup`: whether everything is there that the configuration needs, and what to do about what is not.

use std::io::Write;

use futures::future::join_all;
use podwhy_flow::UserError;
use podwhy_flow::ports::ClusterRead;
use podwhy_flow::setup::{Check, Outcome};
use podwhy_knowledge::redact::redact;
use podwhy_kubernetes::{LiveCluster, Metrics, Wanted};
use serde::Serialize;

use super::args::{ClusterArgs, Format};
use super::paint::{Paint, Style};
use super::serve::Elsewhere;
use super::{EXIT_FAILING, EXIT_WELL, live, structured};
use crate::chats::apps;
use crate::clusters;
use crate::config::{Inputs, Loaded, SecretSource, Settings, load, process_environment};
use crate::needs::needs;

/// Flags of the command.
#[derive(Debug, clap::Args)]
pub struct Setup {
    /// The form of the answer.
    #[arg(short = 'o', long, value_enum, default_value = "text")]
    output: Format,
    #[command(flatten)]
    cluster: ClusterArgs,
    #[command(flatten)]
    elsewhere: Elsewhere,
}

/// What to do about a credential that cannot be read.
const PUT_IT_THERE: &str = "write where to read it, and put it there: bot/CONFIGURATION.md";

/// What was looked at together.
#[derive(Debug, Serialize)]
struct Part {
    name: String,
    checks: Vec<Check>,
}

/// Looks at everything and tells.
pub fn run(setup: &Setup, out: &mut Vec<u8>) -> anyhow::Result<u8> {
    let inputs = Inputs::of_process(setup.cluster.config.clone());
    let loaded = load(&inputs).map_err(UserError::from)?;
    let parts = live::run(parts(setup, &loaded))?;
    match setup.output {
        Format::Text => text(&parts, out)?,
        format => structured(out, &parts, format)?,
    }
    let is_well = parts.iter().flat_map(|part| &part.checks).all(Check::is_well);
    Ok(if is_well { EXIT_WELL } else { EXIT_FAILING })
}

async fn parts(setup: &Setup, loaded: &Loaded) -> anyhow::Result<Vec<Part>> {
    let settings = &loaded.settings;
    let mut parts = vec![Part { name: "configuration".to_string(), checks: configured(loaded) }];
    parts.extend(chats(settings, &setup.elsewhere).await?);
    let connected = clusters::all(settings, &setup.cluster.flags(), &Metrics::default()).await;
    match connected {
        Err(error) => {
            let todo = "name a kubeconfig with --kubeconfig, or list `clusters` in the configuration";
            let checks = vec![Check::missing("a cluster", error.to_string(), todo)];
            parts.push(Part { name: "clusters".to_string(), checks });
        }
        // one that is down does not delay the others
        Ok(connected) => {
            let asked = connected.iter().enumerate().map(|(at, cluster)| part(settings, cluster, at == 0));
            parts.extend(join_all(asked).await);
        }
    }
    Ok(parts)
}

fn configured(loaded: &Loaded) -> Vec<Check> {
    let what = "the file";
    let found = match &loaded.file {
        Some(file) => Check::fine(what, file.display().to_string()),
        None => {
            Check::off(what, "there is none: podwhy answers in a terminal and in its console, and in no chat")
        }
    };
    let settings = &loaded.settings;
    let asks = settings.channels.len() + settings.direct.len();
    let mut checks = vec![found];
    checks.extend(credentials(settings));
    if (settings.slack.is_some() || settings.discord.is_some()) && asks == 0 {
        let todo = "list [[channels]]: what is not listed can be read from nowhere";
        checks.push(Check::missing("channels", "nobody may ask anywhere", todo));
    }
    checks
}

/// What is configured beside the chats' own tokens; that each can be read, and nothing of it is kept.
fn credentials(settings: &Settings) -> Vec<Check> {
    let environment = process_environment();
    let mut named: Vec<(String, &SecretSource)> = Vec::new();
    if let Some(own) = &settings.remediation {
        named.push(("remediation.signing_key".to_string(), &own.signing_key));
        named.extend(own.ticket_key.iter().map(|key| ("remediation.ticket_key".to_string(), key)));
    }
    if let Some(own) = &settings.alertmanager {
        let parts =
            [("bearer_token", &own.bearer_token), ("password", &own.password), ("tls_key", &own.tls_key)];
        let given = parts.into_iter().filter_map(|(name, source)| Some((name, source.as_ref()?)));
        named.extend(given.map(|(name, source)| (format!("alertmanager.{name}"), source)));
    }
    for hook in &settings.webhooks {
        named.push((format!("webhooks {}: signing_key", hook.name), &hook.signing_key));
    }
    for service in &settings.pagerduty {
        named.push((format!("pagerduty {}: routing_key", service.name), &service.routing_key));
    }
    let check = |(name, source): (String, &SecretSource)| match source.read(&name, &environment) {
        Ok(_) => Check::fine(&name, "it can be read"),
        Err(error) => Check::missing(&name, UserError::from(error).to_string(), PUT_IT_THERE),
    };
    named.into_iter().map(check).collect()
}

async fn chats(settings: &Settings, elsewhere: &Elsewhere) -> anyhow::Result<Vec<Part>> {
    let (environment, options) = (process_environment(), elsewhere.options()?);
    let credential = |error: UserError| vec![Check::missing("credentials", error.to_string(), PUT_IT_THERE)];
    let slack = async {
        match apps::slack(settings, &environment, &options) {
            Ok(None) => {
                vec![Check::off("Slack", "the configuration has no section [slack]: deploy/slack/README.md")]
            }
            Ok(Some(options)) => podwhy_slack::check(&options).await,
            Err(error) => credential(error),
        }
    };
    let discord = async {
        match apps::discord(settings, &environment, &options) {
            Ok(None) => {
                vec![Check::off(
                    "Discord",
                    "the configuration has no section [discord]: deploy/discord/README.md",
                )]
            }
            Ok(Some(options)) => podwhy_discord::check(&options).await,
            Err(error) => credential(error),
        }
    };
    let (slack, discord) = futures::join!(slack, discord);
    Ok(vec![
        Part { name: "Slack".to_string(), checks: slack },
        Part { name: "Discord".to_string(), checks: discord },
    ])
}

async fn part(settings: &Settings, cluster: &LiveCluster, is_home: bool) -> Part {
    let configured = settings.clusters.iter().find(|own| own.name == cluster.name());
    let own = settings.incidents.namespace.clone().or_else(|| settings.serve.namespace.clone());
    let named = if configured.is_some() { format!(" --cluster {}", cluster.name()) } else { String::new() };
    let people = settings.impersonated();
    let wanted = Wanted {
        needs: needs(settings, configured),
        is_home,
        own: is_home.then(|| own.or_else(crate::chats::own_namespace)).flatten(),
        users: people.users,
        groups: people.groups,
        manifest: format!(
            "podwhy manifest rbac{named} | kubectl apply -f - (in this cluster, as who may; --namespace and --service-account name podwhy's account where it is not podwhy/podwhy). With the chart: helm upgrade"
        ),
    };
    Part { name: format!("cluster {}", cluster.name()), checks: cluster.setup(&wanted).await }
}

fn text(parts: &[Part], out: &mut Vec<u8>) -> anyhow::Result<()> {
    let paint = Paint::stdout();
    for Part { name, checks } in parts {
        writeln!(out, "{}", paint.style(Style::Bold, name))?;
        for Check { what, outcome } in checks {
            let (mark, style, told) = match outcome {
                Outcome::Fine { found } => ("ok", Style::Green, found),
                Outcome::Missing { missing, .. } => ("missing", Style::Red, missing),
                Outcome::Off { why } => ("off", Style::Dim, why),
                Outcome::Unknown { why } => ("unknown", Style::Yellow, why),
            };
            writeln!(out, "  {} {what}: {}", paint.style(style, &format!("{mark:<7}")), redact(told))?;
            if let Outcome::Missing { todo, .. } = outcome {
                writeln!(out, "          → {todo}")?;
            }
        }
    }
    let lacking = parts.iter().flat_map(|part| &part.checks).filter(|check| !check.is_well()).count();
    match lacking {
        0 => writeln!(out, "Nothing is missing.")?,
        1 => writeln!(out, "One thing is missing or not known.")?,
        more => writeln!(out, "{more} things are missing or not known.")?,
    }
    Ok(())
}
