//! The console's buttons, as a program presses them: whom one acts as is chosen, and what Kubernetes does not let them is not done.

use std::process::Command;
use std::sync::Arc;

use podwhy::config::{Inputs, load};
use podwhy::{ConsoleOptions, Options, Running};
use podwhy_tests::chat::SOON;
use podwhy_tests::control_plane::eventually;
use serde_json::{Value, json};

use crate::console::{Person, configured, started};
use crate::terminal::binary;

/// Evicted for memory, in the playground.
pub const EVICTED: &str = "search/ranker-7d8f9b5c4-t6wxn";

/// In a namespace of the playground where two have to agree.
pub const PROTECTED: &str = "frontier/proxy-7c9f6d5b88-k7w2p";

/// A configuration that asks for the name as well.
pub fn careful(folder: &tempfile::TempDir) -> Inputs {
    let file = folder.path().join("config.toml");
    let text = "[[people]]\nslack = \"U0ANN\"\nuser = \"ann\"\n[remediation]\n\
        signing_key = { env = \"PODWHY_REMEDIATION_KEY\" }\nof = [\"playground:*\"]\ntyped_name = true\n\
        [[channels]]\napp = \"slack\"\nid = \"C0OPS\"\nread = [\"playground:*\"]\n\
        [slack]\nbot_token = { env = \"SLACK_BOT_TOKEN\" }\napp_token = { env = \"SLACK_APP_TOKEN\" }\n";
    std::fs::write(&file, text).unwrap();
    Inputs { file: Some(file), ..Inputs::default() }
}

/// What an attribute of the markup says.
fn attribute(html: &str, name: &str) -> String {
    let rest = html.split_once(&format!("{name}=\"")).unwrap_or_else(|| panic!("no {name}: {html}")).1;
    rest.split_once('"').unwrap().0.to_string()
}

async fn press(person: &Person, name: &str, by: &str, typed: Option<&str>) -> Result<String, String> {
    let body = json!({"name": name, "agree": true, "as": by, "typed": typed});
    let answer = person.post("/api/actions", &body).await;
    let told = answer.json().unwrap();
    match answer.status {
        200 => Ok(told["html"].as_str().unwrap().to_string()),
        _ => Err(told["error"].as_str().unwrap().to_string()),
    }
}

async fn offered(person: &Person, pod: &str) -> String {
    let reply =
        person.post("/api/ask", &json!({"text": format!("fix {pod}"), "as": "ann"})).await.json().unwrap();
    assert_eq!(reply["once"], json!(true), "{reply}");
    attribute(reply["html"].as_str().unwrap_or_else(|| panic!("{reply}")), "data-name")
}

