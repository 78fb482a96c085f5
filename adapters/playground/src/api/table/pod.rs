//! The cells of a pod: what its containers, its phase and its deletion say, in one word
//! ([printPod](https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/printers/internalversion/printers.go)).

use serde_json::{Value, json};

use super::Scope;
use super::read::{age, condition, deleted, flag, list, name, number, since, text, text_or, time};

/// What has been gathered on the way through the containers.
struct Seen<'a> {
    reason: String,
    ready: usize,
    /// The container statuses whose restarts count.
    counted: Vec<&'a Value>,
}

/// The condition of the row of a pod that has ended.
pub(super) fn conditions(pod: &Value) -> Option<Value> {
    let (reason, message) = match text(pod, "/status/phase") {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return None,
    };
    Some(json!([{ "type": "Completed", "status": "True", "reason": reason, "message": message }]))
}

pub(super) fn pod(pod: &Value, scope: &Scope) -> Value {
    let Seen { reason, ready, counted } = seen(pod);
    let sidecars = list(pod, "/spec/initContainers").iter().filter(|init| restartable(init)).count();
    let total = list(pod, "/spec/containers").len() + sidecars;
    let count: i64 = counted.iter().map(|status| number(status, "/restartCount")).sum();
    let last = counted.iter().filter_map(|status| time(status, "/lastState/terminated/finishedAt")).max();
    let restarts = match last {
        Some(_) if count != 0 => format!("{count} ({} ago)", since(last, scope)),
        _ => count.to_string(),
    };
    json!([
        name(pod),
        format!("{ready}/{total}"),
        reason,
        restarts,
        age(pod, scope),
        text_or(pod, "/status/podIP", text_or(pod, "/status/podIPs/0/ip", "<none>")),
        text_or(pod, "/spec/nodeName", "<none>"),
        text_or(pod, "/status/nominatedNodeName", "<none>"),
        readiness_gates(pod),
    ])
}

fn readiness_gates(pod: &Value) -> String {
    let gates = list(pod, "/spec/readinessGates");
    let met = gates.iter().filter(|gate| condition(pod, text(gate, "/conditionType"))).count();
    if gates.is_empty() { "<none>".to_owned() } else { format!("{met}/{}", gates.len()) }
}

fn seen(pod: &Value) -> Seen<'_> {
    let phase = text(pod, "/status/phase");
    let reason = text_or(pod, "/status/reason", phase).to_owned();
    let mut seen = Seen { reason, ready: 0, counted: Vec::new() };
    let gated = |condition: &Value| {
        text(condition, "/type") == "PodScheduled" && text(condition, "/reason") == "SchedulingGated"
    };
    if list(pod, "/status/conditions").iter().any(gated) {
        seen.reason = "SchedulingGated".to_owned();
    }
    if !initializing(pod, &mut seen) || condition(pod, "Initialized") {
        // Init containers that are done no longer count.
        seen.counted.retain(|status| is_sidecar(pod, status));
        containers(pod, &mut seen);
    }
    if deleted(pod) && text(pod, "/status/reason") == "NodeLost" {
        seen.reason = "Unknown".to_owned();
    } else if deleted(pod) && !matches!(phase, "Succeeded" | "Failed") {
        seen.reason = "Terminating".to_owned();
    }
    seen
}

/// Goes through the init containers up to the first that is not done; false where all are.
fn initializing<'a>(pod: &'a Value, seen: &mut Seen<'a>) -> bool {
    let declared = list(pod, "/spec/initContainers").len();
    for (index, status) in list(pod, "/status/initContainerStatuses").iter().enumerate() {
        seen.counted.push(status);
        let terminated = terminated(status);
        if terminated.is_some_and(|end| number(end, "/exitCode") == 0) {
            continue;
        }
        if is_sidecar(pod, status) && flag(status, "/started") {
            seen.ready += usize::from(flag(status, "/ready"));
            continue;
        }
        seen.reason = match (terminated, text(status, "/state/waiting/reason")) {
            (Some(end), _) => format!("Init:{}", ended(end)),
            (None, "" | "PodInitializing") => format!("Init:{index}/{declared}"),
            (None, waiting) => format!("Init:{waiting}"),
        };
        return true;
    }
    false
}

/// Goes through the app containers from the last to the first, so that the first has the last word.
fn containers<'a>(pod: &'a Value, seen: &mut Seen<'a>) {
    let (mut running, mut error) = (false, None);
    for status in list(pod, "/status/containerStatuses").iter().rev() {
        seen.counted.push(status);
        let waiting = text(status, "/state/waiting/reason");
        if !waiting.is_empty() {
            seen.reason = waiting.to_owned();
        } else if let Some(end) = terminated(status) {
            seen.reason = ended(end);
            if number(end, "/exitCode") != 0 {
                error = Some(seen.reason.clone());
            }
        } else if flag(status, "/ready") && status.pointer("/state/running").is_some_and(Value::is_object) {
            running = true;
            seen.ready += 1;
        }
    }
    if seen.reason == "Completed" {
        seen.reason = match error {
            _ if running && condition(pod, "Ready") => "Running".to_owned(),
            Some(error) => error,
            None if running => "NotReady".to_owned(),
            None => return,
        };
    }
}

fn terminated(status: &Value) -> Option<&Value> {
    status.pointer("/state/terminated").filter(|end| end.is_object())
}

