//! A real containerd is asked what it holds, and images are removed from it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod pods;

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use podwhy_api::report::RuntimeContainer;
use podwhy_api::ticket::Phase;
use podwhy_node::{Containerd, Image};
use podwhy_node_agent::cri::{Cri, CriError, RemoveError, Removed, User};

use crate::pods::Pod;

const SOON: Duration = Duration::from_secs(60);

/// It waits, and has two names.
const WEB: Image =
    Image { names: &["docker.io/library/web:1", "registry.example:5000/shop/web:1"], ends: false };

/// It ends at once.
const JOB: Image = Image { names: &["docker.io/library/job:1"], ends: true };

fn with(images: &[Image]) -> Option<(Containerd, Cri)> {
    let node = Containerd::start()?;
    for image in images {
        node.import(*image).unwrap();
    }
    let cri = Cri::new(&node.socket());
    Some((node, cri))
}

async fn when_all(cri: &Cri, state: &str) -> Vec<RuntimeContainer> {
    let waiting = async {
        loop {
            let all = cri.containers().await.unwrap();
            if all.iter().all(|one| one.state == state) {
                return all;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.unwrap()
}

fn images(node: &Containerd) -> String {
    node.ctr(&["images", "list", "--quiet"]).unwrap()
}

#[tokio::test]
async fn it_says_what_it_is_and_that_no_network_is_set_up() {
    let Some((_node, cri)) = with(&[]) else { return };
    let version = cri.version().await.unwrap();
    let (name, number) = version.split_once(' ').unwrap();
    assert_eq!(name, "containerd");
    assert!(number.starts_with(|first: char| first.is_ascii_digit()), "{number}");
    let ready = cri.ready().await.unwrap();
    assert!(ready.runtime && !ready.network, "{ready:?}");
    assert!(ready.why.starts_with("NetworkReady: "), "{ready:?}");
    assert_eq!((cri.running().await, cri.containers().await), (Ok(0), Ok(Vec::new())));
}

#[tokio::test]
async fn containers_are_told_with_their_pods_and_times() {
    let Some((node, cri)) = with(&[WEB, JOB]) else { return };
    let earlier = Timestamp::now();
    let pod = Pod::run(&node, "web-0").await;
    let job = pod.create("job", "job:1").await;
    pod.start(&job).await;
    let ended = when_all(&cri, "exited").await.remove(0);
    assert_eq!((ended.namespace.as_str(), ended.pod.as_str()), ("shop", "web-0"));
    assert_eq!((ended.pod_uid.as_str(), ended.name.as_str()), ("uid-of-web-0", "job"));
    assert!(ended.started_at.unwrap() > earlier && ended.finished_at.unwrap() >= ended.started_at.unwrap());

    let web = pod.create("web", "web:1").await;
    let state = async || {
        let all = cri.containers().await.unwrap();
        let web = all.into_iter().find(|one| one.name == "web").unwrap();
        (web.state, web.started_at.is_some(), web.finished_at.is_some(), cri.running().await.unwrap())
    };
    assert_eq!(state().await, ("created".to_string(), false, false, 0));
    pod.start(&web).await;
    assert_eq!(state().await, ("running".to_string(), true, false, 1));
    pod.stop(&web).await;
    assert_eq!(state().await, ("exited".to_string(), true, true, 0));
}

#[tokio::test]
async fn an_image_nobody_uses_goes_under_all_of_its_names() {
    let Some((node, cri)) = with(&[WEB, JOB]) else { return };
    // as a pod names it: without the registry
    let removed = cri.remove_image("web:1").await.unwrap();
    let Removed::Image { id, containers } = removed else { panic!("it was there") };
    assert!(id.starts_with("sha256:") && containers.is_empty());
    let left = images(&node);
    assert!(!left.contains("web:1") && left.contains("job:1"), "{left}");
    assert_eq!(cri.remove_image("web:1").await, Ok(Removed::Gone));
    assert_eq!(cri.remove_image("registry.example:5000/shop/web:1").await, Ok(Removed::Gone));
    // it can be had again, and be removed again
    node.import(WEB).unwrap();
    assert!(matches!(cri.remove_image("registry.example:5000/shop/web:1").await, Ok(Removed::Image { .. })));
}

#[tokio::test]
async fn an_image_in_use_stays_until_its_containers_are_dead_and_takes_them_with_it() {
    let Some((node, cri)) = with(&[WEB, JOB]) else { return };
    let pod = Pod::run(&node, "web-0").await;
    let job = pod.create("job", "job:1").await;
    pod.start(&job).await;
    let web = pod.create("web", "web:1").await;
    let user = User { namespace: "shop".into(), pod: "web-0".into(), container: "web".into() };
    let in_use = RemoveError::InUse { users: vec![user], removed: Vec::new() };
    for name in ["web:1", "registry.example:5000/shop/web:1"] {
        assert_eq!(cri.remove_image(name).await, Err(in_use.clone()), "a created one may start any moment");
    }
    pod.start(&web).await;
    assert_eq!(cri.remove_image("web:1").await, Err(in_use.clone()));
    assert_eq!((in_use.phase(), in_use.word()), (Phase::Refused, "InUse"));
    assert_eq!(in_use.to_string(), "it is in use by web of shop/web-0");

    pod.stop(&web).await;
    when_all(&cri, "exited").await;
    let removed = cri.remove_image("web:1").await.unwrap();
    let Removed::Image { containers, .. } = removed else { panic!("it was there") };
    assert_eq!(containers, [web]);
    let left = cri.containers().await.unwrap();
    assert_eq!(
        left.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(),
        ["job"],
        "another image's is no concern"
    );
    let left = images(&node);
    assert!(!left.contains("web:1") && left.contains("job:1"), "{left}");
}

#[tokio::test]
async fn the_beginning_of_an_id_is_no_name() {
    let Some((node, cri)) = with(&[WEB]) else { return };
    let listed = images(&node);
    let ids: Vec<&str> = listed.lines().filter_map(|line| line.strip_prefix("sha256:")).collect();
    for id in ids {
        let error = cri.remove_image(&id[..12]).await.unwrap_err();
        assert_eq!(error, RemoveError::Another(format!("sha256:{id}")));
        assert_eq!(error.phase(), Phase::Refused);
    }
    assert_eq!(images(&node), listed);
    assert_eq!(cri.remove_image("web:1; rm").await, Err(RemoveError::BadName));
}

#[tokio::test]
async fn no_runtime_is_told_as_that_and_it_is_found_again() {
    let cri = Cri::new(Path::new("/no/such/socket"));
    assert!(matches!(cri.version().await, Err(CriError::Unreachable(_))));
    let error = cri.remove_image("web:1").await.unwrap_err();
    assert_eq!((error.phase(), error.word()), (Phase::Refused, "Unreachable"));
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("late.sock");
    let cri = Cri::new(&socket);
    assert!(cri.running().await.is_err());
    let Some(node) = Containerd::start() else { return };
    std::os::unix::fs::symlink(node.socket(), &socket).unwrap();
    assert_eq!(cri.running().await, Ok(0));
}
