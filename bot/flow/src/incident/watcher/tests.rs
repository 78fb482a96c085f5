//! What a watcher does and when, on a clock that stands still unless it waits.

use std::sync::Mutex;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use jiff::SignedDuration;
use tokio::time::{Duration, sleep};

use super::super::due::tests::well;
use super::super::look::Look;
use super::super::looks::testing::{Fake, Mood, deployment, node, now as start, oom, pod_name};
use super::super::ring::Room;
use super::*;
use crate::ports::{NodeSeen, PodSeen, What};

#[derive(Debug)]
struct Watch(Mutex<Option<UnboundedReceiver<Seen>>>, Mutex<Vec<Vec<String>>>);

impl ClusterWatch for Watch {
    fn watch(&self, namespaces: &[String]) -> BoxStream<'static, Seen> {
        self.1.lock().unwrap().push(namespaces.to_vec());
        self.0.lock().unwrap().take().map_or_else(|| stream::pending().boxed(), |seen| seen.boxed())
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Heard {
    Looked(Scope, usize, bool),
    Unreachable(Timestamp),
    Reachable,
}

#[derive(Default)]
struct Ear {
    heard: Mutex<Vec<(u64, Heard)>>,
    open: Mutex<BTreeSet<String>>,
    /// How long it takes to write a look down.
    slow: Mutex<Duration>,
    began: Mutex<Option<Instant>>,
    measured: Mutex<Vec<(bool, usize, usize)>>,
}

impl Ear {
    fn hear(&self, what: Heard) {
        let began = self.began.lock().unwrap().unwrap();
        self.heard.lock().unwrap().push((began.elapsed().as_secs(), what));
    }

    fn all(&self) -> Vec<(u64, Heard)> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    /// When looks were taken, how many causes each saw, and whether one was due.
    fn looks(&self) -> Vec<(u64, usize, bool)> {
        let looks = self.all().into_iter().filter_map(|(second, heard)| match heard {
            Heard::Looked(_, causes, due) => Some((second, causes, due)),
            _ => None,
        });
        looks.collect()
    }

    fn open(&self, namespaces: &[&str]) {
        *self.open.lock().unwrap() = namespaces.iter().map(|name| (*name).to_string()).collect();
    }
}

impl Sink for Ear {
    fn looked(&self, look: Look) -> BoxFuture<'_, ()> {
        let due = look.sighted.iter().any(|sighted| sighted.is_due);
        self.hear(Heard::Looked(look.scope, look.sighted.len(), due));
        let slow = *self.slow.lock().unwrap();
        sleep(slow).boxed()
    }

    fn measured(&self, measured: Measured<'_>) {
        self.measured.lock().unwrap().push((measured.failed, measured.unwell, measured.due));
    }

    fn open_namespaces(&self, _: &str) -> BTreeSet<String> {
        self.open.lock().unwrap().clone()
    }

    fn unreachable<'a>(&'a self, _: &'a str, since: Timestamp) -> BoxFuture<'a, ()> {
        self.hear(Heard::Unreachable(since));
        std::future::ready(()).boxed()
    }

    fn reachable<'a>(&'a self, _: &'a str) -> BoxFuture<'a, ()> {
        self.hear(Heard::Reachable);
        std::future::ready(()).boxed()
    }
}

struct Stage {
    cluster: Arc<Fake>,
    ear: Arc<Ear>,
    seen: UnboundedSender<Seen>,
    watch: Watch,
    ring: Arc<Ring>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn stage(objects: Vec<serde_json::Value>, watched: Option<Scope>) -> Stage {
    patient_stage(objects, watched, Thresholds::default())
}

fn patient_stage(objects: Vec<serde_json::Value>, watched: Option<Scope>, thresholds: Thresholds) -> Stage {
    let cluster = Arc::new(Fake::new("prod", objects));
    let began = Instant::now();
    let ear = Arc::new(Ear::default());
    *ear.began.lock().unwrap() = Some(began);
    let (seen, receiver) = unbounded();
    let watch = Watch(Mutex::new(Some(receiver)), Mutex::default());
    let clock = Clock::new(move || start() + SignedDuration::try_from(began.elapsed()).unwrap());
    let ring = Arc::new(Ring::new(Room::default()));
    let options = Options { watched, thresholds, ..Options::default() };
    let sink: Arc<dyn Sink> = ear.clone();
    let watcher = Watcher::new(Arc::clone(&cluster), &watch, options, sink, Arc::clone(&ring), clock);
    let task = tokio::spawn(watcher.run());
    Stage { cluster, ear, seen, watch, ring, task }
}

impl Stage {
    fn sees(&self, seen: Seen) {
        self.seen.unbounded_send(seen).unwrap();
    }

