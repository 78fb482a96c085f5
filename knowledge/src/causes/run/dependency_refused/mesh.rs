//! A service mesh's proxy that starts beside the program: all of the pod's traffic goes to it, also while it does not
//! listen yet, and is refused until then.

use crate::container::{ContainerKind, ContainerView};
use crate::logs::Voice;
use crate::snapshot::Snapshot;

/// <https://istio.io/latest/docs/ops/common-problems/injection/#pod-or-containers-start-with-network-issues-if-istio-proxy-is-not-ready>
pub const ISTIO: &str = "istio-proxy";
/// <https://linkerd.io/2/features/proxy-injection/>
pub const LINKERD: &str = "linkerd-proxy";

/// What injectors of Istio, Linkerd, Kuma and Consul call their proxy.
const PROXIES: [&str; 4] = [ISTIO, LINKERD, "kuma-sidecar", "consul-dataplane"];

/// A proxy takes so long to be ready, mostly.
const STARTING_SECONDS: i64 = 15;

/// A run that ended for the proxy has ended so soon after that one started.
const GIVEN_UP_SECONDS: i64 = 60;

/// The proxy, if it is no init container and the run that spoke began before it could carry anything. One that restarts
/// with the program beside it finds the proxy up: then it is not to blame.
pub fn late_proxy(s: &Snapshot, voice: &Voice<'_>) -> Option<&'static str> {
    let containers = s.containers();
    let (name, proxy) = PROXIES.into_iter().find_map(|name| {
        let found = containers.iter().find(|c| c.name == name && c.kind == ContainerKind::App)?;
        Some((name, found))
    })?;
    // init containers end before any other container starts
    if voice.container.kind == ContainerKind::Init {
        return Some(name);
    }
    let (began, ended) = (voice.end?.started_at.as_ref()?.0, voice.end?.finished_at.as_ref()?.0);
    // one that was made anew later tells nothing of then
    let up = started(proxy).filter(|_| proxy.restarts() == 0)?;
    let early = began.as_second() - up <= STARTING_SECONDS && ended.as_second() - up <= GIVEN_UP_SECONDS;
    early.then_some(name)
}

fn started(proxy: &ContainerView<'_>) -> Option<i64> {
    let ended = || Some(proxy.terminated()?.started_at.as_ref()?.0);
    proxy.running_since().or_else(ended).map(|at| at.as_second())
}
