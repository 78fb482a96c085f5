//! Names one may not see, taken out of an answer: a node's other pods are read to say what is full, or holds a port.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use podwhy_knowledge::{Lang, World};

use crate::answer::{EventsAnswer, TriageAnswer, WhyAnswer};
use crate::ask::within::Visible;
use crate::words::Words;

/// In the place of a name.
const HIDDEN: Words = Words("(a pod in another namespace)", "（其他命名空间中的 Pod）");

/// The pods of a world in namespaces that are not visible.
#[derive(Clone, Debug, Default)]
pub struct Foreign {
    /// Of each name the namespaces that have such a pod; empty where none is hidden.
    pods: Arc<HashMap<String, HashSet<String>>>,
    /// What may be named; `None` for everything.
    visible: Option<Visible>,
}

/// Schedulers before 1.25 name who took a pod's place:
/// <https://github.com/kubernetes/kubernetes/blob/v1.24.0/pkg/scheduler/framework/preemption/preemption.go>
const PREEMPTED: &str = "Preempted by ";

impl Foreign {
    /// Those of a world.
    pub fn of(world: &World, visible: &Visible) -> Foreign {
        if *visible == Visible::All {
            return Foreign::default();
        }
        let briefs = world.briefs.iter().map(|brief| (brief.namespace.as_str(), brief.name.as_str()));
        let pods = world.pods.keys().map(|(namespace, name)| (namespace.as_str(), name.as_str()));
        Foreign::named(briefs.chain(pods), visible)
    }

    fn named<'p>(pods: impl Iterator<Item = (&'p str, &'p str)>, visible: &Visible) -> Foreign {
        let mut all: HashMap<String, HashSet<String>> = HashMap::new();
        for (namespace, name) in pods {
            all.entry(name.to_string()).or_default().insert(namespace.to_string());
        }
        Foreign { pods: Arc::new(all), visible: Some(visible.clone()) }
    }

    /// The same world's, for who may name the pods of this namespace alone. Not to be asked of one made for who may name all.
    pub(crate) fn beyond(&self, namespace: &str) -> Foreign {
        let visible = Visible::Only([namespace.to_string()].into());
        Foreign { pods: Arc::clone(&self.pods), visible: Some(visible) }
    }

    /// A text without them.
    pub fn conceal(&self, text: &mut String, lang: Lang) {
        let Some(visible) = &self.visible else { return };
        self.conceal_preemptor(text, visible, lang);
        if self.pods.is_empty() {
            return;
        }
        let part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-./".contains(c);
        let mut shown = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(start) = rest.find(part) {
            let end = rest[start..].find(|c| !part(c)).map_or(rest.len(), |length| start + length);
            shown.push_str(&rest[..start]);
            self.word(&rest[start..end], visible, &mut shown, lang);
            rest = &rest[end..];
        }
        shown.push_str(rest);
        *text = shown;
    }

    /// A pod that was never read, in the scheduler's own sentence.
    fn conceal_preemptor(&self, text: &mut String, visible: &Visible, lang: Lang) {
        let Some(start) = text.find(PREEMPTED).map(|at| at + PREEMPTED.len()) else { return };
        let end = text[start..].find(char::is_whitespace).map_or(text.len(), |length| start + length);
        let namespace = text[start..end].split_once('/').map(|(namespace, _)| namespace);
        if namespace.is_some_and(|namespace| !visible.shows(namespace)) {
            text.replace_range(start..end, HIDDEN.of(lang));
        }
    }

    fn word(&self, word: &str, visible: &Visible, shown: &mut String, lang: Lang) {
        // a sentence's full stop is not part of the name before it
        let name = word.trim_end_matches(['.', '/', '-']);
        if self.hides(name, visible) {
            shown.push_str(HIDDEN.of(lang));
            shown.push_str(&word[name.len()..]);
        } else {
            shown.push_str(word);
        }
    }

    /// A name with its namespace, `payments/api-0`; or alone, unless something visible has it, or it could be a word of a
    /// sentence.
    fn hides(&self, name: &str, visible: &Visible) -> bool {
        let mut parts = name.rsplitn(3, '/');
        let (last, namespace) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let Some(places) = self.pods.get(last) else { return false };
        if places.contains(namespace) {
            return !visible.shows(namespace);
        }
        let is_name = last.contains(|c: char| c == '-' || c == '.' || c.is_ascii_digit());
        is_name && !places.iter().any(|place| visible.shows(place))
    }

    fn names_one(&self, text: &str) -> bool {
        let mut shown = text.to_string();
        self.conceal(&mut shown, Lang::En);
        shown != text
    }

    /// An answer to `why` without them. A command that names one is left out.
    pub fn from_why(&self, why: &mut WhyAnswer, lang: Lang) {
        self.conceal(&mut why.verdict_text, lang);
        why.notices.iter_mut().for_each(|notice| self.conceal(notice, lang));
        for finding in &mut why.findings {
            for text in [&mut finding.summary, &mut finding.explanation, &mut finding.blame.name] {
                self.conceal(text, lang);
            }
            for evidence in &mut finding.evidence {
                self.conceal(&mut evidence.object, lang);
                self.conceal(&mut evidence.text, lang);
            }
            for remedy in &mut finding.remedies {
                self.conceal(&mut remedy.title, lang);
                remedy.command = remedy.command.take().filter(|command| !self.names_one(command));
            }
        }
        for change in &mut why.changes {
            self.conceal(&mut change.object, lang);
            self.conceal(&mut change.text, lang);
        }
        for gap in &mut why.gaps {
            self.conceal(&mut gap.what, lang);
        }
    }

    /// An answer to `triage` without them.
    pub fn from_triage(&self, triage: &mut TriageAnswer, lang: Lang) {
        for group in &mut triage.groups {
            self.conceal(&mut group.summary, lang);
            self.conceal(&mut group.blame.name, lang);
        }
        for gap in &mut triage.gaps {
            self.conceal(&mut gap.what, lang);
        }
    }

    /// An answer to `events` without them.
    pub fn from_events(&self, events: &mut EventsAnswer, lang: Lang) {
        for event in &mut events.events {
            self.conceal(&mut event.text, lang);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_other_namespaces_go_and_everything_else_stays() {
        let pods =
            [("payments", "api-0"), ("payments", "memory"), ("kube-system", "cart-0"), ("shop", "cart-0")];
        let visible = Visible::Only(["shop".to_string()].into());
        let foreign = Foreign::named(pods.into_iter(), &visible);
        for (text, wanted) in [
            ("port 80 is held by payments/api-0.", "port 80 is held by (a pod in another namespace)."),
            ("held by Pod api-0, of memory", "held by Pod (a pod in another namespace), of memory"),
            ("`payments/memory` and cart-0", "`(a pod in another namespace)` and cart-0"),
            ("kube-system/cart-0", "(a pod in another namespace)"),
            ("my-api-0 api-01 payments", "my-api-0 api-01 payments"),
            ("Preempted by search/hog-1 on node a", "Preempted by (a pod in another namespace) on node a"),
            ("Preempted by shop/web-1 on node a", "Preempted by shop/web-1 on node a"),
            ("字 api-0 字", "字 (a pod in another namespace) 字"),
        ] {
            let mut shown = text.to_string();
            foreign.conceal(&mut shown, Lang::En);
            assert_eq!(shown, wanted, "{text}");
        }
        let mut shown = "payments/api-0 and shop/cart-0".to_string();
        foreign.beyond("payments").conceal(&mut shown, Lang::En);
        assert_eq!(shown, "payments/api-0 and (a pod in another namespace)");
    }
}
