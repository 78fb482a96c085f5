//! The console as a program sees it: who is let in, and what the page is answered. `browser` looks at the page.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use podwhy::config::{Inputs, load};
use podwhy::{ConsoleOptions, Options, Running};
use podwhy_tests::http::{Response, send};
use podwhy_tests::recordings::repository;
use serde_json::{Value, json};

use crate::terminal::binary;

/// The whole of podwhy in this process, on its playground.
pub async fn started(lang: &str, links: &Arc<Mutex<Vec<String>>>) -> Running {
    configured(Inputs::default(), lang, links).await
}

/// The same, as a configuration has it.
pub async fn configured(inputs: Inputs, lang: &str, links: &Arc<Mutex<Vec<String>>>) -> Running {
    let inputs = inputs.with_flag("--lang", "lang", Some(lang.to_string()));
    let settings = load(&inputs).unwrap().settings;
    let told = Arc::clone(links);
    let on_new_link: podwhy::start::OnNewLink =
        Arc::new(move |link: &str| told.lock().unwrap().push(link.to_string()));
    let console =
        ConsoleOptions { playground: true, on_new_link: Some(on_new_link), ..ConsoleOptions::default() };
    podwhy::start(Options::console(settings, console)).await.unwrap()
}

/// One who opened the link.
pub struct Person {
    address: SocketAddr,
    cookie: String,
}

impl Person {
    pub async fn enter(link: &str) -> Person {
        let (address, path) = parts(link);
        let answer = send(address, "GET", &path, &[], b"").await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body.contains("url=/"), "it does not go on: {}", answer.body);
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        Person { address, cookie: cookie.split(';').next().unwrap().to_string() }
    }

    pub async fn get(&self, path: &str) -> Response {
        send(self.address, "GET", path, &[("Cookie", &self.cookie)], b"").await.unwrap()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Response {
        let headers =
            [("Cookie", self.cookie.as_str()), ("Content-Type", "application/json"), ("X-Podwhy", "1")];
        send(self.address, "POST", path, &headers, body.to_string().as_bytes()).await.unwrap()
    }

    pub async fn ask(&self, text: &str) -> Value {
        self.post("/api/ask", &json!({"text": text, "lang": "en"})).await.json().unwrap()
    }
}

fn parts(link: &str) -> (SocketAddr, String) {
    let (address, path) = link.strip_prefix("http://").unwrap().split_once('/').unwrap();
    (address.parse().unwrap(), format!("/{path}"))
}

#[tokio::test]
async fn a_link_works_once_and_nothing_works_without() {
    let links = Arc::default();
    let running = started("en", &links).await;
    let (address, path) = parts(running.url().unwrap());
    for path in ["/", "/app.js", "/?token=", "/?token=0"] {
        assert_eq!(send(address, "GET", path, &[], b"").await.unwrap().status, 403, "{path}");
    }
    assert_eq!(send(address, "GET", "/api/state", &[], b"").await.unwrap().status, 401);
    links.lock().unwrap().clear();
    let person = Person::enter(running.url().unwrap()).await;
    assert_eq!(person.get("/").await.status, 200);
    // the same link again: not in, and the one at the terminal is told a new one
    let again = send(address, "GET", &path, &[], b"").await.unwrap();
    assert_eq!((again.status, again.header("set-cookie")), (403, None));
    assert_eq!(links.lock().unwrap().len(), 1, "the terminal was not told");
    // again and again says nothing new, nor does a token that never was
    for path in [path.as_str(), "/?token=0"] {
        assert_eq!(send(address, "GET", path, &[], b"").await.unwrap().status, 403);
    }
    assert_eq!(links.lock().unwrap().len(), 1);
    let new = links.lock().unwrap().pop().expect("a new link");
    assert!(person.get(&path).await.status == 303, "who is in stays in");
    let other = Person::enter(&new).await;
    assert_eq!(other.get("/api/state").await.status, 200);
}

