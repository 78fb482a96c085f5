//! Pods and nodes as they change, little of each. Built on kube's watcher, with what it leaves to its caller: a timeout for
//! whatever may hang, servers without streaming lists, and the word of when all is well again.
//!
//! What a watch costs: one request a minute for pods and one for nodes; at the start, and after an outage, one list of each,
//! streamed where the server can (<https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists>), in pages of
//! 500 otherwise. An object is decoded into the few fields that are kept, and nothing of it is kept here.
//!
//! # Retry policy
//! For ever, a third of client-go's pauses apart: 0.3 s, doubling to 10 s, with jitter. A watch that ended goes on at the
//! version it had seen; what the server no longer has (410), or two failures within a minute, begin with a list again.

mod brief;
mod follow;
mod life;
mod parts;
mod resource;

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use kube::client::Body;
use kube::{Api, Client};
use podwhy_flow::ports::{ClusterWatch, Seen, What};

use crate::connect::LiveCluster;
use crate::request::Requests;
use brief::{NodeBrief, PodBrief};
use follow::{Told, follow};

/// # Caveats
/// Needs `list` and `watch` on `pods` and `nodes`; without the right it says [`Seen::Lost`] and goes on asking. Where several
/// namespaces are watched, one that comes back says [`Seen::Listed`] without a [`Seen::Relisting`] before it, and what went
/// meanwhile was told by [`Seen::PodGone`].
impl ClusterWatch for LiveCluster {
    fn watch(&self, namespaces: &[String]) -> BoxStream<'static, Seen> {
        // who has rights in some namespaces only is not asked about all
        let only = if namespaces.is_empty() { &self.namespaces } else { namespaces };
        let now = self.requests.metrics.watching(&self.name);
        see(&self.requests, only).inspect(move |seen| now.saw(seen)).boxed()
    }
}

fn see(requests: &Requests, only: &[String]) -> impl Stream<Item = Seen> + Send + use<> {
    let client = client(requests);
    let nodes = follow::<NodeBrief>(Api::all(client.clone())).map(node);
    let pods = match only {
        [] => follow::<PodBrief>(Api::all(client)).map(pod).boxed(),
        [one] => follow::<PodBrief>(Api::namespaced(client, one)).map(pod).boxed(),
        several => {
            let lists = several.iter().map(|namespace| {
                (namespace.clone(), follow::<PodBrief>(Api::namespaced(client.clone(), namespace)))
            });
            parts::merged(lists.collect()).boxed()
        }
    };
    stream::select(pods, nodes)
}

/// A client whose requests are counted, and whose answers must begin in time.
fn client(requests: &Requests) -> Client {
    let requests = requests.clone();
    let service = tower::service_fn(move |request: http::Request<Body>| {
        let requests = requests.clone();
        async move { requests.open(request).await }
    });
    Client::new(service, "default")
}

fn pod(told: Told<PodBrief>) -> Seen {
    match told {
        Told::Is(brief) => Seen::Pod(brief.seen),
        Told::Gone(brief) => Seen::PodGone(brief.seen.uid),
        Told::Relisting => Seen::Relisting(What::Pods),
        Told::Listed => Seen::Listed(What::Pods),
        Told::Lost(why) => Seen::Lost(What::Pods, why),
    }
}

fn node(told: Told<NodeBrief>) -> Seen {
    match told {
        Told::Is(brief) => Seen::Node(brief.seen),
        Told::Gone(brief) => Seen::NodeGone(brief.seen.name),
        Told::Relisting => Seen::Relisting(What::Nodes),
        Told::Listed => Seen::Listed(What::Nodes),
        Told::Lost(why) => Seen::Lost(What::Nodes, why),
    }
}

#[cfg(test)]
mod tests;
