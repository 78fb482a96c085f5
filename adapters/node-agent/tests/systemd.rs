//! Units of a real systemd are looked at and restarted.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;
use podwhy_api::ticket::Phase;
use podwhy_node::{Systemd as Node, until};
use podwhy_node_agent::units::{Never, Patience, RestartError, Systemd, UnitError};

const RUNS: &str = "[Service]\nExecStart=sleep infinity\n";

const SOON: Duration = Duration::from_secs(30);

fn patience() -> Patience {
    let steady = Duration::from_millis(300);
    Patience { cooldown: SignedDuration::ZERO, within: SOON, steady }
}

async fn connected(node: &Node) -> Systemd {
    Systemd::connect(&node.address()).await.unwrap()
}

/// A unit that writes a line for each of its starts, and then does something else.
fn counting(node: &Node, then: &str) -> (String, impl Fn() -> usize) {
    let file = node.folder().join("starts");
    let text = format!("ExecStart=sh -c 'echo start >> {}; {then}'\n", file.display());
    (text, move || fs::read_to_string(&file).unwrap_or_default().lines().count())
}

#[tokio::test]
async fn a_restarted_unit_is_of_another_invocation() {
    let Some(node) = Node::start() else { return };
    let (exec, starts) = counting(&node, "exec sleep infinity");
    node.unit("kubelet.service", &format!("[Service]\n{exec}")).unwrap();
    node.run("kubelet.service").unwrap();
    let started = |times| {
        let look = || if starts() == times { Ok(()) } else { Err(format!("{} starts", starts())) };
        until(SOON, "it was started", look)
    };
    // it counts as started before its program has run
    started(1).unwrap();
    let systemd = connected(&node).await;
    let seen = systemd.unit("kubelet.service").await.unwrap();
    assert_eq!(
        (seen.active.as_str(), seen.sub.as_str(), seen.result.as_str()),
        ("active", "running", "success")
    );
    assert_eq!(seen.invocation.len(), 32);
    let restarted = systemd.restart("kubelet.service", patience()).await.unwrap();
    assert_eq!(restarted.before, seen);
    assert_ne!(restarted.after.invocation, seen.invocation);
    assert!(restarted.after.since > seen.since);
    assert_eq!(restarted.after, systemd.unit("kubelet.service").await.unwrap());
    started(2).unwrap();
    // the same connection may be used again
    systemd.restart("kubelet.service", patience()).await.unwrap();
}

#[tokio::test]
async fn a_start_that_fails_is_told_once_and_not_tried_again() {
    let Some(node) = Node::start() else { return };
    let (exec, starts) = counting(&node, "exit 3");
    node.unit("containerd.service", &format!("[Service]\nType=notify\n{exec}")).unwrap();
    let systemd = connected(&node).await;
    let error = systemd.restart("containerd.service", patience()).await.unwrap_err();
    assert_eq!((error.phase(), error.word()), (Phase::Failed, "Failed"));
    let RestartError::Failed { unit, why, before, after, .. } = error else { panic!("{error}") };
    assert_eq!((unit.as_str(), before.active.as_str()), ("containerd.service", "inactive"));
    assert_eq!(after.unwrap().result, "exit-code");
    assert_eq!(why, "its job ended as failed; it is failed (failed), its result is exit-code");
    assert_eq!(starts(), 1);
}

#[tokio::test]
async fn a_service_that_starts_and_dies_does_not_run() {
    let Some(node) = Node::start() else { return };
    // its start is over when it was forked; systemd starts it again by itself
    for (name, restart) in [
        ("one.service", "no"),
        ("two.service", "always\nRestartSec=1h"),
        ("three.service", "always\nRestartSec=10ms"),
    ] {
        let program = "sh -c 'sleep 0.05; exit 1'";
        node.unit(name, &format!("[Service]\nExecStart={program}\nRestart={restart}\n")).unwrap();
        let steady = Duration::from_secs(20);
        let error =
            connected(&node).await.restart(name, Patience { steady, ..patience() }).await.unwrap_err();
        assert!(matches!(error, RestartError::Failed { .. }), "{name}: {error}");
    }
}

