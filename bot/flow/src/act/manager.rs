//! What else manages a workload: whatever would undo a change, or be at odds with its own notes of what is installed.
//!
//! Nothing is offered for what is managed. A roll back in the cluster lasts until the next reconciliation, and a Helm release that was
//! rolled back behind Helm's back fails at its next upgrade.

use serde_json::Value;

/// A label or annotation, and what it says of who manages an object that has it. `{}` stands for its value.
///
/// Sources: <https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/>,
/// <https://fluxcd.io/flux/components/kustomize/kustomizations/>, <https://fluxcd.io/flux/components/helm/helmreleases/>,
/// <https://helm.sh/docs/chart_best_practices/labels/>, <https://olm.operatorframework.io/>,
/// <https://fleet.rancher.io/>, <https://carvel.dev/kapp/>,
/// <https://cloud.google.com/kubernetes-engine/enterprise/config-sync/docs>,
/// <https://github.com/kubernetes/kubernetes/tree/master/cluster/addons>
const MARKS: &[(&str, &str)] = &[
    ("argocd.argoproj.io/tracking-id", "Argo CD"),
    ("argocd.argoproj.io/instance", "Argo CD (application {})"),
    ("kustomize.toolkit.fluxcd.io/name", "Flux (Kustomization {})"),
    ("helm.toolkit.fluxcd.io/name", "Flux (HelmRelease {})"),
    ("meta.helm.sh/release-name", "Helm (release {})"),
    ("olm.owner", "Operator Lifecycle Manager ({})"),
    ("fleet.cattle.io/bundle-id", "Rancher Fleet"),
    ("objectset.rio.cattle.io/owner-name", "Rancher ({})"),
    ("kapp.k14s.io/app", "kapp"),
    ("configmanagement.gke.io/managed", "Config Sync"),
    ("config.k8s.io/owning-inventory", "Config Sync or kpt"),
    ("addonmanager.kubernetes.io/mode", "the addon manager"),
    ("app.kubernetes.io/managed-by", "{}"),
    ("heritage", "{}"),
];

/// Values of `managed-by` that mean a person.
const BY_HAND: &[&str] = &["kubectl", "manual", "kustomize", "none", ""];

/// Parts of the names that controllers take as writers of fields.
/// <https://kubernetes.io/docs/reference/using-api/server-side-apply/#managers>
const CONTROLLERS: &[&str] = &[
    "operator",
    "controller",
    "manager",
    "argocd",
    "flux",
    "helm",
    "terraform",
    "hashicorp",
    "pulumi",
    "fleet",
    "kapp",
    "reconciler",
    "crossplane",
];

/// Kubernetes' own, which writes no template but where somebody undid a rollout long ago.
const OWN: &[&str] = &["kube-controller-manager", "podwhy"];

/// Who manages this object; `None` where nothing says that somebody does.
pub fn manager(object: &Value) -> Option<String> {
    owner(object).or_else(|| mark(object)).or_else(|| writer(object))
}

fn owner(object: &Value) -> Option<String> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    // an owner that does not control it made it all the same
    let first = owners.iter().find(|owner| owner["controller"] == true).or(owners.first())?;
    Some(format!("{} {}", first["kind"].as_str()?, first["name"].as_str()?))
}

fn mark(object: &Value) -> Option<String> {
    MARKS.iter().find_map(|(key, says)| {
        let places = ["annotations", "labels"].into_iter();
        let mut values = places.filter_map(|place| object["metadata"][place][*key].as_str());
        let is_by_hand = |value: &str| {
            let value = value.to_ascii_lowercase();
            BY_HAND.contains(&value.as_str()) || value.starts_with("kubectl")
        };
        let value = values.find(|value| !says.starts_with("{}") || !is_by_hand(value))?;
        Some(says.replace("{}", value))
    })
}

/// A controller that wrote the pod template: it writes it again.
fn writer(object: &Value) -> Option<String> {
    let fields = object.pointer("/metadata/managedFields")?.as_array()?;
    let wrote = fields.iter().filter(|one| one.pointer("/fieldsV1/f:spec/f:template").is_some());
    let names = wrote.filter_map(|one| one["manager"].as_str());
    let is_controller = |name: &&str| {
        let name = name.to_ascii_lowercase();
        !OWN.contains(&name.as_str()) && CONTROLLERS.iter().any(|part| name.contains(part))
    };
    names.into_iter().find(is_controller).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(metadata: Value) -> Option<String> {
        manager(&json!({"kind": "Deployment", "metadata": metadata}))
    }

    #[test]
    fn whoever_says_that_it_manages_is_named() {
        let said = [
            (
                json!({"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web"}}),
                "Argo CD",
            ),
            (json!({"labels": {"argocd.argoproj.io/instance": "shop"}}), "Argo CD (application shop)"),
            (json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}), "Flux (Kustomization apps)"),
            (
                json!({"labels": {"helm.toolkit.fluxcd.io/name": "web", "app.kubernetes.io/managed-by": "Helm"}}),
                "Flux (HelmRelease web)",
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "Helm"},
                "annotations": {"meta.helm.sh/release-name": "web"}}),
                "Helm (release web)",
            ),
            (
                json!({"labels": {"app.kubernetes.io/managed-by": "strimzi-cluster-operator"}}),
                "strimzi-cluster-operator",
            ),
            (json!({"labels": {"heritage": "Tiller"}}), "Tiller"),
            (
                json!({"ownerReferences": [{"kind": "Rollout", "name": "web", "controller": true}]}),
                "Rollout web",
            ),
            (json!({"ownerReferences": [{"kind": "Kafka", "name": "main"}]}), "Kafka main"),
        ];
        for (metadata, who) in said {
            assert_eq!(named(metadata.clone()).as_deref(), Some(who), "{metadata}");
        }
    }

    #[test]
    fn a_controller_that_wrote_the_template_writes_it_again() {
        let by = |manager: &str, fields: Value| {
            named(
                json!({"managedFields": [{"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": fields}}]}),
            )
        };
        let template = || json!({"f:template": {"f:spec": {}}});
        assert_eq!(by("redis-operator", template()).as_deref(), Some("redis-operator"));
        assert_eq!(by("Terraform", template()).as_deref(), Some("Terraform"));
        assert_eq!(by("redis-operator", json!({"f:replicas": {}})), None, "an autoscaler only scales");
        for person in [
            "kubectl-client-side-apply",
            "kubectl-edit",
            "k9s",
            "Mozilla",
            "podwhy",
            "kube-controller-manager",
        ] {
            assert_eq!(by(person, template()), None, "{person}");
        }
    }

    #[test]
    fn what_people_wrote_is_nobodys() {
        assert_eq!(named(json!({})), None);
        assert_eq!(named(json!({"labels": {"app": "web", "app.kubernetes.io/managed-by": "kubectl"}})), None);
        assert_eq!(named(json!({"labels": {"app.kubernetes.io/instance": "web"}})), None);
        assert_eq!(named(json!({"ownerReferences": []})), None);
    }
}
