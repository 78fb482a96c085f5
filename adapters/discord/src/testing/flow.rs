//! A flow that reads as the real one does, and answers as it is told.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use futures::future::BoxFuture;
use podwhy_flow::answer::{FindingAnswer, LogAnswer, LogsAnswer, TargetAnswer, WhyAnswer};
use podwhy_flow::ask::collect::Collected;
use podwhy_flow::ask::desk::{Answer, Desk};
use podwhy_flow::ask::told::Lines;
use podwhy_flow::chat::desk::Chat;
use podwhy_flow::chat::policy::{Area, Direct, Place, Policy};
use podwhy_flow::chat::{Accepted, Answering, Asker, Audience, Content, Intake, Platform, Question, Reply};
use podwhy_flow::ports::{ClusterError, ClusterRead, KubernetesUser, LogOf, Permissions, Right};
use podwhy_knowledge::{Lang, Target};
use tokio::time::sleep;

use super::CHANNEL;

/// A cluster that nobody asks.
#[derive(Debug)]
pub(crate) struct Unasked;

impl ClusterRead for Unasked {
    fn name(&self) -> &str {
        ""
    }

    fn default_namespace(&self) -> &str {
        "default"
    }

    async fn subject(&self, _: &Target) -> Result<Collected, ClusterError> {
        Ok(Collected::default())
    }

    async fn names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }

    async fn log(&self, _: LogOf<'_>) -> Result<Option<Lines>, ClusterError> {
        Ok(None)
    }

    fn places_of(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn seen_like(&self, _: &str, _: &(dyn Fn(&str) -> bool + Sync), _: usize) -> Vec<(String, String)> {
        Vec::new()
    }

    async fn failing(&self, _: Option<&str>) -> Result<Collected, ClusterError> {
        Ok(Collected::default())
    }
}

impl Permissions for Unasked {
    fn may<'a>(
        &'a self,
        _: &'a KubernetesUser,
        _: Right,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        Box::pin(async { Ok(true) })
    }
}

/// What a question gets.
#[derive(Clone, Debug)]
pub(crate) enum Gets {
    Content(Content),
    After(Duration, Content),
    Panic,
}

/// A flow that answers as it is told: the script's next, else the last one again.
pub(crate) struct Flow {
    chat: Mutex<Chat<Unasked>>,
    script: Mutex<VecDeque<Gets>>,
    asked: Mutex<Vec<(String, String)>>,
    pub(crate) completions: Mutex<Vec<String>>,
    pub(crate) completes_after: Mutex<Duration>,
}

impl Default for Flow {
    fn default() -> Flow {
        Flow {
            chat: Mutex::new(chat(|_| {})),
            script: Mutex::new(VecDeque::from([Gets::Content(failing("OOMKilled"))])),
            asked: Mutex::default(),
            completions: Mutex::default(),
            completes_after: Mutex::default(),
        }
    }
}

fn chat(change: impl FnOnce(&mut Policy)) -> Chat<Unasked> {
    let all = Area { cluster: String::new(), namespace: None };
    let place = Place {
        platform: Platform::Discord,
        channel: CHANNEL.to_string(),
        read: vec![all.clone()],
        cluster: None,
        namespace: None,
        lang: None,
        private: false,
    };
    let people = vec![(Platform::Discord, "8".to_string())];
    let direct = Direct { read: vec![all], people, groups: Vec::new() };
    let mut policy = Policy { places: vec![place], direct: vec![direct], ..Policy::default() };
    change(&mut policy);
    Chat::new(Desk::new(vec![Unasked]), policy, Duration::from_secs(30))
}

impl Flow {
    pub(crate) fn policy(&self, change: impl FnOnce(&mut Policy)) {
        *self.chat.lock().unwrap() = chat(change);
    }

    pub(crate) fn script(&self, answers: impl IntoIterator<Item = Gets>) {
        *self.script.lock().unwrap() = answers.into_iter().collect();
    }

