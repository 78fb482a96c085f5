//! What is told of tickets.

use futures::FutureExt;
use futures::future::BoxFuture;
use podwhy_api::ticket::{Refusal, Status};
use podwhy_api::{GROUP, TICKETS, VERSION};
use serde_json::json;
use tracing::warn;

use super::requests::{Cluster, MERGE};
use crate::orders::{Desk, TellError};

impl Cluster {
    pub(super) fn tickets(&self) -> String {
        format!("/apis/{GROUP}/{VERSION}/namespaces/{}/{TICKETS}", self.namespace)
    }
}

impl Desk for Cluster {
    fn node_uid(&self) -> BoxFuture<'_, Result<String, TellError>> {
        self.own().map(|own| Ok(own?.uid)).boxed()
    }

    fn tell<'a>(
        &'a self,
        name: &'a str,
        uid: &'a str,
        version: Option<&'a str>,
        status: &'a Status,
    ) -> BoxFuture<'a, Result<(), TellError>> {
        async move {
            let mut metadata = json!({"uid": uid});
            if let Some(version) = version {
                metadata["resourceVersion"] = json!(version);
            }
            let mut status = json!(status);
            // a merge patch leaves what it does not name: of what was told before nothing stays
            for field in ["reason", "message", "before", "after", "lines"] {
                if let Some(status) = status.as_object_mut() {
                    status.entry(field).or_insert_with(|| json!(null));
                }
            }
            let patch = json!({"metadata": metadata, "status": status});
            self.patch(&format!("{}/{name}/status", self.tickets()), MERGE, &patch).await?;
            Ok(())
        }
        .boxed()
    }

    fn refused<'a>(&'a self, name: &'a str, uid: &'a str, why: &'a Refusal) -> BoxFuture<'a, ()> {
        async move {
            self.numbers.refused(why.word());
            if let Err(error) = self.event(name, uid, why.word(), &why.to_string()).await {
                warn!(ticket = name, %error, "the event of a refused ticket could not be written");
            }
        }
        .boxed()
    }
}
