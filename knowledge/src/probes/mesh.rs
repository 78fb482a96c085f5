//! Probes that Istio's injector rewrites, so that the kubelet reaches programs behind its proxy.
//! <https://istio.io/latest/docs/ops/configuration/mesh/app-health-check/>

use k8s_openapi::api::core::v1::Probe;
use serde_json::Value;

use crate::snapshot::Snapshot;

/// The path by which the proxy's agent knows which probe is meant, if the probe is a rewritten one.
pub(super) fn rewritten(probe: &Probe) -> Option<&str> {
    let path = probe.http_get.as_ref()?.path.as_deref()?;
    path.starts_with("/app-health/").then_some(path)
}

/// The probe as it was written, from the agent's own settings.
pub(super) fn behind(s: &Snapshot, path: &str) -> Option<Probe> {
    let containers = s.containers();
    let mut variables = containers.iter().filter_map(|c| c.spec?.env.as_deref()).flatten();
    let settings = variables.find(|variable| variable.name == "ISTIO_KUBE_APP_PROBERS")?.value.as_deref()?;
    let settings: Value = serde_json::from_str(settings).ok()?;
    serde_json::from_value(settings.get(path)?.clone()).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::probes::{saying, what};
    use crate::world::World;

    #[test]
    fn the_proxy_asks_in_the_kubelets_stead() {
        let probers = json!({"/app-health/web/readyz": {"httpGet": {"path": "/ready", "port": 8080}, "timeoutSeconds": 1}});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"containers": [
                {"name": "web", "ports": [{"containerPort": 8080}],
                 "readinessProbe": {"httpGet": {"path": "/app-health/web/readyz", "port": 15020}}},
                {"name": "istio-proxy", "env": [{"name": "ISTIO_KUBE_APP_PROBERS", "value": probers.to_string()}]}]}});
        let mut world = World::default();
        world.add(pod).unwrap();
        world.finish(None);
        let snapshot = Snapshot::of_pod(&Arc::new(world), "shop", "web").unwrap();
        let container = snapshot.containers()[0];
        let probe = container.spec.unwrap().readiness_probe.as_ref().unwrap();
        let said = saying(&snapshot, &container, probe, None);
        assert!(said.mesh && said.undeclared_port.is_none());
        assert_eq!(said.behind.as_deref(), Some("GET :8080/ready"));
        assert_eq!(what(&behind(&snapshot, "/app-health/web/readyz").unwrap()), "GET :8080/ready");
    }
}
