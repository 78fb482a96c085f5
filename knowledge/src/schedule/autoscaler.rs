//! What the autoscaler says of the pod. While a node it asked for is not there yet, nothing else has to give.

use super::reason::Words;
use crate::event::Event;
use crate::evidence::cut;
use crate::moment::show_seconds;
use crate::node_state;
use crate::redact::redact;
use crate::snapshot::Snapshot;

/// How long the cluster autoscaler (`--max-node-provision-time`) and Karpenter wait for a node they asked for.
/// <https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md>
/// <https://karpenter.sh/docs/concepts/disruption/>
const PROVISION_SECONDS: i64 = 15 * 60;

/// How much of the autoscaler's own words is shown.
const MAX: usize = 120;

/// The autoscaler's last word on the pod: the cluster autoscaler's reasons, GKE's own, and Karpenter's.
pub fn last_word(s: &Snapshot) -> Option<&Event> {
    s.events.iter().rev().find(|event| refuses(event) || says_yes(event)).map(|event| event.as_ref())
}

/// Whether the event says that no node comes.
pub fn refuses(event: &Event) -> bool {
    matches!(event.reason.as_str(), "NotTriggerScaleUp" | "FailedScaleUp")
        || event.message.starts_with("Failed to schedule pod, ")
        || event.message.contains("didn't trigger scale-up")
}

fn says_yes(event: &Event) -> bool {
    matches!(event.reason.as_str(), "TriggeredScaleUp" | "Nominated")
}

/// The autoscaler's event, if its last word is that a new node comes, and none has become ready since.
pub fn coming(s: &Snapshot) -> Option<&Event> {
    let event = last_word(s)?;
    let asked = event.at?;
    let late = s.taken_at().seconds_since(asked) > PROVISION_SECONDS;
    let joined = s.world.nodes.values().any(|node| {
        let since = node.metadata.creation_timestamp.as_ref().is_some_and(|created| created.0 > asked);
        since && node_state::ready(node).is_some_and(|(status, _)| status == "True")
    });
    // Karpenter nominates pods to nodes that are there, too, and expects others to leave them
    let there = event.message.split([' ', ',']).any(|word| word.starts_with("node/"));
    let new =
        !there && ["scale-up", "nodeclaim/", "machine/"].iter().any(|words| event.message.contains(words));
    (says_yes(event) && new && !late && !joined).then_some(event)
}

/// The advice that comes before all other.
pub(super) fn wait(s: &Snapshot) -> Option<Words> {
    let event = coming(s)?;
    let now = s.taken_at();
    let age = show_seconds(now.seconds_since(event.at?).max(0));
    let at_least = if now.exact { ("", "") } else { ("at least ", "至少 ") };
    let said = cut(&redact(essence(&event.message)), MAX);
    Some(Words::new(
        format!(
            "Wait for the node the autoscaler asked for {}{age} ago ({said}): it mostly takes a few minutes, and by default the autoscaler gives up after 15. What else is named here is for then.",
            at_least.0
        ),
        format!(
            "先等自动伸缩{}{age} 前申请的节点（{said}）：一般几分钟就到，默认 15 分钟不到才算失败。其余办法到那时再用。",
            at_least.1
        ),
    ))
}

/// `pod triggered scale-up: [{pool-a 3->4 (max: 10)}]` → `pool-a 3->4 (max: 10)`; a group may be named by its address.
fn essence(text: &str) -> &str {
    let rest =
        text.split_once("scale-up: ").or_else(|| text.split_once("on: ")).map_or(text, |(_, rest)| rest);
    let rest = rest.trim().trim_start_matches(['[', '{']).trim_end_matches([']', '}']);
    match rest.split_once(' ') {
        Some((group, _)) => &rest[group.rfind('/').map_or(0, |at| at + 1)..],
        None => rest,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use serde_json::json;

    use super::*;
    use crate::moment::Moment;
    use crate::world::World;

    #[test]
    fn the_group_and_how_it_grows() {
        let gke = "pod triggered scale-up: [{https://www.googleapis.com/compute/v1/projects/p/zones/europe-west1-b/instanceGroups/gke-batch-1f0d-grp 3->4 (max: 10)}]";
        assert_eq!(essence(gke), "gke-batch-1f0d-grp 3->4 (max: 10)");
        assert_eq!(essence("pod triggered scale-up: [{pool-a 0->1 (max: 3)}]"), "pool-a 0->1 (max: 3)");
        assert_eq!(essence("Pod should schedule on: nodeclaim/default-9k4qz"), "nodeclaim/default-9k4qz");
    }

    /// The advice for a pod of 09:00, of which the events say this, at this time.
    fn advice(at: &str, said: &[(&str, &str, &str)], joined: Option<(&str, &str)>) -> Option<String> {
        let mut world = World::default();
        let pod = json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "web", "namespace": "shop", "creationTimestamp": "2026-05-04T09:00:00Z"},
            "spec": {"containers": [{"name": "app"}]}, "status": {"phase": "Pending"}});
        world.add(pod).unwrap();
        for (time, reason, message) in said {
            let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": reason, "namespace": "shop"},
                "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web"},
                "type": "Normal", "reason": reason, "message": message, "eventTime": time});
            world.add(event).unwrap();
        }
        if let Some((time, ready)) = joined {
            let node = json!({"apiVersion": "v1", "kind": "Node",
                "metadata": {"name": "new", "creationTimestamp": time},
                "status": {"conditions": [{"type": "Ready", "status": ready}]}});
            world.add(node).unwrap();
        }
        let at: Timestamp = at.parse().unwrap();
        world.finish(Some(Moment { at, exact: true }));
        let snapshot = Snapshot::of_pod(&Arc::new(world), "shop", "web").unwrap();
        wait(&snapshot).map(|words| words.en)
    }

    #[test]
    fn a_node_on_its_way_is_waited_for() {
        let asked =
            ("2026-05-04T09:01:00Z", "TriggeredScaleUp", "pod triggered scale-up: [{pool-a 3->4 (max: 9)}]");
        let refused = (
            "2026-05-04T09:01:30Z",
            "NotTriggerScaleUp",
            "pod didn't trigger scale-up: 1 max node group size reached",
        );
        let said = advice("2026-05-04T09:02:10Z", &[asked], None).unwrap();
        assert!(
            said.starts_with("Wait for the node the autoscaler asked for 1m10s ago (pool-a 3->4 (max: 9)):"),
            "{said}"
        );
        // it gave up, or said no since
        assert_eq!(advice("2026-05-04T09:16:01Z", &[asked], None), None);
        assert_eq!(advice("2026-05-04T09:02:10Z", &[asked, refused], None), None);
        // the node is there: still starting, or ready and then no help
        let joined = |ready| advice("2026-05-04T09:03:00Z", &[asked], Some(("2026-05-04T09:02:30Z", ready)));
        assert!(joined("False").is_some());
        assert_eq!(joined("True"), None);
    }

    #[test]
    fn karpenter_also_names_nodes_that_are_there() {
        let named = |on: &str| {
            let said = format!("Pod should schedule on: {on}");
            advice("2026-05-04T09:02:00Z", &[("2026-05-04T09:01:00Z", "Nominated", &said)], None)
        };
        assert!(named("nodeclaim/default-9k4qz").is_some());
        assert_eq!(named("nodeclaim/default-9k4qz, node/ip-10-0-3-7.ec2.internal"), None);
    }
}
