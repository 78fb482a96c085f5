use std::collections::BTreeSet;

use super::*;

#[test]
fn what_is_kubernetes_own_is_never_anybody_elses() {
    for own in [
        "foregroundDeletion",
        "orphan",
        "kubernetes",
        "batch.kubernetes.io/job-tracking",
        "kubernetes.io/pvc-protection",
        "service.kubernetes.io/load-balancer-cleanup",
        "resource.kubernetes.io/delete-protection",
        "external-attacher/ebs-csi-aws-com",
        "external-provisioner.volume.kubernetes.io/finalizer",
        "gateway-exists-finalizer.gateway.networking.k8s.io",
    ] {
        assert_eq!(whose(own), Whose::Own, "{own}");
    }
}

#[test]
fn what_is_not_in_the_table_letter_by_letter_is_unknown() {
    for unknown in [
        "",
        "kueue.x-k8s.io/resource-in-use",
        "kueue.x-k8s.io",
        "Kueue.x-k8s.io/managed",
        "evil.kueue.x-k8s.io/managed",
        "not-kubernetes.io/finalizer",
        "kwok.x-k8s.io/fake",
        "kopf.zalando.org/KopfFinalizerMarker",
        "flyte.org/finalizer-k8s",
        "finalizers.example.com/backup",
    ] {
        assert_eq!(whose(unknown), Whose::Unknown, "{unknown}");
    }
}

#[test]
fn each_entry_has_a_source_and_a_definition_in_the_domain_of_its_controller() {
    let mut seen = BTreeSet::new();
    for controller in CONTROLLERS {
        assert!(controller.source.starts_with("https://github.com/"), "{controller:?}");
        let definitions = controller.parts.iter().filter(|part| matches!(part, Definition(_)));
        assert!(definitions.count() > 0, "{}: a workload alone may run elsewhere", controller.name);
        assert!(
            controller.parts.iter().any(
                |part| matches!(part, Workload { names, label } if !names.is_empty() && !label.is_empty())
            ),
            "{}: a definition alone may have been deleted by mistake",
            controller.name
        );
        for finalizer in controller.finalizers {
            assert_eq!(whose(finalizer), Whose::Of(controller));
            assert!(seen.insert(*finalizer), "{finalizer} is two controllers'");
        }
        for part in controller.parts {
            if let Definition(name) | ApiService(name) = part {
                assert!(name.split('.').count() > 2, "{name} is no whole name");
            }
        }
    }
}

#[test]
fn what_is_looked_for_is_told_by_kind_and_name() {
    let Whose::Of(argo) = whose("workflows.argoproj.io/status") else { panic!("not known") };
    assert_eq!(
        argo.told(),
        [
            "CustomResourceDefinition workflows.argoproj.io",
            "Deployment/StatefulSet/DaemonSet workflow-controller, app.kubernetes.io/name=argo-workflows-workflow-controller",
            "Lease workflow-controller",
        ]
    );
}
