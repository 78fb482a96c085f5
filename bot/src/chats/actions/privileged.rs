//! Before anything is offered: whether somebody whom podwhy would write as may do everything.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use podwhy_flow::UserError;
use podwhy_flow::act::policy::Policy;
use podwhy_flow::act::privileged::{Name, Privileged, Reviewed, review};
use podwhy_flow::ports::{ClusterRead, ClusterWrite, KubernetesUser};
use podwhy_kubernetes::LiveCluster;
use tracing::{info, warn};

use crate::config::Impersonated;

/// A start waits no longer for clusters that are away: who presses is asked about again.
const WITHIN: Duration = Duration::from_secs(5);

/// Asks every cluster in which something may be done.
///
/// # Errors
/// [`UserError`] that names them, when a cluster says of some that they may do everything, and they are not listed.
pub(super) async fn refuse(
    clusters: &[Arc<LiveCluster>],
    policy: &Policy,
    people: &[KubernetesUser],
    names: &Impersonated,
) -> Result<(), UserError> {
    let targets = clusters.iter().filter(|own| policy.areas.iter().any(|area| area.cluster == own.name()));
    let targets: BTreeMap<String, Arc<dyn ClusterWrite>> =
        targets.map(|own| (own.name().to_string(), Arc::clone(own) as Arc<dyn ClusterWrite>)).collect();
    let Reviewed { privileged, unasked } =
        review(&targets, people, &names.groups, &policy.allow_privileged, WITHIN).await;
    for (cluster, why) in &unasked {
        warn!(cluster, why, "who may do everything there could not be asked yet: it is at each click");
    }
    if !privileged.is_empty() {
        return Err(UserError::Input(told(privileged.iter())));
    }
    let (users, groups) = (names.users.len(), names.groups.len());
    info!(
        users,
        groups,
        asked = targets.len() - unasked.len(),
        "nobody whom podwhy writes as may do everything"
    );
    Ok(())
}

fn told<'p>(privileged: impl Iterator<Item = &'p Privileged>) -> String {
    let one = |one: &Privileged| match &one.who {
        Name::Group(name) => format!("the group {name:?} in {}", one.cluster),
        Name::User(name) => format!("{name:?} in {}", one.cluster),
    };
    format!(
        "podwhy would write as who may do everything: {}. Take them out of people, or name them in remediation.allow_privileged",
        privileged.map(one).collect::<Vec<_>>().join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_named_with_the_cluster() {
        let of = |cluster: &str, who| Privileged { cluster: cluster.to_string(), who };
        let found = [of("prod", Name::Group("admins".into())), of("dev", Name::User("root".into()))];
        assert_eq!(
            told(found.iter()),
            "podwhy would write as who may do everything: the group \"admins\" in prod, \"root\" in dev. Take them out of people, or name \
             them in remediation.allow_privileged"
        );
    }
}
