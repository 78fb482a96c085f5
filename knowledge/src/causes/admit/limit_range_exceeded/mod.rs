//! A request or limit lies outside of what a LimitRange of the namespace allows, so the pod was never made.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::Serialize;
use serde_json::Value;

use crate::cause::{Cause, Match};
use crate::evidence::object_name;
use crate::finding::{Evidence, Source, Stage};
use crate::quantity::Milli;
use crate::refused::{Class, Refusal, of_class};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `limit-range-exceeded`
pub const CAUSE: Cause = Cause {
    id: "limit-range-exceeded",
    stage: Some(Stage::Admit),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("change-workload"), RemedyKind::words("change-range")],
    wordings: &[
        Wording::telling(
            r"(minimum|maximum) \S+ usage per (Container|Pod|PersistentVolumeClaim)\b",
            r#"pods "big-1" is forbidden: maximum memory usage per Container is 256Mi, but limit is 1Gi"#,
            "API server 1.1–1.37",
        ),
        Wording::telling(
            r"max limit to request ratio per (Container|Pod)\b",
            r#"pods "big-1" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 10.000000"#,
            "API server 1.2–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// One bound that is not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Violation {
    /// `memory`
    resource: String,
    /// `Container`, `Pod`, `PersistentVolumeClaim`
    of: String,
    maximum: bool,
    minimum: bool,
    ratio: bool,
    /// What the range says.
    bound: String,
    /// `limit`, `request` or `ratio`
    what: String,
    /// What was asked; empty when nothing was.
    asked: String,
    /// The containers of the template that ask it.
    containers: String,
    /// The LimitRange that says so, if it was read.
    range: Option<String>,
}

#[derive(Serialize)]
struct Facts {
    workload: String,
    maker: String,
    have: i64,
    want: i64,
    first: Violation,
    violations: Vec<Violation>,
    several: bool,
    range: Option<String>,
    /// `limits`, `requests`, of which the first violation is about; empty for a ratio.
    flag: &'static str,
    owner: String,
    /// A Job: its template cannot be changed.
    fixed: bool,
    settable: bool,
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/plugin/pkg/admission/limitranger/admission.go>
static BOUND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:(?P<bound>minimum|maximum) (?P<resource>\S+) usage per (?P<of>\w+) is (?P<value>[\w.]*\w)|(?P<ratio_of>[\w./-]+) max limit to request ratio per (?P<rof>\w+) is (?P<rvalue>[\w.]*\w))(?:[.,]?\s+(?:but (?:provided )?(?P<what>limit|request|ratio) is (?P<asked>[\w.]*\w)|(?:but )?no (?P<none>limit|request) is specified))?",
    )
    .ok()
});

fn detect(s: &Snapshot) -> Vec<Match> {
    of_class(s, Class::LimitRange).iter().filter_map(|refusal| matched(s, refusal)).collect()
}

fn matched(s: &Snapshot, refusal: &Refusal) -> Option<Match> {
    let violations: Vec<Violation> =
        BOUND.as_ref()?.captures_iter(&refusal.message).map(|c| violation(s, refusal, &c)).collect();
    let first = violations.first()?.clone();
    let owner = s.top_owner();
    let range = violations.iter().find_map(|v| v.range.clone());
    let evidence = range.as_deref().map(|name| {
        let bound = if first.ratio {
            "maxLimitRequestRatio"
        } else if first.maximum {
            "max"
        } else {
            "min"
        };
        let text = format!("spec.limits[{}].{bound}.{}: {}", first.of, first.resource, first.bound);
        Evidence::new(Source::Object, object_name("LimitRange", s.namespace(), name), None, text)
    });
    let facts = Facts {
        workload: format!("{} {}", s.kind().camel(), s.name()),
        maker: refusal.maker.clone(),
        have: refusal.have,
        want: refusal.want,
        several: violations.len() > 1,
        flag: match first.what.as_str() {
            "limit" => "limits",
            "request" => "requests",
            _ => "",
        },
        settable: owner.kind != "Job"
            && !first.containers.contains(',')
            && first.of == "Container"
            && matches!(first.what.as_str(), "limit" | "request"),
        range,
        fixed: owner.kind == "Job",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        violations,
        first,
    };
    let mut found = Match::new(refusal.confidence, owner, facts);
    found = found.because_all(refusal.evidence.iter().take(1).cloned()).because_all(evidence);
    Some(found.because_all(refusal.evidence.iter().skip(1).cloned()))
}