async fn until_told(person: &Person, name: &str, wanted: &str) -> String {
    let looked = async || {
        let cards = person.get(&format!("/api/actions?names={name}")).await.json()?;
        let html = cards["cards"][name]["html"].as_str().unwrap_or_default().to_string();
        anyhow::Ok(html.contains(wanted).then_some(html))
    };
    eventually(wanted, SOON, looked).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_agreed_to_is_done_and_helps_and_is_on_record() {
    let running = started("en", &Arc::default()).await;
    let person = Person::enter(running.url().unwrap()).await;
    let why = person.ask(&format!("why {EVICTED}")).await;
    let html = why["html"].as_str().unwrap();
    assert!(html.contains("Delete failed pod") && html.contains("One person has to agree."), "{html}");
    assert!(why["text"].as_str().unwrap().contains("• Delete failed pod"), "{why}");
    let (key, target) = (attribute(html, "data-key"), attribute(html, "data-target"));
    let body = json!({"key": key, "target": target, "as": "vic"});
    let offer = person.post("/api/actions/offer", &body).await.json().unwrap();
    let name = offer["name"].as_str().unwrap();
    // it stands once, wherever it is looked at
    let again = person.ask(&format!("why {EVICTED}")).await;
    assert_eq!(attribute(again["html"].as_str().unwrap(), "data-name"), name);
    assert_eq!(offered(&person, EVICTED).await, name);
    for (by, why) in [
        ("vic", "Kubernetes does not let vic do this: `delete pods"),
        ("root", "root may do everything in this cluster"),
        ("eve", "Nobody is called \"eve\" here"),
    ] {
        let refused = press(&person, name, by, None).await.unwrap_err();
        assert!(refused.contains(why), "{by}: {refused}");
    }
    let waiting = person.ask("approvals").await;
    assert!(waiting["html"].as_str().unwrap().contains(name), "{waiting}");
    press(&person, name, "ann", None).await.unwrap();
    let done = until_told(&person, name, "Done, and it helped").await;
    assert!(done.contains("agreed</span> · ann") && !done.contains("data-act"), "{done}");
    assert!(person.ask("approvals").await["text"].as_str().unwrap().contains("Nothing waits"));
    assert!(person.ask("history").await["html"].as_str().unwrap().contains(name));
    on_record(&running, name);
}

/// What a terminal shows of it.
fn on_record(running: &Running, name: &str) {
    let podwhy = |args: &[&str]| {
        let kubeconfig = running.kubeconfig().unwrap();
        let output = Command::new(binary("podwhy"))
            .args(["remediations", "-n", "podwhy", "--kubeconfig"])
            .arg(kubeconfig)
            .args(args)
            .env("PODWHY_CONFIG", "/dev/null")
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, list, _) = podwhy(&[]);
    assert_eq!(code, Some(0));
    assert!(list.contains("HELPED  Delete failed pod") && list.contains("agreed: ann"), "{list}");
    let (_, one, _) = podwhy(&[name]);
    for part in
        ["Pod search/ranker-7d8f9b5c4-t6wxn: Done", "ann (console)", "Offered · vic", "Succeeded · podwhy/"]
    {
        assert!(one.contains(part), "{part}: {one}");
    }
    let (_, json, _) = podwhy(&["--phase", "succeeded", "-o", "json"]);
    let told: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(told["remediations"][0]["name"], json!(name));
    let (_, none, _) = podwhy(&["--phase", "declined"]);
    assert!(none.contains("Nothing was offered"), "{none}");
    let (code, out, error) = podwhy(&["nothing-like-it"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(error.contains("there is no remediation \"nothing-like-it\" in namespace podwhy"), "{error}");
    let (code, _, error) = podwhy(&["--phase", "done"]);
    assert!(code == Some(2) && error.contains("Succeeded"), "{error}");
}

#[tokio::test]
async fn two_agree_where_two_have_to_and_a_name_is_typed_where_one_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let running = configured(careful(&folder), "en", &Arc::default()).await;
    let person = Person::enter(running.url().unwrap()).await;
    let name = offered(&person, PROTECTED).await;
    let pod = PROTECTED.split_once('/').unwrap().1;
    let wrong = press(&person, &name, "ann", Some("proxy")).await.unwrap_err();
    assert!(wrong.contains("That is not the name"), "{wrong}");
    let first = press(&person, &name, "ann", Some(pod)).await.unwrap();
    assert!(first.contains("ann agreed; 1 more has to"), "{first}");
    let twice = press(&person, &name, "ann", Some(pod)).await.unwrap_err();
    assert!(twice.contains("You agreed already"), "{twice}");
    press(&person, &name, "bob", Some(pod)).await.unwrap();
    let done = until_told(&person, &name, "Done, and it helped").await;
    assert!(done.contains("agreed</span> · ann") && done.contains("agreed</span> · bob"), "{done}");
}

#[tokio::test]
async fn what_is_frozen_waits_and_what_is_declined_is_over() {
    let running = started("en", &Arc::default()).await;
    let person = Person::enter(running.url().unwrap()).await;
    let name = offered(&person, EVICTED).await;
    let frozen = person.post("/api/ask", &json!({"text": "freeze 1h", "as": "bob"})).await.json().unwrap();
    assert!(frozen["text"].as_str().unwrap().starts_with("bob froze every action until"), "{frozen}");
    let refused = press(&person, &name, "ann", None).await.unwrap_err();
    assert!(refused.contains("bob froze every action"), "{refused}");
    assert!(person.ask("unfreeze").await["text"].as_str().unwrap().contains("is done again"));
    let body = json!({"name": name, "agree": false, "as": "vic"});
    let declined = person.post("/api/actions", &body).await.json().unwrap();
    assert!(declined["html"].as_str().unwrap().contains("vic declined"), "{declined}");
    assert_eq!(declined["live"], json!(false));
    let unknown = press(&person, "nothing-like-it", "ann", None).await.unwrap_err();
    assert!(unknown.contains("no such offer"), "{unknown}");
    let elsewhere = person.post("/api/ask", &json!({"text": "mutes"})).await;
    assert!(elsewhere.status == 400 && elsewhere.body.contains("Slack or Discord"), "{}", elsewhere.body);
}

#[tokio::test]
async fn over_a_cluster_that_is_named_there_are_commands_only() {
    // a cluster is real to podwhy when a kubeconfig names it
    let playground = started("en", &Arc::default()).await;
    let flags = podwhy::clusters::Flags { kubeconfig: playground.kubeconfig(), context: None };
    let console = ConsoleOptions { flags, ..ConsoleOptions::default() };
    let settings = load(&Inputs::default()).unwrap().settings;
    let running = podwhy::start(Options::console(settings, console)).await.unwrap();
    let person = Person::enter(running.url().unwrap()).await;
    let why = person.ask(&format!("why {EVICTED}")).await;
    let html = why["html"].as_str().unwrap();
    assert!(html.contains("nobody signs in to this page") && !html.contains("data-act"), "{html}");
    assert!(html.contains("kubectl"), "the commands stay: {html}");
    for line in [&format!("fix {EVICTED}"), "approvals", "history", "freeze"] {
        let answer = person.post("/api/ask", &json!({"text": line})).await;
        assert!(answer.status == 400 && answer.body.contains("nobody signs in"), "{line}: {}", answer.body);
    }
    for (path, body) in [
        ("/api/actions", json!({"name": "x", "agree": true, "as": "ann"})),
        ("/api/actions/offer", json!({"key": "x", "target": EVICTED, "as": "ann"})),
    ] {
        let answer = person.post(path, &body).await;
        assert!(answer.status == 400 && answer.body.contains("nobody signs in"), "{path}: {}", answer.body);
    }
}
