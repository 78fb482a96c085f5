//! One request: its timeout, its number, and what its failure means.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, StatusCode, header};
use kube::Client;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;
use tokio::time::timeout;

use crate::numbers::Numbers;
use crate::orders::TellError;

/// No request takes longer.
const WITHIN: Duration = Duration::from_secs(10);

/// Why a request brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApiError {
    /// There is none of this name, or none of this kind is installed.
    #[error("there is none")]
    NotFound,
    /// There is one of this name already, or it was changed meanwhile.
    #[error("it was changed meanwhile")]
    Conflict,
    /// The API server said no, in these words.
    #[error("{0}")]
    Refused(String),
    /// There was no answer, or none that says whether it was done.
    #[error("{0}")]
    Unclear(String),
}

impl From<ApiError> for TellError {
    fn from(error: ApiError) -> TellError {
        match error {
            ApiError::Unclear(why) => TellError::NotNow(why),
            error => TellError::Never(error.to_string()),
        }
    }
}

/// The API server of the agent's cluster, and where the agent is in it.
#[derive(Clone)]
pub struct Cluster {
    pub(super) client: Client,
    pub(super) node: Arc<str>,
    pub(super) namespace: Arc<str>,
    pub(super) numbers: Numbers,
}

impl Cluster {
    /// By this client, for this node, in this namespace.
    pub fn new(client: Client, node: &str, namespace: &str, numbers: Numbers) -> Cluster {
        Cluster { client, node: node.into(), namespace: namespace.into(), numbers }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, accept: &str) -> Result<T, ApiError> {
        self.request(Method::GET, path, accept, "", Vec::new()).await
    }

    pub(super) async fn post(&self, path: &str, object: &Value) -> Result<Value, ApiError> {
        self.request(Method::POST, path, JSON, JSON, object.to_string().into_bytes()).await
    }

    pub(super) async fn patch(&self, path: &str, content: &str, patch: &Value) -> Result<Value, ApiError> {
        self.request(Method::PATCH, path, JSON, content, patch.to_string().into_bytes()).await
    }

    async fn request<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        accept: &str,
        content: &str,
        body: Vec<u8>,
    ) -> Result<T, ApiError> {
        let mut request = Request::builder().method(method.clone()).uri(path).header(header::ACCEPT, accept);
        if !content.is_empty() {
            request = request.header(header::CONTENT_TYPE, content);
        }
        let request = request.body(body).map_err(|error| ApiError::Refused(error.to_string()))?;
        let answer = match timeout(WITHIN, self.client.request::<T>(request)).await {
            Ok(answer) => answer.map_err(meaning),
            Err(_) => Err(ApiError::Unclear(format!("no answer within {} s", WITHIN.as_secs()))),
        };
        self.numbers.asked(&method, answer.as_ref().err());
        answer
    }
}

pub(super) const JSON: &str = "application/json";
/// <https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/>
pub(super) const MERGE: &str = "application/merge-patch+json";

/// A status below 500 says that nothing was stored; anything else does not say.
fn meaning(error: kube::Error) -> ApiError {
    let kube::Error::Api(status) = error else { return ApiError::Unclear(error.to_string()) };
    match StatusCode::from_u16(status.code) {
        Ok(StatusCode::NOT_FOUND) => ApiError::NotFound,
        Ok(StatusCode::CONFLICT) => ApiError::Conflict,
        // not now: it says so itself
        Ok(StatusCode::TOO_MANY_REQUESTS) => ApiError::Unclear(status.message),
        // the token ran out, and the next request has another
        Ok(StatusCode::UNAUTHORIZED) => ApiError::Unclear(status.message),
        Ok(code) if code.is_client_error() => ApiError::Refused(status.message),
        _ => ApiError::Unclear(status.message),
    }
}
