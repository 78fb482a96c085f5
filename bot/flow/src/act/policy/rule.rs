//! One rule of the configuration.

use crate::act::remedy::{Floor, Remedy, Risk};
use crate::chat::policy::Area;
use crate::hours::Hours;
use crate::ports::KubernetesUser;

/// What some actions need besides. Each part only asks for more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    /// As people are told of it; of one without a name, its place in the list.
    pub name: String,
    /// Of these remedies; empty for any.
    pub remedies: Vec<Remedy>,
    /// Where; empty for anywhere.
    pub areas: Vec<Area>,
    /// Of what asks for this much care by itself; `None` for either.
    pub risk: Option<Risk>,
    /// So many agree, and type its name.
    pub floor: Floor,
    /// Only these agree; `None` for everyone.
    pub approvers: Option<Approvers>,
    /// Whether whoever asked does not agree at all.
    pub no_self_approval: bool,
    /// When it is agreed to and begun; `None` for always.
    pub hours: Option<Hours>,
}

/// Who agrees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvers {
    /// Users of Kubernetes.
    pub users: Vec<String>,
    /// Whoever is in one of these groups.
    pub groups: Vec<String>,
}

impl Rule {
    /// Whether it is about this.
    pub fn fits(&self, remedy: Remedy, cluster: &str, namespace: &str, risk: Risk) -> bool {
        (self.remedies.is_empty() || self.remedies.contains(&remedy))
            && (self.areas.is_empty() || self.areas.iter().any(|area| area.holds(cluster, namespace)))
            && self.risk.is_none_or(|own| own == risk)
    }
}

impl Approvers {
    /// Whether this person is one of them.
    pub fn have(&self, user: &KubernetesUser) -> bool {
        self.users.contains(&user.name) || self.groups.iter().any(|group| user.groups.contains(group))
    }
}
