//! One side of the comparison: requests, and answers without what a server numbers and dates by itself.

use std::fmt;

use http::{Method, Request, header};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use regex::Regex;
use serde_json::{Value, json};

/// One request of the script.
#[derive(Clone, Debug)]
pub struct Step {
    method: Method,
    path: String,
    accept: String,
    content: String,
    /// Whom the request is made as; empty for whoever makes it.
    user: String,
    body: Option<Value>,
    /// Goes on with the list of the step before.
    next: bool,
    /// From the marked version on.
    marked: bool,
}

impl Step {
    pub fn get(path: &str) -> Step {
        Step {
            method: Method::GET,
            path: path.to_string(),
            accept: "application/json".to_string(),
            content: String::new(),
            user: String::new(),
            body: None,
            next: false,
            marked: false,
        }
    }

    pub fn next() -> Step {
        Step { next: true, ..Step::get("") }
    }

    pub fn watch(path: &str) -> Step {
        Step { marked: true, ..Step::get(path) }
    }

    pub fn of(method: &str, path: &str, content: &str, body: &Value) -> Step {
        Step {
            method: method.parse().unwrap(),
            content: content.to_string(),
            body: Some(body.clone()),
            ..Step::get(path)
        }
    }

    pub fn accept(self, accept: &str) -> Step {
        Step { accept: accept.to_string(), ..self }
    }

    pub fn by_user(self, user: &str) -> Step {
        Step { user: user.to_string(), ..self }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = self.body.as_ref().map(|body| format!(" {body}")).unwrap_or_default();
        let user = if self.user.is_empty() { String::new() } else { format!(" as {}", self.user) };
        write!(f, "{} {} [{}]{user}{body}", self.method, self.path, self.accept)
    }
}

/// A server that is asked.
pub struct Side {
    client: Client,
    /// The last list's path and token.
    rest: Option<(String, String)>,
    marked: String,
}

impl Side {
    pub fn new(client: Client) -> Side {
        Side { client, rest: None, marked: String::new() }
    }

    pub fn client(&self) -> Client {
        self.client.clone()
    }

    pub async fn send(&self, step: &Step, path: &str) -> (u16, String) {
        let mut request = Request::builder().method(step.method.clone()).uri(path);
        request = request.header(header::ACCEPT, &step.accept);
        if !step.content.is_empty() {
            request = request.header(header::CONTENT_TYPE, &step.content);
        }
        if !step.user.is_empty() {
            request = request.header("Impersonate-User", &step.user);
        }
        let body = step.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let response = self.client.send(request.body(Body::from(body)).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Remembers the version of now.
    pub async fn mark(&mut self) {
        let step = Step::get("/api/v1/namespaces/conf-a/pods?limit=1");
        let (_, text) = self.send(&step, &step.path).await;
        let list: Value = serde_json::from_str(&text).unwrap();
        self.marked = list["metadata"]["resourceVersion"].as_str().unwrap().to_string();
    }

    /// Makes the request; the answer as it is compared.
    pub async fn take(&mut self, step: &Step) -> Value {
        let path = if step.next {
            let Some((path, token)) = self.rest.take() else { return json!("there is no next page") };
            format!("{path}&continue={token}")
        } else if step.marked {
            format!("{}&resourceVersion={}", step.path, self.marked)
        } else {
            step.path.clone()
        };
        let (status, text) = self.send(step, &path).await;
        let answers: Vec<Value> = serde_json::Deserializer::from_str(&text)
            .into_iter::<Value>()
            .collect::<Result<_, _>>()
            .unwrap_or_else(|_| vec![json!(text)]);
        if let Some(token) = answers.first().and_then(|list| list["metadata"]["continue"].as_str()) {
            let path = path.split("&continue=").next().unwrap().to_string();
            self.rest = Some((path, token.to_string()));
        }
        let mut answers: Vec<Value> = answers.into_iter().map(|answer| normalised(answer, "")).collect();
        // the other server writes bookmarks as it likes; the one that ends the beginning is part of the promise
        answers.retain(|event| {
            event["type"] != "BOOKMARK" || event["object"]["metadata"].get("annotations").is_some()
        });
        // of a bookmark only the metadata means something; a real server writes an empty pod around it
        for bookmark in answers.iter_mut().filter(|event| event["type"] == "BOOKMARK") {
            bookmark["object"] = json!({"metadata": bookmark["object"]["metadata"]});
        }
        json!({"status": status, "answers": answers})
    }
}

/// Without versions, times, tokens, managed fields, ages and descriptions.
fn normalised(value: Value, field: &str) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.into_iter().filter(|(name, _)| {
                !matches!(
                    name.as_str(),
                    // the annotation is made of a field of the server's own; in some forms it leaves it out
                    "resourceVersion"
                        | "managedFields"
                        | "description"
                        | "deprecated.daemonset.template.generation"
                )
            });
            // a new server writes fields an older one leaves empty
            let kept = kept.map(|(name, value)| (name.clone(), normalised(value, &name)));
            let written = |(name, value): &(String, Value)| {
                let empty = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
                !(matches!(name.as_str(), "creationTimestamp" | "annotations") && empty)
            };
            Value::Object(kept.filter(written).collect())
        }
        Value::Array(items) => items.into_iter().map(|item| normalised(item, field)).collect(),
        Value::String(text) => Value::String(without_numbers(&text, field)),
        other => other,
    }
}

fn without_numbers(text: &str, field: &str) -> String {
    if field == "continue" {
        return "a token".to_string();
    }
    if field == "deletionTimestamp" {
        return "a time".to_string();
    }
    let replaced = |text: &str, pattern: &str, with: &str| {
        Regex::new(pattern).unwrap().replace_all(text, with).into_owned()
    };
    match field {
        // ages in a Table's cells
        "cells" => replaced(text, r"\b(\d+[smhdy])+(\d+[smhdy])*\b", "an age"),
        "message" => {
            let text = replaced(text, r"too old resource version: \d+ \(\d+\)", "too old resource version");
            let text = replaced(&text, r"in record \(\d+\)", "in record (a version)");
            // which formats are accepted is each server's own
            replaced(&text, r"^415: Unsupported.*|^the body of the request was in an unknown format.*", "415")
        }
        _ => text.to_string(),
    }
}

/// Where two answers first differ, short enough to read.
pub fn difference(step: &Step, wanted: &Value, got: &Value) -> String {
    let mut found = Vec::new();
    walk("", wanted, got, &mut found);
    found.truncate(4);
    format!("{step}\n   {}", found.join("\n   "))
}

fn walk(path: &str, wanted: &Value, got: &Value, found: &mut Vec<String>) {
    let none = Value::Null;
    match (wanted, got) {
        _ if wanted == got => {}
        (Value::Object(a), Value::Object(b)) => {
            for name in a.keys().chain(b.keys().filter(|name| !a.contains_key(*name))) {
                let (a, b) = (a.get(name).unwrap_or(&none), b.get(name).unwrap_or(&none));
                walk(&format!("{path}/{name}"), a, b, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (number, (a, b)) in a.iter().zip(b).enumerate() {
                walk(&format!("{path}/{number}"), a, b, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if path == "/answers" => {
            let events = |list: &[Value]| -> Vec<String> {
                list.iter().map(|e| format!("{} {}", e["type"], e["object"]["metadata"]["name"])).collect()
            };
            found.push(format!("real {:?} here {:?}", events(a), events(b)));
        }
        _ => {
            let short = |value: &Value| value.to_string().chars().take(300).collect::<String>();
            found.push(format!("{path}: real {} here {}", short(wanted), short(got)));
        }
    }
}
