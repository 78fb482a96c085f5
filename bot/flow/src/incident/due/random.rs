//! Anything a watch could say, in any order: nothing panics, what is gone or well is never told, and nothing is told late.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::tests::{at, well};
use super::*;

fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![8 => (-4_000i64..4_000).prop_map(at), 1 => Just(Timestamp::MAX), 1 => Just(Timestamp::MIN)]
}

fn pod() -> impl Strategy<Value = PodSeen> {
    let phase = prop::sample::select(vec!["Pending", "Running", "Succeeded", "Failed", "Unknown", ""]);
    let waits =
        vec!["", "CrashLoopBackOff", "ErrImagePull", "ContainerCreating", "CreateContainerError", "new"];
    let owner = prop::sample::select(vec!["", "Job", "ReplicaSet", "Node", "Workflow"]);
    let times = (
        prop::option::of(time()),
        prop::option::of((any::<bool>(), prop::option::of(time()))),
        prop::option::of(time()),
        prop::option::weighted(0.1, time()),
    );
    (0..6u8, phase, prop::sample::select(waits), owner, 0..9u32, any::<bool>(), times).prop_map(
        |(name, phase, waiting, owner, restarts, bound, (created, ready, last_failed, deleted_at))| PodSeen {
            created,
            owner: Some((owner.to_string(), "owner".to_string())).filter(|(kind, _)| !kind.is_empty()),
            node: if bound { "a".to_string() } else { String::new() },
            phase: phase.to_string(),
            ready,
            waiting: Some(waiting.to_string()),
            restarts,
            last_failed,
            deleted_at,
            ..well(&name.to_string())
        },
    )
}

fn seen() -> impl Strategy<Value = Seen> {
    let what = prop::sample::select(vec![What::Pods, What::Nodes]);
    let status = prop::sample::select(vec!["True", "False", "Unknown", "odd"]);
    let node = (0..3u8, prop::option::of((status, prop::option::of(time()))), any::<bool>()).prop_map(
        |(name, ready, is_cordoned)| NodeSeen {
            name: format!("n{name}"),
            ready: ready.map(|(status, since)| (status.to_string(), since)),
            is_cordoned,
            is_out_of_service: false,
        },
    );
    prop_oneof![
        8 => pod().prop_map(Seen::Pod),
        4 => (0..6u8).prop_map(|name| Seen::Pod(well(&name.to_string()))),
        2 => (0..6u8).prop_map(|name| Seen::PodGone(format!("uid-{name}"))),
        3 => node.prop_map(Seen::Node),
        1 => (0..3u8).prop_map(|name| Seen::NodeGone(format!("n{name}"))),
        1 => what.clone().prop_map(Seen::Relisting),
        1 => what.clone().prop_map(Seen::Listed),
        1 => what.prop_map(|what| Seen::Lost(what, "why".to_string())),
    ]
}

/// Whether it never restarted and is ready, or did what it was for.
fn is_healthy(pod: &PodSeen) -> bool {
    let ready = pod.phase == "Running" && pod.ready.is_some_and(|(ready, _)| ready) && pod.waiting.is_none();
    pod.deleted_at.is_none() && (pod.phase == "Succeeded" || ready && pod.restarts == 0)
}

proptest! {
    #[test]
    fn gone_and_healthy_are_never_due(steps in prop::collection::vec((seen(), 0..400i64), 0..60)) {
        let mut due = Due::new(Thresholds::default());
        let mut pods: BTreeMap<String, PodSeen> = BTreeMap::new();
        let mut restarted: BTreeSet<String> = BTreeSet::new();
        let mut before: Vec<String> = Vec::new();
        let mut second = 0;
        for (seen, wait) in steps {
            let now = at(second);
            due.see(&seen, now);
            match &seen {
                Seen::Pod(pod) => {
                    pods.insert(pod.uid.clone(), pod.clone());
                    if pod.restarts > 0 { restarted.insert(pod.uid.clone()); } else { restarted.remove(&pod.uid); }
                }
                Seen::PodGone(uid) => { pods.remove(uid); }
                _ => {}
            }
            second += wait;
            let now = at(second);
            let expected = due.next();
            let told = due.due(now);
            let news = told.iter().any(|failing| !before.contains(&failing.uid));
            prop_assert!(!news || expected.is_some_and(|next| next <= now), "told late: {told:?}");
            before = told.iter().map(|failing| failing.uid.clone()).collect();
            for failing in told {
                prop_assert!(failing.due_at <= now);
                if failing.member.kind == "Pod" {
                    let pod = pods.get(&failing.uid);
                    prop_assert!(pod.is_some(), "gone: {failing:?}");
                    prop_assert!(!pod.is_some_and(is_healthy) || restarted.contains(&failing.uid)
                        || failing.trouble == Trouble::CrashLooping, "healthy: {failing:?}");
                    prop_assert!(!due.is_well(&failing.uid, now));
                }
            }
            prop_assert!(due.next().is_none_or(|next| next > now));
        }
    }

    #[test]
    fn what_is_in_no_list_is_gone(first in prop::collection::vec(seen(), 0..30)) {
        let mut due = Due::new(Thresholds::default());
        for seen in &first {
            due.see(seen, at(0));
        }
        for what in [What::Pods, What::Nodes] {
            due.see(&Seen::Relisting(what), at(1));
            due.see(&Seen::Listed(what), at(1));
        }
        prop_assert_eq!(due.held(), 0);
        prop_assert_eq!(due.due(at(100_000)), []);
    }

    #[test]
    fn healthy_pods_alone_hold_nothing(names in prop::collection::vec(0..50u8, 0..200)) {
        let mut due = Due::new(Thresholds::default());
        for name in names {
            due.see(&Seen::Pod(well(&name.to_string())), at(i64::from(name)));
            prop_assert_eq!(due.held(), 0);
        }
    }
}
