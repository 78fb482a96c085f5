//! Remediations on a real API server: who may write them, what stays as it is, and what kubectl shows.

use std::time::Duration;

use podwhy_flow::act::record::{Phase, Remediation, Spec, Status, Step};
use podwhy_flow::ports::{LedgerError, Remediations};
use podwhy_kubernetes::{Connection, RemediationLedger};
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{Options, control_plane_or_say, eventually};
use podwhy_tests::live::live;
use serde_json::json;

const NAMESPACE: &str = "podwhy";
const BOT: &str = "system:serviceaccount:podwhy:podwhy";
const PATIENCE: Duration = Duration::from_secs(60);

pub fn offer(name: &str) -> Remediation {
    let spec = json!({
        "rootCause": {"cluster": "prod", "cause": "image-missing", "blame": {"kind": "Deployment", "namespace": "shop", "name": "cart"}},
        "subject": {"kind": "Deployment", "namespace": "shop", "name": "cart"},
        "after": {"kind": "Deployment", "namespace": "shop", "name": "cart"},
        "plan": {"remedy": "roll-back", "verifySeconds": 600,
            "targets": [{"kind": "Deployment", "namespace": "shop", "name": "cart", "uid": "6f6a"}]},
        "floor": {"approvals": 2, "typedName": false},
        "offeredAt": "2026-11-24T09:00:00.123456789Z",
    });
    let spec: Spec = serde_json::from_value(spec).unwrap();
    let (uid, version) = (String::new(), String::new());
    Remediation { name: name.to_string(), uid, version, spec, status: Status::default() }
}

fn in_phase(of: &Remediation, phase: Phase) -> Remediation {
    let (at, who) = ("2026-11-24T09:05:00Z".parse().unwrap(), "ann".to_string());
    let mut next = of.clone();
    next.status.phase = phase;
    next.status.history.push(Step { phase, at, who, why: String::new() });
    next
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_server_keeps_remediations_and_lets_only_the_bot_write() {
    let options = Options { kubectl: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("remediations", options) else { return };
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    server.ensure_namespace(NAMESPACE).await.unwrap();
    let bot = control_plane.client_certificate(BOT, &["system:masters"]).unwrap();
    let ledger = RemediationLedger::new(
        &live(bot.kubeconfig(), Connection::default()).await.unwrap(),
        NAMESPACE,
        "podwhy-0",
    );
    let admin = live(control_plane.admin_kubeconfig(), Connection::default()).await.unwrap();
    let admins = RemediationLedger::new(&admin, NAMESPACE, "somebody");
    assert_eq!(ledger.all().await, Err(LedgerError::NotInstalled));
    control_plane
        .install(&["deploy/crds/remediations.yaml", "deploy/policies/remediations.yaml"], &["remediations"])
        .unwrap();

    // a policy is in force a moment after it is stored
    let refused = eventually("the policy is in force", PATIENCE, async || {
        let made = admins.create(&offer("forged")).await;
        admins.remove("forged").await?;
        Ok(made.err().filter(|error| matches!(error, LedgerError::Forbidden(_))))
    });
    let refused = refused.await.unwrap().to_string();
    assert!(refused.contains("agree or decline in the chat"), "{refused}");

    let made = ledger.create(&offer("a")).await.unwrap();
    assert_eq!((&made.spec, &made.status), (&offer("a").spec, &Status::default()));
    assert!(matches!(admins.save(&in_phase(&made, Phase::Approved)).await, Err(LedgerError::Forbidden(_))));
    let patch = r#"{"spec":{"floor":{"approvals":1}}}"#;
    let (done, words) =
        control_plane.say(&["patch", "rem", "a", "-n", NAMESPACE, "--type=merge", "-p", patch]).unwrap();
    assert!(!done && words.contains("never changes"), "{words}");

    let declined = ledger.save(&in_phase(&made, Phase::Declined)).await.unwrap();
    assert_eq!(ledger.save(&made).await, Err(LedgerError::Conflict));
    let back = ledger.save(&in_phase(&declined, Phase::Approved)).await;
    assert!(matches!(&back, Err(LedgerError::Refused(why)) if why.contains("stays so")), "{back:?}");
    let wait = ["wait", "--for=condition=Finished", "--timeout=5s", "rem/a", "-n", NAMESPACE];
    let (done, words) = control_plane.say(&wait).unwrap();
    assert!(done, "{words}");
    let (_, table) = control_plane.say(&["get", "rem", "-n", NAMESPACE]).unwrap();
    for word in ["PHASE", "Declined", "roll-back", "prod", "cart"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    eventually("both steps are told as events", PATIENCE, async || {
        let (_, told) = control_plane.say(&["get", "events.events.k8s.io", "-n", NAMESPACE]).unwrap();
        Ok((told.contains("Offered") && told.contains("Declined")).then_some(()))
    })
    .await
    .unwrap();
    assert_eq!(ledger.remove("a").await, Ok(()));
}