#[tokio::test]
async fn other_pages_cannot_use_a_session() {
    let links = Arc::default();
    let running = started("en", &links).await;
    let person = Person::enter(running.url().unwrap()).await;
    let cookie = ("Cookie", person.cookie.as_str());
    let own = format!("http://{}", person.address);
    let body = json!({"text": "help"}).to_string();
    let kind = ("Content-Type", "application/json");
    for (headers, status) in [
        (vec![cookie, kind, ("X-Podwhy", "1"), ("Origin", own.as_str())], 200),
        (vec![cookie, kind, ("X-Podwhy", "1"), ("Origin", "https://evil.example")], 403),
        (vec![cookie, kind, ("X-Podwhy", "1"), ("Host", "rebound.example")], 403),
        (vec![cookie, kind], 403),
        (vec![cookie, ("X-Podwhy", "1"), ("Content-Type", "text/plain")], 415),
        (vec![kind, ("X-Podwhy", "1")], 401),
    ] {
        let answer = send(person.address, "POST", "/api/ask", &headers, body.as_bytes()).await.unwrap();
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.body);
        // what does something is refused to others before anything of it is read
        for path in ["/api/actions", "/api/actions/offer"] {
            let answer = send(person.address, "POST", path, &headers, b"{}").await.unwrap();
            assert_eq!(answer.status, if status == 200 { 422 } else { status }, "{path}: {}", answer.body);
        }
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }
}

#[tokio::test]
async fn questions_are_answered_as_in_a_terminal() {
    let links = Arc::default();
    let running = started("en", &links).await;
    let person = Person::enter(running.url().unwrap()).await;
    let state = person.get("/api/state").await.json().unwrap();
    assert_eq!(state["playground"], json!(true));
    assert_eq!(state["clusters"][0], json!("playground"));
    let kubeconfig = std::fs::read_to_string(state["kubeconfig"].as_str().unwrap()).unwrap();
    assert!(kubeconfig.contains("current-context"), "{kubeconfig}");
    let answer = person.ask("why catalogue/deploy/ranker").await;
    let (html, text) = (answer["html"].as_str().unwrap(), answer["text"].as_str().unwrap());
    assert!(html.contains("data-verdict=\"failing\"") && html.contains("oom-killed"), "{html}");
    assert!(text.contains("oom-killed · certain · Deployment catalogue/ranker"), "{text}");
    let flags =
        format!("$ kubectl --kubeconfig {} --context playground ", state["kubeconfig"].as_str().unwrap());
    assert!(text.contains(&flags), "a pasted command asks another cluster: {text}");
    for (line, part) in [
        ("triage", "image-name-wrong"),
        ("triage no-big-node:", "insufficient-cpu"),
        ("no-big-node:pricing/deploy/simulate", "insufficient-cpu"),
        ("help", "triage [namespace]"),
        ("OOMKilled", "oom-killed"),
        ("Back-off pulling image \"nginx:lates\"", "image-name-wrong"),
    ] {
        let answer = person.ask(line).await;
        let shown = format!("{}{}", answer["html"], answer["error"]);
        assert!(shown.contains(part), "{line}: {shown}");
    }
    for (line, part) in [
        ("whi catalogue/ranker", "did you mean: why catalogue/ranker"),
        ("why catalogue/deploy/rankr", "did you mean"),
        ("triage catalog", "did you mean catalogue?"),
        ("why nowhere:shop/cart", "there is no cluster \\\"nowhere\\\" here"),
        ("why a/b/c/d/e", "error"),
    ] {
        let answer = person.post("/api/ask", &json!({"text": line})).await;
        assert_eq!(answer.status, 400, "{line}: {}", answer.body);
        assert!(answer.body.contains(part), "{line}: {}", answer.body);
    }
}

