//! The network plugin has no address left to give to the pod.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::evidence::cut;
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::redact::redact;
use crate::remedy::RemedyKind;
use crate::sandbox::{NodeWords, Trouble, failure, on_host_network};
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `pod-ip-exhausted`
pub const CAUSE: Cause = Cause {
    id: "pod-ip-exhausted",
    stage: Some(Stage::Sandbox),
    since: "0.1.0",
    hides: &["container-runtime-timeout", "sandbox-network-failed"],
    expected: false,
    remedies: &[
        RemedyKind::words("free-addresses"),
        RemedyKind::words("fewer-pods"),
        RemedyKind::words("widen-range"),
    ],
    wordings: &[
        Wording::telling(
            r"no IP addresses available in (range set|network)(: (?P<range>[0-9a-fA-F.:]+-[0-9a-fA-F.:]*[0-9a-fA-F]))?",
            "failed to allocate for range 0: no IP addresses available in range set: 10.42.0.1-10.42.0.254",
            "host-local 0.5–1.7 (bridge, flannel, ptp, kubenet, OpenShift SDN)",
        ),
        Wording::telling(
            r"failed to assign an IP address to container|InsufficientFreeAddressesInSubnet|InsufficientCidrBlocks|no available IP addresses|insufficient available IP addresses",
            r#"plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container"#,
            "Amazon VPC CNI 1.0–1.19",
        ),
        Wording::telling(
            r"No available address(es| pools)|not enough IPs available|AddressPool is (full|exhausted)|SubnetIsFull",
            r#"plugin type="azure-vnet" failed (add): IPAM Invoker Add failed with error: Failed to allocate pool: Failed to delegate: Failed to allocate address: No available addresses"#,
            "Azure CNI 1.0–1.6",
        ),
        Wording::telling(
            r"No IPs available in pools|no more free affine blocks|pools are likely exhausted|No IPv[46] addresses available in pool|Assigned 0 out of \d+ requested IPv|IPAM allocated only 0|per host block limit|failed to request \d+ IPv[46] addresses",
            "failed to request IPv4 addresses: Assigned 0 out of 1 requested IPv4 addresses; No more free affine blocks and strict affinity enabled",
            "calico 3.x",
        ),
        Wording::telling(
            r"postIpamFailure .{0,60}(range is full|no more IPs|no IPs currently|exhausted)|ipam.{0,160}range is full|No more IPs available|all CIDR ranges are exhausted|all pod CIDR ranges are exhausted",
            "unable to allocate IP via local cilium agent: [POST /ipam][502] postIpamFailure range is full",
            "cilium 1.5–1.18",
        ),
        Wording::telling(
            r"could not allocate IP in range: ip: (?P<range>[0-9a-fA-F.:]+ / - [0-9a-fA-F.:]+)",
            "error at storage engine: Could not allocate IP in range: ip: 192.168.20.200 / - 192.168.20.210 / range: 192.168.20.0/24 / excludeRanges: []",
            "whereabouts 0.3–0.9",
        ),
        Wording::telling(
            r"all IPs used out|no available IPv[46] addresses|subnet address pool exhausted|IpNotEnough|no enough IPs?\b|NoAvailableAddress|no (more )?(available|free) (IPs?|addresses) (in|for|left)|(addresses|IPs) (are )?exhausted|IP(AM)? (pool|range) (is )?(exhausted|full)",
            "failed to assign pod addresses for pod shop_web-0: subnet address pool exhausted",
            "OVN-Kubernetes, Kube-OVN, Terway, antrea, dockerd",
        ),
        Wording::telling(
            r"No IPs available in pools: \[(?P<range>[^\]]+)\]",
            "Assigned 0 out of 1 requested IPv4 addresses; No IPs available in pools: [10.99.9.0/29]",
            "calico 3.2x",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    node: String,
    /// `10.42.0.1-10.42.0.254`
    range: Option<String>,
    /// How many addresses that is.
    size: Option<u64>,
    pod_cidr: Option<String>,
    /// Pods on the node that take an address.
    pods: usize,
    /// Far fewer pods than addresses are known there: reservations may have been left behind.
    leaked: bool,
    host_local: bool,
    aws: bool,
    azure: bool,
    /// Azure's agent asks for more addresses at the moment.
    filling: bool,
    /// Why the pod's own interface cannot be had.
    branch: Option<String>,
    calico: bool,
    cilium: bool,
    whereabouts: bool,
    plugin: Option<String>,
    owner: String,
    scalable: bool,
}

/// Which plugin speaks, by the wording that matched.
const HOST_LOCAL: usize = 0;
const AWS: usize = 1;
const AZURE: usize = 2;
const CALICO: usize = 3;
const CILIUM: usize = 4;
const WHEREABOUTS: usize = 5;

/// What the controller writes that gives a pod with a security group an interface of its own, when it cannot.
/// <https://github.com/aws/amazon-vpc-resource-controller-k8s>
const BRANCH: [&str; 2] = ["BranchAllocationFailed", "BranchENIAnnotationFailed"];

static PLUGIN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"plugin type=\\?"([\w.-]+)\\?""#).ok());

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(failure) = failure(s, Trouble::Address) else { return Vec::new() };
    let words = failure.words;
    let node = NodeWords::of(s);
    let Some(whose) = CAUSE.wordings.iter().position(|w| w.matches(words)) else {
        return Vec::new();
    };
    // of AWS it also says so while it cannot get more: no right, a throttled interface, or just started
    let unsaid = whose == AWS && !words.contains("Insufficient") && !words.contains("insufficient");
    // its agent fills the pool on demand: after a burst of pods it says so for a moment
    let filling = whose == AZURE && words.contains("waiting on Azure CNS");
    let branch = s.events.iter().rev().find(|e| e.warning && BRANCH.contains(&e.reason.as_str()));
    let most = match (unsaid || filling, branch) {
        (_, Some(_)) => Confidence::Possible,
        (true, None) => Confidence::Likely,
        (false, None) => Confidence::Certain,
    };
    let confidence = failure.confidence(s).min(most);
    let facts = Facts {
        azure: whose == AZURE && !filling,
        filling,
        branch: branch.map(|event| cut(&redact(&event.message), 160)),
        ..facts(s, &node, whose, words)
    };
    let found = Match::new(confidence, Blame::global("Node", &node.node), facts);
    vec![found.because_all(branch.map(|e| Evidence::event(e))).because_all(failure.evidence(s))]
}

fn facts(s: &Snapshot, node: &NodeWords, whose: usize, words: &str) -> Facts {
    let range = CAUSE.wordings.iter().find_map(|w| w.capture(words, "range"));
    let range = range.map(|range| range.replace(" / - ", "-"));
    let size = range.as_deref().and_then(size_of);
    let pods = addressed_pods(s, &node.node);
    let owner = s.top_owner();
    let spec = s.node().and_then(|node| node.spec.as_ref());
    Facts {
        node: node.node.clone(),
        // a third of the range and more that no pod accounts for is more than what ended a moment ago
        leaked: whose == HOST_LOCAL
            && size.is_some_and(|size| size > 8 && (pods as u64) < size - size / 3)
            && s.world.why_unread("Pod", "", "").is_none(),
        range,
        size,
        pod_cidr: spec.and_then(|spec| spec.pod_cidr.clone()),
        pods,
        host_local: whose == HOST_LOCAL,
        aws: whose == AWS,
        azure: whose == AZURE,
        filling: false,
        branch: None,
        calico: whose == CALICO,
        cilium: whose == CILIUM,
        whereabouts: whose == WHEREABOUTS,
        plugin: PLUGIN.as_ref().and_then(|re| re.captures(words)).map(|c| c[1].to_string()),
        scalable: matches!(owner.kind.as_str(), "Deployment" | "StatefulSet" | "ReplicaSet"),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    }
}

/// Pods on the node that were given an address of their own.
fn addressed_pods(s: &Snapshot, node: &str) -> usize {
    let key = |namespace: &str, name: &str| (namespace.to_string(), name.to_string());
    s.world
        .pods_on(node)
        .filter(|brief| match s.world.pods.get(&key(&brief.namespace, &brief.name)) {
            Some(object) => {
                let ip = object.pod.status.as_ref().and_then(|status| status.pod_ip.as_deref());
                !on_host_network(&object.pod) && ip.is_some_and(|ip| !ip.is_empty())
            }
            None => brief.phase == "Running",
        })
        .count()
}

/// How many addresses of IPv4 `a-b` or `a/n` holds.
fn size_of(range: &str) -> Option<u64> {
    if let Some((base, bits)) = range.split_once('/') {
        base.parse::<Ipv4Addr>().ok()?;
        return 32_u32.checked_sub(bits.parse().ok()?).map(|host| 1_u64 << host);
    }
    let (from, to) = range.split_once('-')?;
    let number = |text: &str| text.trim().parse::<Ipv4Addr>().ok().map(|ip| u64::from(u32::from(ip)));
    number(to)?.checked_sub(number(from)?).map(|n| n + 1)
}
