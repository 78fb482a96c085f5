//! The real `podwhy mcp`, spoken to by hand over its standard input and output.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use podwhy_tests::recordings::repository;
use serde_json::{Value, json};

use crate::terminal::among_recordings;

/// Far more than an answer takes, also beside many other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server.
struct Server {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Server {
    fn start(args: &[&str]) -> Server {
        Server::with_kubeconfig("/nonexistent".as_ref(), args)
    }

    fn with_kubeconfig(kubeconfig: &Path, args: &[&str]) -> Server {
        let mut command = among_recordings("podwhy");
        let mut child = command.arg("mcp").args(args).env("KUBECONFIG", kubeconfig).spawn().unwrap();
        let (told, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            output.lines().map_while(Result::ok).for_each(|line| drop(told.send(line)))
        });
        Server { input: child.stdin.take(), child, lines }
    }

    fn say(&mut self, message: &Value) {
        writeln!(self.input.as_mut().unwrap(), "{message}").unwrap();
    }

    /// The next message; every line is one.
    fn hear(&self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    fn ask(&mut self, id: u64, method: &str, params: &Value) -> Value {
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        let heard = self.hear();
        assert_eq!((&heard["jsonrpc"], &heard["id"]), (&json!("2.0"), &json!(id)), "{heard}");
        heard
    }

    fn begin(&mut self) -> Value {
        let params = json!({"protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "by hand", "version": "1"}});
        let heard = self.ask(1, "initialize", &params);
        self.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        heard["result"].clone()
    }

    fn call(&mut self, id: u64, tool: &str, arguments: &Value) -> Value {
        self.ask(id, "tools/call", &json!({"name": tool, "arguments": arguments}))["result"].clone()
    }

    /// Ends the input; returns the exit code and what stands on standard error. Nothing more may be said.
    fn end(mut self) -> (Option<i32>, String) {
        drop(self.input.take());
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end with its input");
            std::thread::sleep(Duration::from_millis(10));
        };
        assert_eq!(self.lines.iter().collect::<Vec<_>>(), Vec::<String>::new());
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        (status.code(), errors)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // of a test that failed; one that ended is waited for already
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The structured content, which is valid by the committed schema, and the text.
fn valid(result: &Value, schema: &str) -> (Value, String) {
    assert_eq!(result["isError"], false, "{result:#}");
    let path = repository().join("bot/flow/schema").join(format!("{schema}.schema.json"));
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&committed).unwrap();
    let content = result["structuredContent"].clone();
    let errors: Vec<String> = validator.iter_errors(&content).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{content:#}");
    (content, result["content"][0]["text"].as_str().unwrap().to_string())
}

/// What the command line prints with `-o json`.
fn printed(args: &[&str]) -> Value {
    let output =
        among_recordings("podwhy").args(args).args(["--from", "workloads-1", "-o", "json"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn an_assistant_is_answered_from_a_recording() {
    let mut server = Server::start(&["--from", "workloads-1"]);
    let begun = server.begin();
    assert_eq!(begun["serverInfo"]["name"], "podwhy");
    assert_eq!(begun["protocolVersion"], "2025-06-18");
    let listed = server.ask(2, "tools/list", &json!({}));
    let tools = listed["result"]["tools"].as_array().unwrap();
    let names: Vec<&str> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["why", "triage", "explain"]);
    assert!(tools.iter().all(|tool| tool["annotations"]["readOnlyHint"] == true));

    let (why, text) = valid(&server.call(3, "why", &json!({"target": "oom-a/leaky"})), "why");
    assert_eq!(why, printed(&["why", "oom-a/leaky"]), "the same as on the command line");
    assert!(text.contains("oom-killed") && !text.contains('\u{1b}'), "{text}");
    let (triage, text) = valid(&server.call(4, "triage", &json!({})), "triage");
    assert_eq!(triage["failing"], printed(&["triage"])["failing"]);
    assert!(text.contains("oom-killed"), "{text}");
    let explain =
        server.call(5, "explain", &json!({"text": "secret \"payments-db\" not found", "lang": "zh"}));
    assert_eq!(valid(&explain, "why").0["findings"][0]["cause"], "secret-missing");

    let refused = server.call(6, "why", &json!({"target": "oom-a/leeky"}));
    assert_eq!(refused["isError"], true);
    assert!(
        refused["content"][0]["text"].as_str().unwrap().contains("did you mean oom-a/leaky?"),
        "{refused}"
    );
    let unknown = server.ask(7, "tools/call", &json!({"name": "fix", "arguments": {}}));
    assert_eq!(unknown["error"]["code"], -32602, "{unknown}");
    assert_eq!(server.end(), (Some(0), String::new()));
}

#[test]
fn without_a_cluster_texts_are_explained_and_the_rest_is_told() {
    let mut server = Server::start(&[]);
    server.begin();
    let refused = server.call(2, "triage", &json!({}));
    assert_eq!(refused["isError"], true, "{refused}");
    assert!(refused["content"][0]["text"].as_str().unwrap().contains("no cluster"), "{refused}");
    valid(&server.call(3, "explain", &json!({"text": "OOMKilled"})), "why");
    assert_eq!(server.end(), (Some(0), String::new()));
}

/// A program that a kubeconfig names for credentials inherits standard input. This one would read all that the assistant sends.
#[test]
fn a_program_for_credentials_does_not_read_the_protocol() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let kubeconfig = json!({"apiVersion": "v1", "kind": "Config", "current-context": "here",
        "clusters": [{"name": "here", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "me", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "cat",
            "interactiveMode": "IfAvailable"}}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}]});
    std::fs::write(&file, kubeconfig.to_string()).unwrap();
    let mut server = Server::with_kubeconfig(&file, &[]);
    server.begin();
    assert_eq!(server.call(2, "triage", &json!({}))["isError"], true);
    valid(&server.call(3, "explain", &json!({"text": "OOMKilled"})), "why");
    assert_eq!(server.end().0, Some(0));
}

#[test]
fn what_cannot_be_served_is_told_on_stderr_only() {
    let (code, errors) = Server::start(&["--from", "nowhere"]).end();
    assert_eq!(code, Some(2));
    assert!(errors.contains("cannot read nowhere"), "{errors}");
    // a client that goes before it says anything is no failure
    assert_eq!(Server::start(&["--from", "workloads-1"]).end(), (Some(0), String::new()));
}
