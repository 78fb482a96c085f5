//! Links that alerts bring: only those are shown that lead to hosts the configuration lists, by https. What an alert says comes
//! from whoever writes rules or labels in the cluster.

use podwhy_knowledge::Lang;
use url::Url;

use super::fit::cut;
use super::record::{AlertLinks, Incident};
use super::words;

/// At most this many links stand in a message, and in the record.
pub const MOST_LINKS: usize = 6;

/// A longer URL is not kept: half of one leads nowhere.
pub const LONGEST_URL: usize = 500;

/// Whether a link may be shown: by https, without a user in it, and to one of the hosts (`runbooks.example.com`;
/// `*.example.com` for every host below it; with `:8443` at another port than https's own).
pub fn may_be_shown(url: &str, hosts: &[String]) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    let Some(host) = url.host_str().filter(|_| is_plain) else { return false };
    let (host, port) = (host.to_ascii_lowercase(), url.port().unwrap_or(443));
    hosts.iter().any(|listed| {
        let (name, at) = listed.rsplit_once(':').unwrap_or((listed.as_str(), "443"));
        let name = name.to_ascii_lowercase();
        let is_host = match name.strip_prefix("*.") {
            Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
            None => host == name,
        };
        is_host && at.parse() == Ok(port)
    })
}

/// What of an alert's links is kept.
pub(super) fn kept(runbook: Option<&String>, source: Option<&String>) -> AlertLinks {
    let fits = |url: Option<&String>| url.filter(|url| url.len() <= LONGEST_URL).cloned();
    AlertLinks { runbook: fits(runbook), source: fits(source) }
}

/// Each link once, and no more than [`MOST_LINKS`] of all alerts together.
pub(super) fn at_most<'l>(all: impl Iterator<Item = &'l mut AlertLinks>) {
    let mut known: Vec<String> = Vec::new();
    for links in all {
        for link in [&mut links.runbook, &mut links.source] {
            let Some(url) = link.as_ref() else { continue };
            if known.contains(url) || known.len() >= MOST_LINKS {
                *link = None;
            } else {
                known.push(url.clone());
            }
        }
    }
}

/// The links of an incident: (what, URL).
pub(super) fn shown(incident: &Incident, hosts: &[String], lang: Lang) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::new();
    for alert in &incident.status.alerts {
        let mut name = alert.name.clone();
        cut(&mut name, 60);
        let links = [
            (words::runbook(&name, lang), &alert.links.runbook),
            (words::source(&name, lang), &alert.links.source),
        ];
        for (label, url) in links {
            let Some(url) = url.as_ref().filter(|url| may_be_shown(url, hosts)) else { continue };
            if !all.iter().any(|(_, known)| known == url) {
                all.push((label, url.clone()));
            }
        }
    }
    all.truncate(MOST_LINKS);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_to_a_listed_host_is_shown() {
        let hosts =
            ["runbooks.example.com", "*.Internal.example.com", "prom.example.com:9090"].map(str::to_string);
        for (url, is_shown) in [
            ("https://runbooks.example.com/oom?x=1#y", true),
            ("https://RUNBOOKS.example.com:443/", true),
            ("http://runbooks.example.com/", false),
            ("https://runbooks.example.com:8443/", false),
            ("https://runbooks.example.com.evil.example/", false),
            ("https://evil.example/runbooks.example.com", false),
            ("https://runbooks.example.com@evil.example/", false),
            ("https://user@runbooks.example.com/", false),
            ("https://a.b.internal.example.com/", true),
            ("https://internal.example.com/", false),
            ("https://notinternal.example.com/", false),
            ("https://prom.example.com:9090/graph", true),
            ("https://prom.example.com/graph", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            assert_eq!(may_be_shown(url, &hosts), is_shown, "{url}");
            assert!(!may_be_shown(url, &[]), "{url}");
        }
    }

    #[test]
    fn a_record_holds_few_links_each_once() {
        let links = |n: usize| AlertLinks {
            runbook: Some("https://r/".to_string()),
            source: Some(format!("https://p/{n}")),
        };
        let mut all: Vec<AlertLinks> = (0..9).map(links).collect();
        at_most(all.iter_mut());
        let runbooks = all.iter().filter(|links| links.runbook.is_some()).count();
        let sources = all.iter().filter(|links| links.source.is_some()).count();
        assert_eq!((runbooks, sources), (1, MOST_LINKS - 1));
        let long = "x".repeat(LONGEST_URL + 1);
        assert_eq!(kept(Some(&long), None), AlertLinks::default());
    }
}
