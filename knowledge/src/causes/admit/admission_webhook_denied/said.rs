//! What the API server says of a webhook, and why it could not be called.
//! <https://github.com/kubernetes/kubernetes/tree/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook>

use std::sync::LazyLock;

use regex::Regex;

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    NoService,
    NoEndpoints,
    Timeout,
    Refused,
    Untrusted,
    Expired,
    WrongName,
    NoHost,
    /// It answered, and not as a webhook does.
    Answer,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) name: String,
    pub(super) policy: bool,
    pub(super) binding: Option<String>,
    pub(super) failed: bool,
    pub(super) trouble: Option<Trouble>,
    /// The webhook's own words, or the error's.
    pub(super) message: String,
    pub(super) url: Option<String>,
    /// (namespace, name) out of `https://name.namespace.svc:443/…`
    pub(super) service: Option<(String, String)>,
}

/// (words, trouble), the first that fits.
const TROUBLES: &[(&str, Trouble)] = &[
    (r#"service "[^"]*" not found"#, Trouble::NoService),
    (r"no endpoints available|no service port|endpoints? .* not found", Trouble::NoEndpoints),
    (r"certificate has expired|not yet valid", Trouble::Expired),
    (
        r"certificate is valid for|not valid for any names|doesn't contain any IP SANs|relies on legacy Common Name|cannot validate certificate for",
        Trouble::WrongName,
    ),
    (r"x509|unknown authority|unable to load root certificates|tls: ", Trouble::Untrusted),
    (r"no such host|server misbehaving", Trouble::NoHost),
    (
        r"connection refused|connection reset|no route to host|\bEOF\b|network is unreachable|broken pipe",
        Trouble::Refused,
    ),
    (r"deadline exceeded|Client\.Timeout|i/o timeout|request canceled|timed? ?out", Trouble::Timeout),
    (
        r"invalid webhook response|expected webhook response|could not find the requested resource|the server rejected our request|unable to (decode|parse)|an error on the server|Unauthorized|unknown \(post\)|unexpected response code|status code",
        Trouble::Answer,
    ),
];

static TROUBLE: LazyLock<Vec<(Regex, Trouble)>> = LazyLock::new(|| {
    let compile = |text: &str| Regex::new(&format!("(?i){text}")).ok();
    TROUBLES.iter().filter_map(|(text, trouble)| Some((compile(text)?, *trouble))).collect()
});
static DENIED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?s)admission webhook "(?P<name>[^"]*)" denied the request(?: without explanation| with code \d+)?(?:: (?P<message>.*))?"#).ok()
});
static FAILED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?s)failed calling (?:admission )?webhook "(?P<name>[^"]*)": (?P<message>.*)"#).ok()
});
static POLICY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?s)(?:Validating|Mutating)AdmissionPolicy '(?P<name>[^']+)'(?: with binding '(?P<binding>[^']+)')?(?: denied request)?:? ?(?P<message>.*)").ok()
});
static URL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"https?://[^\s"]+[^\s":]"#).ok());
static SERVICE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^https?://(?P<name>[a-z0-9-]+)\.(?P<namespace>[a-z0-9-]+)\.svc\b").ok());

pub(super) fn read(message: &str) -> Said {
    let find = |regex: &Option<Regex>| {
        let found = regex.as_ref()?.captures(message)?;
        let of = |name: &str| found.name(name).map(|m| m.as_str().trim().to_string());
        // the binding's group stands in one pattern only
        Some((of("name").unwrap_or_default(), of("message").unwrap_or_default(), of("binding")))
    };
    if let Some((name, text, _)) = find(&FAILED) {
        let url = URL.as_ref().and_then(|re| re.find(&text)).map(|m| m.as_str().to_string());
        let service = url.as_deref().and_then(service_of);
        // the address holds words such as `timeout=10s` that say nothing
        let error = url.as_deref().map_or(text.clone(), |url| text.replace(url, ""));
        let trouble = TROUBLE.iter().find(|(re, _)| re.is_match(&error)).map(|(_, trouble)| *trouble);
        let message = text.rsplit_once("\": ").map_or(text.clone(), |(_, error)| error.to_string());
        return Said { name, failed: true, trouble, message, url, service, ..Said::default() };
    }
    if let Some((name, message, _)) = find(&DENIED) {
        return Said { name, message, ..Said::default() };
    }
    if let Some((name, text, binding)) = find(&POLICY) {
        // an expression that cannot be evaluated denies as failurePolicy says
        let failed = text.contains("resulted in error") || text.contains("failed to configure");
        return Said { name, message: text, binding, policy: true, failed, ..Said::default() };
    }
    Said { message: message.to_string(), ..Said::default() }
}

fn service_of(url: &str) -> Option<(String, String)> {
    let found = SERVICE.as_ref()?.captures(url)?;
    Some((found.name("namespace")?.as_str().to_string(), found.name("name")?.as_str().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_a_webhook_fails_is_read() {
        assert_eq!(TROUBLE.len(), TROUBLES.len());
        let said = read(
            r#"Internal error occurred: failed calling webhook "check.x.io": failed to call webhook: Post "https://policy.hooks.svc:443/validate?timeout=3s": service "policy" not found"#,
        );
        assert_eq!(said.service, Some(("hooks".to_string(), "policy".to_string())));
        assert_eq!(said.trouble, Some(Trouble::NoService));
        for (error, trouble) in [
            ("no endpoints available for service \"p\"", Trouble::NoEndpoints),
            ("context deadline exceeded", Trouble::Timeout),
            ("dial tcp 10.0.0.1:443: connect: connection refused", Trouble::Refused),
            ("x509: certificate signed by unknown authority", Trouble::Untrusted),
            ("x509: certificate has expired or is not yet valid", Trouble::Expired),
            ("x509: certificate is valid for a, not b", Trouble::WrongName),
            ("dial tcp: lookup p.x.svc: no such host", Trouble::NoHost),
            ("the server could not find the requested resource", Trouble::Answer),
        ] {
            // before 1.18 the address stood without quotes
            for quote in ["\"", ""] {
                let text = format!(
                    "Internal error occurred: failed calling webhook \"a.b\": Post {quote}https://p.x.svc:443/v?timeout=30s{quote}: {error}"
                );
                let said = read(&text);
                assert_eq!(said.trouble, Some(trouble), "{text}");
                assert_eq!(said.service, Some(("x".to_string(), "p".to_string())), "{text}");
            }
        }
        let said = read(r#"admission webhook "a.b" denied the request: no: never"#);
        assert_eq!((said.message.as_str(), said.failed), ("no: never", false));
        let said = read(
            "pods \"x\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no latest",
        );
        assert_eq!(
            (said.name.as_str(), said.binding.as_deref(), said.message.as_str()),
            ("p", Some("b"), "no latest")
        );
    }
}