    fn lists(&self, pods: Vec<PodSeen>) {
        self.sees(Seen::Relisting(What::Pods));
        pods.into_iter().for_each(|pod| self.sees(Seen::Pod(pod)));
        self.sees(Seen::Listed(What::Pods));
    }
}

async fn seconds(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

/// As a watch sees it, since so many seconds before the start.
fn crashing(end: &str, before: i64) -> PodSeen {
    let at = start() - SignedDuration::from_secs(before);
    PodSeen {
        created: Some(at),
        waiting: Some("CrashLoopBackOff".to_string()),
        ready: Some((false, Some(at))),
        last_failed: Some(at),
        restarts: 1,
        ..well(&pod_name("cart", end))
    }
}

fn shop() -> Vec<serde_json::Value> {
    vec![
        deployment("shop", "cart", 2, 0),
        oom("shop", "cart", "x2x4z"),
        oom("shop", "cart", "x2x5z"),
        node("a", "True"),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_is_due_is_looked_at_at_once_and_then_no_more_than_now_and_then() {
    let stage = stage(shop(), Some(Scope::All));
    seconds(3).await;
    assert_eq!(stage.ear.looks(), [(0, 1, false)], "at the start, and nothing is due yet");
    stage.lists(vec![crashing("x2x4z", 1_000)]);
    seconds(1).await;
    assert_eq!(stage.ear.looks(), [(3, 1, true)]);
    assert_eq!(stage.watch.1.lock().unwrap().clone(), [Vec::<String>::new()], "everything");
    assert_eq!(stage.ring.len(), 2);
    assert_eq!(stage.ear.measured.lock().unwrap().clone(), [(false, 0, 0), (false, 1, 1)]);
    seconds(200).await;
    let looks = stage.ear.looks();
    assert_eq!(looks.iter().map(|(second, ..)| *second).collect::<Vec<_>>(), [63, 123, 183]);
}

#[tokio::test(start_paused = true)]
async fn a_threshold_that_is_crossed_is_looked_at_without_an_event() {
    let stage = stage(shop(), Some(Scope::Namespaces(["shop".to_string()].into())));
    seconds(10).await;
    stage.sees(Seen::Pod(crashing("x2x4z", 0)));
    seconds(175).await;
    assert_eq!(stage.ear.looks(), [(0, 1, false)]);
    seconds(10).await;
    assert_eq!(stage.ear.looks(), [(190, 1, true)], "3 minutes in a crash loop");
    assert_eq!(stage.watch.1.lock().unwrap().clone(), [vec!["shop".to_string()]]);
}

#[tokio::test(start_paused = true)]
async fn a_cause_that_may_last_longer_is_due_only_then() {
    let mut thresholds = Thresholds::default();
    thresholds.causes.insert("oom-killed".to_string(), Duration::from_secs(600));
    let stage = patient_stage(shop(), Some(Scope::All), thresholds);
    stage.lists(vec![crashing("x2x4z", 300)]);
    seconds(1_000).await;
    let looks = stage.ear.looks();
    let due: Vec<u64> = looks.iter().filter(|(_, _, due)| *due).map(|(second, ..)| *second).collect();
    let first = due.first().copied().unwrap();
    assert!(
        (360..=420).contains(&first),
        "10 minutes after a minute of skew, by one of the looks each minute: {looks:?}"
    );
    assert!(looks.iter().all(|(second, _, due)| *due == (*second >= first)), "{looks:?}");
}

#[tokio::test(start_paused = true)]
async fn many_that_are_due_within_a_second_are_two_looks() {
    let stage = stage(shop(), Some(Scope::All));
    seconds(5).await;
    stage.ear.all();
    for number in 0..500 {
        stage.sees(Seen::Relisting(What::Pods));
        stage.sees(Seen::Pod(crashing(&format!("x{number}"), 1_000)));
        sleep(Duration::from_millis(1)).await;
    }
    seconds(5).await;
    let looks = stage.ear.looks();
    assert_eq!(looks.iter().map(|(second, ..)| *second).collect::<Vec<_>>(), [5, 6]);
}

#[tokio::test(start_paused = true)]
async fn at_most_one_look_is_under_way_and_the_watch_goes_on() {
    let stage = stage(shop(), Some(Scope::All));
    *stage.ear.slow.lock().unwrap() = Duration::from_secs(20);
    for minute in 0..10 {
        stage.lists(vec![crashing(&format!("x{minute}"), 1_000)]);
        seconds(1).await;
    }
    assert_eq!(stage.ear.looks(), [(0, 1, false)]);
    seconds(40).await;
    assert_eq!(stage.ear.looks(), [(30, 1, false)], "half as long to others; the cluster has only x2x4z");
}

#[tokio::test(start_paused = true)]
async fn an_open_incident_is_looked_at_every_half_minute_also_where_nothing_is_watched() {
    let stage = stage(shop(), None);
    seconds(60).await;
    assert_eq!(stage.ear.looks(), [], "nothing is watched, nothing is open");
    stage.ear.open(&["shop"]);
    seconds(100).await;
    let looks = stage.ear.all();
    let scope = Scope::Namespaces(["shop".to_string()].into());
    assert!(looks.iter().all(|(_, heard)| *heard == Heard::Looked(scope.clone(), 1, false)), "{looks:?}");
    assert_eq!(looks.iter().map(|(second, _)| *second).collect::<Vec<_>>(), [60, 90, 120, 150]);
    stage.ear.open(&[]);
    seconds(100).await;
    assert_eq!(stage.ear.looks(), []);
}

#[tokio::test(start_paused = true)]
async fn a_node_is_seen_by_a_look_of_all() {
    let stage = stage(vec![node("a", "Unknown")], Some(Scope::All));
    seconds(1).await;
    stage.ear.all();
    stage.sees(Seen::Relisting(What::Nodes));
    let ready = Some(("Unknown".to_string(), Some(start() - SignedDuration::from_secs(600))));
    stage.sees(Seen::Node(NodeSeen {
        name: "a".to_string(),
        ready,
        is_cordoned: false,
        is_out_of_service: false,
    }));
    stage.sees(Seen::Listed(What::Nodes));
    seconds(2).await;
    assert_eq!(stage.ear.all(), [(1, Heard::Looked(Scope::All, 1, true))]);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_does_not_answer_is_told_once_and_when_it_is_back() {
    let stage = stage(shop(), Some(Scope::All));
    seconds(10).await;
    stage.ear.all();
    stage.cluster.state().mood = Mood::Fails;
    stage.sees(Seen::Lost(What::Pods, "no route".to_string()));
    seconds(29).await;
    assert_eq!(stage.ear.all(), [], "not yet");
    seconds(300).await;
    let since = start() + SignedDuration::from_secs(10);
    assert_eq!(stage.ear.all(), [(40, Heard::Unreachable(since))]);
    let asked = stage.cluster.state().asked.len();
    assert!((10..25).contains(&asked), "it is tried again, ever later: {asked}");
    stage.cluster.state().mood = Mood::Answers;
    seconds(31).await;
    let heard: Vec<Heard> = stage.ear.all().into_iter().map(|(_, heard)| heard).collect();
    assert_eq!(heard, [Heard::Looked(Scope::All, 1, false), Heard::Reachable]);
}

#[tokio::test(start_paused = true)]
async fn what_failed_while_the_cluster_was_silent_is_told_when_it_is_back() {
    let stage = stage(shop(), Some(Scope::All));
    seconds(10).await;
    stage.sees(Seen::Lost(What::Pods, "410".to_string()));
    seconds(100).await;
    assert!(stage.ear.all().iter().all(|(_, heard)| matches!(heard, Heard::Looked(_, 1, false))));
    stage.lists(vec![crashing("x2x5z", 1_000)]);
    seconds(1).await;
    assert_eq!(stage.ear.looks(), [(110, 1, true)]);
}

#[tokio::test(start_paused = true)]
async fn a_silent_cluster_delays_no_other() {
    let (deaf, well) = (stage(shop(), Some(Scope::All)), stage(shop(), Some(Scope::All)));
    deaf.cluster.state().mood = Mood::Hangs;
    seconds(5).await;
    well.lists(vec![crashing("x2x4z", 1_000)]);
    seconds(1).await;
    assert_eq!(well.ear.looks(), [(0, 1, false), (5, 1, true)]);
    seconds(120).await;
    let heard = deaf.ear.all();
    assert_eq!(heard, [(30, Heard::Unreachable(start()))], "a look that hangs is a silence since it began");
}

#[tokio::test(start_paused = true)]
async fn a_silence_that_another_told_is_looked_into_although_nothing_is_watched() {
    let stage = stage(shop(), None);
    seconds(20).await;
    assert_eq!(stage.ear.all(), []);
    stage.ear.open(&["*"]);
    seconds(10).await;
    let default = Scope::Namespaces(["shop".to_string()].into());
    let first = stage.ear.all().first().map(|(_, heard)| heard.clone());
    assert_eq!(first, Some(Heard::Looked(default, 1, false)), "of the namespace a kubeconfig names");
}
