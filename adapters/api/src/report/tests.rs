use jiff::Timestamp;
use podwhy_knowledge::NodeFacts;

use super::*;

fn at(second: i64) -> Option<Timestamp> {
    Some(Timestamp::from_second(1_777_885_012 + second).unwrap())
}

/// One with something in every field.
fn full() -> Report {
    let unit = Unit {
        name: "kubelet.service".into(),
        active: "active".into(),
        sub: "running".into(),
        result: "success".into(),
        since: at(1),
        invocation: "ab".into(),
    };
    Report {
        agent: "0.1.0".into(),
        node_uid: "n-1".into(),
        reported_at: at(0),
        units: vec![unit],
        kernel: "5.15.0".into(),
        runtime: "containerd 2.1.4".into(),
        kubelet: "v1.31.2".into(),
        limits: KubeletLimits {
            max_pods: Some(1),
            event_qps: Some(2),
            event_burst: Some(3),
            kube_api_qps: Some(4),
            kube_api_burst: Some(5),
            registry_pull_qps: Some(6),
            registry_burst: Some(7),
        },
        eviction_hard: [("memory.available".to_string(), "100Mi".to_string())].into(),
        disks: vec![Disk { path: "/var".into(), capacity: 1, free: 2, inodes: 3, inodes_free: 4 }],
        read_only_mounts: vec!["/data".into()],
        static_pods: vec![StaticManifest {
            path: "/m/a.yaml".into(),
            sha256: "cd".into(),
            changed_at: at(2),
            namespace: "kube-system".into(),
            name: "a".into(),
            images: vec![ManifestImage { container: "c".into(), image: "i".into() }],
            unread: String::new(),
        }],
        journal: vec![JournalClass {
            class: "pleg".into(),
            unit: "kubelet.service".into(),
            count: 3,
            last: at(3),
            excerpt: "PLEG is not healthy".into(),
            pod_uids: vec!["p-1".into()],
        }],
        containers: Some(vec![RuntimeContainer {
            namespace: "shop".into(),
            pod: "cart-0".into(),
            pod_uid: "p-1".into(),
            name: "cart".into(),
            state: "running".into(),
            started_at: at(4),
            finished_at: at(5),
        }]),
        survival: Survival { survive: Some(true), because: "KillMode=process".into(), running: Some(1) },
        actions: vec![Offered { action: "restart-kubelet".into(), ..Offered::default() }],
        neighbours: vec![Neighbour {
            node: "b".into(),
            outcome: Outcome::Answered,
            at: at(6),
            ..Neighbour::default()
        }],
        gaps: vec![Gap { what: "journal".into(), why: "forbidden".into() }],
    }
}