    pub(crate) fn says(&self, contents: impl IntoIterator<Item = Content>) {
        self.script(contents.into_iter().map(Gets::Content));
    }

    /// Who asked what, of what was answered.
    pub(crate) fn asked(&self) -> Vec<(String, String)> {
        self.asked.lock().unwrap().clone()
    }
}

impl Answering for Flow {
    fn intake(&self, question: &Question) -> Intake {
        self.chat.lock().unwrap().intake(question)
    }

    fn answer<'a>(&'a self, accepted: &'a Accepted) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            let person = accepted.question().asker.person.clone();
            self.asked.lock().unwrap().push((person, accepted.line.clone().unwrap_or_default()));
            let next = {
                let mut script = self.script.lock().unwrap();
                if script.len() > 1 { script.pop_front() } else { script.front().cloned() }
            };
            let content = match next.unwrap() {
                Gets::Content(content) => content,
                Gets::After(wait, content) => {
                    sleep(wait).await;
                    content
                }
                Gets::Panic => panic!("told to"),
            };
            Reply { content, ..reply_to(accepted) }
        })
    }

    fn overview<'a>(&'a self, _: &'a Asker) -> BoxFuture<'a, Reply> {
        Box::pin(async { why_reply(failing("overview")) })
    }

    fn complete<'a>(&'a self, _: &'a Asker, _: &'a str, most: usize) -> BoxFuture<'a, Vec<String>> {
        Box::pin(async move {
            let wait = *self.completes_after.lock().unwrap();
            sleep(wait).await;
            self.completions.lock().unwrap().iter().take(most).cloned().collect()
        })
    }
}

fn reply_to(accepted: &Accepted) -> Reply {
    let line = accepted.line.clone().or_else(|| Some("why shop/cart-0".to_string()));
    Reply { lang: accepted.lang, audience: accepted.audience, line, content: failing(""), fix: false }
}

/// What `why shop/cart-0` gets.
pub(crate) fn why_reply(content: Content) -> Reply {
    Reply {
        lang: Lang::En,
        audience: Audience::Channel,
        content,
        line: Some("why shop/cart-0".to_string()),
        fix: false,
    }
}

pub(crate) fn failing(summary: &str) -> Content {
    Content::Answer(Answer::Why(answer("failing", summary)))
}

pub(crate) fn healthy() -> Content {
    Content::Answer(Answer::Why(answer("healthy", "well")))
}

pub(crate) fn logs(text: &str) -> Content {
    let log = LogAnswer { container: "app".to_string(), previous: false, text: text.to_string(), cut: false };
    Content::Answer(Answer::Logs(LogsAnswer { target: target(), logs: vec![log], gaps: Vec::new() }))
}

pub(crate) fn refused(why: &str) -> Content {
    Content::Refused { why: why.to_string(), channels: Vec::new() }
}

fn target() -> TargetAnswer {
    let name = |text: &str| text.to_string();
    TargetAnswer { cluster: String::new(), kind: name("Pod"), namespace: name("shop"), name: name("cart-0") }
}

fn answer(verdict: &str, summary: &str) -> WhyAnswer {
    let blame = podwhy_flow::answer::BlameAnswer {
        kind: "Pod".to_string(),
        namespace: Some("shop".to_string()),
        name: "cart-0".to_string(),
    };
    let finding = FindingAnswer {
        cause: if verdict == "failing" { "out-of-memory" } else { "healthy" }.to_string(),
        stage: None,
        confidence: None,
        pod: None,
        container: None,
        blame,
        summary: summary.to_string(),
        explanation: String::new(),
        evidence: Vec::new(),
        remedies: Vec::new(),
    };
    WhyAnswer {
        target: Some(target()),
        verdict: verdict.to_string(),
        verdict_text: summary.to_string(),
        notices: Vec::new(),
        findings: vec![finding],
        gaps: Vec::new(),
        changes: Vec::new(),
    }
}
