//! What podwhy does: from the configuration's section `remediation` to offers, approvals and the leader who carries them out.

pub(super) mod dead;
mod privileged;
mod rules;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use podwhy_api::seal::Key;
use podwhy_flow::UserError;
use podwhy_flow::act::actions::Actions;
use podwhy_flow::act::execute::{Acted, Executor};
use podwhy_flow::act::seal::{SHORTEST, Sealer};
use podwhy_flow::chat::policy::Policy as Chats;
use podwhy_flow::incident::Store;
use podwhy_flow::ports::{Clock, ClusterRead, KubernetesUser, Lead, LedgerError, Remediations};
use podwhy_kubernetes::{Guard, LiveCluster, RemediationLedger};
use secrecy::ExposeSecret;
use tracing::{info, warn};

use super::claims::identity;
use crate::config::{self, Environment, Settings};

/// What actions stand on beside the configuration.
pub(super) struct Ground<'a> {
    pub(super) clusters: &'a [Arc<LiveCluster>],
    /// podwhy's own namespace in the first of them; none where it has none.
    pub(super) namespace: Option<String>,
    pub(super) chats: &'a Chats,
    pub(super) store: &'a Arc<Store>,
    pub(super) lead: &'a Arc<dyn Lead>,
    pub(super) clock: &'a Clock,
    pub(super) environment: &'a Environment,
}

/// What is done, and what is watched for it.
pub(super) struct Acts {
    pub(super) actions: Arc<Actions<LiveCluster>>,
    pub(super) looking: Vec<dead::Looking>,
}

/// What the configuration says of actions; `None` where it says nothing, or where there is nowhere to keep them: offers are commands
/// then, as everywhere.
///
/// # Errors
/// [`UserError`] when the key is missing or short, a list names a cluster that is not one of them, or a cluster says of somebody
/// who is not listed that they may do everything.
pub(super) async fn prepare(settings: &Settings, ground: Ground<'_>) -> Result<Option<Acts>, UserError> {
    let Some(own) = &settings.remediation else { return Ok(None) };
    let key = own.signing_key.read("remediation.signing_key", ground.environment).map_err(UserError::from)?;
    let sealer = Sealer::new(key.expose_secret().as_bytes()).ok_or_else(|| {
        UserError::Input(format!("remediation.signing_key: write at least {SHORTEST} random characters"))
    })?;
    let ticket_key = ticket_key(own, ground.environment)?;
    let names: Vec<&str> = ground.clusters.iter().map(|cluster| cluster.name()).collect();
    let policy = rules::policy(own, ground.chats, &names, &settings.time_zone)?;
    let (Some(namespace), Some(home)) = (ground.namespace, ground.clusters.first()) else {
        warn!(
            "nothing can be approved: podwhy runs in no pod; incidents.namespace names a namespace for remediations"
        );
        return Ok(None);
    };
    match home.remediations_guarded().await {
        Ok(Guard::Stands) => {}
        Ok(Guard::Missing(lacking)) => {
            warn!(
                %lacking,
                "nothing can be approved: anybody could write Remediations; when that is mended, start podwhy anew"
            );
            return Ok(None);
        }
        // asked again before the first one is made
        Err(error) => warn!(%error, "whether Remediations are guarded is not known yet"),
    }
    let remediations: Arc<dyn Remediations> = Arc::new(RemediationLedger::new(home, &namespace, &identity()));
    match remediations.all().await {
        Ok(known) => info!(namespace, kept = known.len(), "remediations are kept in the cluster"),
        Err(error @ LedgerError::NotInstalled) => {
            warn!(%error, "nothing can be approved: kubectl apply -f deploy/crds/remediations.yaml");
            return Ok(None);
        }
        Err(error) => warn!(%error, "the remediations could not be read yet"),
    }
    let looking: Vec<dead::Looking> =
        ground.clusters.iter().map(|cluster| dead::Looking::new(cluster, &policy)).collect();
    let of_dead = own.dead_node.as_ref();
    let power = dead::power(of_dead, ground.environment, ground.clock)?;
    let options = dead::options(of_dead);
    let acted = |(cluster, looking): (&Arc<LiveCluster>, &dead::Looking)| {
        // only what acts has the key
        let acting = match &ticket_key {
            Some(key) => Arc::new(cluster.signing(Arc::clone(key))),
            None => Arc::clone(cluster),
        };
        let acted = Acted {
            dead: looking.proving(power.as_ref(), &options),
            proven: looking.proven.clone(),
            ..Acted::new(&acting)
        };
        (cluster.name().to_string(), acted)
    };
    let people: Vec<KubernetesUser> = ground.chats.people.iter().map(|person| person.user.clone()).collect();
    privileged::refuse(ground.clusters, &policy, &people, &settings.impersonated()).await?;
    let people = people.into_iter().map(|user| (user.name.clone(), user));
    let executor = Executor::new(
        ground.clusters.iter().zip(&looking).map(acted).collect(),
        remediations,
        sealer,
        people.collect::<BTreeMap<_, _>>(),
        Arc::clone(ground.lead),
        ground.clock.clone(),
        run(),
    );
    let (clusters, store) = (ground.clusters.to_vec(), Arc::clone(ground.store));
    let actions = Arc::new(Actions::new(clusters, executor, store, policy, ground.clock.clone()));
    Ok(Some(Acts { actions, looking }))
}

/// The key for tickets to node agents, where one is configured.
///
/// # Errors
/// [`UserError`] when it cannot be read, or is no key.
fn ticket_key(own: &config::Remediation, environment: &Environment) -> Result<Option<Arc<Key>>, UserError> {
    const NAME: &str = "remediation.ticket_key";
    let Some(source) = &own.ticket_key else { return Ok(None) };
    let pem = source.read(NAME, environment).map_err(UserError::from)?;
    let key = Key::from_pem(pem.expose_secret()).map_err(|error| {
        UserError::Input(format!("{NAME}: {error}; write what `openssl genpkey -algorithm ed25519` prints"))
    })?;
    info!(key = key.id(), "tickets to node agents are signed");
    Ok(Some(Arc::new(key)))
}

/// This run of this process: one that is started again under the same name is another.
fn run() -> String {
    let own = RandomState::new().hash_one(std::process::id());
    format!("{}/{own:016x}", identity())
}
