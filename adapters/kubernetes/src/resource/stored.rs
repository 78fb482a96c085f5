//! An object of podwhy's as the API server has it.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The parts that are read; what a newer podwhy added is passed over.
#[derive(Deserialize)]
pub(crate) struct Stored<S> {
    pub(crate) metadata: Metadata,
    pub(crate) spec: S,
    #[serde(default)]
    status: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) uid: String,
    #[serde(default)]
    pub(crate) resource_version: String,
}

impl<S: DeserializeOwned> Stored<S> {
    pub(crate) fn read(object: Value) -> Result<Stored<S>, String> {
        serde_json::from_value(object).map_err(words)
    }

    /// `None` where its maker died before it wrote one.
    pub(crate) fn status<T: DeserializeOwned>(&mut self) -> Result<Option<T>, String> {
        let is_nothing =
            |status: &Value| status.is_null() || status.as_object().is_some_and(serde_json::Map::is_empty);
        match self.status.take().filter(|status| !is_nothing(status)) {
            Some(status) => serde_json::from_value(status).map(Some).map_err(words),
            None => Ok(None),
        }
    }
}

/// A text of an object; empty where there is none.
pub(crate) fn text(object: &Value, pointer: &str) -> String {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_string()
}

/// The error may quote what a stranger wrote.
pub(crate) fn words(error: serde_json::Error) -> String {
    podwhy_knowledge::redact::redact(&error.to_string()).chars().take(300).collect()
}
