//! What each replica watches for what may be done, whether it leads or not: whoever leads a minute from now has to have seen it.

use std::sync::Arc;

use podwhy_flow::UserError;
use podwhy_flow::act::dead::{Eyes, Options, Proving};
use podwhy_flow::act::policy::Policy;
use podwhy_flow::act::proven::Proven;
use podwhy_flow::act::remedy::Remedy;
use podwhy_flow::ports::{Clock, ClusterRead, PowerProbe};
use podwhy_kubernetes::LiveCluster;
use podwhy_outgoing::HttpPowerProbe;

use crate::config::{self, Environment};

/// The eyes on one cluster.
#[derive(Clone, Debug)]
pub struct Looking {
    cluster: Arc<LiveCluster>,
    eyes: Option<Arc<Eyes>>,
    /// Which revisions are known to be good.
    pub(super) proven: Option<Arc<Proven>>,
}

impl Looking {
    /// As far as the policy lets something be done that needs it.
    pub(super) fn new(cluster: &Arc<LiveCluster>, policy: &Policy) -> Looking {
        let of_dead = policy.remedies.iter().any(|remedy| remedy.needs_dead_node());
        Looking {
            cluster: Arc::clone(cluster),
            eyes: of_dead.then(Arc::default),
            proven: policy.remedies.contains(&Remedy::RollBack).then(Arc::default),
        }
    }

    /// What proves nodes dead by these eyes.
    pub(super) fn proving(&self, power: Option<&Arc<dyn PowerProbe>>, options: &Options) -> Option<Proving> {
        let eyes = self.eyes.as_ref()?;
        Some(Proving::new(Arc::clone(eyes), power.cloned(), options.clone()))
    }

    /// Watches for ever.
    pub(in super::super) async fn run(&self) {
        let eyes = async {
            match &self.eyes {
                Some(eyes) => eyes.follow(self.cluster.name(), self.cluster.as_ref()).await,
                None => std::future::pending().await,
            }
        };
        let proven = async {
            match &self.proven {
                Some(proven) => proven.follow(self.cluster.as_ref()).await,
                None => std::future::pending().await,
            }
        };
        tokio::join!(eyes, proven);
    }
}

/// The configured probe.
///
/// # Errors
/// [`UserError`] when its address, its token or its certificate will not do.
pub(super) fn power(
    own: Option<&config::DeadNode>,
    environment: &Environment,
    clock: &Clock,
) -> Result<Option<Arc<dyn PowerProbe>>, UserError> {
    const KEY: &str = "remediation.dead_node.power_probe";
    let Some(probe) = own.and_then(|own| own.power_probe.as_ref()) else { return Ok(None) };
    let token =
        probe.bearer_token.as_ref().map(|token| token.read(&format!("{KEY}.bearer_token"), environment));
    let token = token.transpose().map_err(UserError::from)?;
    let unread = |error: std::io::Error| UserError::Input(format!("{KEY}.ca: cannot be read: {error}"));
    let authority = probe.ca.as_ref().map(std::fs::read).transpose().map_err(unread)?;
    let made = HttpPowerProbe::new(&probe.url, token, authority.as_deref(), clock.clone());
    let made = made.map_err(|error| UserError::Input(format!("{KEY}: {error}")))?;
    Ok(Some(Arc::new(made)))
}

/// What an installation says of the rule.
pub(super) fn options(own: Option<&config::DeadNode>) -> Options {
    Options { cloud_controller: own.and_then(|own| own.cloud_controller.clone()) }
}
