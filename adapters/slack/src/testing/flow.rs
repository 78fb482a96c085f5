//! A flow that reads as the real one does, over no cluster, and answers as it is told.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use futures::future::BoxFuture;
use podwhy_flow::answer::{LogAnswer, LogsAnswer, TargetAnswer, WhyAnswer};
use podwhy_flow::ask::collect::Collected;
use podwhy_flow::ask::desk::{Answer, Desk};
use podwhy_flow::ask::told::Lines;
use podwhy_flow::chat::desk::Chat;
use podwhy_flow::chat::policy::{Area, Direct, Place, Policy};
use podwhy_flow::chat::{Accepted, Answering, Asker, Audience, Content, Intake, Platform, Question, Reply};
use podwhy_flow::ports::{ClusterError, ClusterRead, KubernetesUser, LogOf, Permissions, Right};
use podwhy_knowledge::{Lang, Target};

/// Answers in the order they were told, the last one for ever. Without any it panics.
pub(crate) struct Flow {
    chat: Chat<Nothing>,
    answers: Mutex<VecDeque<Content>>,
    takes: Mutex<Duration>,
    pub(crate) asked: Mutex<Vec<Question>>,
}

impl std::fmt::Debug for Flow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Flow")
    }
}

impl Default for Flow {
    /// In `C1` all is for everyone, in `CP` for the asker; `U1` may ask directly.
    fn default() -> Flow {
        Flow::of(&["C1"])
    }
}

impl Flow {
    /// One that answers to everyone in these channels.
    pub(crate) fn of(channels: &[&str]) -> Flow {
        let read = vec![Area { cluster: String::new(), namespace: None }];
        let place = |channel: &str, private| Place {
            platform: Platform::Slack,
            channel: channel.into(),
            read: read.clone(),
            cluster: None,
            namespace: Some("shop".into()),
            lang: None,
            private,
        };
        let people = vec![(Platform::Slack, "U1".to_string()), (Platform::Slack, "U0ANN".to_string())];
        let direct = vec![Direct { read: read.clone(), people, groups: Vec::new() }];
        let open = channels.iter().map(|channel| place(channel, false));
        let places = open.chain([place("CP", true)]).collect();
        let policy = Policy { places, direct, ..Policy::default() };
        let chat = Chat::new(Desk::new(vec![Nothing]), policy, Duration::from_secs(50));
        Flow { chat, answers: Mutex::default(), takes: Mutex::default(), asked: Mutex::default() }
    }

    pub(crate) fn answers(&self, answers: impl IntoIterator<Item = Content>) {
        *self.answers.lock().unwrap() = answers.into_iter().collect();
    }

    /// How long each answer takes from now on.
    pub(crate) fn takes(&self, time: Duration) {
        *self.takes.lock().unwrap() = time;
    }

    fn next(&self) -> Content {
        let mut answers = self.answers.lock().unwrap();
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        drop(answers);
        next.expect("a fault of the flow's")
    }
}

impl Answering for Flow {
    fn intake(&self, question: &Question) -> Intake {
        assert!(!format!("{question:?}").contains("panic-on-intake"), "a fault of the flow's");
        self.chat.intake(question)
    }

    fn answer<'a>(&'a self, accepted: &'a Accepted) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            self.asked.lock().unwrap().push(accepted.question().clone());
            let takes = *self.takes.lock().unwrap();
            tokio::time::sleep(takes).await;
            let content = self.next();
            let (lang, audience, line) = (accepted.lang, accepted.audience, accepted.line.clone());
            Reply { lang, audience, content, line, fix: false }
        })
    }

    fn overview<'a>(&'a self, _asker: &'a Asker) -> BoxFuture<'a, Reply> {
        Box::pin(async {
            Reply { lang: Lang::En, audience: Audience::Asker, content: self.next(), line: None, fix: false }
        })
    }

    fn complete<'a>(&'a self, _: &'a Asker, _: &'a str, _: usize) -> BoxFuture<'a, Vec<String>> {
        Box::pin(std::future::ready(Vec::new()))
    }
}

/// A failing pod.
pub(crate) fn failing(summary: &str) -> Content {
    Content::Answer(Answer::Why(why("failing", summary)))
}

/// A pod that is well.
pub(crate) fn healthy() -> Content {
    Content::Answer(Answer::Why(why("healthy", "shop/cart-0 is well")))
}

/// What one may not ask.
pub(crate) fn refused(why: &str) -> Content {
    Content::Refused { why: why.to_string(), channels: Vec::new() }
}

/// As many lines of a log.
pub(crate) fn logs(lines: usize) -> Content {
    let text: String = (0..lines).map(|line| format!("line {line}\n")).collect();
    let log = LogAnswer { container: "cart".into(), previous: false, text, cut: false };
    Content::Answer(Answer::Logs(LogsAnswer { target: target(), logs: vec![log], gaps: Vec::new() }))
}

fn target() -> TargetAnswer {
    let text = |text: &str| text.to_string();
    TargetAnswer { cluster: text(""), kind: text("Pod"), namespace: text("shop"), name: text("cart-0") }
}

fn why(verdict: &str, summary: &str) -> WhyAnswer {
    let mut why = podwhy_flow::ask::render::explain("OOMKilled", Lang::En);
    why.target = Some(target());
    why.verdict = verdict.to_string();
    why.verdict_text = summary.to_string();
    why.findings.truncate(1);
    why.findings.iter_mut().for_each(|finding| finding.summary = summary.to_string());
    why
}

/// A cluster in which nothing is.
#[derive(Debug)]
struct Nothing;

impl Nothing {
    fn none<T>() -> Result<T, ClusterError> {
        Err(ClusterError::NotConfigured("a test's".into()))
    }
}

impl ClusterRead for Nothing {
    fn name(&self) -> &str {
        ""
    }

    fn default_namespace(&self) -> &str {
        "shop"
    }

    async fn subject(&self, _: &Target) -> Result<Collected, ClusterError> {
        Nothing::none()
    }

    async fn names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }

    async fn log(&self, _: LogOf<'_>) -> Result<Option<Lines>, ClusterError> {
        Nothing::none()
    }

    fn places_of(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn seen_like(&self, _: &str, _: &(dyn Fn(&str) -> bool + Sync), _: usize) -> Vec<(String, String)> {
        Vec::new()
    }

    async fn failing(&self, _: Option<&str>) -> Result<Collected, ClusterError> {
        Nothing::none()
    }
}

impl Permissions for Nothing {
    fn may<'a>(
        &'a self,
        _: &'a KubernetesUser,
        _: Right,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        Box::pin(std::future::ready(Ok(true)))
    }
}