#[test]
fn the_knowledge_reads_every_fact_that_is_reported() {
    let facts: NodeFacts = serde_json::from_value(serde_json::to_value(full()).unwrap()).unwrap();
    let (unit, disk) = (&facts.units[0], &facts.disks[0]);
    assert_eq!((unit.name.as_str(), unit.active.as_str(), unit.since), ("kubelet.service", "active", at(1)));
    assert_eq!((unit.result.as_str(), disk.path.as_str()), ("success", "/var"));
    assert_eq!((disk.capacity, disk.free, disk.inodes, disk.inodes_free), (1, 2, 3, 4));
    let limits = facts.limits;
    let all =
        [limits.max_pods, limits.event_qps, limits.event_burst, limits.kube_api_qps, limits.kube_api_burst];
    assert_eq!(all, [Some(1), Some(2), Some(3), Some(4), Some(5)]);
    assert_eq!((limits.registry_pull_qps, limits.registry_burst), (Some(6), Some(7)));
    assert_eq!((facts.kernel.as_str(), facts.runtime.as_str()), ("5.15.0", "containerd 2.1.4"));
    assert_eq!((facts.kubelet.as_str(), facts.reported_at), ("v1.31.2", at(0)));
    assert_eq!(facts.read_only_mounts, ["/data"]);
    let manifest = &facts.static_pods[0];
    assert_eq!((manifest.path.as_str(), manifest.changed_at), ("/m/a.yaml", at(2)));
    assert_eq!((manifest.namespace.as_str(), manifest.name.as_str()), ("kube-system", "a"));
    assert_eq!((manifest.images[0].container.as_str(), manifest.images[0].image.as_str()), ("c", "i"));
    assert!(manifest.hash.is_empty(), "the kubelet's own hash is not to be had");
    let class = facts.errors("pleg").unwrap();
    assert_eq!((class.unit.as_str(), class.count, class.last), ("kubelet.service", 3, at(3)));
    assert_eq!((facts.node_uid.as_str(), facts.actions[0].action.as_str()), ("n-1", "restart-kubelet"));
    let survival = &facts.survival;
    assert_eq!((survival.survive, survival.because.as_str()), (Some(true), "KillMode=process"));
    assert_eq!(survival.running, Some(1));
    assert!(class.is_about("p-1") && class.excerpt == "PLEG is not healthy");
    let container = facts.containers_of("shop", "cart-0", "p-1").unwrap()[0];
    assert_eq!((container.name.as_str(), container.state.as_str()), ("cart", "running"));
    assert_eq!((container.started_at, container.finished_at), (at(4), at(5)));
}

#[test]
fn a_report_reads_as_it_is_written_and_an_empty_one_too() {
    for report in [full(), Report::default()] {
        let text = serde_json::to_value(&report).unwrap();
        assert_eq!(serde_json::from_value::<Report>(text).unwrap(), report);
    }
    assert_eq!(serde_json::from_str::<Report>("{}").unwrap(), Report::default());
}

#[test]
fn a_node_with_too_much_on_it_is_reported_in_part_and_that_is_said() {
    let mut report = full();
    let container = |n: i64| RuntimeContainer {
        pod: "p".repeat(250),
        name: format!("c-{n}"),
        pod_uid: "u".repeat(36),
        started_at: at(n),
        ..RuntimeContainer::default()
    };
    report.containers = Some((0..5_000).map(container).collect());
    report.journal = vec![JournalClass { excerpt: "词".repeat(5_000), ..JournalClass::default() }; 90];
    let report = report.bounded();
    assert!(serde_json::to_vec(&report).unwrap().len() <= MOST_BYTES);
    let containers = report.containers.unwrap();
    assert_eq!(containers[0].name, "c-4999", "the latest are kept");
    assert!(containers.len() > 100 && report.journal.len() == MOST_CLASSES);
    let said: Vec<&str> = report.gaps.iter().map(|gap| gap.why.as_str()).collect();
    assert!(said.contains(&"4400 of 5000 containers are left out"), "{said:?}");
    assert!(said.contains(&"66 of 90 classes of errors are left out"), "{said:?}");
    let excerpt = &report.journal[0].excerpt;
    assert!(excerpt.ends_with('…') && excerpt.chars().count() == MOST_EXCERPT + 1);
}

#[test]
fn what_tells_the_same_is_not_written_again() {
    let later = Report { reported_at: at(60), ..full() };
    assert!(full().tells_as(&later));
    let mut again = later.clone();
    (again.neighbours[0].at, again.neighbours[0].took_ms) = (at(61), 3);
    again.disks[0] = Disk { capacity: 1000, free: 503, ..again.disks[0].clone() };
    let mut before = full();
    before.disks[0] = Disk { capacity: 1000, free: 507, ..before.disks[0].clone() };
    assert!(before.tells_as(&again), "a neighbour answered again, and a little was written");
    again.disks[0].free = 499;
    assert!(!before.tells_as(&again), "a hundredth is news");
    let mut silent = full();
    silent.neighbours[0].outcome = Outcome::TimedOut;
    let mut still = silent.clone();
    still.neighbours[0].at = at(61);
    assert!(!silent.tells_as(&still), "that it is silent still is news");
}
