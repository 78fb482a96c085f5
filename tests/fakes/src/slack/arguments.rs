//! A call's arguments: how they were sent, and whether they are the method's.
//! <https://docs.slack.dev/apis/web-api>

use http::{HeaderMap, header};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::blocks::Problem;
use super::methods::Method;
use super::state::State;
use super::violations::Rule;

/// What an argument is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Flag,
    Integer,
    /// An array or an object; in a form, written as JSON.
    Json,
}

/// An argument of a method.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub name: &'static str,
    pub required: bool,
    pub kind: Type,
}

/// Why a call was not done.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// Slack's name for it.
    pub error: String,
    /// What `response_metadata.messages` says.
    pub messages: Vec<String>,
}

/// The arguments as they were sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments {
    pub values: Map<String, Value>,
    pub token: Option<String>,
    is_json: bool,
    broken: Option<&'static str>,
}

impl Arguments {
    pub fn read(query: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Arguments {
        let mut arguments = Arguments::default();
        arguments.form(query.unwrap_or_default().as_bytes());
        let content = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        match content.map(|content| content.split(';').next().unwrap_or_default().trim()) {
            _ if body.is_empty() => {}
            Some("application/json") => {
                arguments.is_json = true;
                match serde_json::from_slice(body) {
                    Ok(Value::Object(object)) => arguments.values.extend(object),
                    Ok(_) => arguments.broken = Some("json_not_object"),
                    Err(_) => arguments.broken = Some("invalid_json"),
                }
            }
            Some("application/x-www-form-urlencoded") => arguments.form(body),
            _ => arguments.broken = Some("invalid_post_type"),
        }
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        arguments.token = bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_string);
        if let Some(token) = arguments.values.remove("token") {
            // JSON never carries a token
            let token = token.as_str().filter(|_| !arguments.is_json).map(str::to_string);
            arguments.token = arguments.token.or(token);
        }
        arguments
    }

    fn form(&mut self, body: &[u8]) {
        let pairs = form_urlencoded::parse(body).map(|(key, value)| (key.into_owned(), json!(value)));
        self.values.extend(pairs);
    }

    /// Holds the arguments against the method's, and makes what a form wrote as text what it is.
    pub fn check(&mut self, state: &mut State, method: &Method) -> Result<(), Refusal> {
        if let Some(error) = self.broken {
            return Err(state.refuse(Rule::WrongEncoding, error, method.name));
        }
        if self.is_json && !method.json && !self.values.is_empty() {
            let detail = format!("{} takes no JSON", method.name);
            return Err(state.refuse(Rule::WrongEncoding, "invalid_arguments", detail));
        }
        let unknown: Vec<String> =
            self.values.keys().filter(|name| method.key(name).is_none()).cloned().collect();
        for name in unknown {
            self.values.remove(&name);
            // Slack reads over them: so does this, but what is not read was not meant
            state.violate(Rule::UnknownArgument, format!("{} takes no {name} here", method.name));
        }
        for key in method.keys {
            let value = self.values.get(key.name).map(|value| self.typed(value, key.kind));
            let wrong = match value {
                None if key.required => format!("missing required field: {}", key.name),
                None => continue,
                Some(None) => format!("{} must be {:?}", key.name, key.kind),
                Some(Some(Value::String(text))) if text.is_empty() && key.required => {
                    format!("missing required field: {}", key.name)
                }
                Some(Some(value)) => {
                    self.values.insert(key.name.to_string(), value);
                    continue;
                }
            };
            let mut refusal = state.refuse(Rule::BadArgument, "invalid_arguments", wrong.clone());
            refusal.messages.push(format!("[ERROR] {wrong}"));
            return Err(refusal);
        }
        Ok(())
    }

    fn typed(&self, value: &Value, kind: Type) -> Option<Value> {
        match (kind, value) {
            (Type::Text, Value::String(_)) => Some(value.clone()),
            (Type::Flag, Value::Bool(_)) => Some(value.clone()),
            (Type::Flag, Value::String(word)) if !self.is_json => match word.as_str() {
                "true" | "1" => Some(json!(true)),
                "false" | "0" => Some(json!(false)),
                _ => None,
            },
            (Type::Integer, Value::Number(number)) if number.is_u64() => Some(value.clone()),
            (Type::Integer, Value::String(digits)) if !self.is_json => {
                digits.parse::<u64>().ok().map(|number| json!(number))
            }
            (Type::Json, Value::Array(_) | Value::Object(_)) => Some(value.clone()),
            (Type::Json, Value::String(text)) => {
                serde_json::from_str(text).ok().filter(|value: &Value| value.is_array() || value.is_object())
            }
            _ => None,
        }
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.as_str()
    }

    pub fn flag(&self, key: &str) -> bool {
        self.values.get(key).is_some_and(|value| value == true)
    }

    pub fn number(&self, key: &str) -> Option<usize> {
        self.values.get(key)?.as_u64().and_then(|number| usize::try_from(number).ok())
    }
}

impl State {
    /// Writes a broken rule down and makes the answer to it.
    pub(crate) fn refuse(&mut self, rule: Rule, error: &str, detail: impl Into<String>) -> Refusal {
        self.violate(rule, detail);
        Refusal { error: error.to_string(), messages: Vec::new() }
    }

    /// The same for everything that is wrong with blocks.
    pub(crate) fn refuse_all(&mut self, error: &str, problems: Vec<Problem>) -> Result<(), Refusal> {
        if problems.is_empty() {
            return Ok(());
        }
        let messages = problems.iter().map(|problem| format!("[ERROR] {}", problem.message)).collect();
        for problem in problems {
            self.violate(problem.rule, problem.message);
        }
        Err(Refusal { error: error.to_string(), messages })
    }
}
