//! Watch: every change after a version, filtered, until the time is over.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes>

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderMap;
use futures::{Stream, stream};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::api::failure::Failure;
use crate::api::http::{Asked, Query, flag};
use crate::api::read::{Form, Selectors, metadata_of, rows};
use crate::api::store::{Change, Store};

/// How long a watch lasts that names no time.
const LASTS: Duration = Duration::from_secs(30 * 60);

/// How often a watch that asked for bookmarks gets one.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);

/// One watch under way.
struct Watch {
    store: Arc<Store>,
    told: tokio::sync::watch::Receiver<u64>,
    asked: Asked,
    selectors: Selectors,
    form: Form,
    bookmarks: bool,
    version: u64,
    ready: VecDeque<Value>,
    next_bookmark: Instant,
    ends: Instant,
    over: bool,
    /// Of a Table, only the first event carries the columns.
    first: bool,
}

/// The lines of a watch, one JSON object each.
pub(crate) fn watch(
    store: Arc<Store>,
    asked: &Asked,
    query: &Query,
    headers: &HeaderMap,
) -> Result<impl Stream<Item = Bytes> + Send + use<>, Failure> {
    let seconds = query.get("timeoutSeconds").and_then(|s| s.parse::<u64>().ok()).filter(|s| *s > 0);
    let now = Instant::now();
    let mut watch = Watch {
        told: store.subscribe(),
        asked: asked.clone(),
        selectors: Selectors::of(asked, query)?,
        form: Form::of(headers, query),
        bookmarks: flag(query, "allowWatchBookmarks"),
        version: 0,
        ready: VecDeque::new(),
        next_bookmark: now + BOOKMARK_EVERY,
        ends: now + seconds.map_or(LASTS, Duration::from_secs),
        over: false,
        first: true,
        store,
    };
    watch.begin(query)?;
    Ok(stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        let mut line = event.to_string();
        line.push('\n');
        Some((Bytes::from(line), watch))
    }))
}

impl Watch {
    fn begin(&mut self, query: &Query) -> Result<(), Failure> {
        let from = query.get("resourceVersion").map(String::as_str).unwrap_or_default();
        let initial = flag(query, "sendInitialEvents");
        if initial && query.get("resourceVersionMatch").map(String::as_str) != Some("NotOlderThan") {
            return Err(Failure::invalid(
                "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            ));
        }
        if initial || from.is_empty() || from == "0" {
            let (objects, version) = self.store.list(self.asked.resource, &self.asked.namespace);
            self.version = version;
            for object in &objects {
                if self.selectors.match_(object) {
                    let event = self.event("ADDED", object);
                    self.ready.push_back(event);
                }
            }
            if initial {
                let mut bookmark = self.bookmark();
                bookmark["object"]["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
                self.ready.push_back(bookmark);
            }
            return Ok(());
        }
        self.version = from.parse().map_err(|_| {
            Failure::bad_request(format!("strconv.ParseUint: parsing {from:?}: invalid syntax"))
        })?;
        Ok(())
    }

    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            self.take_changes();
            if !self.ready.is_empty() || self.over {
                continue;
            }
            let wake = if self.bookmarks { self.next_bookmark.min(self.ends) } else { self.ends };
            match tokio::time::timeout_at(wake, self.told.changed()).await {
                Ok(Ok(())) => {}
                // the store is gone: so is the cluster
                Ok(Err(_)) => self.over = true,
                Err(_) => self.rest(),
            }
        }
    }

    /// Nothing happened until now: a sign of life, or the end.
    fn rest(&mut self) {
        let now = Instant::now();
        if self.bookmarks {
            self.next_bookmark = now + BOOKMARK_EVERY;
            let bookmark = self.bookmark();
            self.ready.push_back(bookmark);
        }
        self.over = now >= self.ends;
    }

    fn take_changes(&mut self) {
        match self.store.changes_after(self.version) {
            Ok(changes) => {
                for change in changes {
                    self.version = change.version;
                    let event = self.event_of(&change);
                    self.ready.extend(event);
                }
            }
            Err(oldest) => {
                let gone = Failure::expired(format!("too old resource version: {} ({oldest})", self.version));
                self.ready.push_back(json!({"type": "ERROR", "object": gone.status()}));
                self.over = true;
            }
        }
    }

    /// What a change is to one who sees only what matches: an object that no longer does is gone.
    fn event_of(&mut self, change: &Change) -> Option<Value> {
        if change.key.plural != self.asked.resource.plural {
            return None;
        }
        let seen = |object: &Option<Arc<Value>>| {
            object.clone().filter(|object| {
                let namespace = object.pointer("/metadata/namespace").and_then(Value::as_str);
                (self.asked.namespace.is_empty() || namespace == Some(&self.asked.namespace))
                    && self.selectors.match_(object)
            })
        };
        match (seen(&change.before), seen(&change.after)) {
            (None, Some(after)) => Some(self.event("ADDED", &after)),
            (Some(_), Some(after)) => Some(self.event("MODIFIED", &after)),
            (Some(before), None) => {
                let mut last = Value::clone(&before);
                last["metadata"]["resourceVersion"] = json!(change.version.to_string());
                Some(self.event("DELETED", &Arc::new(last)))
            }
            (None, None) => None,
        }
    }

    fn event(&mut self, kind: &str, object: &Arc<Value>) -> Value {
        let object = match self.form {
            Form::Objects => Value::clone(object),
            Form::Metadata => metadata_of(object),
            Form::Table(include) => {
                let metadata = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
                let mut table = rows(&self.asked, &[Arc::clone(object)], include, metadata);
                if !self.first {
                    table["columnDefinitions"] = Value::Null;
                }
                table
            }
        };
        self.first = false;
        json!({"type": kind, "object": object})
    }

    fn bookmark(&self) -> Value {
        let metadata = json!({"resourceVersion": self.version.to_string()});
        let object = match self.form {
            Form::Table(include) => rows(&self.asked, &[], include, metadata),
            Form::Metadata => json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata}),
            Form::Objects => json!({"kind": self.asked.resource.kind,
                "apiVersion": self.asked.resource.api_version(), "metadata": metadata}),
        };
        json!({"type": "BOOKMARK", "object": object})
    }
}
