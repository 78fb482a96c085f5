//! The cells of what makes pods.

use serde_json::{Value, json};

use super::Scope;
use super::read::{
    age, condition, deleted, human, labels, list, name, number, selector, since, text, text_or, time,
};

/// What every workload ends with: its age, the names and images of its containers, and its selector.
fn tail(object: &Value, scope: &Scope, spec: &str) -> [String; 4] {
    let containers = list(object, &format!("{spec}/template/spec/containers"));
    let all = |field| containers.iter().map(|one| text(one, field)).collect::<Vec<_>>().join(",");
    [age(object, scope), all("/name"), all("/image"), selector(object, &format!("{spec}/selector"))]
}

/// An absent number of replicas is 1: the server fills it in before it stores the object
/// ([defaults.go](https://github.com/kubernetes/kubernetes/blob/v1.37.2/pkg/apis/apps/v1/defaults.go)).
fn replicas(object: &Value) -> i64 {
    object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1)
}

fn ready(object: &Value) -> String {
    format!("{}/{}", number(object, "/status/readyReplicas"), replicas(object))
}

pub(super) fn deployment(object: &Value, scope: &Scope) -> Value {
    let [age, names, images, selector] = tail(object, scope, "/spec");
    let updated = number(object, "/status/updatedReplicas");
    let available = number(object, "/status/availableReplicas");
    json!([name(object), ready(object), updated, available, age, names, images, selector])
}

pub(super) fn replica_set(object: &Value, scope: &Scope) -> Value {
    let [age, names, images, selector] = tail(object, scope, "/spec");
    let current = number(object, "/status/replicas");
    let ready = number(object, "/status/readyReplicas");
    json!([name(object), replicas(object), current, ready, age, names, images, selector])
}

pub(super) fn stateful_set(object: &Value, scope: &Scope) -> Value {
    let [age, names, images, _] = tail(object, scope, "/spec");
    json!([name(object), ready(object), age, names, images])
}

pub(super) fn daemon_set(object: &Value, scope: &Scope) -> Value {
    let [age, names, images, selector] = tail(object, scope, "/spec");
    let status = |field| number(object, &format!("/status/{field}"));
    let (desired, current) = (status("desiredNumberScheduled"), status("currentNumberScheduled"));
    let (ready, updated) = (status("numberReady"), status("updatedNumberScheduled"));
    let available = status("numberAvailable");
    let nodes = labels(object, "/spec/template/spec/nodeSelector");
    json!([name(object), desired, current, ready, updated, available, nodes, age, names, images, selector])
}

pub(super) fn job(object: &Value, scope: &Scope) -> Value {
    let [age, names, images, selector] = tail(object, scope, "/spec");
    let duration = time(object, "/status/startTime").map_or_else(String::new, |start| {
        human(time(object, "/status/completionTime").unwrap_or(scope.now).duration_since(start))
    });
    let (status, completions) = (job_status(object), completions(object));
    json!([name(object), status, completions, duration, age, names, images, selector])
}

pub(super) fn disruption_budget(object: &Value, scope: &Scope) -> Value {
    let bound = |path: &str| match object.pointer(path) {
        Some(Value::String(share)) => share.clone(),
        Some(number) => number.to_string(),
        None => "N/A".to_string(),
    };
    let allowed = number(object, "/status/disruptionsAllowed");
    let (least, most) = (bound("/spec/minAvailable"), bound("/spec/maxUnavailable"));
    json!([name(object), least, most, allowed, age(object, scope)])
}

fn completions(job: &Value) -> String {
    let succeeded = number(job, "/status/succeeded");
    let wanted = job.pointer("/spec/completions").and_then(Value::as_i64);
    match (wanted, number(job, "/spec/parallelism")) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, parallelism @ 2..) => format!("{succeeded}/1 of {parallelism}"),
        (None, _) => format!("{succeeded}/1"),
    }
}

