//! Loopback ports that nobody listens on.

use std::io;
use std::net::TcpListener;

/// One for each listener of a control plane.
pub(super) struct Ports {
    pub(super) etcd: u16,
    pub(super) etcd_peer: u16,
    pub(super) apiserver: u16,
    pub(super) scheduler: u16,
    pub(super) controller_manager: u16,
    pub(super) kwok: u16,
}

impl Ports {
    /// Asks the system for them. Another process may still take one before its server does; then the start is tried
    /// again, with others.
    pub(super) fn free() -> io::Result<Self> {
        // held together until all are known, so that none is given twice
        let listeners = (0..6).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<io::Result<Vec<_>>>()?;
        let ports: Vec<u16> =
            listeners.iter().map(|listener| Ok(listener.local_addr()?.port())).collect::<io::Result<_>>()?;
        let [etcd, etcd_peer, apiserver, scheduler, controller_manager, kwok] = ports[..] else {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        };
        Ok(Self { etcd, etcd_peer, apiserver, scheduler, controller_manager, kwok })
    }
}
