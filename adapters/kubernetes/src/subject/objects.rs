//! The waves for a Service, claim, node or namespace: the object, and the pods that hang on it.

use futures::join;
use podwhy_flow::ask::collect::Collected;
use podwhy_flow::ports::ClusterError;
use podwhy_knowledge::Kind;
use serde_json::Value;

use super::around::claim_names;
use super::{text, with_kind};
use crate::connect::LiveCluster;
use crate::paths;
use crate::request::Fail;

impl LiveCluster {
    /// Reads the object and what hangs on it; of one that does not exist, the names that do.
    ///
    /// # Errors
    /// [`ClusterError`] when the object itself could not be read.
    pub(super) async fn around_object(
        &self,
        kind: Kind,
        namespace: &str,
        name: &str,
        found: &mut Collected,
    ) -> Result<(), ClusterError> {
        self.requests.metrics.wave();
        let namespace = if kind.is_namespaced() { namespace } else { "" };
        let object = match self.requests.object(&paths::one(kind, namespace, name)).await {
            Ok((object, at)) => {
                found.taken_at = at.unwrap_or(found.taken_at);
                with_kind(object, kind.camel())
            }
            Err(Fail::NotFound) => {
                found.absent(kind.camel(), namespace, name);
                self.names_of(&[kind], namespace, found).await;
                return Ok(());
            }
            Err(fail) => return Err(fail.error(&self.name)),
        };
        match kind {
            Kind::Service => self.around_service(&object, namespace, name, found).await,
            Kind::PersistentVolumeClaim => self.around_claim(&object, namespace, name, found).await,
            Kind::Node => self.around_node(name, found).await,
            Kind::Namespace => {
                let list = |plural: &str| {
                    format!("/api/v1/namespaces/{}/{plural}?limit={}", paths::escape(name), paths::PAGE)
                };
                let (of_quotas, of_ranges) = (list("resourcequotas"), list("limitranges"));
                let (read, quotas, ranges) =
                    join!(self.find_and_read(Some(name)), self.pages(&of_quotas), self.pages(&of_ranges));
                self.keep(found, "ResourceQuota", name, "", quotas);
                self.keep(found, "LimitRange", name, "", ranges);
                let read = read?;
                let at = found.taken_at;
                found.merge(read);
                found.taken_at = at;
            }
            _ => {}
        }
        found.push(object);
        Ok(())
    }

    async fn around_service(&self, service: &Value, namespace: &str, name: &str, found: &mut Collected) {
        let slices = format!(
            "/apis/discovery.k8s.io/v1/namespaces/{}/endpointslices?limit={}&labelSelector={}",
            paths::escape(namespace),
            paths::PAGE,
            paths::escape(&format!("kubernetes.io/service-name={name}")),
        );
        let listed = |kind: Kind| format!("{}?limit={}", paths::list(kind, namespace), paths::PAGE);
        let (of_pods, of_deployments, of_sets) =
            (listed(Kind::Pod), listed(Kind::Deployment), listed(Kind::StatefulSet));
        let (pods, slices, deployments, sets) = join!(
            self.pages(&of_pods),
            self.pages(&slices),
            self.pages(&of_deployments),
            self.pages(&of_sets),
        );
        self.keep(found, "EndpointSlice", namespace, "", slices);
        self.keep(found, "Deployment", namespace, "", deployments);
        self.keep(found, "StatefulSet", namespace, "", sets);
        match pods {
            Ok(pods) => {
                let pods = pods.into_iter().map(|pod| with_kind(pod, "Pod"));
                let (behind, others): (Vec<Value>, Vec<Value>) =
                    pods.partition(|pod| is_selected(service, pod));
                if behind.is_empty() {
                    // whose labels come near, only these can tell
                    found.objects.extend(others);
                } else {
                    self.around_pods(behind, found).await;
                }
            }
            Err(fail) => self.note(found, "Pod", namespace, "", &fail),
        }
    }

    async fn around_claim(&self, claim: &Value, namespace: &str, name: &str, found: &mut Collected) {
        let volume = text(claim, "/spec/volumeName");
        let of_pods = format!("{}?limit={}", paths::list(Kind::Pod, namespace), paths::PAGE);
        let of_events = paths::events_about(namespace, name);
        let of_classes = format!("/apis/storage.k8s.io/v1/storageclasses?limit={}", paths::PAGE);
        let of_volumes = format!("/api/v1/persistentvolumes?limit={}", paths::PAGE);
        let (pods, events, classes, volumes) = join!(
            self.pages(&of_pods),
            self.pages(&of_events),
            self.pages(&of_classes),
            self.pages(&of_volumes),
        );
        self.keep(found, "Event", namespace, name, events);
        self.keep(found, "StorageClass", "", "", classes);
        // all of them are of use only to a claim that still looks for one
        let wanted = |known: &Value| volume.is_empty() || text(known, "/metadata/name") == volume;
        self.keep(
            found,
            "PersistentVolume",
            "",
            "",
            volumes.map(|all| all.into_iter().filter(wanted).collect()),
        );
        match pods {
            Ok(pods) => {
                let users = pods.into_iter().filter(|pod| claim_names(pod).any(|claim| claim == name));
                self.around_pods(users.map(|pod| with_kind(pod, "Pod")).collect(), found).await;
            }
            Err(fail) => self.note(found, "Pod", namespace, "", &fail),
        }
    }

    async fn around_node(&self, name: &str, found: &mut Collected) {
        let selector = paths::escape(&format!("spec.nodeName={name}"));
        let of_pods =
            format!("{}?limit={}&fieldSelector={selector}", paths::list(Kind::Pod, ""), paths::PAGE);
        // a Node has no namespace: its events stand in `default`
        let of_events =
            paths::events("default", &format!("involvedObject.kind=Node,involvedObject.name={name}"));
        let (pods, events, heartbeat) =
            join!(self.pages(&of_pods), self.pages(&of_events), self.heartbeat(name));
        self.keep(found, "Event", "", name, events);
        found.merge(heartbeat);
        match pods {
            Ok(pods) => {
                self.around_pods(pods.into_iter().map(|pod| with_kind(pod, "Pod")).collect(), found).await
            }
            Err(fail) => self.note(found, "Pod", "", "", &fail),
        }
    }
}

fn is_selected(service: &Value, pod: &Value) -> bool {
    let selector = service.pointer("/spec/selector").and_then(Value::as_object);
    let labels = pod.pointer("/metadata/labels");
    selector.is_some_and(|selector| {
        !selector.is_empty()
            && selector.iter().all(|(key, value)| labels.and_then(|l| l.get(key)) == Some(value))
    })
}
