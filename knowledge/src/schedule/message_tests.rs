use super::*;
use proptest::prelude::*;

fn resource(name: &str) -> Class {
    Class::Resource(name.to_string())
}

#[test]
fn every_class_reads_its_own_sample() {
    for class in CLASSES {
        let said = parse(class.wording.sample).unwrap_or_else(|| panic!("{}", class.wording.sample));
        let expected = (class.make)(class.wording.capture(class.wording.sample, "name"));
        assert_eq!(said.by_telling(), vec![expected], "{}", class.wording.sample);
    }
}

#[test]
fn wordings_of_all_ages_are_counted() {
    type Counted<'a> = (&'a str, Option<usize>, &'a [(Class, usize)]);
    let cases: &[Counted<'_>] = &[
        (
            "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) had taint {dedicated: batch}, that the pod didn't \
             tolerate, 1 node(s) had taint {dedicated: infra}, that the pod didn't tolerate, 1 node(s) were unschedulable.",
            Some(4),
            &[(resource("cpu"), 1), (Class::Taint, 1), (Class::Taint, 1), (Class::Unschedulable, 1)],
        ),
        (
            "0/4 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) were unschedulable, \
             2 node(s) had untolerated taint(s). preemption: 0/4 nodes are available: 4 Preemption is not helpful.",
            Some(4),
            &[(Class::NodeSelector, 1), (Class::Unschedulable, 1), (Class::Taint, 2)],
        ),
        (
            "No nodes are available that match all of the following predicates:: Insufficient cpu (9), MatchNodeSelector (18).",
            None,
            &[(resource("cpu"), 9), (Class::NodeSelector, 18)],
        ),
        (
            "pod (a) failed to fit in any node - fit failure summary on nodes : MatchNodeSelector (2), PodToleratesNodeTaints (1)",
            None,
            &[(Class::NodeSelector, 2), (Class::Taint, 1)],
        ),
        ("0/3 nodes are available: 3 Insufficient pods.", Some(3), &[(Class::TooManyPods, 3)]),
        (
            "0/4 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
            Some(4),
            &[(Class::UnboundClaim, 4)],
        ),
        (
            "0/2 nodes are available: 1 node(s) had taint {node.kubernetes.io/disk-pressure: }, that the pod didn't \
             tolerate, 1 node(s) had untolerated taint {dedicated: batch}.",
            Some(2),
            &[(Class::NotReady, 1), (Class::Taint, 1)],
        ),
        ("Cannot schedule pods: Insufficient nvidia.com/gpu.", None, &[(resource("nvidia.com/gpu"), 1)]),
    ];
    for (text, total, counts) in cases {
        let said = parse(text).unwrap();
        assert_eq!((said.total, &said.counts[..]), (*total, *counts), "{text}");
    }
}

#[test]
fn the_specific_reason_comes_before_the_background() {
    let said = parse(
        "0/72 nodes are available: 23 node(s) didn't match node selector, 43 node(s) didn't have free ports for the \
         requested pod ports, 45 Insufficient cpu.",
    )
    .unwrap();
    assert_eq!(said.by_telling(), vec![Class::HostPort, resource("cpu"), Class::NodeSelector]);
}

#[test]
fn rarer_reasons_are_known() {
    for (text, class) in [
        ("0/2 nodes are available: 2 node(s) did not have enough free storage.", Class::UnboundClaim),
        (
            "0/2 nodes are available: persistentvolumeclaim \"a\" bound to non-existent persistentvolume \"b\".",
            Class::MissingClaim,
        ),
        (
            "0/2 nodes are available: 2 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s).",
            Class::MissingClaim,
        ),
        (
            "0/2 nodes are available: waiting for ephemeral volume controller to create the persistentvolumeclaim \"a\".",
            Class::MissingClaim,
        ),
        (
            "0/2 nodes are available: 2 waiting for dynamic resource controller to create the resourceclaim \"a\".",
            Class::ResourceClaim,
        ),
        ("0/2 nodes are available: 2 resourceclaim not available on the node.", Class::ResourceClaim),
        ("0/2 nodes are available: resourceclaim.resource.k8s.io \"a\" not found.", Class::ResourceClaim),
        (
            "0/2 nodes are available: request gpu: device class gpu.example.com does not exist.",
            Class::ResourceClaim,
        ),
        ("0/2 nodes are available: 2 node(s) had unavailable network.", Class::NotReady),
        ("no nodes available to schedule pods", Class::NotReady),
    ] {
        let said = parse(text).unwrap();
        assert_eq!(said.by_telling(), vec![class], "{text}");
    }
}

#[test]
fn the_control_plane_tells_nothing_beside_another_taint() {
    let said = parse(
        "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, \
         2 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.",
    )
    .unwrap();
    assert_eq!((said.counts.clone(), said.control_plane), (vec![(Class::NotReady, 2)], 1));
    assert!(said.covers_all());
    let alone = parse(
        "0/1 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }.",
    );
    assert_eq!(alone.unwrap().counts, vec![(Class::Taint, 1)]);
}

#[test]
fn an_autoscaler_speaks_of_other_nodes() {
    assert_eq!(
        parse("pod didn't trigger scale-up: 1 Insufficient cpu, 1 node(s) had untolerated taint {a: b}"),
        None
    );
}

#[test]
fn what_an_autoscaler_says_of_other_nodes_is_read_apart() {
    let said = parse_scale_up(
        "pod didn't trigger scale-up (it wouldn't fit if a new node is added): 1 node(s) had no available volume zone",
    );
    assert_eq!(said.unwrap().counts, [(Class::VolumePlace, 1)]);
    assert_eq!(parse_scale_up("pod didn't trigger scale-up: 1 max node group size reached"), None);
}

#[test]
fn other_sentences_are_none() {
    for text in
        ["", "Insufficient privileges", "Back-off pulling image \"a\"", "skip schedule deleting pod: a/b"]
    {
        assert_eq!(parse(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,120}") {
        let _ = parse(&format!("0/3 nodes are available: {text}"));
    }
}

#[test]
fn what_is_said_of_both_kinds_of_affinity_is_no_reason_of_its_own() {
    let said = parse("0/4 nodes are available: 1 node(s) didn't match pod affinity/anti-affinity, 1 node(s) didn't match pod anti-affinity rules.").unwrap();
    assert_eq!(said.counts, [(Class::PodAntiAffinity, 1)]);
    let rules = parse("0/3 nodes are available: 3 node(s) didn't match pod affinity rules, 3 node(s) didn't match pod affinity/anti-affinity rules.").unwrap();
    assert_eq!(rules.counts, [(Class::PodAffinity, 3)]);
    let alone = parse("0/4 nodes are available: 4 node(s) didn't match pod affinity/anti-affinity.").unwrap();
    assert_eq!(alone.counts, [(Class::PodAffinity, 4)]);
}
