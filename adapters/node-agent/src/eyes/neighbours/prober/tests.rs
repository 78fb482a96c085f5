use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use super::*;

/// Connections whose ends are made up: an address that is not there is silent.
#[derive(Clone, Default)]
struct Made {
    ends: Arc<Mutex<HashMap<IpAddr, Option<io::ErrorKind>>>>,
    asked: Arc<Mutex<Vec<(IpAddr, Instant)>>>,
}

impl Made {
    fn set(&self, ip: &str, end: Option<io::ErrorKind>) {
        self.ends.lock().unwrap().insert(ip.parse().unwrap(), end);
    }

    /// The seconds after `start` at which it was asked for.
    fn seconds(&self, ip: &str, start: Instant) -> Vec<u64> {
        let ip: IpAddr = ip.parse().unwrap();
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(to, _)| *to == ip).map(|(_, at)| (*at - start).as_secs()).collect()
    }
}

impl Connect for Made {
    async fn connect(&self, address: SocketAddr) -> io::Result<()> {
        self.asked.lock().unwrap().push((address.ip(), Instant::now()));
        let end = self.ends.lock().unwrap().get(&address.ip()).copied();
        match end {
            None => std::future::pending().await,
            Some(None) => Ok(()),
            Some(Some(kind)) => Err(kind.into()),
        }
    }
}

fn clock() -> Timestamp {
    "2026-05-04T09:20:00Z".parse().unwrap()
}

fn peer(number: u8, unknown: bool) -> Peer {
    Peer {
        node: format!("wrk-{number}"),
        uid: format!("uid-{number}"),
        ip: IpAddr::from([10, 0, 0, number]),
        port: 10250,
        unknown,
    }
}

fn prober(made: &Made, earlier: &[Neighbour]) -> Prober<Made> {
    Prober::new(made.clone(), Host::at("/nowhere"), clock, earlier)
}

async fn run(prober: &mut Prober<Made>, seconds: u64) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while tokio::time::timeout_at(end, prober.round()).await.is_ok() {}
}

#[tokio::test(start_paused = true)]
async fn each_neighbour_has_its_own_schedule_and_silence_does_not_delay_the_others_by_more_than_its_wait() {
    let made = Made::default();
    made.set("10.0.0.1", None);
    let mut prober = prober(&made, &[]);
    prober.watch(vec![peer(1, false), peer(2, true)]);
    let start = Instant::now();
    run(&mut prober, 65).await;
    assert_eq!(made.seconds("10.0.0.1", start), [0, 30, 60]);
    assert_eq!(made.seconds("10.0.0.2", start), [0, 10, 20, 30, 40, 50, 60]);
    let [well, silent] = prober.neighbours().try_into().unwrap();
    assert_eq!((well.outcome, well.at, well.reached_at), (Outcome::Answered, Some(clock()), Some(clock())));
    assert_eq!((silent.outcome, silent.at, silent.reached_at), (Outcome::TimedOut, Some(clock()), None));
    assert_eq!((silent.node.as_str(), silent.uid.as_str(), silent.took_ms), ("wrk-2", "uid-2", 4000));
}

#[tokio::test(start_paused = true)]
async fn when_it_was_reached_last_is_remembered_over_a_restart_and_over_silence() {
    let made = Made::default();
    let before: Timestamp = "2026-05-04T09:00:00Z".parse().unwrap();
    let earlier = Neighbour {
        outcome: Outcome::Answered,
        at: Some(before),
        reached_at: Some(before),
        uid: "uid-1".to_string(),
        ..Neighbour::default()
    };
    let mut prober = prober(&made, &[earlier]);
    prober.watch(vec![peer(1, false)]);
    let seeded = prober.neighbours().remove(0);
    assert_eq!((seeded.outcome, seeded.at, seeded.reached_at), (Outcome::NotYet, None, Some(before)));
    run(&mut prober, 5).await;
    let silent = prober.neighbours().remove(0);
    assert_eq!((silent.outcome, silent.reached_at), (Outcome::TimedOut, Some(before)));
    made.set("10.0.0.1", Some(io::ErrorKind::ConnectionRefused));
    run(&mut prober, 30).await;
    let refused = prober.neighbours().remove(0);
    assert_eq!((refused.outcome, refused.reached_at), (Outcome::Refused, Some(clock())));
}

#[tokio::test(start_paused = true)]
async fn a_node_that_becomes_unknown_is_probed_sooner_and_one_that_moves_is_probed_anew() {
    let made = Made::default();
    made.set("10.0.0.1", None);
    let mut prober = prober(&made, &[]);
    prober.watch(vec![peer(1, false)]);
    let start = Instant::now();
    run(&mut prober, 2).await;
    prober.watch(vec![peer(1, true)]);
    run(&mut prober, 15).await;
    assert_eq!(made.seconds("10.0.0.1", start), [0, 12]);
    // the same again changes nothing
    prober.watch(vec![peer(1, true)]);
    assert_eq!(prober.neighbours()[0].reached_at, Some(clock()));
    let moved = Peer { ip: IpAddr::from([10, 0, 0, 9]), ..peer(1, true) };
    prober.watch(vec![moved, peer(3, false)]);
    let names: Vec<String> = prober.neighbours().into_iter().map(|known| known.node).collect();
    assert_eq!(names, ["wrk-1", "wrk-3"]);
    assert_eq!(prober.neighbours()[0].reached_at, None);
    run(&mut prober, 5).await;
    assert_eq!(prober.neighbours()[0].outcome, Outcome::TimedOut);
}

#[tokio::test(start_paused = true)]
async fn without_neighbours_a_round_waits_and_says_that_nothing_was_done() {
    let mut prober = prober(&Made::default(), &[]);
    let start = Instant::now();
    assert!(!prober.round().await);
    assert_eq!(start.elapsed(), USUALLY);
}
