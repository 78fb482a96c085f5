//! Thousands of pods fail at once: a thread for each root cause, none lost, and all of them end.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use podwhy::Running;
use podwhy::chats::ChatOptions;
use podwhy_fakes::slack::message::Message;
use podwhy_fakes::slack::{FakeSlack, State};
use podwhy_playground::Store;
use podwhy_tests::site::Site;
use podwhy_tests::storm::{Workload, fail, heal, nodes, three_causes, two_hundred_causes};

use crate::slack::subscribed;

/// Five thousand pods are read and diagnosed, by a build that is not optimised, beside other tests.
const LONG: Duration = Duration::from_secs(300);

const WATCHED: &str =
    "[[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"playground:*\"]\nwatch = true\n";

struct Storm {
    slack: FakeSlack,
    site: Site,
    store: Arc<Store>,
    _running: Running,
}

async fn storm() -> Storm {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let site = Site::new(true).await.unwrap();
    let store = site.store().unwrap();
    nodes(&store);
    let running = site.bot(&slack, WATCHED, ChatOptions::default()).await.unwrap();
    Storm { slack, site, store, _running: running }
}

impl Storm {
    /// What is read first of each thread.
    fn titles(&self) -> Vec<String> {
        let of = |parent: Message| parent.everything().lines().next().unwrap_or_default().to_string();
        self.slack.read(parents).into_iter().map(of).collect()
    }
}

fn parents(state: &State) -> Vec<Message> {
    state.parents("C0OPS").into_iter().cloned().collect()
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
    storm.site.put_forward(11);
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
