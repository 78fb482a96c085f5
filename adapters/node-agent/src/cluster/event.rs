//! What is said aloud of a ticket: an event, for `kubectl describe`.

use jiff::Timestamp;
use podwhy_api::{GROUP, VERSION};
use serde_json::json;

use super::lease::micro;
use super::requests::{ApiError, Cluster};

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/apis/core/validation/events.go>
const MOST_NOTE: usize = 1_000;

impl Cluster {
    /// Writes one; an event that cannot be written delays nothing.
    ///
    /// # Errors
    /// [`ApiError`]
    pub(super) async fn event(
        &self,
        ticket: &str,
        uid: &str,
        reason: &str,
        note: &str,
    ) -> Result<(), ApiError> {
        let at = Timestamp::now();
        let note: String = note.chars().take(MOST_NOTE).collect();
        // names of events are of no use; two of one moment are of two tickets
        let name = format!("{ticket}.{:x}", at.as_microsecond());
        let event = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event",
            "metadata": {"name": name, "namespace": *self.namespace},
            "regarding": {"apiVersion": format!("{GROUP}/{VERSION}"), "kind": "NodeTicket", "namespace": *self.namespace,
                "name": ticket, "uid": uid},
            "eventTime": micro(at), "type": "Warning", "reason": reason, "action": "Refuse", "note": note,
            "reportingController": "podwhy.dev/agent", "reportingInstance": *self.node});
        let list = format!("/apis/events.k8s.io/v1/namespaces/{}/events", self.namespace);
        self.post(&list, &event).await.map(|_| ())
    }
}
