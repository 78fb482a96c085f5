//! One probe: whether something answers a connection to a kubelet's port.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use podwhy_api::report::Outcome;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use super::super::Host;
use super::arp::is_unanswered;

/// Something that makes a connection and lets go of it.
pub trait Connect {
    /// Returns as soon as the other side has taken the connection. Errors: what the kernel says.
    fn connect(&self, address: SocketAddr) -> impl Future<Output = io::Result<()>> + Send;
}

/// A TCP connection. Nothing is sent over it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl Connect for Tcp {
    async fn connect(&self, address: SocketAddr) -> io::Result<()> {
        TcpStream::connect(address).await.map(drop)
    }
}

/// What comes of a connection within that time, and how long it took.
///
/// `host` is asked about one case: "no route to host" is what the kernel says both where it knows no way and where an
/// address of its own segment answers no ARP request. A machine that is off looks like the second, so that counts as
/// [`Outcome::TimedOut`]. Of IPv6 neighbours no file tells, and of other segments a router's word would have to be
/// believed: both stay [`Outcome::NoRoute`].
pub async fn probe(
    connect: &impl Connect,
    host: &Host,
    address: SocketAddr,
    within: Duration,
) -> (Outcome, Duration) {
    let started = Instant::now();
    let made = timeout(within, connect.connect(address)).await;
    let took = started.elapsed();
    let outcome = match made {
        Ok(Ok(())) => Outcome::Answered,
        Ok(Err(error)) => failed(&error, || is_unanswered(host, address.ip())),
        Err(_) => Outcome::TimedOut,
    };
    (outcome, took)
}

fn failed(error: &io::Error, unanswered: impl Fn() -> bool) -> Outcome {
    match error.kind() {
        ErrorKind::ConnectionRefused => Outcome::Refused,
        // something is there, and has hung up
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            Outcome::Answered
        }
        ErrorKind::TimedOut => Outcome::TimedOut,
        ErrorKind::HostUnreachable if unanswered() => Outcome::TimedOut,
        // no route, or this node may not or cannot make connections: that tells nothing of the other
        _ => Outcome::NoRoute,
    }
}

#[cfg(test)]
mod tests {
    use rustix::io::Errno;
    use tokio::net::TcpListener;

    use super::*;

    const WITHIN: Duration = Duration::from_secs(3);

    #[tokio::test]
    async fn a_port_that_listens_answers_and_a_closed_one_refuses() {
        let host = Host::at("/");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        assert_eq!(probe(&Tcp, &host, address, WITHIN).await.0, Outcome::Answered);
        drop(listener);
        assert_eq!(probe(&Tcp, &host, address, WITHIN).await.0, Outcome::Refused);
    }

    struct Silent;

    impl Connect for Silent {
        async fn connect(&self, _: SocketAddr) -> io::Result<()> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_is_waited_for_as_long_as_is_allowed() {
        let address = "192.0.2.1:10250".parse().unwrap();
        let found = probe(&Silent, &Host::at("/"), address, WITHIN).await;
        assert_eq!(found, (Outcome::TimedOut, WITHIN));
    }

    #[test]
    fn each_error_says_what_it_says_of_the_other_and_no_more() {
        let of = |errno: Errno, unanswered: bool| failed(&errno.into(), || unanswered);
        assert_eq!(of(Errno::CONNREFUSED, false), Outcome::Refused);
        assert_eq!(of(Errno::CONNRESET, false), Outcome::Answered);
        assert_eq!(of(Errno::TIMEDOUT, false), Outcome::TimedOut);
        assert_eq!(of(Errno::NETUNREACH, true), Outcome::NoRoute);
        assert_eq!(of(Errno::HOSTUNREACH, false), Outcome::NoRoute);
        assert_eq!(of(Errno::HOSTUNREACH, true), Outcome::TimedOut);
        for errno in [Errno::ACCESS, Errno::PERM, Errno::ADDRNOTAVAIL, Errno::MFILE] {
            assert_eq!(of(errno, true), Outcome::NoRoute, "{errno}");
        }
    }
}
