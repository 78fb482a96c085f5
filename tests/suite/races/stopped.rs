//! The bot's own binary leads, is stopped (SIGSTOP) at the last moment before it writes, another one leads, and it goes on after a minute.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use podwhy_fakes::slack::FakeSlack;
use podwhy_flow::act::record::{Phase, Remediation};
use podwhy_flow::ports::Remediations;
use podwhy_kubernetes::{Connection, RemediationLedger};
use podwhy_tests::alertmanager::free_address;
use podwhy_tests::bridge::Server;
use podwhy_tests::chaos::replica::Replica;
use podwhy_tests::chat::channel;
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say, eventually};
use podwhy_tests::hold::{Change, Hold};
use podwhy_tests::live::live;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

use crate::slack::{said, subscribed};
use crate::terminal::binary;

const PATIENCE: Duration = Duration::from_secs(90);

/// So long it is stopped.
const STOPPED: Duration = Duration::from_secs(60);

/// What would be written late would be written at once when it goes on.
const AT_ONCE: Duration = Duration::from_secs(5);

/// Two bots of one namespace, before whom one answer is held.
struct Pair {
    name: &'static str,
    hold: Hold,
    slack: FakeSlack,
    ledger: RemediationLedger,
    folder: tempfile::TempDir,
}

/// A pod that was evicted for memory, whose ReplicaSet is gone by now.
pub fn evicted(namespace: &str) -> Value {
    let message = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 83456Ki. ";
    let owner = json!([{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "ranker-x",
        "uid": "6f6a", "controller": true}]);
    let at = "2026-06-09T07:31:02Z";
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "ranker-x-1", "namespace": namespace, "ownerReferences": owner},
        "spec": {"nodeName": "wrk-02", "containers": [{"name": "ranker", "image": "example.org/ranker:1"}]},
        "status": {"phase": "Failed", "reason": "Evicted", "message": message, "startTime": at, "conditions": [
            {"type": "DisruptionTarget", "status": "True", "reason": "TerminationByKubelet", "message": message,
                "lastTransitionTime": at}]}})
}

fn is_write(change: &Change) -> bool {
    change.method == "DELETE" && change.path.contains("/pods/") && !change.is_dry_run()
}

