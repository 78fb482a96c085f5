//! PagerDuty's Events API v2: <https://developer.pagerduty.com/docs/events-api-v2-overview>.
//!
//! An incident's name is its `dedup_key`, so that whatever is sent again is the same alert there: opened, changed and reopened are
//! `trigger`, taken is `acknowledge`, resolved is `resolve`. What is acknowledged calls nobody again when it changes.
//!
//! # What is answered
//! 202 is taken, 429 and 5xx are sent again, 400 never (<https://developer.pagerduty.com/docs/events-api-v2-overview#response-codes--retry-logic>).

use futures::future::BoxFuture;
use podwhy_flow::incident::{News, Notice, Severity};
use podwhy_flow::ports::{Outlet, OutletError};
use reqwest::Client;
use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::address::{Address, StartError};
use crate::call::{client, post};

/// Where events go; accounts of the European Union have one of their own (`https://events.eu.pagerduty.com/v2/enqueue`).
pub const API: &str = "https://events.pagerduty.com/v2/enqueue";

/// <https://developer.pagerduty.com/docs/send-alert-event#parameters>
const LONGEST_SUMMARY: usize = 1024;
/// <https://developer.pagerduty.com/docs/events-api-v2-overview#size-limits>
const LARGEST: usize = 512 * 1000;

/// One service of PagerDuty.
#[derive(Clone, Debug)]
pub struct PagerDuty {
    client: Client,
    address: Address,
    routing_key: SecretString,
}

impl PagerDuty {
    /// `routing_key` is the integration key of a service.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn new(address: Address, routing_key: SecretString) -> Result<PagerDuty, StartError> {
        Ok(PagerDuty { client: client(&address, None)?, address, routing_key })
    }

    async fn deliver(&self, notice: &Notice) -> Result<(), OutletError> {
        let mut event = event(notice);
        event["routing_key"] = json!(self.routing_key.expose_secret());
        let mut body = event.to_string();
        if body.len() > LARGEST {
            event["payload"]["custom_details"] = Value::Null;
            body = event.to_string();
        }
        post(&self.client, &self.address, HeaderMap::new(), body, &[&self.routing_key]).await
    }
}

impl Outlet for PagerDuty {
    fn send<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Result<(), OutletError>> {
        Box::pin(self.deliver(notice))
    }
}

/// The event without its routing key.
fn event(notice: &Notice) -> Value {
    let incident = &notice.incident;
    let action = match notice.change {
        News::Opened | News::Changed | News::Reopened => "trigger",
        News::Taken => "acknowledge",
        News::Resolved => "resolve",
    };
    let mut event = json!({"event_action": action, "dedup_key": incident.name});
    if action == "trigger" {
        let cause = &incident.root_cause;
        event["client"] = json!("podwhy");
        event["payload"] = json!({
            "summary": summary(notice),
            "source": source(&cause.cluster),
            "severity": severity(incident.severity),
            "timestamp": incident.opened_at,
            "component": format!("{} {}", cause.blame.kind, cause.blame.name),
            "group": cause.blame.namespace,
            "class": cause.cause,
            "custom_details": {
                "confidence": incident.confidence,
                "summary": incident.summary,
                "failing": incident.failing,
                "members": incident.members,
                "alerts": incident.alerts,
                "reopened": incident.reopened,
            },
        });
    }
    event
}

/// What is read aloud at night: what it is before how it is told.
fn summary(notice: &Notice) -> String {
    let incident = &notice.incident;
    let whole = match incident.summary.as_str() {
        "" => incident.title.clone(),
        summary => format!("{}: {summary}", incident.title),
    };
    if whole.chars().count() <= LONGEST_SUMMARY {
        return whole;
    }
    whole.chars().take(LONGEST_SUMMARY - 1).chain(['…']).collect()
}

/// It must not be empty.
fn source(cluster: &str) -> &str {
    if cluster.is_empty() { "podwhy" } else { cluster }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Receiver, notice};

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[tokio::test]
    async fn an_incident_is_one_alert_from_its_beginning_to_its_end() {
        for (change, action) in [
            (News::Opened, "trigger"),
            (News::Changed, "trigger"),
            (News::Taken, "acknowledge"),
            (News::Resolved, "resolve"),
            (News::Reopened, "trigger"),
        ] {
            let receiver = Receiver::start(202, &[], r#"{"status":"success"}"#).await;
            let pagerduty = PagerDuty::new(receiver.address(), KEY.into()).unwrap();
            pagerduty.send(&notice(change)).await.unwrap();
            let event: Value = serde_json::from_str(&receiver.only().await.1).unwrap();
            assert_eq!(event["event_action"], action);
            assert_eq!((&event["dedup_key"], &event["routing_key"]), (&json!("oom-killed-1"), &json!(KEY)));
            assert_eq!(event.get("payload").is_some(), action == "trigger");
            if action == "trigger" {
                let payload = &event["payload"];
                assert_eq!(payload["severity"], "critical");
                assert_eq!(payload["source"], "prod");
                assert_eq!(payload["timestamp"], "2026-01-01T15:04:00Z");
                assert_eq!(payload["class"], "oom-killed");
                let summary = payload["summary"].as_str().unwrap();
                assert!(summary.starts_with("oom-killed · Deployment prod:shop/cart"), "{summary}");
            }
        }
    }

    #[tokio::test]
    async fn a_refusal_says_why_and_not_the_key() {
        let said = format!(r#"{{"status":"invalid event","errors":["no service for {KEY}"]}}"#);
        let receiver = Receiver::start(400, &[], &said).await;
        let told = PagerDuty::new(receiver.address(), KEY.into()).unwrap().send(&notice(News::Opened)).await;
        let Err(OutletError::Refused(why)) = told else { panic!("{told:?}") };
        assert!(why.contains("invalid event") && !why.contains(KEY), "{why}");
    }

    #[tokio::test]
    async fn one_that_is_crowded_is_left_alone_for_minutes() {
        let receiver = Receiver::start(429, &[], "").await;
        let told = PagerDuty::new(receiver.address(), KEY.into()).unwrap().send(&notice(News::Opened)).await;
        let Err(OutletError::Later { after, .. }) = told else { panic!("{told:?}") };
        assert_eq!(after.map(|after| after.as_secs()), Some(120));
    }

    #[test]
    fn nothing_is_longer_than_pagerduty_takes() {
        let mut long = notice(News::Opened);
        long.incident.title = "\u{4e00}".repeat(1000);
        long.incident.summary = "\"".repeat(1000);
        long.incident.members = vec![long.incident.members[0].clone(); 20];
        let event = event(&long);
        assert_eq!(event["payload"]["summary"].as_str().unwrap().chars().count(), 1024);
        assert!(event.to_string().len() < LARGEST);
    }

    #[test]
    fn a_key_is_not_shown() {
        let pagerduty = PagerDuty::new(Address::parse(API).unwrap(), KEY.into()).unwrap();
        assert!(!format!("{pagerduty:?}").contains(KEY));
    }
}
