//! `podwhy manifest rbac`: the rights that acting takes, by the configuration.

mod objects;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::ValueEnum;
use podwhy_flow::UserError;
use podwhy_kubernetes::rights::Needs;

use self::objects::Bot;
use crate::config::{Inputs, RemedyWord, Settings, load};

/// podwhy's namespace where nothing says another.
const NAMESPACE: &str = "podwhy";

/// Flags of the command.
#[derive(Debug, clap::Args)]
pub struct Rbac {
    /// The configuration; otherwise $PODWHY_CONFIG, otherwise ~/.config/podwhy/config.toml if it exists.
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
    /// podwhy's own namespace; otherwise the configuration's, otherwise podwhy.
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// The service account podwhy runs as, there.
    #[arg(long, value_name = "NAME", default_value = "podwhy")]
    service_account: String,
    /// Only what podwhy's own cluster is told, or only what a cluster is told that it acts in.
    #[arg(long, value_enum)]
    part: Option<Part>,
}

/// Where it is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// In podwhy's own cluster, for its namespace.
    Own,
    /// In a cluster that it acts in.
    Target,
}

/// Reads the configuration and writes what it takes.
///
/// # Errors
/// [`UserError`] when the configuration is wrong, or nothing is to be done by it.
pub fn run(rbac: &Rbac) -> Result<String, UserError> {
    let settings = load(&Inputs::of_process(rbac.config.clone())).map_err(UserError::from)?.settings;
    if settings.remediation.is_none() {
        let message = "podwhy changes nothing: the configuration has no section [remediation]";
        return Err(UserError::Input(message.to_string()));
    }
    let bot = Bot {
        namespace: namespace(rbac, &settings)?,
        account: named("--service-account", &rbac.service_account)?,
    };
    let mut objects = Vec::new();
    if rbac.part != Some(Part::Target) {
        objects.extend(bot.own());
    }
    if rbac.part != Some(Part::Own) {
        objects.extend(bot.target(&settings.impersonated(), needs(&settings)));
        let agents: BTreeSet<&str> =
            settings.clusters.iter().filter_map(|cluster| cluster.agents.as_deref()).collect();
        objects.extend(agents.into_iter().flat_map(|namespace| bot.agents(namespace)));
    }
    Ok(objects.join("---\n"))
}

fn needs(settings: &Settings) -> Needs {
    let remedies = settings.remediation.iter().flat_map(|own| &own.remedies);
    let mut needs = Needs::default();
    for remedy in remedies {
        match remedy {
            RemedyWord::RollBack => needs.revisions = true,
            RemedyWord::RemoveFinalizer => needs.controllers = true,
            RemedyWord::TaintOutOfService | RemedyWord::ForceDelete | RemedyWord::DeleteNode => {
                needs.nodes = true;
            }
            RemedyWord::DeleteFailedPods
            | RemedyWord::DeletePod
            | RemedyWord::Uncordon
            | RemedyWord::RolloutRestart
            | RemedyWord::UntaintOutOfService
            | RemedyWord::RestartKubelet
            | RemedyWord::RestartRuntime
            | RemedyWord::RemoveImage => {}
        }
    }
    needs
}

fn namespace(rbac: &Rbac, settings: &Settings) -> Result<String, UserError> {
    let configured = settings.incidents.namespace.as_deref().or(settings.serve.namespace.as_deref());
    named("--namespace", rbac.namespace.as_deref().or(configured).unwrap_or(NAMESPACE))
}

/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-subdomain-names>
fn named(flag: &str, name: &str) -> Result<String, UserError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if name.is_empty() || !name.chars().all(fits) {
        let message = format!("{flag} {name}: a name is of small letters, digits, - and .");
        return Err(UserError::Input(message));
    }
    Ok(name.to_string())
}