#[tokio::test]
async fn what_is_not_there_or_was_started_a_moment_ago_is_left_alone() {
    let Some(node) = Node::start() else { return };
    let systemd = connected(&node).await;
    let error = systemd.restart("kubelet.service", patience()).await.unwrap_err();
    assert_eq!(error, RestartError::Unit(UnitError::NotFound("kubelet.service".to_string())));
    assert_eq!(error.phase(), Phase::Refused);
    assert_eq!(systemd.unit("no such").await, Err(UnitError::BadName));

    node.unit("kubelet.service", RUNS).unwrap();
    node.run("kubelet.service").unwrap();
    let before = systemd.unit("kubelet.service").await.unwrap();
    let cooldown = SignedDuration::from_mins(10);
    let error = systemd.restart("kubelet.service", Patience { cooldown, ..patience() }).await.unwrap_err();
    assert!(matches!(error, RestartError::TooSoon { .. }), "{error}");
    assert_eq!(error.phase(), Phase::Refused);
    assert_eq!(systemd.unit("kubelet.service").await.unwrap(), before);
}

#[tokio::test]
async fn a_servers_unit_is_none_also_under_another_name() {
    let Some(node) = Node::start() else { return };
    node.unit("k3s.service", RUNS).unwrap();
    symlink("k3s.service", node.folder().join("units/kubelet.service")).unwrap();
    node.systemctl(&["daemon-reload"]).unwrap();
    node.run("k3s.service").unwrap();
    let systemd = connected(&node).await;
    let before = systemd.unit("kubelet.service").await.unwrap();
    assert_eq!(before.name, "k3s.service");
    let error = systemd.restart("kubelet.service", patience()).await.unwrap_err();
    assert!(matches!(error, RestartError::Never(Never::Server { .. })), "{error}");
    assert_eq!(systemd.unit("k3s.service").await.unwrap(), before);
}

#[tokio::test]
async fn the_first_that_is_loaded_is_found() {
    let Some(node) = Node::start() else { return };
    node.unit("crio.service", RUNS).unwrap();
    symlink("/dev/null", node.folder().join("units/containerd.service")).unwrap();
    node.systemctl(&["daemon-reload"]).unwrap();
    let systemd = connected(&node).await;
    let found = systemd.find(&podwhy_node_agent::units::RUNTIMES).await.unwrap();
    assert_eq!(found.as_deref(), Some("crio.service"), "a masked one is not loaded");
    assert_eq!(systemd.find(&["kubelet.service"]).await.unwrap(), None);
}

#[tokio::test]
async fn what_systemd_does_not_take_was_not_done() {
    let Some(node) = Node::start() else { return };
    node.unit("kubelet.service", &format!("[Unit]\nRefuseManualStart=yes\n{RUNS}")).unwrap();
    let error = connected(&node).await.restart("kubelet.service", patience()).await.unwrap_err();
    assert_eq!((error.phase(), error.word()), (Phase::Refused, "NotTaken"), "{error}");
}

/// A unit that does not stop.
fn stuck(node: &Node) {
    node.unit("kubelet.service", &format!("{RUNS}ExecStop=sleep infinity\nTimeoutStopSec=infinity\n"))
        .unwrap();
    node.run("kubelet.service").unwrap();
}

#[tokio::test]
async fn what_is_not_over_in_time_is_unclear() {
    let Some(node) = Node::start() else { return };
    stuck(&node);
    let systemd = connected(&node).await;
    let hasty = Patience { within: Duration::from_millis(300), ..patience() };
    let error = systemd.restart("kubelet.service", hasty).await.unwrap_err();
    assert_eq!((error.phase(), error.word()), (Phase::Unclear, "Unclear"));
    let RestartError::Unclear { why, .. } = error else { panic!("{error}") };
    assert_eq!(why, "its job was not over in time; it is deactivating (stop)");
}

