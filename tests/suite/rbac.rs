//! The rights that acting takes, on a real API server: what is printed is enough, and worth nobody but who is configured.
//!
//! `UPDATE_EXPECT=1 cargo test -p podwhy-tests rbac` rewrites what is committed.

mod limited;
mod nodes;
mod token;
mod verbs;
mod whole;
pub use whole::lost;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use podwhy_kubernetes::{Connection, LiveCluster};
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say, eventually};
use podwhy_tests::live::live;
use podwhy_tests::recordings::repository;

use crate::manifest::committed;
use crate::terminal::binary;

const NAMESPACE: &str = "podwhy";
/// Who podwhy is to a cluster.
pub const PODWHY: &str = "system:serviceaccount:podwhy:podwhy";

pub const PATIENCE: Duration = Duration::from_secs(60);

/// The rest of a configuration beside people.
const SECTION: &str = "[remediation]\nsigning_key = { env = \"PODWHY_REMEDIATION_KEY\" }\nof = [\"shop\"]\n";

fn person(number: usize, user: &str, groups: &[&str]) -> String {
    format!("[[people]]\nslack = \"U{number}\"\nuser = {user:?}\ngroups = {groups:?}\n")
}

fn manifest(config: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary("podwhy"));
    command.args(["manifest", "rbac", "--config"]).arg(config).args(arguments).output().unwrap()
}

fn printed(config: &str, arguments: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, config).unwrap();
    let output = manifest(&file, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Tells a cluster what is printed for this configuration.
pub fn grant(control_plane: &ControlPlane, config: &str) {
    control_plane.apply(&printed(config, &[])).unwrap();
}

/// podwhy's service account, with the rights that are printed for this configuration and no others: its kubeconfig. They hold: of the last
/// of them it is known.
pub async fn account(control_plane: &ControlPlane, config: &str) -> PathBuf {
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    for namespace in [NAMESPACE, "kube-system", "kube-node-lease"] {
        server.ensure_namespace(namespace).await.unwrap();
    }
    let kubeconfig = control_plane.account(NAMESPACE, "podwhy").unwrap();
    grant(control_plane, config);
    let last =
        if config.contains("[remediation]") { ["create", "subjectaccessreviews"] } else { ["list", "nodes"] };
    eventually("podwhy has its rights", PATIENCE, async || {
        let asked = ["auth", "can-i", last[0], last[1], "--as", PODWHY];
        let all = ["auth", "can-i", "list", "pods", "-A", "--as", PODWHY];
        Ok((control_plane.say(&asked)?.0 && control_plane.say(&all)?.0).then_some(()))
    })
    .await
    .unwrap();
    kubeconfig
}

/// A cluster that was told what is printed for these people, and podwhy by its token.
struct Site {
    control_plane: ControlPlane,
    server: Server,
    kubeconfig: PathBuf,
    bot: LiveCluster,
}

impl Site {
    async fn of(test: &str, people: &str) -> Option<Site> {
        let options = Options { audit: true, kubectl: true, ..Options::default() };
        let control_plane = control_plane_or_say(test, options)?;
        let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
        for namespace in [NAMESPACE, "shop", "search"] {
            server.ensure_namespace(namespace).await.unwrap();
        }
        let kubeconfig = control_plane.account(NAMESPACE, "podwhy").unwrap();
        grant(&control_plane, &format!("{SECTION}{people}"));
        Some(Site {
            bot: live(&kubeconfig, Connection::default()).await.unwrap(),
            control_plane,
            server,
            kubeconfig,
        })
    }

    fn kubectl(&self, arguments: &[&str]) -> String {
        let (done, words) = self.control_plane.say(arguments).unwrap();
        assert!(done && !words.to_lowercase().contains("warning"), "{arguments:?}: {words}");
        words
    }

    /// A rule counts a moment after it is stored: waits until podwhy may ask what somebody may do.
    async fn may_review(&self) {
        eventually("podwhy may review", PATIENCE, async || {
            let asked = ["auth", "can-i", "create", "subjectaccessreviews.authorization.k8s.io"];
            let output = self.as_podwhy(&asked);
            Ok(output.status.success().then_some(()))
        })
        .await
        .unwrap();
    }

    fn as_podwhy(&self, arguments: &[&str]) -> Output {
        let mut kubectl = self.control_plane.kubectl(self.control_plane.admin()).unwrap();
        kubectl.env("KUBECONFIG", &self.kubeconfig).args(arguments).output().unwrap()
    }
}

#[test]
fn the_committed_rights_are_those_of_the_pages_example() {
    let page = std::fs::read_to_string(repository().join("deploy/remediation/README.md")).unwrap();
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
    let current = printed(example.expect("an example configuration"), &[]);
    let message = "run UPDATE_EXPECT=1 cargo test -p podwhy-tests rbac";
    assert_eq!(committed("deploy/remediation/rbac.yaml", &current), current, "{message}");
}

#[test]
fn each_part_is_printed_alone_and_for_the_account_that_is_named() {
    let config = format!("{SECTION}{}", person(1, "ann@example.com", &["sre"]));
    let whole = printed(&config, &[]);
    let (own, target) = (printed(&config, &["--part", "own"]), printed(&config, &["--part", "target"]));
    assert_eq!(whole, format!("{own}---\n{target}"));
    assert!(!own.contains("impersonate") && !target.contains("\"remediations\""), "{whole}");
    let configured =
        printed(&format!("{config}[incidents]\nnamespace = \"ops\"\n"), &["--service-account", "bot"]);
    assert_eq!(configured, whole.replace("\"podwhy\"", "\"ops\"").replace("name: \"ops\"", "name: \"bot\""));
}

#[test]
fn without_anything_to_do_nothing_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    for (config, arguments, wanted) in [
        (String::new(), &["--part", "own"][..], "keeps nothing in its own cluster"),
        (String::new(), &["--cluster", "x"], "has no such cluster"),
        (SECTION.to_string(), &[], "nobody could agree to anything"),
        (format!("{SECTION}{}", person(1, "ann", &["system:masters"])), &[], "Kubernetes' own"),
        (format!("{SECTION}{}", person(1, "ann", &[])), &["--namespace", "a b"], "--namespace a b"),
    ] {
        std::fs::write(&file, config).unwrap();
        let output = manifest(&file, arguments);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{told}");
        assert!(told.contains(wanted), "{told}");
    }
}