impl Pair {
    async fn new(
        control_plane: &ControlPlane,
        name: &'static str,
        wanted: fn(&Change) -> bool,
    ) -> anyhow::Result<Pair> {
        let client = control_plane.client(control_plane.admin())?;
        let server = Server::new(client.clone());
        let shop = format!("shop-{name}");
        for namespace in [format!("podwhy-{name}"), shop.clone()] {
            server.ensure_namespace(&namespace).await?;
        }
        server.put(&evicted(&shop)).await?;
        let rules = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["delete"]}]);
        server.grant(&shop, "ann", &rules).await?;
        let hold = Hold::start(client, wanted).await?;
        let home = live(control_plane.admin_kubeconfig(), Connection::default()).await?;
        let ledger = RemediationLedger::new(&home, &format!("podwhy-{name}"), "a-test");
        let (slack, folder) = (FakeSlack::start(subscribed()).await?, tempfile::tempdir()?);
        std::fs::write(folder.path().join("kubeconfig.json"), hold.kubeconfig().to_string())?;
        Ok(Pair { name, hold, slack, ledger, folder })
    }

    fn replica(&self, number: usize) -> anyhow::Result<Replica> {
        let listen = free_address()?;
        let file = self.folder.path().join(format!("{number}.toml"));
        let kubeconfig = self.folder.path().join("kubeconfig.json").display().to_string();
        let channel = channel("slack", "C0OPS").replace("playground:", "prod:");
        let text = format!(
            "[serve]\nlisten = \"{listen}\"\nclaims = \"leases\"\nnamespace = \"podwhy-{}\"\n\
             [slack]\nbot_token = {{ env = \"SLACK_BOT_TOKEN\" }}\napp_token = {{ env = \"SLACK_APP_TOKEN\" }}\n{channel}\
             [[clusters]]\nname = \"prod\"\nkubeconfig = \"{kubeconfig}\"\n\
             [[people]]\nslack = \"U0ANN\"\nuser = \"ann\"\n\
             [remediation]\nsigning_key = {{ env = \"KEY\" }}\nof = [\"prod:*\"]\n",
            self.name
        );
        std::fs::write(&file, text)?;
        Replica::start(self.command(&file, number), listen, None)
    }

    fn command(&self, config: &Path, number: usize) -> Command {
        let mut command = Command::new(binary("podwhy"));
        command
            .args(["serve", "--config"])
            .arg(config)
            .args(["--slack-api", &self.slack.api_url()])
            .env("HOSTNAME", format!("podwhy-{number}"))
            .env("SLACK_BOT_TOKEN", "xoxb-fake")
            .env("SLACK_APP_TOKEN", "xapp-fake")
            .env("KEY", "a-key-of-tests-that-is-long-enough");
        command
    }

    async fn one(&self) -> anyhow::Result<Remediation> {
        let mut all = self.ledger.all().await?;
        anyhow::ensure!(all.len() == 1, "{all:#?}");
        Ok(all.swap_remove(0))
    }

    fn writes(&self) -> usize {
        self.hold.changes().iter().filter(|change| is_write(change)).count()
    }

    /// Until the leader is stopped where the answer is held, and after: how it ended.
    async fn stopped(&self) -> anyhow::Result<Remediation> {
        let leader = self.replica(0)?;
        leads(&leader).await?;
        let other = self.replica(1)?;
        other.is_up(PATIENCE).await?;
        self.slack
            .wait_for(PATIENCE, |state| (state.sockets() >= 4).then_some(()))
            .await
            .map_err(anyhow::Error::msg)?;
        self.slack.slash("U0ANN", "C0OPS", &format!("fix shop-{}/ranker-x-1", self.name))?;
        let offer = said(&self.slack, "C0OPS", "One person has to agree").await;
        self.slack.click("U0ANN", "C0OPS", &offer.ts, "podwhy_incident_approve")?;
        self.hold.holds(PATIENCE).await?;
        leader.signal("STOP")?;
        let until = Instant::now() + STOPPED;
        self.hold.go();
        leads(&other).await?;
        let ended = eventually("it ends without the one that is stopped", PATIENCE, async || {
            let one = self.one().await?;
            Ok(one.status.phase.is_over().then_some(one))
        });
        let ended = ended.await?;
        sleep_until(until).await;
        leader.signal("CONT")?;
        eventually("it knows that it leads no more", PATIENCE, async || {
            let up = leader.is_up(PATIENCE).await.is_ok();
            Ok((up && !leader.leads().await).then_some(()))
        })
        .await?;
        sleep(AT_ONCE).await;
        anyhow::ensure!(self.one().await?.status == ended.status, "what has ended stays so");
        Ok(ended)
    }
}

async fn leads(replica: &Replica) -> anyhow::Result<()> {
    eventually("a bot leads", PATIENCE, async || Ok(replica.leads().await.then_some(()))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_stopped_for_a_minute_before_the_write_writes_nothing_late() {
    let options = Options { kubectl: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("a leader that is stopped", options) else { return };
    let crds = ["deploy/crds/incidents.yaml", "deploy/crds/remediations.yaml"];
    control_plane.install(&crds, &["incidents", "remediations"]).unwrap();
    control_plane.install_open_guard().unwrap();
    // stopped before it is stored that it begins: it has looked at everything
    let dry_run: fn(&Change) -> bool =
        |change| change.method == "DELETE" && change.path.contains("/pods/") && change.is_dry_run();
    // stopped when it is stored: all that is left is the write
    let begun: fn(&Change) -> bool =
        |change| change.path.contains("/remediations/") && change.body["status"]["phase"] == "Executing";
    let looked = Pair::new(&control_plane, "looked", dry_run).await.unwrap();
    let begins = Pair::new(&control_plane, "begun", begun).await.unwrap();
    let (of_looked, of_begun) = tokio::join!(looked.stopped(), begins.stopped());
    let of_looked = of_looked.unwrap();
    assert_eq!(of_looked.status.phase, Phase::Succeeded, "the other one did it: {of_looked:#?}");
    assert_eq!(looked.writes(), 1);
    let of_begun = of_begun.unwrap();
    assert_eq!(of_begun.status.phase, Phase::Failed, "it was not done, and nobody will: {of_begun:#?}");
    assert_eq!(begins.writes(), 0);
    let told = said(&begins.slack, "C0OPS", "it was not done").await;
    assert!(told.everything().contains("Delete failed pod"), "{}", told.everything());
    assert_eq!((looked.slack.violations(), begins.slack.violations()), (vec![], vec![]));
}
