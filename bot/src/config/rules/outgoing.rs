//! What must hold of webhooks and PagerDuty.

use ::config::Value;
use podwhy_flow::incident::record::MOST_SENT;

use super::super::problem::{Place, Problem, Rank};
use super::chat::areas;
use super::incident::words;
use super::{get, list, text};

/// It stands in every incident.
const LONGEST: usize = 63;

pub(super) fn check(merged: &Value, clusters: &[Option<&str>], at: &Place, problems: &mut Vec<Problem>) {
    let mut names: Vec<String> = Vec::new();
    for section in ["webhooks", "pagerduty"] {
        for (index, receiver) in list(get(merged, section)).enumerate() {
            let here = at.key(section, receiver.origin()).item(index);
            let mut problem = |key: &str, message: String| {
                problems.push(here.key(key, None).problem(Rank::Rule, message));
            };
            if let Some(name) = text(receiver, "name") {
                if names.iter().any(|known| known == name) {
                    let message =
                        format!("another receiver is named {name:?}: podwhy could not tell them apart");
                    problem("name", message);
                }
                if name.chars().count() > LONGEST {
                    problem("name", format!("write at most {LONGEST} letters"));
                }
                names.push(name.to_string());
            }
            if let Some(why) = text(receiver, "url").and_then(why_not) {
                problem("url", why.to_string());
            }
            if list(get(receiver, "of")).next().is_none() && get(receiver, "of").is_some() {
                problem("of", "it names no namespace; write [\"*\"] for all".to_string());
            }
            areas(receiver, "of", clusters, &here, problems);
            words(receiver, &here, problems);
        }
        if list(get(merged, section)).next().is_some() && list(get(merged, "routes")).next().is_none() {
            let message = "incidents begin where a route says so: write [[routes]], or nothing is ever sent";
            problems.push(at.key(section, None).problem(Rank::Rule, message));
        }
    }
    if names.len() > MOST_SENT {
        let message = format!("at most {MOST_SENT} receivers, these and those of PagerDuty together");
        problems.push(at.key("webhooks", None).problem(Rank::Rule, message));
    }
}

/// What is sent says what fails where: nobody on the way may read it.
fn why_not(url: &str) -> Option<&'static str> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return Some("write a URL such as https://tickets.example.com/podwhy");
    }
    if authority.contains('@') {
        return Some("leave the user out: every POST is signed instead");
    }
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let is_local = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match scheme.to_ascii_lowercase().as_str() {
        "https" => None,
        "http" if is_local => None,
        _ => Some("write https: http is for this machine only"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_and_this_machine_are_called() {
        for url in [
            "https://x.example/y",
            "HTTPS://x",
            "http://127.0.0.1:80/x",
            "http://[::1]:1",
            "http://localhost",
        ] {
            assert_eq!(why_not(url), None, "{url}");
        }
        for url in
            ["http://x.example", "http://127.0.0.1.example/", "x.example", "https://", "https://a:b@x/", ""]
        {
            assert!(why_not(url).is_some(), "{url}");
        }
    }
}
