//! The command as a person runs it: what is printed, where, and the exit code.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use podwhy_tests::recordings::repository;
use serde_json::Value;

/// The command under one of its names.
pub fn binary(name: &str) -> PathBuf {
    static NAMED: OnceLock<PathBuf> = OnceLock::new();
    let folder = NAMED.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(std::process::id().to_string());
        std::fs::create_dir_all(&folder).unwrap();
        for name in ["podwhy", "kubectl-podwhy"] {
            let link = folder.join(name);
            // left by an earlier process of this number
            drop(std::fs::remove_file(&link));
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tested-podwhy"), link).unwrap();
        }
        folder
    });
    folder.join(name)
}

/// Runs a program that has to work.
pub fn works(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let told = [output.stdout.clone(), output.stderr.clone()].concat();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&told));
    output
}

/// podwhy in the folder of recordings, with neither the reader's clusters nor their configuration.
pub fn among_recordings(name: &str) -> Command {
    let mut command = Command::new(binary(name));
    command
        .current_dir(repository().join("knowledge/recordings/k8s1.37-containerd"))
        .env("KUBECONFIG", "/nonexistent")
        .env("PODWHY_CONFIG", "/dev/null")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run_in(name: &str, args: &[&str], input: &str) -> Output {
    let mut child = among_recordings(name).args(args).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn run(args: &[&str]) -> (i32, String, String) {
    let output = run_in("podwhy", args, "");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn exit_codes_tell_well_failing_and_unanswered() {
    for (code, args) in [
        (0, &["why", "ok-a/deploy/fine", "--from", "workloads-2"][..]),
        (0, &["why", "zero-a/deploy/asleep", "--from", "workloads-2"]),
        (0, &["triage", "ok-a", "--from", "workloads-2"]),
        (1, &["why", "oom-a/leaky", "--from", "workloads-1"]),
        (1, &["why", "leaky", "-n", "oom-a", "--from", "workloads-1"]),
        (1, &["why", "nfs-a/media", "--from", "workloads-1"]),
        (1, &["triage", "--from", "workloads-1"]),
        (1, &["explain", "OOMKilled"]),
        (1, &["explain", "what is this"]),
    ] {
        let (got, out, err) = run(args);
        assert_eq!(got, code, "{args:?}: {out} {err}");
        assert!(!out.is_empty() && err.is_empty(), "{args:?}: {err}");
    }
}

#[test]
fn what_cannot_be_answered_is_told_on_stderr_only() {
    for (args, part) in [
        (&["why", "oom-a/leeky", "--from", "workloads-1"][..], "did you mean oom-a/leaky?"),
        (&["why", "oom-a/leaky", "-n", "shop", "--from", "workloads-1"], "but -n says \"shop\""),
        (&["why", "svc/web", "--from", "workloads-1"], "svc web not found"),
        (&["why", "oom-a/widget/leaky", "--from", "workloads-1"], "no kind podwhy knows"),
        (&["why", "prod-eu:oom-a/leaky", "--from", "workloads-1"], "no cluster \"prod-eu\""),
        (&["why", "oom-a/leaky"], "--from PATH"),
        (&["why", "oom-a/leaky", "--from", "."], "several recordings"),
        (&["why", "oom-a/leaky", "--from", "nowhere"], "cannot read nowhere"),
        (&["why", "oom-a/leaky", "--from", "workloads-1", "--at", "yesterday"], "--at"),
        (&["triage", "oom-aa", "--from", "workloads-1"], "did you mean oom-a?"),
        (&["why"], "TARGET"),
        (&["nonsense"], "nonsense"),
    ] {
        let (code, out, err) = run(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}");
        assert!(err.contains(part), "{args:?}: {err}");
    }
}

#[test]
fn a_text_is_explained_from_the_argument_and_from_standard_input() {
    let message = "Warning  Failed  2m  kubelet  Error: secret \"payments-db\" not found\nWarning  BackOff  1m  kubelet  other\n";
    let piped = run_in("podwhy", &["explain", "-", "-o", "json"], message);
    let answer: Value = serde_json::from_slice(&piped.stdout).unwrap();
    assert_eq!(answer["findings"][0]["cause"], "secret-missing");
    assert_eq!(answer["findings"][0]["confidence"], "likely");
    assert_eq!(answer["findings"][0]["blame"]["name"], "payments-db");
    let (_, out, _) = run(&["explain", "secret", "\"payments-db\"", "not", "found", "-o", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["findings"][0]["cause"], "secret-missing");
}

#[test]
fn json_and_yaml_say_the_same() {
    let (_, json, _) = run(&["why", "oom-a/leaky", "--from", "workloads-1", "-o", "json"]);
    let (_, yaml, _) = run(&["why", "oom-a/leaky", "--from", "workloads-1", "-o", "yaml"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let yaml = podwhy_tests::yaml::documents("yaml", &yaml);
    assert_eq!(vec![json], yaml);
}

#[test]
fn the_kubectl_plugin_is_the_same_command() {
    let args = ["why", "oom-a/leaky", "--from", "workloads-1"];
    assert_eq!(run_in("podwhy", &args, "").stdout, run_in("kubectl-podwhy", &args, "").stdout);
}

#[test]
fn text_is_readable_at_80_columns_and_has_no_colours_in_a_pipe() {
    for args in [&["why", "prod/db", "--from", "node-lost-a"][..], &["triage", "--from", "workloads-2"]] {
        let (_, out, _) = run(args);
        assert!(!out.contains('\u{1b}'), "{args:?}");
        for line in out.lines().filter(|line| !line.trim_start().starts_with('$')) {
            let one_word = !line.trim().contains(' ');
            assert!(line.chars().count() <= 80 || one_word, "{args:?}: {line}");
        }
    }
}

/// What people read, whole: reviewed when it changes.
#[test]
fn answers_read_as_reviewed() {
    for (name, args) in [
        ("why-oom", &["why", "oom-a/leaky", "--from", "workloads-1"][..]),
        ("why-node-lost", &["why", "prod/sts/db", "--from", "node-lost-a"]),
        ("why-unknown", &["why", "nfs-a/media", "--from", "workloads-1"]),
        ("why-healthy", &["why", "ok-a/fine", "--from", "workloads-2"]),
        ("why-zh", &["why", "taint-a/batch-1", "--from", "workloads-1", "--lang", "zh"]),
        ("triage", &["triage", "--from", "workloads-2"]),
        (
            "explain",
            &[
                "explain",
                "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {gpu: }.",
            ],
        ),
    ] {
        let (_, out, err) = run(args);
        assert_eq!(err, "", "{name}");
        insta::assert_snapshot!(name, out);
    }
}
