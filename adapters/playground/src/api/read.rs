//! Get, list, Table and log.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::failure::Failure;
use crate::api::http::{Asked, Query, flag};
use crate::api::page::Snapshot;
use crate::api::select::{FieldSelector, LabelSelector};
use crate::api::store::{Key, Store, text};
use crate::api::table::{Include, table};
use crate::life::Life;

/// In which form objects are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Objects,
    Table(Include),
    Metadata,
}

impl Form {
    /// The first form of an Accept header that the playground has.
    pub(crate) fn of(headers: &HeaderMap, query: &Query) -> Form {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        for part in accept.split(',') {
            if part.contains("as=Table") {
                return Form::Table(match query.get("includeObject").map(String::as_str) {
                    Some("None") => Include::None,
                    Some("Object") => Include::Object,
                    _ => Include::Metadata,
                });
            }
            if part.contains("as=PartialObjectMetadata") {
                return Form::Metadata;
            }
            if part.trim().starts_with("application/json") || part.trim().starts_with("*/*") {
                return Form::Objects;
            }
        }
        Form::Objects
    }
}

/// The two selectors of a request.
pub(crate) struct Selectors {
    labels: LabelSelector,
    fields: FieldSelector,
    pub(crate) are_empty: bool,
}

impl Selectors {
    pub(crate) fn of(asked: &Asked, query: &Query) -> Result<Selectors, Failure> {
        let of = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
        let resource = (asked.resource.group, asked.resource.plural);
        Ok(Selectors {
            labels: LabelSelector::parse(of("labelSelector")).map_err(Failure::bad_request)?,
            fields: FieldSelector::parse(of("fieldSelector"), resource).map_err(Failure::bad_request)?,
            are_empty: of("labelSelector").is_empty() && of("fieldSelector").is_empty(),
        })
    }

    pub(crate) fn match_(&self, object: &Value) -> bool {
        self.labels.matches(object.pointer("/metadata/labels").and_then(Value::as_object))
            && self.fields.matches(object)
    }
}

/// One object.
pub(crate) fn one(
    store: &Store,
    asked: &Asked,
    query: &Query,
    headers: &HeaderMap,
) -> Result<Value, Failure> {
    let key = Key::new(asked.resource, &asked.namespace, &asked.name);
    let object = store.get(&key).ok_or_else(|| Failure::not_found(asked.resource, &asked.name))?;
    Ok(match Form::of(headers, query) {
        Form::Objects => Value::clone(&object),
        Form::Metadata => metadata_of(&object),
        Form::Table(include) => {
            let metadata = json!({"resourceVersion": text(&object, "/metadata/resourceVersion")});
            rows(asked, &[object], include, metadata)
        }
    })
}

/// A list, or a page of one.
pub(crate) fn list(life: &Life, asked: &Asked, query: &Query, headers: &HeaderMap) -> Result<Value, Failure> {
    let selectors = Selectors::of(asked, query)?;
    let (snapshot, from) = match query.get("continue").filter(|token| !token.is_empty()) {
        Some(token) => life.pages.find(token).ok_or_else(|| {
            Failure::expired("The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.")
        })?,
        None => {
            let (items, version) = life.store.list(asked.resource, &asked.namespace);
            let of = (asked.resource.plural, asked.namespace.clone());
            (Snapshot { of, items: Arc::new(items), version }, 0)
        }
    };
    if (snapshot.of.0, snapshot.of.1.as_str()) != (asked.resource.plural, asked.namespace.as_str()) {
        return Err(Failure::bad_request("continue key is not valid: it is of another list"));
    }
    let limit = query.get("limit").and_then(|limit| limit.parse::<usize>().ok()).filter(|limit| *limit > 0);
    // as many as fit are looked for; whether one of the rest matches is not known before the next page
    let (mut page, mut end) = (Vec::new(), from);
    for object in snapshot.items.iter().skip(from) {
        if limit == Some(page.len()) {
            break;
        }
        end += 1;
        if selectors.match_(object) {
            page.push(Arc::clone(object));
        }
    }
    let mut metadata = json!({"resourceVersion": snapshot.version.to_string()});
    if end < snapshot.items.len() {
        metadata["continue"] = json!(life.pages.token(&snapshot, end));
        // how many are left is not counted where a selector had to look at each
        if selectors.are_empty {
            metadata["remainingItemCount"] = json!(snapshot.items.len() - end);
        }
    }
    Ok(match Form::of(headers, query) {
        Form::Objects => json!({"kind": format!("{}List", asked.resource.kind),
            "apiVersion": asked.resource.api_version(), "metadata": metadata,
            "items": page.iter().map(|object| without_kind(object)).collect::<Vec<_>>()}),
        Form::Metadata => json!({"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata,
            "items": page.iter().map(|o| metadata_of(o)).collect::<Vec<_>>()}),
        Form::Table(include) => rows(asked, &page, include, metadata),
    })
}

