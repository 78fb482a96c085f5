//! One question's reach: which cluster and namespace it means, and what in its answer must not be named.

use std::collections::BTreeSet;

use podwhy_knowledge::config::nearest;
use podwhy_knowledge::redact::clean_name;
use podwhy_knowledge::resolve::ResolveError;
use podwhy_knowledge::{Kind, Lang, Target};

use super::policy::{Area, Grant, Refusal};
use crate::ask::command::Command;
use crate::ask::within::Visible;
use crate::error::UserError;
use crate::words;

/// What the clusters can tell without being asked.
pub trait Known {
    /// The namespace a cluster's targets are looked for in where none is named; `None` where there is no such cluster.
    fn default_namespace(&self, cluster: &str) -> Option<String>;

    /// The namespaces in which something of this name was seen.
    fn places_of(&self, cluster: &str, name: &str) -> Vec<String>;
}

impl Grant {
    /// The clusters of it.
    pub fn clusters(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.read.iter().map(|area| area.cluster.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The namespaces of a cluster that are listed.
    pub fn visible(&self, cluster: &str) -> Visible {
        let own = self.read.iter().filter(|area| area.cluster == cluster);
        let listed: Option<BTreeSet<String>> = own.map(|area| area.namespace.clone()).collect();
        listed.map_or(Visible::All, Visible::Only)
    }

    /// The command with its cluster and namespace named, as it is asked.
    ///
    /// # Errors
    /// [`Refusal`] when it is not clear which are meant: nothing is guessed. What is not listed is refused as what does not
    /// exist is.
    pub fn place(&self, command: Command, known: &impl Known, lang: Lang) -> Result<Command, Refusal> {
        match command {
            Command::Incident(order) => self.place_order(order, known, lang).map(Command::Incident),
            Command::Triage { cluster, namespace } => {
                let cluster = cluster.map(|named| self.named_cluster(&named, lang)).transpose()?;
                let alone = if cluster.is_none() { self.only_cluster() } else { None };
                let of_place = cluster.is_none().then(|| self.cluster.clone()).flatten();
                Ok(Command::Triage { cluster: cluster.or(of_place).or(alone), namespace })
            }
            other => match other.target().cloned() {
                Some(target) => {
                    let target = self.target(target, known, lang)?;
                    Ok(other.about(target))
                }
                None => Ok(other),
            },
        }
    }

    pub(super) fn target(
        &self,
        mut target: Target,
        known: &impl Known,
        lang: Lang,
    ) -> Result<Target, Refusal> {
        let cluster = match target.cluster.take() {
            Some(named) => self.named_cluster(&named, lang)?,
            None => match self.cluster.clone().or_else(|| self.only_cluster()) {
                Some(cluster) => cluster,
                None => return Err(Refusal::because(words::which_cluster(&self.clusters(), lang))),
            },
        };
        // a node is in no namespace, and of a namespace its own name decides
        match target.kind {
            Some(Kind::Node) => {
                target.cluster = named(&cluster);
                return Ok(target);
            }
            Some(Kind::Namespace) if !self.visible(&cluster).shows(&target.name) => {
                return Err(Refusal::because(
                    UserError::from(not_found(&target, &target.name, Vec::new())).told(lang),
                ));
            }
            Some(Kind::Namespace) => {
                target.cluster = named(&cluster);
                return Ok(target);
            }
            _ => {}
        }
        let namespace = match target.namespace.take() {
            Some(named) => named,
            None => self.namespace_of(&cluster, &target.name, known, lang)?,
        };
        let visible = self.visible(&cluster);
        if !visible.shows(&namespace) {
            let elsewhere = self.seen(&cluster, &target.name, known);
            return Err(Refusal::because(
                UserError::from(not_found(&target, &namespace, elsewhere)).told(lang),
            ));
        }
        target.namespace = Some(namespace);
        target.cluster = named(&cluster);
        Ok(target)
    }

    pub(super) fn only_cluster(&self) -> Option<String> {
        match self.clusters().as_slice() {
            [only] => Some((*only).to_string()),
            _ => None,
        }
    }

    pub(super) fn named_cluster(&self, named: &str, lang: Lang) -> Result<String, Refusal> {
        let clusters = self.clusters();
        if clusters.contains(&named) {
            return Ok(named.to_string());
        }
        let meant = nearest(named, clusters.iter().copied());
        Err(Refusal::because(words::no_cluster(&clean_name(named), meant, lang)))
    }

    /// The listed namespaces a name was seen in. Where each person's own rights decide, that is not theirs to know.
    fn seen(&self, cluster: &str, name: &str, known: &impl Known) -> Vec<String> {
        if self.user.is_some() {
            return Vec::new();
        }
        let visible = self.visible(cluster);
        known.places_of(cluster, name).into_iter().filter(|namespace| visible.shows(namespace)).collect()
    }

    /// The namespace of a bare name: the usual one if it is there, else the only one it was seen in.
    fn namespace_of(
        &self,
        cluster: &str,
        name: &str,
        known: &impl Known,
        lang: Lang,
    ) -> Result<String, Refusal> {
        let visible = self.visible(cluster);
        let alone = match &visible {
            Visible::Only(listed) if listed.len() == 1 => listed.first().cloned(),
            _ => None,
        };
        let of_cluster = known.default_namespace(cluster).filter(|namespace| visible.shows(namespace));
        let usual = self.namespace.clone().or(alone).or(of_cluster);
        let seen = self.seen(cluster, name, known);
        match (usual, seen.as_slice()) {
            (Some(usual), seen) if seen.is_empty() || seen.contains(&usual) => Ok(usual),
            (_, [only]) => Ok(only.clone()),
            (Some(usual), []) => Ok(usual),
            (None, []) => Err(Refusal::because(words::which_namespace(name, &[], lang))),
            (_, several) => Err(Refusal::because(words::which_namespace(name, several, lang))),
        }
    }
}

/// The cluster as a target names it: one without a name of its own is not named.
pub fn named(cluster: &str) -> Option<String> {
    (!cluster.is_empty()).then(|| cluster.to_string())
}

/// What is told of a target in a namespace one may not see: the same as of one that does not exist. `elsewhere` are the
/// namespaces one may see that have such a name.
pub fn not_found(target: &Target, namespace: &str, elsewhere: Vec<String>) -> ResolveError {
    let kind = target.kind.map_or("pod or workload", |kind| kind.short());
    let namespaced = target.kind.is_none_or(Kind::is_namespaced);
    ResolveError::NotFound {
        what: if namespaced {
            format!("{kind} {namespace}/{}", target.name)
        } else {
            format!("{kind} {}", target.name)
        },
        nearest: elsewhere.into_iter().map(|known| format!("{known}/{}", target.name)).collect(),
    }
}

/// Whether a namespace is one in which no log may be shown.
pub fn hides_logs(no_logs: &[Area], cluster: &str, namespace: &str) -> bool {
    no_logs.iter().any(|area| area.holds(cluster, namespace))
}