#[tokio::test]
async fn what_a_lost_bus_did_not_tell_is_unclear() {
    let Some(node) = Node::start() else { return };
    stuck(&node);
    let systemd = connected(&node).await;
    let lose = async {
        let stopping =
            async |systemd: &Systemd| systemd.unit("kubelet.service").await.unwrap().active == "deactivating";
        let looking = connected(&node).await;
        while !stopping(&looking).await {
            tokio::task::yield_now().await;
        }
        node.systemctl(&["kill", "--signal=KILL", "dbus.service"]).unwrap();
    };
    let restart = systemd.restart("kubelet.service", patience());
    let both = futures::future::join(restart, lose);
    let (restarted, ()) = tokio::time::timeout(SOON, both).await.unwrap();
    let error = restarted.unwrap_err();
    let RestartError::Unclear { why, .. } = &error else { panic!("{error}") };
    assert!(why.starts_with("the connection was lost"), "{why}");
}

#[tokio::test]
async fn no_bus_is_no_systemd() {
    let error = Systemd::connect("unix:path=/no/such/bus").await.unwrap_err();
    assert!(matches!(error, UnitError::Unreachable(_)), "{error}");
}

#[tokio::test]
async fn whether_containers_live_on_is_read_from_the_unit() {
    let Some(node) = Node::start() else { return };
    let systemd = connected(&node).await;
    let config = node.folder().join("daemon.json");
    let survival = async |unit: &str, config: &Path| {
        let survival = systemd.survival(unit, config).await;
        (survival.survive, survival.because)
    };
    let told = |survive: Option<bool>, because: &str| (survive, because.to_string());
    assert_eq!(
        survival("containerd.service", &config).await,
        told(None, "there is no unit containerd.service")
    );
    node.unit("containerd.service", &format!("{RUNS}KillMode=process\n")).unwrap();
    assert_eq!(survival("containerd.service", &config).await, told(Some(true), "KillMode=process"));
    node.unit("containerd.service", RUNS).unwrap();
    assert_eq!(survival("containerd.service", &config).await, told(Some(false), "KillMode=control-group"));
    node.unit("cri-docker.service", RUNS).unwrap();
    assert_eq!(survival("cri-docker.service", &config).await.0, Some(true));

    let conmon = "[Service]\nExecStart=sh -c 'sleep infinity & exec sleep infinity'\n";
    node.unit("crio.service", conmon).unwrap();
    node.run("crio.service").unwrap();
    let mixed = async || survival("crio.service", &config).await;
    tokio::time::timeout(SOON, async { while mixed().await.0.is_some() {} }).await.unwrap();
    let because = "KillMode=control-group, and more than CRI-O is in its unit";
    assert_eq!(mixed().await, told(None, because));
    node.unit("crio.service", RUNS).unwrap();
    node.systemctl(&["restart", "crio.service"]).unwrap();
    assert_eq!(mixed().await.0, Some(true));
}

#[tokio::test]
async fn docker_stops_its_containers_unless_live_restore_is_on() {
    let Some(node) = Node::start() else { return };
    let systemd = connected(&node).await;
    let config = node.folder().join("daemon.json");
    node.unit("containerd.service", &format!("{RUNS}KillMode=process\n")).unwrap();
    // as older packages of docker have it
    node.unit("docker.service", &format!("[Unit]\nBindsTo=containerd.service\n{RUNS}KillMode=process\n"))
        .unwrap();
    let containerd = async || systemd.survival("containerd.service", &config).await.survive;
    let docker = async || systemd.survival("docker.service", &config).await.survive;
    node.run("docker.service").unwrap();
    assert_eq!((docker().await, containerd().await), (Some(false), Some(false)));
    // a file's time is that of the kernel's last tick, which may be before the start that was a moment ago
    let not_read_yet = async {
        loop {
            fs::write(&config, r#"{"live-restore": true}"#).unwrap();
            if docker().await.is_none() {
                break;
            }
        }
    };
    tokio::time::timeout(SOON, not_read_yet).await.expect("docker has not read it yet");
    node.systemctl(&["restart", "docker.service"]).unwrap();
    assert_eq!((docker().await, containerd().await), (Some(true), Some(true)));
    node.systemctl(&["stop", "docker.service"]).unwrap();
    fs::remove_file(&config).unwrap();
    assert_eq!(containerd().await, Some(true), "docker does not run");
}
