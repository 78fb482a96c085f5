//! Incidents, routes and answers for tests.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use podwhy_knowledge::Lang;

use super::super::alert::Severity;
use super::super::answers::Answers;
use super::super::card::Body;
use super::super::policy::{Policy, Route, Spot};
use super::super::record::{Blamed, Incident, Member, RootCause, Spec, Status, Thread};
use crate::chat::reply::everything;
use crate::chat::{Audience, Content, Platform, Reply};
use crate::ports::Clock;

/// 2026-01-01 15:04 UTC
pub(crate) fn start() -> Timestamp {
    Timestamp::from_second(1_767_279_840).unwrap()
}

/// A clock that goes as the runtime's does.
pub(crate) fn clock() -> Clock {
    let began = tokio::time::Instant::now();
    Clock::new(move || start() + SignedDuration::try_from(began.elapsed()).unwrap())
}

/// An open incident of three pods.
pub(crate) fn incident(name: &str) -> Incident {
    let root_cause = RootCause {
        cluster: "prod".to_string(),
        cause: "oom-killed".to_string(),
        blame: Blamed {
            kind: "Deployment".to_string(),
            namespace: Some("shop".to_string()),
            name: name.to_string(),
        },
    };
    let member = |at: u32| Member {
        kind: "Pod".to_string(),
        namespace: "shop".to_string(),
        name: format!("{name}-{at}"),
    };
    Incident {
        name: name.to_string(),
        version: String::new(),
        spec: Spec { root_cause: root_cause.clone(), episode: 1, opened_at: start() },
        status: Status {
            confidence: Some("certain".to_string()),
            summary: format!("{name} was killed: out of memory"),
            severity: Severity::Critical,
            members: (0..3).map(member).collect(),
            failing: 3,
            most_failing: 3,
            threads: vec![thread(Platform::Slack, "C1"), thread(Platform::Discord, "D1")],
            ..Status::new(root_cause, start())
        },
    }
}

/// One of its own.
pub(crate) fn thread(platform: Platform, channel: &str) -> Thread {
    Thread {
        platform,
        channel: channel.to_string(),
        since: start(),
        within: None,
        called_at: None,
        reminded: false,
    }
}

pub(crate) fn spot(platform: Platform, channel: &str) -> Spot {
    Spot { platform, channel: channel.to_string() }
}

/// One of each app, each with its language.
pub(crate) fn two_channels() -> Policy {
    let routes =
        vec![route(spot(Platform::Slack, "C1"), Lang::En), route(spot(Platform::Discord, "D1"), Lang::Zh)];
    Policy { routes, ..Policy::default() }
}

/// Everything goes there.
pub(crate) fn route(to: Spot, lang: Lang) -> Route {
    Route {
        to,
        areas: Vec::new(),
        severity: Severity::Info,
        causes: BTreeSet::new(),
        labels: BTreeMap::new(),
        mention: Some("<@&1>".to_string()),
        watch: true,
        quiet: None,
        lang,
    }
}

/// What a message shows, as text.
pub(crate) fn card_text(body: &Body) -> String {
    match body {
        Body::Card(card) => [&card.title, &card.summary]
            .into_iter()
            .chain(&card.lines)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n"),
        Body::Answer(reply) => everything(reply),
        Body::Note(_, text) => text.clone(),
    }
}

/// Answers with the incident's name.
#[derive(Debug)]
pub(crate) struct PlainAnswers;

impl Answers for PlainAnswers {
    fn answer<'a>(&'a self, incident: &'a Incident, _: &'a Spot, lang: Lang) -> BoxFuture<'a, Option<Reply>> {
        Box::pin(async move {
            let content =
                Content::Refused { why: format!("all about {}", incident.name), channels: Vec::new() };
            Some(Reply { lang, audience: Audience::Channel, content, line: None, fix: false })
        })
    }
}
