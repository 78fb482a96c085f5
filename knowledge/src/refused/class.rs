//! Which admission step of the API server a refusal comes from, by the words before any quoted ones.

use regex::Regex;
use std::sync::LazyLock;

/// The step that refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// LimitRanger.
    LimitRange,
    /// ResourceQuota.
    Quota,
    /// PodSecurityPolicy, Pod Security admission, OpenShift's constraints.
    Policy,
    /// A webhook, or an admission policy written in CEL.
    Webhook,
    /// ServiceAccount.
    Account,
    /// The authorizer: whoever makes the pods may not.
    Rbac,
    /// Validation, and names of cluster objects that do not exist.
    Invalid,
    /// Another admission plugin that the API server has built in: PodNodeSelector, PodTolerationRestriction, Priority, RuntimeClass …
    Plugin,
    /// Anything else.
    Other,
}

/// In the order they are asked: a webhook quotes whatever it likes, so it is asked first.
/// <https://github.com/kubernetes/kubernetes/tree/v1.37.0/plugin/pkg/admission>
const RULES: &[(Class, &str)] = &[
    (
        Class::Webhook,
        r#"admission webhook "[^"]*" (denied|does not support)|failed calling (admission )?webhook|(Validating|Mutating)AdmissionPolicy '|denied by ValidatingAdmissionPolicy|image policy webhook|failed to configure (policy|binding)"#,
    ),
    (
        Class::Account,
        r#"error looking up service account|service account \S+ was not found|no API token found for service account|failed to get service account|serviceaccount "[^"]*" not found"#,
    ),
    (
        Class::Policy,
        r"violates PodSecurity|PodSecurityPolicy|pod security policy|security context constraint|no providers available to validate pod|SecurityContext\.\w+ is forbidden",
    ),
    (
        Class::Quota,
        r"(exceeded|failed) quota|limited by quota|insufficient quota|unknown for quota|exceeding quota|exceeds quota|[Ll]imited to \d+ ",
    ),
    (
        Class::LimitRange,
        r"(minimum|maximum) \S+ usage per|max limit to request ratio per|usage per \w+ is .{1,60}(limit|request) is",
    ),
    (Class::Rbac, r#"is forbidden: User "[^"]+" cannot "#),
    (
        Class::Invalid,
        r#"\bis invalid: |no PriorityClass with name|: (Invalid value|Required value|Duplicate value|Unsupported value|Forbidden|Too long|Too many)\b"#,
    ),
    // by its whole form, and last: what is said after it is the plugin's own
    (Class::Plugin, r#"^pods? ("[^"]*" )?is forbidden: \S"#),
];

/// Refusals that are no plugin's rule: the namespace goes, the plugin has not read what it needs yet, or an object is not there, which
/// is looked up.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/admission/errors.go>
const NO_RULE: [&str; 4] =
    ["because it is being terminated", "not yet ready to handle request", "timed out", "RuntimeClass \""];

static COMPILED: LazyLock<Vec<(Class, Regex)>> = LazyLock::new(|| {
    let compile = |pattern: &str| Regex::new(&format!("(?i){pattern}")).ok();
    RULES.iter().filter_map(|(class, pattern)| Some((*class, compile(pattern)?))).collect()
});

/// The step these words come from.
pub fn classify(message: &str) -> Class {
    let found = COMPILED.iter().find(|(_, regex)| regex.is_match(message)).map(|(class, _)| *class);
    found
        .filter(|class| *class != Class::Plugin || !NO_RULE.iter().any(|words| message.contains(words)))
        .unwrap_or(Class::Other)
}

/// The parts of an aggregated message: split at commas outside of quotes and brackets, so that `a (x, y), b` is two.
pub fn items(text: &str) -> Vec<String> {
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let (mut found, mut current) = (Vec::new(), String::new());
    let (mut depth, mut quoted, mut escaped) = (0_i32, false, false);
    for c in text.chars() {
        match c {
            '\\' if quoted && !escaped => {
                escaped = true;
                current.push(c);
                continue;
            }
            '"' if !escaped => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth = (depth - 1).max(0),
            ',' if !quoted && depth == 0 => {
                found.push(std::mem::take(&mut current).trim().to_string());
                continue;
            }
            _ => {}
        }
        escaped = false;
        current.push(c);
    }
    found.push(current.trim().to_string());
    found.retain(|item| !item.is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_told_by_its_words() {
        assert_eq!(RULES.len(), COMPILED.len());
        for (text, class) in [
            (r#"admission webhook "x" denied the request: exceeded quota"#, Class::Webhook),
            (
                r#"pods "a" is forbidden: ValidatingAdmissionPolicy 'no-latest' with binding 'b' denied request: no"#,
                Class::Webhook,
            ),
            (
                r#"pods "a-" is forbidden: error looking up service account n/a: serviceaccount "a" not found"#,
                Class::Account,
            ),
            (
                r#"pods "a" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)"#,
                Class::Policy,
            ),
            (r#"pods "a" is forbidden: failed quota: q: must specify limits.cpu"#, Class::Quota),
            (
                r#"Pod "nginx-" is forbidden: cpu is limited by quota, must make explicit request."#,
                Class::Quota,
            ),
            (
                r#"insufficient quota to match these scopes: [{PriorityClass In [system-node-critical]}]"#,
                Class::Quota,
            ),
            (
                r#"pods "a" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 4.000000"#,
                Class::LimitRange,
            ),
            (r#"Pod "a-0" is invalid: spec.containers[0].image: Required value"#, Class::Invalid),
            (r#"pods "a-" is forbidden: no PriorityClass with name high was found"#, Class::Invalid),
            (
                r#"pods is forbidden: User "system:serviceaccount:kube-system:job-controller" cannot create resource "pods" in API group """#,
                Class::Rbac,
            ),
            (
                r#"pods "a-" is forbidden: pod node label selector conflicts with its namespace node label selector"#,
                Class::Plugin,
            ),
            (r#"pods "a-" is forbidden: not yet ready to handle request"#, Class::Other),
            (
                r#"pods "a-" is forbidden: unable to create new content in namespace n because it is being terminated"#,
                Class::Other,
            ),
        ] {
            assert_eq!(classify(text), class, "{text}");
        }
    }

    #[test]
    fn lists_are_cut_at_their_own_commas_only() {
        assert_eq!(items(r#"privileged (a, b), hostPort (c)"#), ["privileged (a, b)", "hostPort (c)"]);
        assert_eq!(items(r#"[a: Invalid value: "x, y": must, b: Required value]"#).len(), 2);
        assert_eq!(items("maximum x, but limit is 1"), ["maximum x", "but limit is 1"]);
    }
}
