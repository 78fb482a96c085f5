//! One cause's own case, moved to the present: as it fails, and as it is once mended.

mod healed;
mod times;

use jiff::Timestamp;
use podwhy_knowledge::Target;
use podwhy_knowledge::cause::Cause;
use podwhy_knowledge::moment::newest_time;
use serde::Deserialize;
use serde_json::Value;

use crate::api::text;

pub(crate) use times::{seconds_between, shift};

/// A case that lives in a simulated cluster.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The cause's id.
    pub cause: &'static str,
    /// What is asked about in the case.
    pub target: Target,
    /// Whether it is a failure, which can be mended; some cases are well or are meant to be as they are.
    pub fails: bool,
    pub(crate) objects: Vec<Value>,
    pub(crate) logs: Vec<Log>,
    /// The time its objects speak of.
    at: Timestamp,
}

/// A container's log in a case.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Log {
    pub(crate) metadata: Place,
    pub(crate) container: String,
    pub(crate) previous: Option<String>,
    pub(crate) current: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Place {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

#[derive(Deserialize)]
struct Header {
    target: String,
}

impl Scenario {
    /// Reads a cause's case.
    ///
    /// # Errors
    /// When the case is not written as one: a fault of podwhy's, which the tests would find first.
    pub fn of(cause: &'static Cause) -> Result<Scenario, String> {
        let faulty = |what: String| format!("the case of {}: {what}", cause.id);
        let options = serde_saphyr::options! { strict_booleans: true };
        let mut documents: Vec<Value> = serde_saphyr::from_multiple_with_options(cause.case, options)
            .map_err(|error| faulty(error.to_string()))?;
        if documents.is_empty() {
            return Err(faulty("it is empty".to_string()));
        }
        let header: Header =
            serde_json::from_value(documents.remove(0)).map_err(|error| faulty(error.to_string()))?;
        let (logs, objects): (Vec<Value>, Vec<Value>) =
            documents.into_iter().partition(|object| object["kind"] == "ContainerLog");
        let logs = logs.into_iter().map(serde_json::from_value).collect::<Result<_, _>>();
        let at = objects.iter().filter_map(newest_time).max();
        Ok(Scenario {
            cause: cause.id,
            target: header.target.parse().map_err(|error| faulty(format!("{error}")))?,
            fails: !cause.expected && cause.id != "healthy",
            logs: logs.map_err(|error| faulty(error.to_string()))?,
            at: at.ok_or_else(|| faulty("it has no time".to_string()))?,
            objects,
        })
    }

    /// The namespaces its objects are in.
    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.objects.iter().map(|object| text(object, "/metadata/namespace")).filter(|ns| !ns.is_empty())
    }

    /// Its objects as they fail, as if the case were of `now`.
    pub(crate) fn failing(&self, now: Timestamp) -> Vec<Value> {
        let mut objects = self.objects.clone();
        for object in &mut objects {
            shift(object, seconds_between(self.at, now));
            // cases hold a neighbour by what it takes of its node; a cluster would know that it is well
            if healed::is_brief(object) {
                let since = text(object, "/metadata/creationTimestamp").parse().unwrap_or(now);
                *object = healed::healed(std::mem::take(object), since, &[]);
            }
        }
        objects
    }

    /// Its objects once what was wrong is mended; its events are over.
    pub(crate) fn healed(&self, now: Timestamp, nodes: &[String]) -> Vec<Value> {
        let objects = self
            .failing(now)
            .into_iter()
            .filter(|object| object["kind"] != "Event" && object["kind"] != "NodeReport");
        let mut objects: Vec<Value> = objects.map(|object| healed::healed(object, now, nodes)).collect();
        let pods: Vec<Value> = objects.iter().filter(|object| object["kind"] == "Pod").cloned().collect();
        for service in objects.iter_mut().filter(|object| object["kind"] == "Service") {
            let near =
                |pod: &&Value| text(pod, "/metadata/namespace") == text(service, "/metadata/namespace");
            let near: Vec<&Value> = pods.iter().filter(near).collect();
            healed::service(service, &near);
        }
        objects
    }

    /// Writes another name for one of its nodes, wherever it stands.
    pub(crate) fn rename_node(&mut self, from: &str, to: &str) {
        for object in &mut self.objects {
            rename(object, from, to);
        }
    }
}

/// An object once what was wrong with it is mended; a pod without a node gets the first of these.
pub(crate) fn well(object: Value, now: Timestamp, nodes: &[String]) -> Value {
    healed::healed(object, now, nodes)
}

fn rename(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) => *text = replace_word(text, from, to),
        Value::Array(items) => items.iter_mut().for_each(|item| rename(item, from, to)),
        Value::Object(fields) => fields.values_mut().for_each(|field| rename(field, from, to)),
        _ => {}
    }
}

/// Replaces a name where it stands alone: `wrk-1` is no part of `wrk-10`.
fn replace_word(text: &str, from: &str, to: &str) -> String {
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '-');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        out.push_str(before);
        let alone = !joins(out.chars().next_back()) && !joins(after.chars().next());
        out.push_str(if alone { to } else { from });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_replaced_where_it_stands_alone() {
        let renamed = replace_word("node wrk-1 and wrk-10, my-wrk-1 (wrk-1)", "wrk-1", "n2");
        assert_eq!(renamed, "node n2 and wrk-10, my-wrk-1 (n2)");
    }

    #[test]
    fn a_case_is_moved_to_the_present() {
        let cause = podwhy_knowledge::causes::find("oom-killed").unwrap();
        let scenario = Scenario::of(cause).unwrap();
        let now: Timestamp = "2030-01-02T03:04:05Z".parse().unwrap();
        let newest = scenario.failing(now).iter().filter_map(newest_time).max();
        assert_eq!(newest, Some(now));
    }
}
