//! The command line on a cluster that lives: names a shell completes, answers that change, several clusters.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say};
use serde_json::{Value, json};

use crate::live::shop;
use crate::terminal::binary;

/// What bash is offered for the last word of a line.
fn offered(control_plane: &ControlPlane, words: &[&str]) -> Vec<String> {
    let output = Command::new(binary("podwhy"))
        .arg("--")
        .args(words)
        .env("COMPLETE", "bash")
        .env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string())
        .env("_CLAP_COMPLETE_COMP_TYPE", "9")
        .env("_CLAP_COMPLETE_SPACE", "true")
        .env("_CLAP_IFS", "\n")
        .env("KUBECONFIG", control_plane.admin_kubeconfig())
        .env("PODWHY_CONFIG", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.trim().to_string()).filter(|line| !line.is_empty()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_completes_namespaces_pods_and_contexts() {
    let Some(control_plane) = control_plane_or_say("completion", Options::default()) else { return };
    let _kubelet = shop(&control_plane).await;
    assert_eq!(offered(&control_plane, &["podwhy", "why", "sh"]), ["shop/"]);
    assert_eq!(offered(&control_plane, &["podwhy", "why", "shop/"]), ["shop/cart-0", "shop/worker-0"]);
    assert_eq!(offered(&control_plane, &["podwhy", "dump", "shop/w"]), ["shop/worker-0"]);
    assert_eq!(offered(&control_plane, &["podwhy", "triage", "kube-s"]), ["kube-system"]);
    assert_eq!(offered(&control_plane, &["podwhy", "why", "x", "-n", "sh"]), ["shop"]);
    assert_eq!(offered(&control_plane, &["podwhy", "why", "x", "--context", "t"]), ["test"]);
    assert_eq!(offered(&control_plane, &["podwhy", "why", "nothing-like-it/"]), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_shows_each_new_answer_once() {
    let Some(control_plane) = control_plane_or_say("--watch", Options::default()) else { return };
    let _kubelet = shop(&control_plane).await;
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    let mut child = Command::new(binary("podwhy"))
        .args(["why", "shop/cart-0", "--watch", "-o", "yaml"])
        .env("KUBECONFIG", control_plane.admin_kubeconfig())
        .env("PODWHY_CONFIG", "/dev/null")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (tell, told) = mpsc::channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in out.lines().map_while(Result::ok).filter(|line| line.starts_with("verdict:")) {
            if tell.send(line).is_err() {
                break;
            }
        }
    });
    let next = || told.recv_timeout(Duration::from_secs(60)).expect("an answer");
    assert_eq!(next(), "verdict: failing");
    let running = json!({"status": {"phase": "Running", "conditions": [
            {"type": "Ready", "status": "True"}, {"type": "ContainersReady", "status": "True"},
            {"type": "PodScheduled", "status": "True"}, {"type": "Initialized", "status": "True"}],
        "containerStatuses": [{"name": "app", "image": "example.org/app:1", "imageID": "", "ready": true,
            "started": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-11-24T09:00:00Z"}}}]}});
    server.report("Pod", "shop", "cart-0", &running).await.unwrap();
    assert_eq!(next(), "verdict: healthy", "what did not change was told again");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_names_several_clusters() {
    let Some(control_plane) = control_plane_or_say("several clusters", Options::default()) else { return };
    let _kubelet = shop(&control_plane).await;
    let folder = tempfile::tempdir().unwrap();
    let clusters = format!(
        "[[clusters]]\nname = \"prod-eu\"\nkubeconfig = {:?}\nnamespace = \"shop\"\n\
         [[clusters]]\nname = \"lab\"\nkubeconfig = \"/nonexistent/kubeconfig\"\n",
        control_plane.admin_kubeconfig()
    );
    let config = |name: &str, text: String| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let open = config("open.toml", clusters.clone());
    let default = config("default.toml", format!("default_cluster = \"prod-eu\"\n{clusters}"));
    let ask = |config: &std::path::Path, args: &[&str]| {
        let output = Command::new(binary("podwhy"))
            .args(args)
            .env("KUBECONFIG", "/nonexistent")
            .env("PODWHY_CONFIG", config)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let (code, out, err) = ask(&open, &["why", "cart-0"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("which cluster?") && err.contains("prod-eu, lab"), "{err}");
    let named = ask(&open, &["why", "prod-eu:cart-0", "-o", "json"]);
    let by_default = ask(&default, &["why", "cart-0", "-o", "json"]);
    for (code, out, err) in [named, by_default] {
        assert_eq!((code, err.as_str()), (1, ""), "{out}");
        let answer: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(answer["target"]["cluster"], json!("prod-eu"));
        assert_eq!(answer["target"]["namespace"], json!("shop"), "the cluster's own default namespace");
        assert_eq!(answer["findings"][0]["cause"], json!("secret-missing"));
    }
    let (code, _, err) = ask(&default, &["why", "prod-ue:cart-0"]);
    assert_eq!(code, 2);
    assert!(err.contains("did you mean prod-eu?"), "{err}");
    // the one that is broken says so by its own name and takes nothing from the other
    let (code, _, err) = ask(&default, &["why", "lab:cart-0"]);
    assert_eq!(code, 2);
    assert!(err.contains("/nonexistent/kubeconfig"), "{err}");
}
