//! Whether the kubelets of a few other nodes can be reached from here: what a dead node's neighbours can still say of it.

mod arp;
mod probe;
mod prober;
mod ring;

use std::net::{IpAddr, SocketAddr};

pub use probe::{Connect, Tcp, probe};
pub use prober::Prober;
pub use ring::ring;

/// Each node is probed by so many others.
pub const NEIGHBOURS: usize = 4;

/// The kubelet's port, where its Node names none in `status.daemonEndpoints`.
/// <https://kubernetes.io/docs/reference/networking/ports-and-protocols/>
pub const KUBELET_PORT: u16 = 10250;

/// Another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its name.
    pub node: String,
    /// The uid of its Node object.
    pub uid: String,
    /// Its `InternalIP`.
    pub ip: IpAddr,
    /// Its kubelet's port.
    pub port: u16,
    /// Whether its `Ready` condition is `Unknown`: then it is probed more often.
    pub unknown: bool,
}

impl Peer {
    /// Where its kubelet listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.ip, self.port)
    }
}