#[tokio::test]
async fn names_complete_and_what_fails_is_listed() {
    let links = Arc::default();
    let running = started("zh", &links).await;
    let person = Person::enter(running.url().unwrap()).await;
    let values = |list: &Value| -> Vec<String> {
        let list = list["candidates"].as_array().unwrap().iter();
        list.map(|c| c["value"].as_str().unwrap().to_string()).collect()
    };
    for (typed, wanted) in [
        ("tri", "triage "),
        ("why%20catal", "why catalogue/"),
        ("why%20catalogue/rank", "why catalogue/ranker-75f9d6c8b4-h6kqs"),
        ("triage%20catal", "triage catalogue"),
        ("why%20no-big-node:pric", "why no-big-node:pricing/"),
    ] {
        let found = values(&person.get(&format!("/api/complete?text={typed}")).await.json().unwrap());
        assert!(found.iter().any(|value| value == wanted), "{typed}: {found:?}");
    }
    let failing = person.get("/api/failing").await.json().unwrap();
    let groups = failing["clusters"][0]["groups"].as_array().unwrap();
    // it ended and is being deleted: a Table says no more than Completed
    assert!(groups.iter().any(|group| group["cause"] == "finalizer-stuck"), "{failing}");
    let oom = groups.iter().find(|group| group["cause"] == "oom-killed").unwrap();
    assert!(oom["summary"].as_str().unwrap().contains("内存"), "{oom}");
    let ask = oom["pods"][0]["ask"].as_str().unwrap();
    let answer = person.post("/api/ask", &json!({"text": ask, "lang": "zh"})).await.json().unwrap();
    assert!(answer["html"].as_str().unwrap().contains("证据"), "{answer}");
    // mended by a click, it is gone from the list; broken again, it is back
    for failing in [false, true] {
        let set = person.post("/api/playground", &json!({"cause": "oom-killed", "failing": failing})).await;
        assert_eq!(set.status, 200, "{}", set.body);
        let list = person.get("/api/failing").await.body;
        assert_eq!(list.contains("oom-killed"), failing);
    }
    let wrong = person.post("/api/playground", &json!({"cause": "oom-kiled", "failing": false})).await;
    assert_eq!(wrong.status, 400);
}

#[test]
fn without_a_kubeconfig_the_command_shows_the_playground_and_ends_when_told() {
    let home = tempfile::tempdir().unwrap();
    let mut child = Command::new(binary("podwhy"))
        .args(["console", "--no-open"])
        .env("HOME", home.path())
        .env_remove("KUBECONFIG")
        .env_remove("KUBERNETES_SERVICE_HOST")
        .env("PODWHY_CONFIG", "/dev/null")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let link = lines.next().unwrap();
    assert!(link.starts_with("podwhy console: http://127.0.0.1:") && link.contains("/?token="), "{link}");
    assert!(lines.next().unwrap().contains("simulated cluster"));
    let command = lines.next().unwrap();
    let kubeconfig = command.split_whitespace().nth(2).unwrap().to_string();
    assert!(std::fs::read_to_string(&kubeconfig).unwrap().contains("no-big-node"), "{command}");
    assert!(lines.next().unwrap().contains("Ctrl-C"));
    let told = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(told.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(!std::path::Path::new(&kubeconfig).exists(), "it left its kubeconfig behind");
}

#[tokio::test]
async fn a_dropped_dump_is_diagnosed_like_from() {
    let links = Arc::default();
    let running = started("en", &links).await;
    let person = Person::enter(running.url().unwrap()).await;
    let recording = repository().join("knowledge/recordings/k8s1.37-containerd/workloads-1");
    let mut body = Vec::new();
    for file in walk(&recording) {
        let name = file.strip_prefix(recording.parent().unwrap()).unwrap().display().to_string();
        let head =
            format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        body.extend(head.into_bytes());
        body.extend(std::fs::read(&file).unwrap());
        body.extend(b"\r\n");
    }
    body.extend(b"--x--\r\n");
    let headers = [
        ("Cookie", person.cookie.as_str()),
        ("Content-Type", "multipart/form-data; boundary=x"),
        ("X-Podwhy", "1"),
    ];
    let answer = send(person.address, "POST", "/api/dump", &headers, &body).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    let dump = answer.json().unwrap();
    assert_eq!(dump["name"], json!("workloads-1"));
    assert!(dump["html"].as_str().unwrap().contains("oom-killed"), "{dump}");
    let source = dump["source"].clone();
    let why =
        person.post("/api/ask", &json!({"text": "why oom-a/leaky", "source": source})).await.json().unwrap();
    assert!(why["text"].as_str().unwrap().contains("oom-killed · certain"), "{why}");
    // a question that names a cluster means the cluster
    let named = json!({"text": "why playground:catalogue/deploy/ranker", "source": source});
    let named = person.post("/api/ask", &named).await.json().unwrap();
    assert!(named["text"].as_str().unwrap().contains("oom-killed"), "{named}");
    let gone = person.post("/api/ask", &json!({"text": "triage", "source": "dump-77"})).await;
    assert!(gone.body.contains("drop it again"), "{}", gone.body);
    let nothing = send(person.address, "POST", "/api/dump", &headers, b"--x--\r\n").await.unwrap();
    assert_eq!(nothing.status, 400, "{}", nothing.body);
}

fn walk(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