fn job_status(job: &Value) -> &'static str {
    match () {
        () if condition(job, "Complete") => "Complete",
        () if condition(job, "Failed") => "Failed",
        () if deleted(job) => "Terminating",
        () if condition(job, "Suspended") => "Suspended",
        () if condition(job, "FailureTarget") => "FailureTarget",
        () if condition(job, "SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

pub(super) fn cron_job(object: &Value, scope: &Scope) -> Value {
    let [age, names, images, selector] = tail(object, scope, "/spec/jobTemplate/spec");
    let schedule = text(object, "/spec/schedule");
    let zone = text_or(object, "/spec/timeZone", "<none>");
    let suspend = match object.pointer("/spec/suspend").and_then(Value::as_bool) {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    };
    let active = list(object, "/status/active").len();
    let last = time(object, "/status/lastScheduleTime");
    let last = last.map_or_else(|| "<none>".to_owned(), |last| since(Some(last), scope));
    json!([name(object), schedule, zone, suspend, active, last, age, names, images, selector])
}

#[cfg(test)]
mod tests {
    use super::super::tests::cells;
    use super::*;

    #[test]
    fn workloads_read_as_on_the_real_server() {
        let meta = json!({ "name": "w", "creationTimestamp": "2026-11-24T18:40:36Z" });
        let template = json!({ "spec": {
            "containers": [{ "name": "c0", "image": "i:0" }, { "name": "c1", "image": "i:1" }],
            "nodeSelector": { "z": "1", "b": "2" },
        } });
        let selector = json!({ "matchLabels": { "x": "y", "app": "a" }, "matchExpressions": [
            { "key": "no", "operator": "DoesNotExist" }, { "key": "m", "operator": "NotIn", "values": ["q"] },
        ] });
        let status =
            json!({ "replicas": 3, "readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1 });
        let spec = json!({ "replicas": 3, "selector": selector, "template": template });
        let object = json!({ "metadata": meta, "spec": spec, "status": status });
        let (names, images, selected) = ("c0,c1", "i:0,i:1", "app=a,m notin (q),!no,x=y");
        let of = |plural| cells(("apps", plural), object.clone());
        assert_eq!(of("deployments"), json!(["w", "1/3", 2, 1, "14m", names, images, selected]));
        assert_eq!(of("replicasets"), json!(["w", 3, 3, 1, "14m", names, images, selected]));
        assert_eq!(of("statefulsets"), json!(["w", "1/3", "14m", names, images]));
        let daemons = json!(["w", 0, 0, 0, 0, 0, "b=2,z=1", "14m", names, images, selected]);
        assert_eq!(of("daemonsets"), daemons);
    }

    #[test]
    fn jobs_read_as_on_the_real_server() {
        let job = json!({
            "metadata": { "name": "j4", "creationTimestamp": "2026-11-24T18:40:36Z" },
            "spec": { "completions": 1, "parallelism": 1 },
            "status": {
                "startTime": "2026-11-24T17:33:56Z",
                "completionTime": "2026-11-24T18:35:36Z",
                "succeeded": 1,
                "conditions": [{ "type": "Complete", "status": "True" }],
            },
        });
        let expected = json!(["j4", "Complete", "1/1", "61m", "14m", "", "", "<none>"]);
        assert_eq!(cells(("batch", "jobs"), job), expected);
        let job = json!({ "metadata": { "name": "j3" }, "spec": { "parallelism": 3 } });
        let expected = json!(["j3", "Running", "0/1 of 3", "", "<unknown>", "", "", "<none>"]);
        assert_eq!(cells(("batch", "jobs"), job), expected);
        let cron = json!({
            "metadata": { "name": "cj2" },
            "spec": { "schedule": "*/5 * * * *", "timeZone": "Europe/Vienna", "suspend": true },
            "status": { "active": [{}, {}], "lastScheduleTime": "2026-11-24T18:50:23Z" },
        });
        let expected =
            json!(
                ["cj2", "*/5 * * * *", "Europe/Vienna", "True", 2, "4m15s", "<unknown>", "", "", "<none>",]
            );
        assert_eq!(cells(("batch", "cronjobs"), cron), expected);
    }
}
