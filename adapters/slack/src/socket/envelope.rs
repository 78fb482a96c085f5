//! What Slack sends over a socket.

use serde_json::{Value, json};

use crate::inbound::{Kind, Raw, text_at};

/// One frame's text.
pub(super) enum Frame {
    /// The connection stands.
    Hello,
    /// To be acknowledged; what is in it, if it is of a kind podwhy knows.
    Envelope { id: String, raw: Option<Raw> },
    /// Slack is about to close it, and why.
    Disconnect(String),
    /// Nothing podwhy knows.
    Other,
}

impl Frame {
    pub(super) fn read(text: &str) -> Frame {
        let Ok(mut value) = serde_json::from_str::<Value>(text) else { return Frame::Other };
        let kind = match text_at(&value, "/type") {
            Some("hello") => return Frame::Hello,
            Some("disconnect") => {
                let reason = text_at(&value, "/reason").unwrap_or_default();
                return Frame::Disconnect(reason.to_string());
            }
            Some("slash_commands") => Some(Kind::Command),
            Some("events_api") => Some(Kind::Event),
            Some("interactive") => Some(Kind::Interactive),
            _ => None,
        };
        let Some(id) = text_at(&value, "/envelope_id").map(str::to_string) else { return Frame::Other };
        let payload = value.get_mut("payload").map(Value::take).unwrap_or_default();
        Frame::Envelope { id, raw: kind.map(|kind| Raw { kind, payload }) }
    }
}

/// Without a payload: what podwhy has to say it says later.
pub(super) fn acknowledgement(id: &str) -> String {
    json!({"envelope_id": id}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart() {
        let hello = r#"{"type":"hello","num_connections":2,"connection_info":{"app_id":"A1"}}"#;
        assert!(matches!(Frame::read(hello), Frame::Hello));
        let goodbye = r#"{"type":"disconnect","reason":"warning","debug_info":{"host":"h"}}"#;
        assert!(matches!(Frame::read(goodbye), Frame::Disconnect(reason) if reason == "warning"));
        let command = r#"{"type":"slash_commands","envelope_id":"E1","accepts_response_payload":true,
            "payload":{"command":"/pod"}}"#;
        let Frame::Envelope { id, raw: Some(raw) } = Frame::read(command) else { panic!("no envelope") };
        assert_eq!((id.as_str(), raw.kind), ("E1", Kind::Command));
        assert_eq!(raw.payload["command"], "/pod");
        let new = r#"{"type":"new_thing","envelope_id":"E2","payload":{}}"#;
        assert!(matches!(Frame::read(new), Frame::Envelope { id, raw: None } if id == "E2"));
        for odd in ["", "[]", "{\"type\":1}", "\u{0}"] {
            assert!(matches!(Frame::read(odd), Frame::Other), "{odd:?}");
        }
    }

    #[test]
    fn an_acknowledgement_is_bare() {
        assert_eq!(acknowledgement("E1"), r#"{"envelope_id":"E1"}"#);
    }
}
