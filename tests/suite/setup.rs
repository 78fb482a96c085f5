//! `podwhy setup`: what is missing is named, with what to do, and nothing else is.

use std::path::Path;
use std::process::Command;

use podwhy_fakes::slack::{FakeSlack, Setup};
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{Options, control_plane_or_say, eventually};
use serde_json::{Value, json};

use crate::rbac::{self, PATIENCE, PODWHY};
use crate::terminal::binary;

/// The outcome of everything that was looked at, by part and name.
async fn asked(config: &Path, slack: &FakeSlack, token: &str) -> (Option<i32>, Vec<(String, String, Value)>) {
    let mut command = Command::new(binary("podwhy"));
    command
        .args(["setup", "-o", "json", "--config"])
        .arg(config)
        .args(["--slack-api", &slack.api_url()])
        .env("SLACK_BOT_TOKEN", token)
        .env("SLACK_APP_TOKEN", "xapp-fake");
    if token == "xoxb-fake" {
        command.env("K", "a-key-of-tests-that-is-long-enough");
    }
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let parts: Vec<Value> =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    let mut all = Vec::new();
    for part in &parts {
        for check in part["checks"].as_array().unwrap() {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
            all.push((text(&part["name"]), text(&check["what"]), check.clone()));
        }
    }
    (output.status.code(), all)
}

fn outcome<'c>(checks: &'c [(String, String, Value)], part: &str, what: &str) -> &'c Value {
    let found = checks.iter().find(|(own, name, _)| own == part && name == what);
    &found.unwrap_or_else(|| panic!("no {part} {what} in {checks:#?}")).2
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_missing_is_said_and_nothing_when_all_is_there() {
    let options = Options { kubectl: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("podwhy setup", options) else { return };
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    for namespace in ["podwhy", "kube-system", "kube-node-lease"] {
        server.ensure_namespace(namespace).await.unwrap();
    }
    let account = control_plane.account("podwhy", "podwhy").unwrap();
    let config = control_plane.folder().join("podwhy.toml");
    let text = format!(
        r#"
serve = {{ claims = "leases", namespace = "podwhy" }}
clusters = [
    {{ name = "prod", kubeconfig = {account:?} }},
    {{ name = "gone", kubeconfig = {gone:?} }},
]
default_cluster = "prod"
channels = [{{ app = "slack", id = "C0OPS", read = ["*"] }}, {{ app = "slack", id = "C0QUIET", read = ["*"] }}]
routes = [{{ app = "slack", channel = "C0OPS", of = ["prod:*"], watch = true }}]
people = [{{ slack = "U0ANN", user = "ann", groups = ["sre"] }}]
remediation = {{ signing_key = {{ env = "K" }}, of = ["prod:*"] }}
slack = {{ bot_token = {{ env = "SLACK_BOT_TOKEN" }}, app_token = {{ env = "SLACK_APP_TOKEN" }} }}
"#,
        gone = control_plane.folder().join("gone.json"),
    )
    .replace("read = [\"*\"]", "read = [\"prod:*\"]");
    let gone = json!({"apiVersion": "v1", "kind": "Config", "current-context": "gone",
        "clusters": [{"name": "gone", "cluster": {"server": "http://127.0.0.1:9"}}],
        "contexts": [{"name": "gone", "context": {"cluster": "gone", "user": "nobody"}}], "users": [{"name": "nobody", "user": {}}]});
    std::fs::write(control_plane.folder().join("gone.json"), gone.to_string()).unwrap();
    std::fs::write(&config, &text).unwrap();

    let slack = FakeSlack::start(Setup::default()).await.unwrap();
    let (code, checks) = asked(&config, &slack, "xoxb-fake").await;
    assert_eq!(code, Some(1));
    assert_eq!(outcome(&checks, "Slack", "the bot's token")["outcome"], "fine");
    assert_eq!(outcome(&checks, "Slack", "the app's token")["outcome"], "fine");
    let scopes = outcome(&checks, "Slack", "the bot's scopes");
    assert!(scopes["missing"].as_str().unwrap().contains("files:write (all evidence"), "{scopes}");
    assert_eq!(outcome(&checks, "Slack", "channel C0OPS")["outcome"], "fine");
    assert_eq!(outcome(&checks, "Slack", "channel C0QUIET")["todo"], "/invite @podwhy there");
    let prod = "cluster prod";
    for what in ["incidents", "remediations", "the guard of remediations"] {
        let found = outcome(&checks, prod, what);
        assert!(found["outcome"] == "missing" || found["outcome"] == "unknown", "{found}");
    }
    let rights = outcome(&checks, prod, "rights in all namespaces");
    assert!(rights["missing"].as_str().unwrap().contains("list pods"), "{rights}");
    assert!(rights["todo"].as_str().unwrap().contains("podwhy manifest rbac --cluster prod"), "{rights}");
    let people = outcome(&checks, prod, "writing as the people of the configuration");
    assert_eq!(people["missing"], "impersonate users/ann, impersonate groups/sre");
    assert_eq!(outcome(&checks, "cluster gone", "the API server")["outcome"], "unknown");
    let (_, checks) = asked(&config, &slack, "xoxb-other").await;
    let key = outcome(&checks, "configuration", "remediation.signing_key");
    assert_eq!(key["outcome"], "missing", "{key}");
    let token = outcome(&checks, "Slack", "the bot's token");
    assert!(
        token["missing"] == "Slack says invalid_auth" && !token.to_string().contains("xoxb-other"),
        "{token}"
    );

    let definitions =
        ["deploy/crds/incidents.yaml", "deploy/crds/remediations.yaml", "deploy/policies/remediations.yaml"];
    control_plane.install(&definitions, &["incidents", "remediations"]).unwrap();
    let all: Vec<String> = podwhy_slack::manifest::scopes().map(|(scope, _)| scope.to_string()).collect();
    let slack = FakeSlack::start(Setup { scopes: all, ..Setup::default() }).await.unwrap();
    let whole = text.replace("    { name = \"gone\"", "    # { name = \"gone\"").replace("C0QUIET", "C0OPS");
    let whole = whole.replace(", { app = \"slack\", id = \"C0OPS\", read = [\"prod:*\"] }]", "]");
    std::fs::write(&config, &whole).unwrap();
    rbac::grant(&control_plane, &whole);
    eventually("podwhy has its rights", PATIENCE, async || {
        let may = ["auth", "can-i", "impersonate", "groups/sre", "--as", PODWHY];
        Ok(control_plane.say(&may)?.0.then_some(()))
    })
    .await
    .unwrap();
    let (code, checks) = asked(&config, &slack, "xoxb-fake").await;
    let lacking: Vec<_> = checks
        .iter()
        .filter(|(_, _, check)| check["outcome"] == "missing" || check["outcome"] == "unknown")
        .collect();
    assert_eq!((code, lacking), (Some(0), vec![]));
}

#[test]
fn without_anything_it_says_where_to_begin() {
    let home = tempfile::tempdir().unwrap();
    let output =
        Command::new(binary("podwhy")).arg("setup").env_clear().env("HOME", home.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    for words in ["deploy/slack/README.md", "deploy/discord/README.md", "name a kubeconfig with --kubeconfig"]
    {
        assert!(told.contains(words), "{told}");
    }
}
