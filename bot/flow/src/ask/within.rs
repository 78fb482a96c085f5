//! As far as one question reaches: which namespaces its answer may name, and whether logs are read.

use std::collections::BTreeSet;

use podwhy_knowledge::GapReason;
use podwhy_knowledge::resolve::ResolveError;
use serde_json::Value;

use super::collect::Collected;

/// The namespaces of one cluster that an answer may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visible {
    /// All.
    All,
    /// These.
    Only(BTreeSet<String>),
}

impl Visible {
    /// Whether a namespace is one of them.
    pub fn shows(&self, namespace: &str) -> bool {
        match self {
            Visible::All => true,
            Visible::Only(known) => known.contains(namespace),
        }
    }
}

/// As far as one question reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// The namespaces it may name.
    pub visible: Visible,
    /// Whether lines of logs may be shown; else none is looked at.
    pub logs: bool,
}

impl Within {
    /// All there is: for one who asks with their own rights.
    pub const ALL: Within = Within { visible: Visible::All, logs: true };

    /// Takes out what must not be looked at. What stays unread is a gap, as where the cluster refuses it.
    pub fn limit(&self, collected: &mut Collected) {
        if self.logs {
            return;
        }
        collected.logs.clear();
        let pods =
            collected.objects.iter().filter(|object| object.get("kind").is_some_and(|kind| kind == "Pod"));
        let text = |object: &Value, field: &str| {
            object.pointer(field).and_then(Value::as_str).unwrap_or_default().to_string()
        };
        let names: Vec<(String, String)> =
            pods.map(|pod| (text(pod, "/metadata/namespace"), text(pod, "/metadata/name"))).collect();
        for (namespace, name) in names {
            collected.unread("Log", &namespace, &name, GapReason::Forbidden);
        }
    }
}

/// Leaves out the names one may not see.
pub fn only_visible(error: ResolveError, visible: &Visible) -> ResolveError {
    let shown = |name: &String| visible.shows(name.split('/').next().unwrap_or_default());
    match error {
        ResolveError::NotFound { what, nearest } => {
            ResolveError::NotFound { what, nearest: nearest.into_iter().filter(shown).collect() }
        }
        ResolveError::Ambiguous { name, candidates } => {
            ResolveError::Ambiguous { name, candidates: candidates.into_iter().filter(shown).collect() }
        }
        other @ ResolveError::Unsupported(_) => other,
    }
}
