//! Two API servers with the same namespaces and pod names: what is told of one is never about the other.

use podwhy_playground::{Options, Playground};
use podwhy_tests::chat::{RANKER, clock, pass};
use tokio::runtime::Runtime;

use super::*;

/// A simulated cluster on an API server of its own, which can be switched off.
struct Server {
    port: u16,
    // ended with every connection it has
    running: Option<(Runtime, Playground)>,
}

impl Server {
    async fn start(port: u16) -> Server {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let playground =
            runtime.spawn(Playground::start(Options { port, empty: false })).await.unwrap().unwrap();
        let port = playground.address().rsplit(':').next().unwrap().parse().unwrap();
        Server { port, running: Some((runtime, playground)) }
    }

    /// Off, with every connection.
    async fn stop(&mut self) {
        if let Some((runtime, playground)) = self.running.take() {
            drop(playground);
            tokio::task::spawn_blocking(move || runtime.shutdown_timeout(SOON)).await.unwrap();
        }
    }

    /// On again, at the same address, with everything as at the beginning.
    async fn start_again(&mut self) {
        *self = Server::start(self.port).await;
    }

    fn kubeconfig(&self) -> Value {
        self.running.as_ref().unwrap().1.kubeconfig()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((runtime, _)) = self.running.take() {
            runtime.shutdown_background();
        }
    }
}

/// Clusters `a`, which keeps the incidents, and `b`.
struct Two {
    a: Server,
    b: Server,
    slack: FakeSlack,
    running: Running,
    _folder: tempfile::TempDir,
}

/// What both have: the same pod of the same workload runs out of memory.
const BOTH: &str = "[[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"a:catalogue\", \"b:catalogue\"]\nwatch = true\n\
    causes = [\"oom-killed\"]\n";

async fn two() -> Two {
    let (a, b) = (Server::start(0).await, Server::start(0).await);
    let folder = tempfile::tempdir().unwrap();
    let mut more = "[incidents]\nnamespace = \"podwhy\"\n[[channels]]\napp = \"slack\"\nid = \"C0OPS\"\n\
        read = [\"a:*\", \"b:*\"]\n"
        .to_string();
    for (name, server) in [("a", &a), ("b", &b)] {
        let file = folder.path().join(name);
        std::fs::write(&file, server.kubeconfig().to_string()).unwrap();
        let file = file.display();
        more +=
            &format!("[[clusters]]\nname = \"{name}\"\nkubeconfig = \"{file}\"\ncontext = \"playground\"\n");
    }
    let alerts = "[alertmanager]\nbearer_token = { env = \"SLACK_SIGNING_SECRET\" }\ncluster = \"a\"\n";
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let options = podwhy::chats::ChatOptions { clock: clock(), ..Default::default() };
    let more = format!("{more}{PEOPLE}{alerts}{BOTH}");
    let running = Bot { slack: Some(&slack), more, options, ..Bot::default() };
    let running = running.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    Two { a, b, slack, running, _folder: folder }
}

impl Two {
    /// The first message of a cluster's incident.
    async fn parent(&self, cluster: &str) -> Message {
        said(&self.slack, "C0OPS", &format!("Deployment {cluster}:catalogue/ranker")).await
    }

    fn now(&self, ts: &str) -> String {
        let all = self.slack.messages("C0OPS");
        all.iter().find(|message| message.ts == ts).unwrap().everything()
    }

    /// What stands in a thread, its first message too.
    fn thread(&self, ts: &str) -> String {
        let all = self.slack.messages("C0OPS").into_iter();
        let own = all.filter(|message| message.ts == ts || message.thread.as_deref() == Some(ts));
        own.map(|message| message.everything()).collect()
    }

    /// An answer to a question, once it stands.
    async fn answer(&self, question: &str, says: &str) -> String {
        let before: Vec<String> =
            self.slack.messages("C0OPS").into_iter().map(|message| message.ts).collect();
        self.slack.slash("U0ANN", "C0OPS", question).unwrap();
        let is_new =
            |message: &&Message| !before.contains(&message.ts) && message.everything().contains(says);
        let find =
            |messages: Vec<&Message>| messages.into_iter().find(is_new).map(|message| message.everything());
        self.slack.wait_for(SOON, |state| find(state.messages("C0OPS"))).await.unwrap()
    }
}

#[tokio::test]
async fn answers_threads_and_clicks_of_two_clusters_never_cross_and_a_silence_is_told() {
    let mut two = two().await;
    let (a, b) = (two.parent("a").await, two.parent("b").await);
    assert_ne!(a.ts, b.ts);
    // a click on one
    two.slack.click("U0ANN", "C0OPS", &a.ts, "podwhy_incident_take").unwrap();
    assert_eq!(said(&two.slack, "C0OPS", "ann@example.com").await.ts, a.ts);
    // a question about one
    for (own, other) in [("a", "b:catalogue"), ("b", "a:catalogue")] {
        let answer = two.answer(&format!("why {own}:{RANKER}"), "oom-killed").await;
        assert!(answer.contains(&format!("{own}:catalogue")) && !answer.contains(other), "{answer}");
    }
    // one is silent: the other is not, and it is said
    two.b.stop().await;
    let mended = two.a.running.as_ref().unwrap().1.set("oom-killed", false);
    assert!(mended);
    two.slack.slash("U0ANN", "C0OPS", &format!("why b:{RANKER}")).unwrap();
    whispered(&two.slack, "U0ANN", "cluster b").await;
    let answer = two.answer(&format!("why a:{RANKER}"), "a:catalogue").await;
    assert!(!answer.contains("b:"), "{answer}");
    pass(Duration::from_secs(40)).await;
    let silent = said(&two.slack, "C0OPS", "Cluster b has not answered").await;
    // and when it answers, too
    two.b.start_again().await;
    pass(Duration::from_secs(40)).await;
    assert_eq!(said(&two.slack, "C0OPS", "Cluster b answers again").await.ts, silent.ts);
    assert!(!two.thread(&a.ts).contains("b:catalogue") && !two.thread(&b.ts).contains("a:catalogue"));
    assert!(!two.now(&b.ts).contains("ann@example.com"), "nobody took the other");
    let told =
        two.slack.parents("C0OPS").iter().filter(|m| m.everything().contains("cluster-unreachable")).count();
    assert_eq!(told, 1, "once");
    assert_eq!(two.slack.violations(), []);
}

#[tokio::test]
async fn a_ledger_that_is_away_is_told_and_alerts_stay_where_they_are() {
    let mut two = two().await;
    let a = two.parent("a").await;
    two.a.stop().await;
    let group = ranker();
    let answer = alert(&two.running, "fake-signing-secret", &group).await;
    assert_eq!(answer.status, 503, "{}", answer.body);
    pass(Duration::from_secs(8)).await;
    let away = said(&two.slack, "C0OPS", "Cluster a has not answered").await;
    let text = away.everything();
    assert!(text.contains("503") && text.contains("Deployment a:catalogue/ranker"), "{text}");
    two.a.start_again().await;
    assert_eq!(said(&two.slack, "C0OPS", "and does again").await.ts, away.ts, "it goes on as an incident's");
    assert_eq!(alert(&two.running, "fake-signing-secret", &group).await.status, 200);
    assert_ne!(away.ts, a.ts);
    let told =
        two.slack.parents("C0OPS").iter().filter(|m| m.everything().contains("cluster-unreachable")).count();
    assert_eq!(told, 1, "once");
    assert_eq!(two.slack.violations(), []);
}
