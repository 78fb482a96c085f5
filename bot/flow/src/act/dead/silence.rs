//! What the API server knows of a node: its object, Ready, the Leases, and how many others fell silent with it.

use std::time::Duration;

use super::inputs::{Crowd, LeaseSeen, NodeObject, Ready};
use super::signal::{OfLease, OfNode, OfReady, Signal, Why};

/// So long a node has to be silent, and so long the watch that says so has to be without a gap. As long as Kubernetes itself waits
/// before it evicts: <https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions>.
pub const QUIET: Duration = Duration::from_secs(5 * 60);

/// A node that was registered anew, or whose kubelet spoke since, is not the one that was offered.
pub(super) fn node(object: &NodeObject) -> Signal {
    match object {
        NodeObject::Same => Signal::Dead(Why::Node(OfNode::Same)),
        NodeObject::Rejoined => Signal::Alive(Why::Node(OfNode::Rejoined)),
        NodeObject::Replaced => Signal::Alive(Why::Node(OfNode::Replaced)),
        NodeObject::Gone => Signal::Unavailable(Why::Node(OfNode::Gone)),
        NodeObject::Unread(why) => Signal::Unavailable(Why::Node(OfNode::Unread(why.clone()))),
    }
}

/// Unknown is written by the node controller, True and False by the kubelet alone.
/// <https://kubernetes.io/docs/reference/node/node-status/#condition>
pub(super) fn ready(ready: Ready) -> Signal {
    match ready {
        Ready::True => Signal::Alive(Why::Ready(OfReady::True)),
        Ready::False => Signal::Alive(Why::Ready(OfReady::False)),
        Ready::Unknown { seen_for } if seen_for >= QUIET => {
            Signal::Dead(Why::Ready(OfReady::Unknown(seen_for)))
        }
        Ready::Unknown { seen_for } => Signal::Unavailable(Why::Ready(OfReady::NotYet(seen_for))),
        Ready::Missing => Signal::Unavailable(Why::Ready(OfReady::Missing)),
    }
}

/// A Lease that is renewed while Ready is Unknown is the sign of life of a node that is slow, or seen late. One that was renewed
/// shortly before is nothing but not old enough.
pub(super) fn lease(seen: &LeaseSeen, ready: Ready, why: fn(OfLease) -> Why) -> Signal {
    let LeaseSeen::Kept { unchanged_for, watched_for, renewed } = seen else {
        return Signal::Unavailable(why(match seen {
            LeaseSeen::Gone => OfLease::Gone,
            LeaseSeen::NotWatched(reason) => OfLease::NotWatched(reason.clone()),
            _ => OfLease::Never,
        }));
    };
    let still = *unchanged_for.min(watched_for);
    let is_late = |ago: &Duration| *ago < QUIET && unknown_for(ready).is_none_or(|unknown| *ago <= unknown);
    if let Some(ago) = renewed.filter(is_late) {
        return Signal::Alive(why(OfLease::Renewed(ago)));
    }
    // a change is a change, wherever it was counted
    let still = renewed.map_or(still, |ago| still.min(ago));
    if still >= QUIET {
        Signal::Dead(why(OfLease::Unchanged(still)))
    } else {
        Signal::Unavailable(why(OfLease::NotYet(still)))
    }
}

/// For how long Ready is seen to be Unknown; `None` where it is not.
pub(super) fn unknown_for(ready: Ready) -> Option<Duration> {
    match ready {
        Ready::Unknown { seen_for } => Some(seen_for),
        Ready::True | Ready::False | Ready::Missing => None,
    }
}

/// Whether so few nodes are Unknown that it can be theirs: at most a tenth, or one. Of more, the network or the API server is the
/// likelier cause; the node controller stops evicting then, for the same reason.
/// <https://kubernetes.io/docs/concepts/architecture/nodes/#rate-limits-on-eviction>
pub(super) fn is_few(crowd: Crowd) -> bool {
    crowd.unknown <= 1.max(crowd.nodes / 10)
}
