//! What may be done where, as the configuration says it. It only tightens: what a remedy needs at least, it needs.

use super::remedy::{Circumstances, Floor, Remedy};
use crate::chat::policy::Area;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Where anything may be offered at all.
    pub areas: Vec<Area>,
    /// What.
    pub remedies: Vec<Remedy>,
    /// Where two have to agree to what one could do.
    pub protected: Vec<Area>,
    /// What everything needs besides.
    pub floor: Floor,
    /// Whether everything is stopped.
    pub frozen: bool,
    /// So many actions are begun in a namespace within an hour; of nodes, in a cluster.
    pub per_hour: u32,
    /// Users and groups who may do everything and are written as all the same.
    pub allow_privileged: Vec<String>,
}

impl Policy {
    /// Whether this may be offered there; what is in no namespace needs the whole cluster.
    pub fn allows(&self, remedy: Remedy, cluster: &str, namespace: &str) -> bool {
        let holds = |area: &Area| match namespace {
            "" => area.cluster == cluster && area.namespace.is_none(),
            namespace => area.holds(cluster, namespace),
        };
        self.remedies.contains(&remedy) && self.areas.iter().any(holds)
    }

    /// What it needs there.
    pub fn floor(
        &self,
        remedy: Remedy,
        circumstances: Circumstances,
        cluster: &str,
        namespace: &str,
    ) -> Floor {
        let protected = self.protected.iter().any(|area| area.holds(cluster, namespace));
        let circumstances =
            Circumstances { protected: protected || circumstances.protected, ..circumstances };
        remedy.floor(circumstances).and(self.floor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(cluster: &str, namespace: Option<&str>) -> Area {
        Area { cluster: cluster.to_string(), namespace: namespace.map(str::to_string) }
    }

    fn policy() -> Policy {
        Policy {
            areas: vec![area("prod", Some("shop")), area("dev", None)],
            remedies: vec![Remedy::DeletePod, Remedy::Uncordon],
            protected: vec![area("dev", Some("pay"))],
            floor: Floor { approvals: 1, typed_name: false },
            frozen: false,
            per_hour: 10,
            allow_privileged: Vec::new(),
        }
    }

    #[test]
    fn only_what_is_listed_is_allowed_where_it_is() {
        let policy = policy();
        assert!(
            policy.allows(Remedy::DeletePod, "prod", "shop")
                && policy.allows(Remedy::DeletePod, "dev", "any")
        );
        assert!(
            !policy.allows(Remedy::DeletePod, "prod", "pay")
                && !policy.allows(Remedy::DeletePod, "test", "shop")
        );
        assert!(!policy.allows(Remedy::RolloutRestart, "prod", "shop"));
        assert!(policy.allows(Remedy::Uncordon, "dev", "") && !policy.allows(Remedy::Uncordon, "prod", ""));
    }

    #[test]
    fn it_tightens_and_never_loosens() {
        let mut policy = policy();
        let of = |policy: &Policy, cluster: &str, namespace: &str| {
            policy.floor(Remedy::DeletePod, Circumstances::default(), cluster, namespace)
        };
        assert_eq!(of(&policy, "dev", "shop").approvals, 1);
        assert_eq!(of(&policy, "dev", "pay").approvals, 2);
        policy.floor = Floor { approvals: 3, typed_name: true };
        assert_eq!(of(&policy, "dev", "pay"), Floor { approvals: 3, typed_name: true });
        policy.floor = Floor { approvals: 0, typed_name: false };
        assert_eq!(of(&policy, "dev", "shop").approvals, 1);
    }
}
