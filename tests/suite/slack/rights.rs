//! Each person's own rights, by a real API server's word: what one may not see is answered like what is not there.

use podwhy_fakes::slack::FakeSlack;
use podwhy_tests::bridge::Server;
use podwhy_tests::chat::{Bot, SOON, channel};
use podwhy_tests::control_plane::{Options, control_plane_or_say};
use serde_json::json;

use super::{no_violations, said, whispered};
use crate::live::shop;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_reads_what_the_cluster_lets_them() {
    let Some(control_plane) = control_plane_or_say("each person's rights", Options::default()) else {
        return;
    };
    let _kubelet = shop(&control_plane).await;
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    // ann may see pods and their logs; bob pods only; eve is mapped and may nothing
    let get = |resources: &[&str]| json!([{"apiGroups": [""], "resources": resources, "verbs": ["get"]}]);
    server.grant("shop", "ann", &get(&["pods", "pods/log"])).await.unwrap();
    server.grant("shop", "bob", &get(&["pods"])).await.unwrap();
    let slack = FakeSlack::start(super::subscribed()).await.unwrap();
    let more = format!(
        "[read]\nas = \"person\"\n[[people]]\nslack = \"U0ANN\"\nuser = \"ann\"\n[[people]]\nslack = \"U0BOB\"\nuser = \"bob\"\n{}",
        channel("slack", "C0OPS").replace("playground:*", "*")
    );
    let kubeconfig = Some(control_plane.admin_kubeconfig().to_path_buf());
    let _running = Bot { slack: Some(&slack), kubeconfig, more, ..Bot::default() }.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();

    slack.slash("U0ANN", "C0OPS", "why shop/cart-0").unwrap();
    said(&slack, "C0OPS", "secret-missing").await;
    slack.slash("U0ANN", "C0OPS", "logs shop/worker-0 --previous").unwrap();
    said(&slack, "C0OPS", "cannot connect").await;
    // bob sees the pod and not one line of its log
    slack.slash("U0BOB", "C0OPS", "logs shop/worker-0 --previous").unwrap();
    whispered(&slack, "U0BOB", "Logs of this namespace are not shown here").await;
    slack.slash("U0BOB", "C0OPS", "why kube-system/anything").unwrap();
    whispered(&slack, "U0BOB", "pod or workload kube-system/anything not found").await;
    // a triage of everything holds what one may see
    slack.slash("U0BOB", "C0OPS", "triage").unwrap();
    let triage = said(&slack, "C0OPS", "failing").await.everything();
    assert!(triage.contains("secret-missing") && !triage.contains("cannot connect"), "{triage}");
    no_violations(&slack);
}
