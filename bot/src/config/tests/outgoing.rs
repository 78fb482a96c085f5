//! What is said of receivers outside the chats, and of the alerts' own listener.

use super::{file, lines};
use crate::config::{Severity, load};

const KEY: &str = "{ env = \"KEY\" }";

#[test]
fn what_must_hold_of_receivers_is_told() {
    let long = "x".repeat(64);
    let written = file(&format!(
        r#"
[[clusters]]
name = "prod"
[[webhooks]]
name = "tickets"
url = "http://tickets.example.com/"
signing_key = {KEY}
of = ["dev:*"]
causes = ["oom-kiled"]
[[webhooks]]
name = "{long}"
url = "https://ann:pw@tickets.example.com/"
signing_key = {KEY}
of = []
[[pagerduty]]
name = "tickets"
routing_key = {KEY}
of = ["*"]
"#
    ));
    let shown = lines(&written.inputs, load(&written.inputs));
    for wanted in [
        "FILE: webhooks[0].url: write https: http is for this machine only",
        "FILE: webhooks[0].of[0]: no cluster in clusters is named \"dev\"",
        "FILE: webhooks[0].causes[0]: there is no cause \"oom-kiled\"; did you mean \"oom-killed\"?",
        "FILE: webhooks[1].name: write at most 63 letters",
        "FILE: webhooks[1].url: leave the user out: every POST is signed instead",
        "FILE: webhooks[1].of: it names no namespace; write [\"*\"] for all",
        "FILE: pagerduty[0].name: another receiver is named \"tickets\": podwhy could not tell them apart",
    ] {
        assert!(shown.iter().any(|line| line == wanted), "{wanted}\n{shown:#?}");
    }
    let unrouted = shown.iter().filter(|line| line.contains("incidents begin where a route says so")).count();
    assert_eq!((unrouted, shown.len()), (2, 9), "{shown:#?}");
}

#[test]
fn someone_is_woken_for_what_is_critical_where_nothing_else_is_said() {
    let written = file(&format!(
        "[slack]\nbot_token = {KEY}\napp_token = {KEY}\n[[routes]]\napp = \"slack\"\nchannel = \"C1\"\nof = [\"*\"]\n\
        [[pagerduty]]\nname = \"on-call\"\nrouting_key = {KEY}\nof = [\"*\"]\n"
    ));
    let settings = load(&written.inputs).unwrap().settings;
    assert_eq!(settings.pagerduty[0].severity, Severity::Critical);
    assert_eq!(settings.pagerduty[0].url, "https://events.pagerduty.com/v2/enqueue");
    assert!(settings.webhooks.is_empty());
}

#[test]
fn what_must_hold_of_the_alerts_own_listener_is_told() {
    let told = |text: &str| {
        let written = file(&format!("[alertmanager]\n{text}"));
        lines(&written.inputs, load(&written.inputs))
    };
    assert_eq!(
        told("client_ca = \"/ca\"\nclient_names = [\"x\"]"),
        ["FILE: alertmanager.client_ca: it is for alertmanager.listen, which is not set"]
    );
    assert_eq!(
        told(&format!("bearer_token = {KEY}\nlisten = \"0.0.0.0:8443\"\nclient_names = [\"x\"]")),
        [
            "FILE: alertmanager.tls_cert: an own listener needs it: alerts are taken there over TLS",
            "FILE: alertmanager.tls_key: an own listener needs it: alerts are taken there over TLS",
            "FILE: alertmanager.client_names: names of certificates are believed only with client_ca",
        ]
    );
    let whole = "listen = \"0.0.0.0:8443\"\ntls_cert = \"/a\"\ntls_key = { file = \"/b\" }";
    assert_eq!(
        told(whole),
        [
            "FILE: alertmanager: write bearer_token, or user and password, or client_ca: alerts of anybody are not taken"
        ]
    );
    let written = file(&format!("[alertmanager]\n{whole}\nclient_ca = \"/c\""));
    assert!(load(&written.inputs).is_ok());
}
