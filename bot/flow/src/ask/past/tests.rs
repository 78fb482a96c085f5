use std::sync::Arc;

use podwhy_knowledge::Lang;

use super::*;
use crate::answer::BlameAnswer;
use crate::ask::command::Command;
use crate::ask::desk::{Answer, AskError, Desk};
use crate::ask::within::Visible;
use crate::incident::looks::testing::{Fake, Mood, deployment, now, oom, pod_name, ready};

/// Remembers one pod, whoever asks.
#[derive(Debug)]
struct One(Remembered);

impl Past for One {
    fn last(&self, sought: &Sought<'_>) -> Option<Remembered> {
        (sought.namespace == "shop").then(|| self.0.clone())
    }

    fn places_of(&self, _: &str, _: &str) -> Vec<String> {
        Vec::new()
    }
}

fn web() -> BlameAnswer {
    BlameAnswer { kind: "Deployment".into(), namespace: Some("shop".into()), name: "web".into() }
}

fn evidence(source: &str, text: &str) -> EvidenceAnswer {
    EvidenceAnswer { source: source.into(), object: "Pod shop/web".into(), at: None, text: text.into() }
}

fn remembered(name: &str) -> Remembered {
    Remembered {
        name: name.to_string(),
        owner: Some(web()),
        seen_at: now(),
        age: SignedDuration::from_mins(12),
        cause: "oom-killed".into(),
        confidence: Some("certain".into()),
        blame: web(),
        summary: Some("app of web ran out of memory: secret words".into()),
        evidence: vec![
            evidence(
                "state",
                "status.containerStatuses[0].lastState.terminated reason=OOMKilled exitCode=137: secret words",
            ),
            evidence("log", "secret words"),
        ],
        is_exact: true,
    }
}

fn desk(objects: Vec<serde_json::Value>, known: Remembered) -> Desk<Fake> {
    Desk::new(vec![Fake::new("prod", objects)]).remembering(Arc::new(One(known)))
}

async fn asked(desk: &Desk<Fake>, target: &str, within: &Within, lang: Lang) -> Result<WhyAnswer, AskError> {
    let cluster = desk.of_name("prod").unwrap();
    match desk.answer_within(cluster, &Command::Why(target.parse().unwrap()), within, lang).await? {
        Answer::Why(why) => Ok(why),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_gone_is_answered_with_its_age_and_its_successor() {
    let gone = pod_name("web", "x2x4z");
    for (pod, state) in [
        (ready("shop", "web", "bbbbb"), "which is ready"),
        (oom("shop", "web", "bbbbb"), "which fails (oom-killed)"),
    ] {
        let desk = desk(vec![deployment("shop", "web", 1, 1), pod], remembered(&gone));
        let why = asked(&desk, &format!("shop/{gone}"), &Within::ALL, Lang::En).await.unwrap();
        assert_eq!((why.verdict.as_str(), why.findings[0].cause.as_str()), (GONE, "oom-killed"));
        assert_eq!(why.findings[0].evidence.len(), 2);
        let next = pod_name("web", "bbbbb");
        assert_eq!(
            why.notices,
            [
                format!(
                    "`{gone}` is gone. What follows was last seen of it at 2026-11-25 12:30 UTC, 12 min ago."
                ),
                format!("In its place stands `{next}`, {state}; ask `why prod:shop/{next}`"),
            ]
        );
    }
}

#[tokio::test]
async fn where_nothing_stands_in_its_place_that_is_said() {
    let gone = pod_name("web", "x2x4z");
    let said = async |objects: Vec<serde_json::Value>, known: Remembered| {
        let desk = desk(objects, known);
        let why = asked(&desk, &format!("shop/{gone}"), &Within::ALL, Lang::Zh).await.unwrap();
        why.notices[1..].join("|")
    };
    let none = said(vec![deployment("shop", "web", 0, 0)], remembered(&gone)).await;
    assert_eq!(none, "Deployment shop/web 目前没有其他 Pod。");
    assert_eq!(said(Vec::new(), remembered(&gone)).await, "它所属的 Deployment shop/web 也已不存在。");
    let guessed = Remembered { owner: None, ..remembered(&gone) };
    assert_eq!(said(Vec::new(), guessed.clone()).await, "", "a guess that is wrong is not told");
    let found = said(vec![deployment("shop", "web", 1, 1), ready("shop", "web", "bbbbb")], guessed).await;
    assert!(found.contains("已就绪"), "{found}");
}

#[tokio::test]
async fn one_who_may_not_read_logs_is_told_none_of_their_words() {
    let gone = pod_name("web", "x2x4z");
    let desk = desk(Vec::new(), remembered(&gone));
    let within = Within { visible: Visible::All, logs: false };
    let why = asked(&desk, &format!("shop/{gone}"), &within, Lang::En).await.unwrap();
    assert!(!format!("{why:?}").contains("secret words"), "{why:?}");
    assert!(format!("{why:?}").contains("reason=OOMKilled exitCode=137"), "{why:?}");
}

#[tokio::test]
async fn one_who_may_not_see_the_namespace_is_told_it_is_not_there() {
    let gone = pod_name("web", "x2x4z");
    let desk = desk(Vec::new(), remembered(&gone));
    let within = Within { visible: Visible::Only(["pay".to_string()].into()), logs: true };
    let refused = asked(&desk, &format!("shop/{gone}"), &within, Lang::En).await;
    assert!(matches!(refused, Err(AskError::User(UserError::Resolve(_)))), "{refused:?}");
    // a Service is no pod
    let service = asked(&desk, "shop/svc/web", &Within::ALL, Lang::En).await;
    assert!(matches!(service, Err(AskError::User(UserError::Resolve(_)))), "{service:?}");
    // and a cluster that does not answer says nothing about what is there
    desk.of_name("prod").unwrap().state().mood = Mood::Fails;
    let failed = asked(&desk, &format!("shop/{gone}"), &Within::ALL, Lang::En).await;
    assert!(matches!(failed, Err(AskError::User(UserError::Unreadable(_)))), "{failed:?}");
}

#[tokio::test]
async fn a_pod_that_stands_is_told_with_the_one_before_it() {
    let name = pod_name("web", "bbbbb");
    let healthy = vec![deployment("shop", "web", 1, 1), ready("shop", "web", "bbbbb")];
    let desk_of = |age: i64| {
        let known = Remembered { age: SignedDuration::from_mins(age), ..remembered(&name) };
        desk(healthy.clone(), known)
    };
    let target = format!("shop/{name}");
    let why = asked(&desk_of(5), &target, &Within::ALL, Lang::En).await.unwrap();
    assert_eq!(why.verdict, "healthy");
    let said = "The pod that had this name before was last seen failing at 2026-11-25 12:30 UTC, 5 min ago (`oom-killed`)";
    assert!(why.notices.len() == 1 && why.notices[0].starts_with(said), "{:?}", why.notices);
    let old = asked(&desk_of(61), &target, &Within::ALL, Lang::En).await.unwrap();
    assert!(old.notices.is_empty(), "{:?}", old.notices);
    // the same cause again is no news
    let failing = desk(vec![deployment("shop", "web", 1, 0), oom("shop", "web", "bbbbb")], remembered(&name));
    let why = asked(&failing, &target, &Within::ALL, Lang::En).await.unwrap();
    assert_eq!((why.verdict.as_str(), why.notices.len()), ("failing", 0));
}
