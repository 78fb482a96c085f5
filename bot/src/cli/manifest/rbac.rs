//! `podwhy manifest rbac`: the rights podwhy has use for, by the configuration.

mod objects;
mod told;

use std::path::PathBuf;

use clap::ValueEnum;
use podwhy_flow::UserError;

use self::objects::{Bot, Target};
use crate::config::{Cluster, Inputs, Settings, load};
use crate::needs::needs;

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
    /// Of which of the configuration's clusters; otherwise its default one.
    #[arg(long, value_name = "NAME")]
    cluster: Option<String>,
    /// Only what podwhy's own cluster is told, or only what a cluster is told that it reads, and acts in.
    #[arg(long, value_enum)]
    part: Option<Part>,
    /// Leave out what answers read of nodes, volumes and whatever else has no namespace: it is then a gap of them.
    #[arg(long)]
    no_cluster_read: bool,
    /// Leave out what acting takes beyond namespaces, `impersonate` among it: nothing can be done then.
    #[arg(long)]
    no_cluster_remediate: bool,
}

/// Where it is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// In podwhy's own cluster, for its namespace.
    Own,
    /// In a cluster that it reads, and acts in.
    Target,
}

/// Reads the configuration and writes what it takes.
///
/// # Errors
/// [`UserError`] when the configuration is wrong, or has no such cluster.
pub fn run(rbac: &Rbac) -> Result<String, UserError> {
    let settings = load(&Inputs::of_process(rbac.config.clone())).map_err(UserError::from)?.settings;
    let bot = Bot {
        namespace: namespace(rbac, &settings)?,
        account: named("--service-account", &rbac.service_account)?,
    };
    let cluster = cluster(&settings, rbac.cluster.as_deref())?;
    let needs = needs(&settings, cluster);
    let mut objects = Vec::new();
    if rbac.part != Some(Part::Target) {
        objects.extend(bot.own(&needs));
    }
    if rbac.part != Some(Part::Own) {
        let target = Target {
            needs,
            namespaces: cluster.and_then(|own| own.namespaces.clone()).unwrap_or_default(),
            agents: cluster.and_then(|own| own.agents.clone()),
            reads_cluster: !rbac.no_cluster_read,
            acts_in_cluster: !rbac.no_cluster_remediate,
        };
        objects.extend(bot.target(&settings.impersonated(), &target));
    }
    if objects.is_empty() {
        let message = "podwhy keeps nothing in its own cluster: the configuration has no routes, digests or remediation, and serve.claims is not leases";
        return Err(UserError::Input(message.to_string()));
    }
    Ok(objects.join("---\n"))
}

/// The one that is named, else the default one; none where none is listed.
fn cluster<'s>(settings: &'s Settings, named: Option<&str>) -> Result<Option<&'s Cluster>, UserError> {
    let clusters = &settings.clusters;
    let Some(wanted) = named.or(settings.default_cluster.as_deref()) else { return Ok(clusters.first()) };
    let found = clusters.iter().find(|cluster| cluster.name == wanted);
    if found.is_none() {
        let nearest = podwhy_knowledge::config::nearest(wanted, clusters.iter().map(|own| own.name.as_str()));
        let hint = nearest.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
        return Err(UserError::Input(format!(
            "--cluster {wanted}: the configuration has no such cluster{hint}"
        )));
    }
    Ok(found)
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
