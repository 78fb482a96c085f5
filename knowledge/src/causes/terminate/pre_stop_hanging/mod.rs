//! The pod is being deleted, and a preStop hook uses the time up.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::ContainerView;
use crate::event::Event;
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::moment::show_seconds;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::terminating::{Deletion, SLACK_SECONDS, deletion, event_since, evidence};
use crate::wording::Wording;

/// `pre-stop-hanging`
pub const CAUSE: Cause = Cause {
    id: "pre-stop-hanging",
    stage: Some(Stage::Terminate),
    since: "0.1.0",
    hides: &["grace-period-long", "pod-disrupted"],
    expected: false,
    remedies: &[RemedyKind::words("see-hook"), RemedyKind::words("bound-hook"), RemedyKind::words("wait")],
    wordings: &[
        Wording::telling(
            r"FailedPreStopHook|UnfinishedPreStopHook|PreStopHook failed|PreStop hook (failed|not completed in grace period)|preStop hook .* did not complete",
            "Warning  FailedPreStopHook  PreStopHook failed",
            "kubelet 1.2–1.37",
        ),
        Wording::hint(
            r#"(Exec|Http) lifecycle hook \([^\n]*\) for Container \\?"[^\n]* failed"#,
            r#"Http lifecycle hook (/drain) for Container "app" in Pod "web-0_shop(aa)" failed - error: Get "http://10.1.1.7:8080/drain": EOF, message: """#,
            "kubelet 1.9–1.26",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// A hook that does its work is done in this time, mostly: the default grace period is no longer.
const USUAL_SECONDS: i64 = 30;

/// One that drains connections takes longer, with a grace period to fit. Longer than this it waits for something that does not come.
const LONG_SECONDS: i64 = 300;

#[derive(Serialize)]
struct Facts {
    hook: String,
    elapsed: String,
    grace: String,
    left: Option<String>,
    ends_at: String,
    /// What the kubelet said of the hook.
    words: Option<String>,
    /// The hook sleeps for longer than the pod is given.
    too_long: bool,
    exec: bool,
    wait: String,
    owner: String,
    owner_is_pod: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(deletion) = deletion(s) else { return Vec::new() };
    // past its end the kubelet has killed the hook and the program; that is another cause
    if deletion.over > SLACK_SECONDS || deletion.grace == 0 || s.node_name().is_none() {
        return Vec::new();
    }
    let containers = s.containers();
    containers.iter().filter(|c| c.is_running()).filter_map(|c| of_container(s, &deletion, c)).collect()
}

fn of_container(s: &Snapshot, deletion: &Deletion, container: &ContainerView<'_>) -> Option<Match> {
    let hook = container.spec?.lifecycle.as_ref()?.pre_stop.as_ref()?;
    let elapsed = s.taken_at().at.as_second() - deletion.asked();
    let command = hook.exec.as_ref().and_then(|exec| exec.command.as_deref());
    let sleeps = hook.sleep.as_ref().map(|sleep| sleep.seconds).or_else(|| sleep_of(command?));
    let about = |e: &Event| e.container.as_deref().is_none_or(|name| name == container.name);
    let event = event_since(s, deletion, |e| {
        about(e) && CAUSE.wordings[0].matches(&format!("{} {}", e.reason, e.message))
    });
    let confidence = match (event, sleeps) {
        // the hook is over, badly: what the program takes since is its own time
        (Some(_), _) => Confidence::Possible,
        // it sleeps by its own words, and not for long enough to be still at it
        (None, Some(seconds)) if seconds < elapsed => return None,
        (None, Some(seconds)) if seconds >= deletion.grace => Confidence::Likely,
        // the grace period was set for what it does
        (None, _)
            if elapsed > USUAL_SECONDS && (elapsed > LONG_SECONDS || elapsed * 5 >= deletion.grace * 4) =>
        {
            Confidence::Likely
        }
        _ => return None,
    };
    let show = show(hook);
    let owner = s.top_owner();
    let facts = Facts {
        elapsed: show_seconds(elapsed.max(0)),
        grace: show_seconds(deletion.grace),
        left: (deletion.over < 0).then(|| show_seconds(-deletion.over)),
        ends_at: deletion.ends.to_string(),
        words: event.map(|e| e.message.clone()),
        too_long: sleeps.is_some_and(|seconds| seconds >= deletion.grace),
        exec: hook.exec.is_some(),
        wait: format!("{}s", (-deletion.over).max(0) + 60),
        owner_is_pod: owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        hook: show.clone(),
    };
    let found = Match::new(confidence, Blame::namespaced("Pod", s.namespace(), s.name()), facts)
        .in_container(container.name)
        .because_all(event.map(Evidence::event))
        .because(evidence(s, deletion))
        .because(s.from_spec(&format!("{}.lifecycle.preStop", container.spec_path()), &show))
        .because(
            s.from_status(container.running_since(), format!("{}.state.running", container.status_path())),
        );
    Some(found)
}

/// The seconds a hook sleeps that does nothing else; a hook that waits for ever sleeps longer than any grace period.
fn sleep_of(command: &[String]) -> Option<i64> {
    let line = command.join(" ");
    let words: Vec<&str> = line.split_whitespace().collect();
    let rest = match words.as_slice() {
        [shell, "-c", rest @ ..] if shell.ends_with("sh") => rest,
        all => all,
    };
    let rest = if rest.first() == Some(&"exec") { &rest[1..] } else { rest };
    match rest {
        [sleep, time] if *sleep == "sleep" || sleep.ends_with("/sleep") => {
            if matches!(*time, "infinity" | "inf") {
                return Some(i64::MAX);
            }
            let unit = match time.chars().last() {
                Some('m') => 60,
                Some('h') => 3_600,
                Some('d') => 86_400,
                _ => 1,
            };
            let number: i64 = time.trim_end_matches(['s', 'm', 'h', 'd']).parse().ok()?;
            Some(number.saturating_mul(unit))
        }
        ["tail", "-f", ..] => Some(i64::MAX),
        _ => None,
    }
}

fn show(hook: &k8s_openapi::api::core::v1::LifecycleHandler) -> String {
    if let Some(exec) = &hook.exec {
        return format!("exec {}", exec.command.as_deref().unwrap_or_default().join(" "));
    }
    if let Some(http) = &hook.http_get {
        let port = match &http.port {
            k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::Int(number) => number.to_string(),
            k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::String(name) => name.clone(),
        };
        return format!("GET :{port}{}", http.path.as_deref().unwrap_or("/"));
    }
    match &hook.sleep {
        Some(sleep) => format!("sleep {}s", sleep.seconds),
        None => "set".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_sleep_has_a_length() {
        let of = |line: &[&str]| sleep_of(&line.iter().map(|w| (*w).to_string()).collect::<Vec<_>>());
        assert_eq!(of(&["sleep", "15"]), Some(15));
        assert_eq!(of(&["/bin/sh", "-c", "sleep 5m"]), Some(300));
        assert_eq!(of(&["sh", "-c", "exec sleep infinity"]), Some(i64::MAX));
        assert_eq!(of(&["sh", "-c", "sleep 5; nginx -s quit"]), None);
        assert_eq!(of(&["/drain"]), None);
    }
}
