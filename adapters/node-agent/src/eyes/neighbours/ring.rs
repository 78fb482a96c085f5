//! Which nodes a node probes.
//!
//! All nodes are put on a ring by a hash of their uids, and each probes the next ones after it. So each is probed by
//! exactly as many as it probes; one that comes or goes changes what its neighbours on the ring probe, and nothing else;
//! and a node's place says nothing of its rack or its age: what fails together is not probed by itself alone.

use sha2::{Digest, Sha256};

use super::Peer;

/// The `count` nodes after the one with this uid, or all others where there are not more. `nodes` may hold the node
/// itself or not; of two with one uid the first counts.
pub fn ring(own: &str, nodes: &[Peer], count: usize) -> Vec<Peer> {
    let mut all: Vec<(Place, &Peer)> =
        nodes.iter().filter(|node| node.uid != own).map(|node| (place(&node.uid), node)).collect();
    all.sort_by(|(a, left), (b, right)| (a, &left.uid).cmp(&(b, &right.uid)));
    all.dedup_by(|(_, next), (_, kept)| next.uid == kept.uid);
    let here = place(own);
    let start = all.partition_point(|(place, _)| *place < here);
    let (before, after) = all.split_at(start);
    after.iter().chain(before).take(count).map(|(_, node)| (*node).clone()).collect()
}

type Place = [u8; 32];

fn place(uid: &str) -> Place {
    Sha256::digest(uid).into()
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use proptest::prelude::*;

    use super::super::{KUBELET_PORT, NEIGHBOURS};
    use super::*;

    fn peers(uids: &HashSet<u32>) -> Vec<Peer> {
        let peer = |uid: &u32| Peer {
            node: format!("node-{uid}"),
            uid: format!("{uid:08x}-781c-b5fe-3e4c-a06a50b1a1f0"),
            ip: std::net::Ipv4Addr::from(*uid).into(),
            port: KUBELET_PORT,
            unknown: false,
        };
        uids.iter().map(peer).collect()
    }

    fn probed(nodes: &[Peer]) -> HashMap<String, Vec<String>> {
        let of = |own: &Peer| ring(&own.uid, nodes, NEIGHBOURS).into_iter().map(|peer| peer.uid).collect();
        nodes.iter().map(|own| (own.uid.clone(), of(own))).collect()
    }

    proptest! {
        #[test]
        fn each_node_is_probed_by_exactly_four_others(uids in prop::collection::hash_set(any::<u32>(), 5..60)) {
            let nodes = peers(&uids);
            let mut by: HashMap<String, usize> = HashMap::new();
            for (own, others) in probed(&nodes) {
                prop_assert_eq!(others.iter().collect::<HashSet<_>>().len(), NEIGHBOURS);
                prop_assert!(!others.contains(&own));
                others.into_iter().for_each(|other| *by.entry(other).or_default() += 1);
            }
            prop_assert!(nodes.iter().all(|node| by.get(&node.uid) == Some(&NEIGHBOURS)));
        }

        #[test]
        fn a_node_that_comes_or_goes_changes_what_four_others_probe(
            uids in prop::collection::hash_set(any::<u32>(), 6..60),
        ) {
            let mut nodes = peers(&uids);
            let before = probed(&nodes);
            let gone = nodes.pop().unwrap();
            let after = probed(&nodes);
            let changed = after.iter().filter(|(own, others)| before[*own] != **others).count();
            prop_assert_eq!(changed, NEIGHBOURS);
            prop_assert!(after.values().all(|others| !others.contains(&gone.uid)));
        }

        #[test]
        fn the_order_of_the_nodes_does_not_matter(uids in prop::collection::hash_set(any::<u32>(), 1..20)) {
            let mut nodes = peers(&uids);
            let before = probed(&nodes);
            nodes.reverse();
            prop_assert_eq!(before, probed(&nodes));
        }
    }

    #[test]
    fn in_a_small_cluster_all_others_are_probed() {
        let nodes = peers(&HashSet::from([1, 2, 3]));
        assert_eq!(ring(&nodes[0].uid, &nodes, NEIGHBOURS).len(), 2);
        assert_eq!(ring("not-there", &nodes, NEIGHBOURS).len(), 3);
        assert_eq!(ring("alone", &[], NEIGHBOURS), []);
        let twice = [nodes.clone(), nodes.clone()].concat();
        assert_eq!(ring(&nodes[0].uid, &twice, NEIGHBOURS).len(), 2);
    }
}
