//! Thousands of pods fail at once: a thread for each root cause, none lost, and all of them end.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use podwhy::Running;
use podwhy::chats::ChatOptions;
use podwhy_fakes::slack::message::Message;
use podwhy_fakes::slack::{Author, FakeSlack, State};
use podwhy_flow::ports::Clock;
use podwhy_playground::{Playground, Store};
use podwhy_tests::chat::{Bot, SOON, channel};
use podwhy_tests::storm::{Workload, fail, heal, nodes, three_causes, two_hundred_causes};

use crate::slack::subscribed;

/// Five thousand pods are read and diagnosed, by a build that is not optimised, beside other tests.
const LONG: Duration = Duration::from_secs(300);

struct Storm {
    slack: FakeSlack,
    store: Arc<Store>,
    ahead: Arc<AtomicI64>,
    _running: Running,
    _playground: Playground,
}

async fn storm() -> Storm {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let options = podwhy_playground::Options { empty: true, ..podwhy_playground::Options::default() };
    let playground = Playground::start(options).await.unwrap();
    let store = playground.store("playground").unwrap();
    nodes(&store);
    let folder = tempfile::tempdir().unwrap();
    let kubeconfig = folder.path().join("kubeconfig.json");
    std::fs::write(&kubeconfig, playground.kubeconfig().to_string()).unwrap();
    let more = format!(
        "{}[[clusters]]\nname = \"playground\"\nkubeconfig = \"{}\"\ncontext = \"playground\"\n\
         [incidents]\nnamespace = \"podwhy\"\n\
         [[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"playground:*\"]\nwatch = true\n",
        channel("slack", "C0OPS"),
        kubeconfig.display()
    );
    let ahead = Arc::<AtomicI64>::default();
    let minutes = Arc::clone(&ahead);
    let clock =
        Clock::new(move || Timestamp::now() + SignedDuration::from_mins(minutes.load(Ordering::Relaxed)));
    let options = ChatOptions { clock, ..ChatOptions::default() };
    let bot = Bot { slack: Some(&slack), kubeconfig: Some(kubeconfig), more, options, ..Bot::default() };
    let running = bot.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    Storm { slack, store, ahead, _running: running, _playground: playground }
}

impl Storm {
    /// What is read first of each thread.
    fn titles(&self) -> Vec<String> {
        let of = |parent: Message| parent.everything().lines().next().unwrap_or_default().to_string();
        self.slack.read(parents).into_iter().map(of).collect()
    }
}

/// The first messages of the bot's threads.
fn parents(state: &State) -> Vec<Message> {
    let is_first = |message: &Message| message.thread.as_ref().is_none_or(|thread| *thread == message.ts);
    let of_bot = |message: &&Message| message.author == Author::Bot && is_first(message);
    state.messages("C0OPS").into_iter().filter(of_bot).cloned().collect()
}

fn pods(workloads: &[Workload]) -> usize {
    workloads.iter().map(|workload| workload.pods).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_thousand_pods_of_three_causes_are_three_threads_that_end() {
    let storm = storm().await;
    let workloads = three_causes();
    assert_eq!((workloads.len(), pods(&workloads)), (200, 5_000));
    // a few seconds before the first of them is told
    fail(&storm.store, &workloads, SignedDuration::from_secs(110));
    let counted = ["· 2500 pods", "· 1500 pods", "· 1000 pods"];
    let all = |state: &State| {
        let parents = parents(state);
        let told = |count: &&str| parents.iter().any(|parent| parent.everything().contains(*count));
        counted.iter().all(told).then_some(parents)
    };
    let told = match storm.slack.wait_for(LONG, all).await {
        Ok(told) => told,
        Err(error) => panic!("{error}; {:#?}", storm.titles()),
    };
    assert_eq!(told.len(), 3, "{told:#?}");
    heal(&storm.store, &workloads, SignedDuration::from_mins(20));
    let fails = |parent: &Message| parent.everything().contains(" pods");
    let none_fails = |state: &State| (!parents(state).iter().any(fails)).then_some(());
    storm.slack.wait_for(LONG, none_fails).await.unwrap();
    storm.ahead.store(11, Ordering::Relaxed);
    let over = |state: &State| {
        let parents = parents(state);
        parents.iter().all(|parent| parent.everything().contains("Well again")).then_some(parents.len())
    };
    assert_eq!(storm.slack.wait_for(LONG, over).await.unwrap(), 3);
    assert_eq!(storm.slack.violations(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_causes_are_six_threads_at_most() {
    let storm = storm().await;
    let workloads = two_hundred_causes();
    fail(&storm.store, &workloads, SignedDuration::from_mins(30));
    let many = |state: &State| {
        let parents = parents(state);
        let told = parents.iter().any(|parent| parent.everything().contains("195 root causes"));
        told.then_some(parents)
    };
    let told = storm.slack.wait_for(LONG, many).await.unwrap();
    assert_eq!(told.len(), 6, "{told:#?}");
    assert_eq!(storm.slack.violations(), []);
}
