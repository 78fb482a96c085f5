//! The report, as its object.

use podwhy_api::report::Report;
use podwhy_api::{GROUP, REPORTS, VERSION};
use serde_json::{Value, json};

use super::requests::{ApiError, Cluster, JSON};

/// <https://datatracker.ietf.org/doc/html/rfc6902>
const STEPS: &str = "application/json-patch+json";

impl Cluster {
    fn reports(&self) -> String {
        format!("/apis/{GROUP}/{VERSION}/namespaces/{}/{REPORTS}", self.namespace)
    }

    /// What an earlier run reported; `None` where there is none, or it cannot be read any more.
    ///
    /// # Errors
    /// [`ApiError`], but for [`ApiError::NotFound`].
    pub async fn reported(&self) -> Result<Option<Report>, ApiError> {
        match self.get::<Value>(&format!("{}/{}", self.reports(), self.node), JSON).await {
            Ok(mut object) => {
                Ok(object.get_mut("spec").map(Value::take).and_then(|spec| serde_json::from_value(spec).ok()))
            }
            Err(ApiError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes a report in the place of the one before.
    ///
    /// # Errors
    /// [`ApiError`]; the next one is written in its time.
    pub async fn report(&self, report: &Report) -> Result<(), ApiError> {
        let list = self.reports();
        // `add` replaces as well, and takes an object that somebody made without a spec
        let steps = json!([{"op": "add", "path": "/spec", "value": report}]);
        let written = self.patch(&format!("{list}/{}", self.node), STEPS, &steps).await;
        if written != Err(ApiError::NotFound) {
            return written.map(|_| ());
        }
        let object = json!({"apiVersion": format!("{GROUP}/{VERSION}"), "kind": "NodeReport",
            "metadata": {"name": *self.node, "namespace": *self.namespace}, "spec": report});
        self.post(&list, &object).await.map(|_| ())
    }
}
