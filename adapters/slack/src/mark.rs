//! What a message of podwhy's carries, unseen, about itself: what it is, and the question it answers. A restart finds it by this.
//! <https://docs.slack.dev/messaging/message-metadata/>

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use serde_json::{Value, json};

use crate::inbound::text_at;
use crate::random;

/// The metadata's event type.
pub(crate) const EVENT_TYPE: &str = "podwhy_question";

/// Longer lines are not carried: the whole metadata of a message must stay small. A text this long is not asked again.
const LONGEST_LINE: usize = 2000;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its answer is being looked for.
    Looking,
    /// It is kept current.
    Watching,
    /// Nothing more happens to it.
    Done,
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Stage::Looking => "looking",
            Stage::Watching => "watching",
            Stage::Done => "done",
        }
    }
}

/// What a message carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) stage: Stage,
    /// What asks the same again.
    pub(crate) line: Option<String>,
    /// Who asked, or who watches.
    pub(crate) asker: String,
    /// Since when it is this.
    pub(crate) since: Timestamp,
    pub(crate) lang: Lang,
    /// By which the message is found where it is not known whether it was posted.
    pub(crate) id: String,
}

impl Mark {
    pub(crate) fn new(stage: Stage, asker: &str, since: Timestamp, lang: Lang) -> Mark {
        Mark { stage, line: None, asker: asker.to_string(), since, lang, id: random::id() }
    }

    pub(crate) fn asks(mut self, line: Option<&str>) -> Mark {
        self.line = line.filter(|line| line.len() <= LONGEST_LINE).map(str::to_string);
        self
    }

    /// The same message, as something else.
    pub(crate) fn becomes(&self, stage: Stage, since: Timestamp) -> Mark {
        Mark { stage, since, ..self.clone() }
    }

    /// As it is sent.
    pub(crate) fn metadata(&self) -> Value {
        let mut payload = json!({
            "state": self.stage.word(),
            "asker": self.asker,
            "since": self.since.to_string(),
            "lang": self.lang.tag(),
            "id": self.id,
        });
        if let Some(line) = &self.line {
            payload["line"] = json!(line);
        }
        json!({"event_type": EVENT_TYPE, "event_payload": payload})
    }

    /// What a message carries; `None` where it is none of podwhy's.
    pub(crate) fn of(message: &Value) -> Option<Mark> {
        if text_at(message, "/metadata/event_type") != Some(EVENT_TYPE) {
            return None;
        }
        let payload = message.pointer("/metadata/event_payload")?;
        let stage = match text_at(payload, "/state")? {
            "looking" => Stage::Looking,
            "watching" => Stage::Watching,
            "done" => Stage::Done,
            _ => return None,
        };
        Some(Mark {
            stage,
            line: text_at(payload, "/line").map(str::to_string),
            asker: text_at(payload, "/asker")?.to_string(),
            since: text_at(payload, "/since")?.parse().ok()?,
            lang: text_at(payload, "/lang").and_then(|lang| lang.parse().ok()).unwrap_or_default(),
            id: text_at(payload, "/id").unwrap_or_default().to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let since = "2026-11-24T15:40:00Z".parse().unwrap();
        let mark = Mark::new(Stage::Watching, "U1", since, Lang::Zh).asks(Some("why shop/cart-0"));
        let message = json!({"ts": "1.1", "metadata": mark.metadata()});
        assert_eq!(Mark::of(&message), Some(mark.clone()));
        let done = mark.becomes(Stage::Done, since);
        assert_eq!(done.metadata()["event_payload"]["state"], "done");
        assert_eq!(done.id, mark.id);
    }

    #[test]
    fn what_is_not_podwhys_is_not_read() {
        assert_eq!(Mark::of(&json!({"ts": "1.1"})), None);
        let other = json!({"metadata": {"event_type": "other", "event_payload": {"state": "looking"}}});
        assert_eq!(Mark::of(&other), None);
    }

    #[test]
    fn a_text_as_long_as_a_log_is_not_carried() {
        let mark = Mark::new(Stage::Looking, "U1", Timestamp::UNIX_EPOCH, Lang::En);
        assert_eq!(mark.clone().asks(Some(&"x".repeat(LONGEST_LINE + 1))).line, None);
        assert!(mark.asks(Some("triage")).line.is_some());
    }
}