fn violation(s: &Snapshot, refusal: &Refusal, captures: &Captures<'_>) -> Violation {
    let text = |name: &str| captures.name(name).map(|m| m.as_str().to_string());
    let ratio = captures.name("ratio_of").is_some();
    let resource = text("resource").or(text("ratio_of")).unwrap_or_default();
    let of = text("of").or(text("rof")).unwrap_or_default();
    let bound = text("value").or(text("rvalue")).unwrap_or_default();
    let maximum = text("bound").is_some_and(|b| b.eq_ignore_ascii_case("maximum"));
    let what =
        text("what").or(text("none")).unwrap_or_else(|| if ratio { "ratio" } else { "limit" }.to_string());
    // a sum is written in plain bytes
    let show = |amount: &str| match Milli::parse(amount) {
        Some(milli) if !ratio => milli.show(&resource),
        _ if amount.contains('.') => amount.trim_end_matches('0').trim_end_matches('.').to_string(),
        _ => amount.to_string(),
    };
    let asked = text("asked").map(|amount| show(&amount)).unwrap_or_default();
    let kind = if ratio {
        "maxLimitRequestRatio"
    } else if maximum {
        "max"
    } else {
        "min"
    };
    Violation {
        range: range_of(s, &of, kind, &resource, &bound),
        containers: asking(refusal, &resource, &what, &asked),
        maximum: maximum && !ratio,
        minimum: !maximum && !ratio,
        ratio,
        resource,
        of,
        bound,
        what,
        asked,
    }
}

/// The LimitRange of the namespace that has this bound.
fn range_of(s: &Snapshot, of: &str, kind: &str, resource: &str, bound: &str) -> Option<String> {
    let amount = |text: &str| Milli::parse(text);
    s.others("LimitRange", s.namespace())
        .find(|(_, range)| {
            let limits = range.pointer("/spec/limits").and_then(Value::as_array);
            limits.into_iter().flatten().any(|limit| {
                let same =
                    limit.get("type").and_then(Value::as_str).is_some_and(|t| t.eq_ignore_ascii_case(of));
                let value = limit.get(kind).and_then(|k| k.get(resource)).and_then(Value::as_str);
                same && value.is_some_and(|value| value == bound || amount(value) == amount(bound))
            })
        })
        .map(|(name, _)| name.to_string())
}

/// The containers of the template whose own amount is the one that was refused.
fn asking(refusal: &Refusal, resource: &str, what: &str, asked: &str) -> String {
    let template = refusal.template.iter();
    let containers = template.flat_map(|t| t.init_containers.iter().flatten().chain(&t.containers));
    let names: Vec<&str> = containers
        .filter(|container| {
            let resources = container.resources.as_ref();
            let limit = resources.and_then(|r| r.limits.as_ref()?.get(resource));
            let request = resources.and_then(|r| r.requests.as_ref()?.get(resource));
            // a limit stands in for a request that is missing
            let amount = if what == "request" { request.or(limit) } else { limit };
            let own = amount.and_then(|q| Milli::parse(&q.0));
            own == Milli::parse(asked)
        })
        .map(|container| container.name.as_str())
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bound_is_read() {
        let text = "pods \"a\" is forbidden: [maximum cpu usage per Pod is 4.  No limit is specified, minimum memory \
                    usage per Container is 64Mi, but request is 32Mi, cpu max limit to request ratio per Container is 2, \
                    but provided ratio is 10.000000, maximum storage usage per PersistentVolumeClaim is 2Gi, but request \
                    is 3Gi, memory max limit to request ratio per Pod is 2, but no request is specified or request is 0.]";
        let found: Vec<_> = BOUND.as_ref().unwrap().captures_iter(text).collect();
        let of = |i: usize, name: &str| found[i].name(name).map(|m| m.as_str());
        assert_eq!(found.len(), 5);
        assert_eq!((of(0, "value"), of(0, "none")), (Some("4"), Some("limit")));
        assert_eq!(
            (of(1, "value"), of(1, "what"), of(1, "asked")),
            (Some("64Mi"), Some("request"), Some("32Mi"))
        );
        assert_eq!((of(2, "rvalue"), of(2, "asked")), (Some("2"), Some("10.000000")));
        assert_eq!(of(3, "of"), Some("PersistentVolumeClaim"));
        assert_eq!(of(4, "none"), Some("request"));
    }
}
