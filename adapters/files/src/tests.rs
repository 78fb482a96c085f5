use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: cart-0, namespace: shop, creationTimestamp: '2026-01-01T00:00:00Z'}\nspec:\n  containers: [{name: app}]\n";

fn dump(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn read_all(folder: &TempDir) -> Dump {
    read(folder.path(), &Options::default()).unwrap()
}

fn key(name: &str) -> (String, String) {
    ("shop".to_string(), name.to_string())
}

#[test]
fn yaml_json_lists_and_logs_are_read() {
    let list = r#"{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a","namespace":"shop"},"spec":{"containers":[]}}]}
{"kind":"Node","apiVersion":"v1","metadata":{"name":"n1"}}
==== START logs for container app of pod shop/cart-0 ====
{"not": "an object"}
==== END logs for container app of pod shop/cart-0 ====
"#;
    let folder = dump(&[
        ("shop/pods.yaml", POD),
        ("all.json", list),
        ("shop/cart-0/side.previous.log", "gone\n"),
        ("truth.json", "{}"),
        ("notes.txt", "not ours"),
    ]);
    let dump = read_all(&folder);
    assert_eq!(dump.warnings, Vec::<String>::new());
    assert!(dump.world.pods.contains_key(&key("cart-0")) && dump.world.pods.contains_key(&key("a")));
    assert!(dump.world.nodes.contains_key("n1"));
    let log = |container: &str| {
        dump.world.logs[&("shop".to_string(), "cart-0".to_string(), container.to_string())].clone()
    };
    assert_eq!(log("app").current.as_deref(), Some("{\"not\": \"an object\"}"));
    assert_eq!(log("side").previous.as_deref(), Some("gone"));
    assert_eq!(dump.world.taken_at.at, "2026-01-01T00:00:00Z".parse().unwrap());
    assert!(!dump.world.taken_at.exact);
}

#[test]
fn cluster_info_logs_of_a_single_container_need_no_marker() {
    let folder = dump(&[("shop/pods.yaml", POD), ("shop/cart-0/logs.txt", "hello\n")]);
    let world = read_all(&folder).world;
    let key = ("shop".to_string(), "cart-0".to_string(), "app".to_string());
    assert_eq!(world.logs[&key].current.as_deref(), Some("hello"));
}

#[test]
fn one_bad_document_loses_nothing_else() {
    let text = format!(
        "{POD}---\nkind: [\n---\nkind: Pod\nmetadata: {{name: b, namespace: shop}}\nspec: 7\n---\n- 1\n"
    );
    let folder = dump(&[("mixed.yaml", &text), ("broken.json", "{\"kind\": ")]);
    let dump = read_all(&folder);
    assert!(dump.world.pods.contains_key(&key("cart-0")));
    let all = dump.warnings.join("\n");
    for part in ["broken.json: JSON", "mixed.yaml: YAML document 2", "Pod shop/b", "has no kind"] {
        assert!(all.contains(part), "{part} in {all}");
    }
}

#[test]
fn the_dumps_own_time_and_the_flag_come_first() {
    let folder = dump(&[
        ("a.yaml", POD),
        ("podwhy-dump.json", r#"{"taken_at":"2026-02-01T00:00:00Z","cluster":"eu"}"#),
    ]);
    let own = read_all(&folder).world;
    assert_eq!((own.taken_at.at, own.taken_at.exact), ("2026-02-01T00:00:00Z".parse().unwrap(), true));
    assert_eq!(own.cluster, "eu");
    let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    let options = Options { at: Some(at), ..Options::default() };
    assert_eq!(read(folder.path(), &options).unwrap().world.taken_at.at, at);
}

#[test]
fn one_name_with_two_uids_in_two_folders_is_two_recordings() {
    let folder = tempfile::tempdir().unwrap();
    for (name, uid) in [("monday", "a"), ("tuesday", "b")] {
        let below = folder.path().join(name);
        fs::create_dir(&below).unwrap();
        let pod = format!("{{kind: Pod, apiVersion: v1, metadata: {{name: p, namespace: n, uid: {uid}}}}}\n");
        fs::write(below.join("all.yaml"), pod).unwrap();
    }
    let error = read(folder.path(), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("several") && error.contains("monday") && error.contains("tuesday"), "{error}");
}

#[test]
fn several_recordings_are_listed() {
    let folder = dump(&[("one/cluster.yaml", POD), ("two/cluster.yaml", POD)]);
    let error = read(folder.path(), &Options::default()).unwrap_err().to_string();
    assert!(
        error.contains("several recordings") && error.contains("one") && error.contains("two"),
        "{error}"
    );
}

#[test]
fn nothing_and_nowhere_are_errors() {
    let folder = dump(&[("a.txt", "x"), ("b.json", "{\"a\": 1}")]);
    let error = read(folder.path(), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("no Kubernetes object") && error.contains("b.json"), "{error}");
    assert!(matches!(read(&folder.path().join("none"), &Options::default()), Err(ReadError::Io { .. })));
}

#[test]
fn limits_hold() {
    let folder = dump(&[("a.yaml", POD), ("b.yaml", &POD.replace("cart-0", "cart-1"))]);
    for limits in [Limits { bytes: 100, ..Limits::default() }, Limits { objects: 1, ..Limits::default() }] {
        let result = read(folder.path(), &Options { limits, ..Options::default() });
        assert!(matches!(result, Err(ReadError::TooLarge { .. })), "{limits:?}");
    }
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_string();
    for (name, before) in ('b'..='k').zip('a'..='j') {
        bomb.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", ")));
    }
    let folder = dump(&[("bomb.yaml", &bomb), ("a.yaml", POD)]);
    let dump = read_all(&folder);
    assert!(dump.warnings.iter().any(|w| w.contains("bomb.yaml")), "{:?}", dump.warnings);
    assert!(dump.world.pods.contains_key(&key("cart-0")));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let outside = dump(&[("secret.yaml", &POD.replace("cart-0", "stolen"))]);
    let folder = dump(&[("a.yaml", POD)]);
    std::os::unix::fs::symlink(outside.path().join("secret.yaml"), folder.path().join("link.yaml")).unwrap();
    let dump = read_all(&folder);
    assert!(!dump.world.pods.contains_key(&key("stolen")));
    assert!(dump.warnings.iter().any(|w| w.contains("leads out")), "{:?}", dump.warnings);
}

#[test]
fn secrets_are_kept_by_their_keys_only() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\ndata: {password: Y2FuYXJ5}\nstringData: {token: canary}\n";
    let folder = dump(&[("s.yaml", secret)]);
    let shown = format!("{:?}", read_all(&folder).world);
    assert!(
        shown.contains("password") && !shown.contains("canary") && !shown.contains("Y2FuYXJ5"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = parse::objects(&text, &mut Vec::new());
    }
}
