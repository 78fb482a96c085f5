//! Cutting evidence out of a snapshot, so that every excerpt says where and when it was read.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStateTerminated, Node};

use crate::container::ContainerView;
use crate::event::Event;
use crate::finding::{Evidence, Source};
use crate::redact::{clean_name, redact};
use crate::schedule::autoscaler::coming;
use crate::snapshot::Snapshot;

/// Excerpts longer than this many characters are cut, with the cut shown.
const MAX_TEXT: usize = 600;

impl Evidence {
    /// Makes it fit to be shown: credentials out first, then cut, for a cut credential no longer looks like one.
    pub fn finish(&mut self) {
        self.text = cut(&redact(&self.text), MAX_TEXT);
        self.object = clean_name(&self.object);
    }

    /// A piece of evidence about any object.
    pub fn new(
        source: Source,
        object: impl Into<String>,
        at: Option<Timestamp>,
        text: impl Into<String>,
    ) -> Evidence {
        Evidence { source, object: object.into(), at, text: text.into() }
    }

    /// An event, in its own words.
    pub fn event(event: &Event) -> Evidence {
        let object = object_name(&event.kind, &event.namespace, &event.name);
        let times = if event.count > 1 { format!(" (×{})", event.count) } else { String::new() };
        Evidence::new(Source::Event, object, event.at, format!("{}{times}: {}", event.reason, event.message))
    }

    /// A node's condition.
    pub fn node_condition(node: &Node, name: &str) -> Option<Evidence> {
        let conditions = node.status.as_ref()?.conditions.as_ref()?;
        let condition = conditions.iter().find(|c| c.type_ == name)?;
        let object = format!("Node {}", node.metadata.name.as_deref().unwrap_or_default());
        let text = format!(
            "{name}={} {}: {}",
            condition.status,
            condition.reason.as_deref().unwrap_or_default(),
            condition.message.as_deref().unwrap_or_default()
        );
        Some(Evidence::new(Source::Node, object, condition.last_transition_time.as_ref().map(|t| t.0), text))
    }
}

impl Snapshot {
    /// `Pod shop/cart-0`
    pub fn object(&self) -> String {
        object_name(self.kind().camel(), self.namespace(), self.name())
    }

    /// Something in the subject's spec: `path: text`.
    pub fn from_spec(&self, path: &str, text: &str) -> Evidence {
        Evidence::new(Source::Spec, self.object(), None, format!("{path}: {text}"))
    }

    /// Something in the subject's status.
    pub fn from_status(&self, at: Option<Timestamp>, text: impl Into<String>) -> Evidence {
        Evidence::new(Source::State, self.object(), at, text)
    }

    /// A waiting container, in the kubelet's words.
    pub fn from_waiting(&self, container: &ContainerView<'_>) -> Option<Evidence> {
        let (reason, message) = container.waiting()?;
        let words = if message.is_empty() { reason.to_string() } else { format!("{reason}: {message}") };
        Some(self.from_status(None, format!("{}.state.waiting {words}", container.status_path())))
    }

    /// A container's end.
    pub fn from_end(&self, container: &ContainerView<'_>, end: &ContainerStateTerminated) -> Evidence {
        let state = if container.terminated() == Some(end) { "state" } else { "lastState" };
        let mut text = format!(
            "{}.{state}.terminated reason={} exitCode={}",
            container.status_path(),
            end.reason.as_deref().unwrap_or("none"),
            end.exit_code
        );
        if let Some(message) = end.message.as_deref().filter(|m| !m.is_empty()) {
            text.push_str(&format!(": {message}"));
        }
        self.from_status(end.finished_at.as_ref().map(|t| t.0), text)
    }

    /// How often a container was restarted.
    pub fn from_restarts(&self, container: &ContainerView<'_>) -> Evidence {
        self.from_status(None, format!("{}.restartCount {}", container.status_path(), container.restarts()))
    }

    /// A pod condition, in its writer's words.
    pub fn from_condition(&self, name: &str) -> Option<Evidence> {
        let condition = self.condition(name)?;
        let text = format!("{name}={} {}: {}", condition.status, condition.reason, condition.message);
        let text = text.trim_end_matches([':', ' ']).to_string();
        Some(Evidence::new(Source::Condition, self.object(), condition.at, text))
    }

    /// Where the scheduler last spoke: the condition if it stands there, else its event.
    pub fn from_scheduler(&self) -> Option<Evidence> {
        let (_, _, in_condition) = self.scheduler_message()?;
        if in_condition {
            return self.from_condition("PodScheduled");
        }
        let event = self.events.iter().rev().find(|e| e.reason.eq_ignore_ascii_case("FailedScheduling"))?;
        Some(Evidence::event(event))
    }

    /// Where the scheduler last spoke, and the autoscaler's word that a node is on its way.
    pub fn from_placing(&self) -> impl Iterator<Item = Evidence> {
        self.from_scheduler().into_iter().chain(coming(self).map(Evidence::event))
    }
}

/// `Pod shop/cart-0`, or `Node worker-1` for what has no namespace.
pub fn object_name(kind: &str, namespace: &str, name: &str) -> String {
    if namespace.is_empty() { format!("{kind} {name}") } else { format!("{kind} {namespace}/{name}") }
}

/// The end of the text within `max` characters, the cut shown. For what was redacted as a whole.
pub fn cut_front(text: &str, max: usize) -> String {
    let more = text.chars().count().saturating_sub(max);
    if more == 0 {
        text.to_string()
    } else {
        format!("(cut) …{}", text.chars().skip(more).collect::<String>())
    }
}

/// The text within `max` characters, the cut shown.
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_string(),
        Some((at, _)) => format!("{}… (cut)", &text[..at]),
    }
}
