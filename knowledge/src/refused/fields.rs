//! Field errors of the API server: `spec.containers[0].name: Invalid value: "A_b": must be …`, alone or in a list.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go>

use regex::Regex;
use serde::Serialize;
use std::sync::LazyLock;

/// One refused field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// `spec.containers[0].ports[1].name`
    pub path: String,
    /// `Invalid value`, `Required value` …
    pub kind: String,
    /// The value that stood there, and why it may not; empty where the kind says it all.
    pub detail: String,
}

static START: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let kinds = "Invalid value|Required value|Duplicate value|Unsupported value|Forbidden|Too long|Too many|Not found|Internal error|Too few";
    Regex::new(&format!(
        r#"(?:^|[\[,\s])((?:provider "?[^":,\s]+"?|[A-Za-z.][\w./\-\[\]]*(?:\[[^\]]*\][\w./\-]*)*)): ({kinds})(?::\s*|\b)"#
    ))
    .ok()
});

/// The field errors in a message, in its order, each once.
pub fn field_errors(text: &str) -> Vec<FieldError> {
    let Some(start) = START.as_ref() else { return Vec::new() };
    let found: Vec<_> = start.captures_iter(text).collect();
    let mut errors: Vec<FieldError> = Vec::new();
    for (index, captures) in found.iter().enumerate() {
        let (Some(whole), Some(path), Some(kind)) = (captures.get(0), captures.get(1), captures.get(2))
        else {
            continue;
        };
        let end = found.get(index + 1).and_then(|next| next.get(0)).map_or(text.len(), |next| next.start());
        let detail = text.get(whole.end()..end).unwrap_or_default();
        let error = FieldError {
            path: path.as_str().trim_start_matches('.').to_string(),
            kind: kind.as_str().to_string(),
            detail: tidy(detail),
        };
        if !errors.contains(&error) {
            errors.push(error);
        }
    }
    errors
}

/// Without the commas and brackets of the list around it.
fn tidy(detail: &str) -> String {
    let detail = detail.trim().trim_end_matches(',').trim_end();
    let open = detail.matches('[').count();
    let closed = detail.matches(']').count();
    if closed > open { detail.trim_end_matches(']').to_string() } else { detail.to_string() }
}

impl FieldError {
    /// As one line.
    pub fn line(&self) -> String {
        if self.detail.is_empty() {
            format!("{}: {}", self.path, self.kind)
        } else {
            format!("{}: {}: {}", self.path, self.kind, self.detail)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_field_errors_are_cut_apart() {
        let found = field_errors(
            r#"Pod "a-0" is invalid: [spec.containers[0].ports[1].name: Duplicate value: "http", spec.containers[0].env[0].valueFrom.secretKeyRef.key: Required value, metadata.name: Invalid value: "A_b": a lowercase RFC 1123 label must consist of lower case characters or '-', and must start with one (e.g. 'my-name', regex is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')]"#,
        );
        let paths: Vec<_> = found.iter().map(|e| e.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "spec.containers[0].ports[1].name",
                "spec.containers[0].env[0].valueFrom.secretKeyRef.key",
                "metadata.name"
            ]
        );
        assert_eq!(found[1].detail, "");
        assert!(found[2].detail.ends_with("?')"), "{}", found[2].detail);
        let psp = field_errors(
            r#"unable to admit pod: [pod.metadata.annotations[container.seccomp.security.alpha.kubernetes.io/x]: Forbidden: runtime/default is not an allowed, provider "anyuid": Forbidden: not usable by user]"#,
        );
        assert_eq!(psp.len(), 2);
        assert_eq!(psp[1].path, "provider \"anyuid\"");
    }
}
