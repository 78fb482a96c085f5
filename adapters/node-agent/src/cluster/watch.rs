//! The tickets, as they come: all of the namespace are seen, as the API server can narrow a right to names only; they hold no secret.

use futures::{Stream, StreamExt};
use kube::Api;
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{Config, watcher};
use podwhy_api::{GROUP, VERSION};
use serde_json::Value;
use tracing::warn;

use super::requests::Cluster;
use crate::orders::Told;

/// The server ends a watch after so many seconds, and it is begun anew: one that hangs is not waited for.
const LASTS: u32 = 240;

impl Cluster {
    /// Every ticket there is, and every one that comes or is changed, for ever. What cannot be read is tried again with a pause that
    /// grows, and is said.
    pub fn watch(&self) -> impl Stream<Item = Told> + Send + use<> {
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(GROUP, VERSION, "NodeTicket"));
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), &self.namespace, &resource);
        let config = Config::default().timeout(LASTS);
        let objects = watcher(api, config).default_backoff().applied_objects();
        objects.filter_map(async |object| match object {
            Ok(object) => Some(told(object)),
            Err(error) => {
                warn!(%error, "tickets cannot be watched: none is obeyed meanwhile");
                None
            }
        })
    }
}

fn told(object: DynamicObject) -> Told {
    let DynamicObject { metadata, mut data, .. } = object;
    let mut take = |field: &str| data.get_mut(field).map(Value::take);
    Told {
        spec: take("spec").unwrap_or_default(),
        status: take("status"),
        name: metadata.name.unwrap_or_default(),
        uid: metadata.uid.unwrap_or_default(),
        version: metadata.resource_version.unwrap_or_default(),
    }
}
