//! What the API server says of a quota, in the words of every version.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go>

use std::sync::LazyLock;

use regex::Regex;

/// One resource of the refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) resource: String,
    pub(super) asked: String,
    pub(super) used: String,
    pub(super) hard: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) quota: String,
    pub(super) rows: Vec<Asked>,
    pub(super) unstated: Option<String>,
    pub(super) scopes: Option<String>,
    pub(super) no_status: bool,
}

static NAME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)(?:exceeded|failed|unknown for) quota: (?P<name>[^,:\s]+)").ok());
static UNSTATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)must specify (?P<list>[^\n]+)|(?P<old>[\w.-]+) is limited by quota, must make explicit")
        .ok()
});
static SCOPES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)insufficient quota to (?:match these scopes|consume): (?P<scopes>[^\n]+)").ok()
});

pub(super) fn read(message: &str) -> Said {
    let capture = |regex: &Option<Regex>, group: &str| {
        Some(
            regex.as_ref()?.captures(message)?.name(group)?.as_str().trim_end_matches(['.', ' ']).to_string(),
        )
    };
    let mut asked = amounts(message, "requested: ");
    // a message of the quota's first versions names one resource and no amounts
    asked.retain(|(name, _)| !name.is_empty());
    let (used, hard) = (amounts(message, "used: "), amounts(message, "limited: "));
    let of = |list: &[(String, String)], name: &str| {
        list.iter().find(|(known, _)| known == name).map(|(_, amount)| amount.clone()).unwrap_or_default()
    };
    let rows = asked
        .into_iter()
        .map(|(name, asked)| Asked { used: of(&used, &name), hard: of(&hard, &name), resource: name, asked })
        .collect();
    Said {
        quota: capture(&NAME, "name").unwrap_or_default(),
        rows,
        unstated: capture(&UNSTATED, "list")
            .or(capture(&UNSTATED, "old"))
            .map(|list| list.replace(',', ", ").replace(",  ", ", ")),
        scopes: capture(&SCOPES, "scopes"),
        no_status: message.contains("unknown for quota"),
    }
}

/// `a=1,b=2` after a word, up to the next word.
fn amounts(message: &str, lead: &str) -> Vec<(String, String)> {
    let Some((_, rest)) = message.split_once(lead) else { return Vec::new() };
    let end = [", used: ", ", limited: ", ", requested: "].iter().filter_map(|next| rest.find(next)).min();
    let part = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
    let pairs = part.split(',').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, amount)| (name.trim().to_string(), amount.trim().trim_end_matches('.').to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_versions_words_are_read() {
        let said = read(
            r#"pods "t" is forbidden: exceeded quota: money, requested: requests.cpu=20,requests.memory=60Gi, used: requests.cpu=32575m,requests.memory=90368Mi, limited: requests.cpu=50,requests.memory=140Gi"#,
        );
        assert_eq!((said.quota.as_str(), said.rows.len()), ("money", 2));
        assert_eq!(said.rows[1].used, "90368Mi");
        assert_eq!(said.rows[0].hard, "50");
        let said = read(r#"pods "t" is forbidden: failed quota: q: must specify limits.cpu,limits.memory"#);
        assert_eq!(said.unstated.as_deref(), Some("limits.cpu, limits.memory"));
        let said = read(
            r#"pods "t" is forbidden: failed quota: q: must specify limits.cpu for: app; limits.memory for: app,log"#,
        );
        assert_eq!(said.unstated.as_deref(), Some("limits.cpu for: app; limits.memory for: app, log"));
        let said = read(r#"Pod "nginx-" is forbidden: cpu is limited by quota, must make explicit request."#);
        assert_eq!(said.unstated.as_deref(), Some("cpu"));
        assert!(read("status unknown for quota: q, resources: pods").no_status);
    }
}
