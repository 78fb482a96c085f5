//! The shape of a cause: one folder under `causes/`, holding its detection, its two pages and its cases.

use serde::Serialize;
use serde_json::Value;

use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::lang::Lang;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// One known cause.
pub struct Cause {
    /// Names the failure, never the fix; permanent.
    pub id: &'static str,
    /// How far the pod got; `None` for `healthy` and `unknown`.
    pub stage: Option<Stage>,
    /// The podwhy version that first knew it.
    pub since: &'static str,
    /// Causes that are only its symptoms.
    pub hides: &'static [&'static str],
    /// Nothing is wrong: the pod is not meant to run now.
    pub expected: bool,
    /// What may be done, in the order the pages list it.
    pub remedies: &'static [RemedyKind],
    /// Sentences of Kubernetes, the runtimes and registries that speak of it.
    pub wordings: &'static [Wording],
    /// Every place in the snapshot where it holds.
    pub detect: fn(&Snapshot) -> Vec<Match>,
    /// The English page.
    pub en: &'static str,
    /// The Chinese page.
    pub zh: &'static str,
    /// A case of it, whole, as YAML: its target and what is expected, then the objects. The playground holds it.
    pub case: &'static str,
}

impl Cause {
    /// The page's template in a language.
    pub fn template(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

/// A cause that holds in one place of a snapshot.
#[derive(Clone, Debug)]
pub struct Match {
    /// How sure.
    pub confidence: Confidence,
    /// The container, if it is about one.
    pub container: Option<String>,
    /// Whose fault.
    pub blame: Blame,
    /// Most telling first.
    pub evidence: Vec<Evidence>,
    /// The page's data.
    pub facts: Value,
}

impl Match {
    /// A match with the data its page is rendered with. `facts` must serialise to an object.
    pub fn new(confidence: Confidence, blame: Blame, facts: impl Serialize) -> Match {
        // plain structs of strings and numbers cannot fail to serialise; a page with a missing field says so
        let facts = serde_json::to_value(facts).unwrap_or(Value::Null);
        Match { confidence, container: None, blame, evidence: Vec::new(), facts }
    }

    /// In this container.
    pub fn in_container(mut self, name: &str) -> Match {
        self.container = Some(name.to_string());
        self
    }

    /// With a piece of evidence.
    pub fn because(mut self, evidence: Evidence) -> Match {
        if !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
        self
    }

    /// With several.
    pub fn because_all(self, evidence: impl IntoIterator<Item = Evidence>) -> Match {
        evidence.into_iter().fold(self, Match::because)
    }
}
