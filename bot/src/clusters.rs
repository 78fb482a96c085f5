//! From the configuration and the flags to the clusters that are asked.

use std::path::PathBuf;

use podwhy_flow::UserError;
use podwhy_kubernetes::{Agents, Connection, LiveCluster, Metrics, Secrets, Source, Timeouts};

use crate::config::{self, Settings};

/// What flags say of the cluster; they come before the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// The kubeconfig.
    pub kubeconfig: Option<PathBuf>,
    /// Its context.
    pub context: Option<String>,
}

impl Flags {
    fn are_given(&self) -> bool {
        self.kubeconfig.is_some() || self.context.is_some()
    }
}

/// The cluster of the flags, else of the configuration, else of the kubeconfig; `named` is what stands before the
/// target's `:`.
///
/// # Errors
/// [`UserError`] when there is none, or the name is not one of them.
pub async fn connect(
    settings: &Settings,
    flags: &Flags,
    named: Option<&str>,
) -> Result<LiveCluster, UserError> {
    let connection = match configured(settings, named)?.filter(|_| !flags.are_given()) {
        Some(cluster) => of_configuration(settings, cluster),
        None => Connection { source: of_flags(flags, named)?, ..basis(settings) },
    };
    Ok(LiveCluster::new(&connection, Metrics::default()).await?)
}

/// Every cluster there is to ask, the default one first.
///
/// # Errors
/// [`UserError`] when one is configured wrongly.
pub async fn all(
    settings: &Settings,
    flags: &Flags,
    metrics: &Metrics,
) -> Result<Vec<LiveCluster>, UserError> {
    if flags.are_given() || settings.clusters.is_empty() {
        let connection = Connection { source: of_flags(flags, None)?, ..basis(settings) };
        return Ok(vec![LiveCluster::new(&connection, metrics.clone()).await?]);
    }
    let default = settings.default_cluster.as_deref();
    let mut ordered: Vec<&config::Cluster> = settings.clusters.iter().collect();
    ordered.sort_by_key(|cluster| default != Some(cluster.name.as_str()));
    let mut clusters = Vec::new();
    for cluster in ordered {
        clusters.push(LiveCluster::new(&of_configuration(settings, cluster), metrics.clone()).await?);
    }
    Ok(clusters)
}

/// What every connection has of the settings.
pub fn basis(settings: &Settings) -> Connection {
    let timeouts = Timeouts { request: settings.timeouts.request, ..Timeouts::default() };
    let secrets = match settings.secrets {
        config::Secrets::None => Secrets::None,
        config::Secrets::Names => Secrets::Names,
        config::Secrets::Keys => Secrets::Keys,
    };
    Connection { secrets, timeouts, ..Connection::default() }
}

fn of_configuration(settings: &Settings, cluster: &config::Cluster) -> Connection {
    Connection {
        name: cluster.name.clone(),
        source: if cluster.in_cluster {
            Source::InCluster
        } else {
            Source::Kubeconfig { file: cluster.kubeconfig.clone(), context: cluster.context.clone() }
        },
        namespace: cluster.namespace.clone(),
        namespaces: cluster.namespaces.clone().unwrap_or_default(),
        agents: match &cluster.agents {
            Some(namespace) => Agents { namespace: namespace.clone(), are_there: true, ..Agents::default() },
            None => Agents::none(),
        },
        ..basis(settings)
    }
}

/// The configuration's cluster that is meant; `None` when it has none.
fn configured<'s>(
    settings: &'s Settings,
    named: Option<&str>,
) -> Result<Option<&'s config::Cluster>, UserError> {
    let clusters = &settings.clusters;
    if clusters.is_empty() {
        return Ok(None);
    }
    let names = || clusters.iter().map(|cluster| cluster.name.as_str());
    let Some(wanted) = named.or(settings.default_cluster.as_deref()) else {
        return match clusters.as_slice() {
            [only] => Ok(Some(only)),
            _ => {
                let known = names().collect::<Vec<_>>().join(", ");
                Err(UserError::Input(format!(
                    "which cluster? write CLUSTER:TARGET, or set default_cluster; known are {known}"
                )))
            }
        };
    };
    if let Some(found) = clusters.iter().find(|cluster| cluster.name == wanted) {
        return Ok(Some(found));
    }
    let nearest = podwhy_knowledge::config::nearest(wanted, names());
    let hint = nearest.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
    Err(UserError::Input(format!("the configuration has no cluster {wanted:?}{hint}")))
}

fn of_flags(flags: &Flags, named: Option<&str>) -> Result<Source, UserError> {
    let context = match (named, &flags.context) {
        (Some(named), Some(flag)) if named != flag => {
            let message =
                format!("the target names cluster {named:?} but --context says {flag:?}; give one of them");
            return Err(UserError::Input(message));
        }
        (Some(named), _) => Some(named.to_string()),
        (None, flag) => flag.clone(),
    };
    if context.is_none() && flags.kubeconfig.is_none() {
        return Ok(Source::Default);
    }
    Ok(Source::Kubeconfig { file: flags.kubeconfig.clone(), context })
}
