use std::fs;

use tempfile::TempDir;

use super::*;

const FOLDER: &str = "/etc/kubernetes/manifests";
const POD: &str = "\
# made by an installer
---
apiVersion: v1
kind: Pod
metadata: {name: etcd, namespace: kube-system}
spec:
  initContainers:
  - {name: setup, image: cr.example/setup:1}
  containers:
  - {name: etcd, image: cr.example/etcd:3.5.9, env: [{name: A, value: b}]}
---
not: [closed
";

fn node(files: &[(&str, &str)]) -> (TempDir, Host) {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("etc/kubernetes/manifests")).unwrap();
    for (name, text) in files {
        fs::write(root.path().join("etc/kubernetes/manifests").join(name), text).unwrap();
    }
    let host = Host::at(root.path());
    (root, host)
}

#[test]
fn a_manifest_is_read_whatever_its_name_ends_with() {
    let json =
        r#"{"kind":"Pod","metadata":{"name":"proxy"},"spec":{"containers":[{"name":"p","image":"a:1"}]}}"#;
    let (root, host) =
        node(&[("etcd.yaml", POD), ("etcd.yaml.bak", POD), ("proxy", json), (".etcd.yaml.swp", "x")]);
    fs::create_dir_all(root.path().join("etc/kubernetes/manifests/old")).unwrap();
    let seen = manifests(&host, FOLDER);
    assert_eq!(seen.gaps, []);
    let paths: Vec<&str> = seen.found.iter().map(|one| one.path.rsplit('/').next().unwrap()).collect();
    assert_eq!(paths, ["etcd.yaml", "etcd.yaml.bak", "proxy"]);
    let etcd = &seen.found[0];
    assert_eq!(
        (etcd.namespace.as_str(), etcd.name.as_str(), etcd.unread.as_str()),
        ("kube-system", "etcd", "")
    );
    let images: Vec<String> = etcd.images.iter().map(|i| format!("{}={}", i.container, i.image)).collect();
    assert_eq!(images, ["etcd=cr.example/etcd:3.5.9", "setup=cr.example/setup:1"]);
    assert_eq!(etcd.sha256, hex(&Sha256::digest(POD)));
    assert!(etcd.changed_at.unwrap() > Timestamp::UNIX_EPOCH);
    assert_eq!((seen.found[2].namespace.as_str(), seen.found[2].name.as_str()), ("", "proxy"));
}

#[test]
fn what_does_not_parse_says_why_and_shows_nothing_of_the_file() {
    let secret = "kind: Pod\nspec:\n  containers:\n  - name: a\n    env: [{name: PASSWORD, value: hunter2\n";
    let (_root, host) = node(&[("a.yaml", secret), ("b.yaml", "kind: PodList\nitems: []"), ("c.yaml", "")]);
    let seen = manifests(&host, FOLDER);
    assert_eq!(seen.found.len(), 3);
    for (manifest, word) in seen.found.iter().zip(["line", "it is a PodList, not a Pod", "it"]) {
        assert!(manifest.unread.contains(word), "{}", manifest.unread);
        assert!(!manifest.unread.contains("hunter2"), "{}", manifest.unread);
        assert_eq!(manifest.sha256.len(), 64);
    }
}

#[test]
fn a_file_that_is_too_long_is_named_and_not_parsed() {
    let (root, host) = node(&[("b.yaml", POD)]);
    let long = vec![b'#'; 1024 * 1024 + 1];
    fs::write(root.path().join("etc/kubernetes/manifests/a.yaml"), long).unwrap();
    let seen = manifests(&host, FOLDER);
    assert_eq!(seen.found[0].unread, "more than 1048576 bytes");
    assert_eq!(seen.found[1].name, "etcd");
}

#[test]
fn a_link_is_followed_on_the_node_and_one_that_leads_nowhere_is_named() {
    let (root, host) = node(&[]);
    let folder = root.path().join("etc/kubernetes/manifests");
    fs::create_dir_all(root.path().join("data")).unwrap();
    fs::write(root.path().join("data/etcd.yaml"), POD).unwrap();
    std::os::unix::fs::symlink("/data/etcd.yaml", folder.join("a.yaml")).unwrap();
    std::os::unix::fs::symlink("/data/none.yaml", folder.join("b.yaml")).unwrap();
    let seen = manifests(&host, FOLDER);
    let read: Vec<(&str, bool)> =
        seen.found.iter().map(|one| (one.name.as_str(), one.unread.is_empty())).collect();
    assert_eq!(read, [("etcd", true), ("", false)]);
}

#[test]
fn a_folder_may_be_one_file_or_none_and_too_many_files_are_a_gap() {
    let (root, host) = node(&[("one.yaml", POD)]);
    assert_eq!(manifests(&host, "/etc/kubernetes/manifests/one.yaml").found[0].name, "etcd");
    assert_eq!(manifests(&host, "/etc/kubernetes/none"), Seen::default());
    for number in 0..MOST_FILES {
        fs::write(root.path().join(format!("etc/kubernetes/manifests/{number}")), POD).unwrap();
    }
    let seen = manifests(&host, FOLDER);
    assert_eq!((seen.found.len(), seen.gaps.len()), (MOST_FILES, 1));
}
