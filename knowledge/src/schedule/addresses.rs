//! How many pods a node can give an address: what bounds `maxPods` besides the kubelet itself.

use k8s_openapi::api::core::v1::Node;

use crate::world::World;

/// Who gives the node's pods their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocator {
    /// One that takes them from the node's podCIDR, by name.
    PodCidr(&'static str),
    /// One with pools or interfaces of its own, by name.
    Own(&'static str),
}

/// What a node can address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The network plugin, where the node tells it.
    pub allocator: Option<Allocator>,
    /// The range that bounds the pods, as text.
    pub range: Option<String>,
    /// How many pods it can address; `None` where it does not bind or is not known.
    pub pods: Option<u64>,
}

/// What the network plugins leave on the nodes they serve: a condition's reason, the start of an annotation, or their
/// agent's pod.
const PLUGINS: &[(&str, Allocator)] = &[
    ("FlannelIsUp", Allocator::PodCidr("flannel")),
    ("flannel.alpha.coreos.com/", Allocator::PodCidr("flannel")),
    ("RouteCreated", Allocator::PodCidr("kubenet")),
    ("kube-router", Allocator::PodCidr("kube-router")),
    ("kindnet-", Allocator::PodCidr("kindnet")),
    ("kube-flannel-", Allocator::PodCidr("flannel")),
    ("canal-", Allocator::PodCidr("canal")),
    ("aws-node-", Allocator::Own("aws-vpc-cni")),
    ("CalicoIsUp", Allocator::Own("calico")),
    ("projectcalico.org/", Allocator::Own("calico")),
    ("calico-node-", Allocator::Own("calico")),
    ("CiliumIsUp", Allocator::Own("cilium")),
    ("network.cilium.io/", Allocator::Own("cilium")),
    ("cilium-", Allocator::Own("cilium")),
    ("WeaveIsUp", Allocator::Own("weave")),
    ("weave-net-", Allocator::Own("weave")),
    ("k8s.ovn.org/", Allocator::Own("ovn-kubernetes")),
    ("ovnkube-node-", Allocator::Own("ovn-kubernetes")),
    ("azure-cns-", Allocator::Own("azure-cni")),
    ("antrea-agent-", Allocator::PodCidr("antrea")),
];

/// Annotations in which cilium says which range of its own a node has.
const CILIUM_RANGES: &[&str] = &["network.cilium.io/ipv4-pod-cidr", "io.cilium.network.ipv4-pod-cidr"];

/// What the node can address, as far as its object and its pods tell.
pub fn addresses(world: &World, name: &str, node: &Node) -> Addresses {
    let allocator = allocator(world, name, node);
    let annotation = |key: &&str| node.metadata.annotations.as_ref()?.get(*key).cloned();
    let spec = node.spec.as_ref();
    let mut ranges: Vec<String> = spec.and_then(|s| s.pod_cidrs.clone()).unwrap_or_default();
    ranges.extend(spec.and_then(|s| s.pod_cidr.clone()).filter(|_| ranges.is_empty()));
    match allocator {
        Some(Allocator::Own("cilium")) => {
            ranges = CILIUM_RANGES.iter().find_map(annotation).into_iter().collect()
        }
        Some(Allocator::Own(_)) => ranges.clear(),
        _ => {}
    }
    // of a dual-stack node the smaller range binds: every pod takes an address of each
    let smallest = ranges.into_iter().filter_map(|range| Some((room_in(&range)?, range))).min();
    match smallest {
        Some((room, range)) => Addresses { allocator, range: Some(range), pods: Some(room) },
        None => Addresses { allocator, range: None, pods: None },
    }
}

fn allocator(world: &World, name: &str, node: &Node) -> Option<Allocator> {
    let annotations = node.metadata.annotations.iter().flatten().map(|(key, _)| key.as_str());
    let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let reasons = conditions.filter_map(|condition| condition.reason.as_deref());
    let pods = world.pods_on(name).map(|pod| pod.name.as_str());
    let marks: Vec<&str> = annotations.chain(reasons).chain(pods).collect();
    let marked = |mark: &str| {
        let sign = |text: &&str| {
            text.starts_with(mark) && !(mark == "cilium-" && text.starts_with("cilium-operator"))
        };
        marks.iter().any(sign)
    };
    PLUGINS.iter().find(|(mark, _)| marked(mark)).map(|(_, allocator)| *allocator)
}

/// Ranges above this many addresses bind no kubelet.
const PLENTY: u32 = 16;

/// How many pods a range can address: without the network's and the broadcast address, and without the one the
/// plugin gives its own bridge or router. `None` for text that is no range and for ranges that bind no one.
pub fn room_in(range: &str) -> Option<u64> {
    let (address, length) = range.split_once('/')?;
    let width: u32 = match address.parse::<std::net::IpAddr>().ok()? {
        std::net::IpAddr::V4(_) => 32,
        std::net::IpAddr::V6(_) => 128,
    };
    let bits = width.checked_sub(length.parse().ok()?)?;
    if bits > PLENTY {
        return None;
    }
    Some((1_u64 << bits).saturating_sub(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_what_its_length_says() {
        for (range, room) in [
            ("10.244.3.0/24", Some(253)),
            ("10.0.0.0/25", Some(125)),
            ("10.0.0.0/26", Some(61)),
            ("10.0.0.0/31", Some(0)),
            ("10.0.0.0/8", None),
            ("fd00:10:244::/64", None),
            ("fd00::/120", Some(253)),
            ("10.0.0.0/40", None),
            ("nonsense", None),
        ] {
            assert_eq!(room_in(range), room, "{range}");
        }
    }
}