fn ended(end: &Value) -> String {
    match (text(end, "/reason"), number(end, "/signal")) {
        ("", 0) => format!("ExitCode:{}", number(end, "/exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

fn is_sidecar(pod: &Value, status: &Value) -> bool {
    let named = |init: &&Value| text(init, "/name") == text(status, "/name");
    list(pod, "/spec/initContainers").iter().find(named).is_some_and(restartable)
}

fn restartable(init: &Value) -> bool {
    text(init, "/restartPolicy") == "Always"
}

#[cfg(test)]
mod tests {
    use super::super::tests::cells;
    use super::*;

    fn status(name: &str, state: Value) -> Value {
        json!({ "name": name, "ready": true, "restartCount": 0, "state": state })
    }

    fn pod(init: &[Value], app: &[Value]) -> Value {
        json!({
            "metadata": { "name": "p" },
            "spec": {
                "containers": app.iter().map(|_| json!({})).collect::<Value>(),
                "initContainers": [{ "name": "i0" }, { "name": "side", "restartPolicy": "Always" }],
            },
            "status": { "phase": "Running", "initContainerStatuses": init, "containerStatuses": app },
        })
    }

    /// Ready, status and restarts.
    fn middle(pod: Value) -> [String; 3] {
        let cells = cells(("", "pods"), pod);
        [1, 2, 3].map(|index| cells[index].as_str().unwrap().to_owned())
    }

    #[test]
    fn init_containers_are_told_as_on_the_real_server() {
        let done = status("i0", json!({ "terminated": { "exitCode": 0, "reason": "Completed" } }));
        let state = |state| middle(pod(&[status("i0", state)], &[]))[1].clone();
        assert_eq!(state(json!({ "running": {} })), "Init:0/2");
        assert_eq!(state(json!({ "waiting": { "reason": "CrashLoopBackOff" } })), "Init:CrashLoopBackOff");
        assert_eq!(state(json!({ "terminated": { "exitCode": 137, "signal": 9 } })), "Init:Signal:9");
        assert_eq!(state(json!({ "terminated": { "exitCode": 3 } })), "Init:ExitCode:3");
        let mut side = status("side", json!({ "running": {} }));
        side["restartCount"] = json!(2);
        assert_eq!(middle(pod(&[done.clone(), side.clone()], &[])), ["0/1", "Init:1/2", "2"]);
        side["started"] = json!(true);
        side["lastState"] = json!({ "terminated": { "finishedAt": "2026-11-24T18:37:38Z" } });
        let app = [status("c0", json!({ "running": {} }))];
        assert_eq!(middle(pod(&[done, side], &app)), ["2/2", "Running", "2 (17m ago)"]);
    }

    #[test]
    fn containers_are_told_as_on_the_real_server() {
        let of = |states: &[Value]| {
            let app: Vec<Value> = states.iter().map(|state| status("c", state.clone())).collect();
            middle(pod(&[], &app))[1].clone()
        };
        let completed = json!({ "terminated": { "exitCode": 0, "reason": "Completed" } });
        let running = json!({ "running": { "startedAt": "2026-11-24T18:37:38Z" } });
        assert_eq!(of(&[json!({ "waiting": { "reason": "PodInitializing" } })]), "PodInitializing");
        assert_eq!(of(std::slice::from_ref(&completed)), "Completed");
        assert_eq!(of(&[completed.clone(), running]), "NotReady");
        let killed = json!({ "terminated": { "exitCode": 137, "signal": 9 } });
        assert_eq!(of(&[completed, killed]), "Signal:9");
        assert_eq!(of(&[json!({ "waiting": {} })]), "Running");
    }

    #[test]
    fn deletion_and_reasons_are_told_as_on_the_real_server() {
        let deleted = |phase: &str, reason: &str| {
            let at = "2026-11-24T18:37:38Z";
            middle(json!({
                "metadata": { "name": "p", "deletionTimestamp": at },
                "status": { "phase": phase, "reason": reason },
            }))[1]
                .clone()
        };
        assert_eq!(deleted("Running", ""), "Terminating");
        assert_eq!(deleted("Running", "NodeLost"), "Unknown");
        assert_eq!(deleted("Failed", ""), "Failed");
        let gated = json!([{ "type": "PodScheduled", "status": "False", "reason": "SchedulingGated" }]);
        let gated = json!({ "status": { "phase": "Pending", "conditions": gated } });
        assert_eq!(middle(gated)[1], "SchedulingGated");
    }

    #[test]
    fn the_wide_columns_and_the_rows_condition() {
        let pod = json!({
            "metadata": { "name": "gates", "creationTimestamp": "2026-11-24T18:40:30Z" },
            "spec": { "containers": [{}], "nodeName": "n1", "readinessGates": [
                { "conditionType": "x.io/a" }, { "conditionType": "x.io/b" },
            ] },
            "status": {
                "phase": "Succeeded",
                "podIP": "10.0.0.7",
                "conditions": [
                    { "type": "x.io/a", "status": "True" },
                    { "type": "x.io/b", "status": "False" },
                ],
            },
        });
        let message = "The pod has completed successfully.";
        let expected = json!([
            { "type": "Completed", "status": "True", "reason": "Succeeded", "message": message },
        ]);
        assert_eq!(conditions(&pod), Some(expected));
        let expected = json!(["gates", "0/1", "Succeeded", "0", "14m", "10.0.0.7", "n1", "<none>", "1/2"]);
        assert_eq!(cells(("", "pods"), pod), expected);
    }
}