/// A Table of these objects.
pub(crate) fn rows(asked: &Asked, objects: &[Arc<Value>], include: Include, metadata: Value) -> Value {
    let objects: Vec<Value> = objects.iter().map(|object| Value::clone(object)).collect();
    table((asked.resource.group, asked.resource.plural), &objects, include, metadata, Timestamp::now())
}

/// An object's metadata alone.
pub(crate) fn metadata_of(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}

/// In a list an item's kind and version are the list's.
fn without_kind(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("kind");
        fields.remove("apiVersion");
    }
    object
}

/// `kubectl logs`.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/registry/core/pod/strategy.go> (`LogLocation`)
pub(crate) fn log(store: &Store, asked: &Asked, query: &Query) -> Result<Response, Failure> {
    let key = Key::new(asked.resource, &asked.namespace, &asked.name);
    let pod = store.get(&key).ok_or_else(|| Failure::not_found(asked.resource, &asked.name))?;
    let container = container_of(&pod, query, &asked.name)?;
    let previous = flag(query, "previous");
    let known = |previous| store.logs.get(&asked.namespace, &asked.name, &container, previous);
    let status = status_of(&pod, &container);
    let state = |path: &str| status.is_some_and(|status| status.pointer(path).is_some());
    let log = match known(previous) {
        Some(log) => log,
        // between two runs the last one's is shown, as a kubelet does
        None if !previous && state("/state/waiting") && state("/lastState/terminated") => {
            known(true).unwrap_or_default()
        }
        // a run that wrote nothing
        None if !previous && (state("/state/running") || state("/state/terminated")) => "".into(),
        None if previous && state("/lastState/terminated") => "".into(),
        None => return Err(no_log(status, &container, &asked.name, previous)),
    };
    let mut lines: &str = &log;
    if let Some(tail) = query.get("tailLines").and_then(|tail| tail.parse::<usize>().ok()) {
        let starts = lines.trim_end_matches('\n').rmatch_indices('\n');
        let from = if tail == 0 { Some(lines.len()) } else { starts.map(|(at, _)| at + 1).nth(tail - 1) };
        lines = from.map_or(lines, |from| &lines[from..]);
    }
    let mut bytes = lines.as_bytes();
    if let Some(limit) = query.get("limitBytes").and_then(|limit| limit.parse::<usize>().ok()) {
        bytes = &bytes[..bytes.len().min(limit)];
    }
    Ok(([(header::CONTENT_TYPE, "text/plain")], bytes.to_vec()).into_response())
}

fn container_of(pod: &Value, query: &Query, name: &str) -> Result<String, Failure> {
    let names = |list: &str| -> Vec<String> {
        let list = pod.pointer(list).and_then(Value::as_array);
        list.into_iter().flatten().map(|c| text(c, "/name").to_string()).collect()
    };
    let (containers, init) = (names("/spec/containers"), names("/spec/initContainers"));
    match query.get("container").filter(|container| !container.is_empty()) {
        Some(wanted) if containers.contains(wanted) || init.contains(wanted) => Ok(wanted.clone()),
        Some(wanted) => Err(Failure::bad_request(format!("container {wanted} is not valid for pod {name}"))),
        None => match (containers.as_slice(), init.is_empty()) {
            ([only], true) => Ok(only.clone()),
            _ => {
                let mut why = format!(
                    "a container name must be specified for pod {name}, choose one of: [{}]",
                    containers.join(" ")
                );
                if !init.is_empty() {
                    why.push_str(&format!(" or one of the init containers: [{}]", init.join(" ")));
                }
                Err(Failure::bad_request(why))
            }
        },
    }
}

fn status_of<'p>(pod: &'p Value, container: &str) -> Option<&'p Value> {
    let lists = ["/status/containerStatuses", "/status/initContainerStatuses"];
    let mut statuses = lists.iter().filter_map(|list| pod.pointer(list)?.as_array()).flatten();
    statuses.find(|status| text(status, "/name") == container)
}

fn no_log(status: Option<&Value>, container: &str, name: &str, previous: bool) -> Failure {
    let reason = status.map(|status| text(status, "/state/waiting/reason")).unwrap_or_default();
    Failure::bad_request(match (previous, reason) {
        (true, _) => format!("previous terminated container {container:?} in pod {name:?} not found"),
        (_, "") => format!("container {container:?} in pod {name:?} is not available"),
        (_, "ImagePullBackOff" | "ErrImagePull") => {
            format!(
                "container {container:?} in pod {name:?} is waiting to start: trying and failing to pull image"
            )
        }
        _ => format!("container {container:?} in pod {name:?} is waiting to start: {reason}"),
    })
}
