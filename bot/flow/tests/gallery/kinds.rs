//! One reply of every kind that is no answer to `why`.

use podwhy_flow::answer::{
    EventAnswer, EventsAnswer, GapAnswer, LogAnswer, LogsAnswer, TargetAnswer, TriageAnswer,
};
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::ask::render;
use podwhy_flow::chat::{Content, Reply};
use podwhy_knowledge::Lang;
use podwhy_knowledge::causes::{catalogue, find};

use crate::cases::{CLUSTER, reply, triage, why};

/// Each by its name.
pub fn replies(lang: Lang) -> Vec<(&'static str, Reply)> {
    vec![
        ("triage", many(lang)),
        ("explain", explain("Back-off restarting failed container, last state OOMKilled", lang)),
        ("explain-nothing", explain("what a lovely day", lang)),
        ("help", reply(Content::Answer(Answer::Help), Some("help"), lang)),
        ("logs", logs(lang)),
        ("events", events(lang)),
        ("no-events", no_events(lang)),
        ("several", several(lang)),
        ("overview", overview(lang)),
        ("refused", refused(lang)),
        ("gone", gone(lang)),
        ("told", told(lang)),
        ("fault", reply(Content::Fault("f3a9".to_string()), Some("why shop/cart-0"), lang)),
    ]
}

/// A pod that is gone, as it was last seen.
fn gone(lang: Lang) -> Reply {
    let mut reply = why(find("oom-killed").unwrap(), lang);
    let Content::Answer(Answer::Why(answer)) = &mut reply.content else { panic!("a why") };
    answer.verdict = podwhy_flow::ask::past::GONE.to_string();
    answer.notices = vec![
        lang.pick(
            "`ranker-75f9d6c8b4-h6kqs` is gone. What follows was last seen of it at 2026-05-04 09:20 UTC, 12 min ago.",
            "`ranker-75f9d6c8b4-h6kqs` 已不存在。以下是 2026-05-04 09:20 UTC（12 分钟前）最后一次看到的情况。",
        )
        .to_string(),
        lang.pick(
            "In its place stands `ranker-75f9d6c8b4-x2x4z`, which is ready; ask `why prod-eu:catalogue/ranker-75f9d6c8b4-x2x4z`",
            "接替它的是 `ranker-75f9d6c8b4-x2x4z`，已就绪；可问 `why prod-eu:catalogue/ranker-75f9d6c8b4-x2x4z`",
        )
        .to_string(),
    ];
    answer.changes.clear();
    answer.gaps.clear();
    for finding in &mut answer.findings {
        finding.explanation.clear();
        finding.remedies.clear();
    }
    reply
}

/// Two mutes, as they are listed.
fn told(lang: Lang) -> Reply {
    let text = "Muted now:\n- oom-killed in prod-eu:shop: until 2026-05-04 11:20 UTC, 2 h left, by ann@example.com\n\
        - everything in prod-eu:dev: until 2026-05-05 09:20 UTC, 24 h left, by bob@example.com";
    reply(Content::Told(text.to_string()), Some("mutes"), lang)
}

/// What fails in three clusters, one of which could not be asked.
pub fn overview(lang: Lang) -> Reply {
    let Content::Answer(first) = many(lang).content else { panic!("a triage") };
    let second = Answer::Unread(
        lang.pick("prod-us did not answer within 10 s.", "prod-us 在 10 秒内没有应答。").to_string(),
    );
    let third = Answer::Triage("staging".to_string(), triage(find("healthy").unwrap(), lang));
    reply(
        Content::Several(vec![(Some("triage prod-eu:".to_string()), first), (None, second), (None, third)]),
        Some("triage"),
        lang,
    )
}

/// The groups of every cause's own case, one of them of a hundred pods.
pub fn many(lang: Lang) -> Reply {
    let mut all = TriageAnswer {
        taken_at: "2026-05-04T09:20:00Z".to_string(),
        failing: 0,
        expected: 2,
        healthy: 310,
        groups: Vec::new(),
        gaps: Vec::new(),
    };
    for cause in catalogue() {
        all.groups.extend(triage(cause, lang).groups);
    }
    let first = &mut all.groups[0];
    let pod = first.pods[0].clone();
    first.pods = (0..100)
        .map(|number| podwhy_flow::answer::ObjectName {
            name: format!("{}{number}", pod.name),
            ..pod.clone()
        })
        .collect();
    first.count = 100;
    all.failing = all.groups.iter().map(|group| group.count).sum();
    all.gaps.push(GapAnswer {
        what: "secrets in shop".to_string(),
        why: "forbidden".to_string(),
        could_hide: vec!["secret-missing".to_string()],
    });
    reply(Content::Answer(Answer::Triage(CLUSTER.to_string(), all)), Some("triage prod-eu:"), lang)
}

fn explain(text: &str, lang: Lang) -> Reply {
    reply(
        Content::Answer(Answer::Explain(render::explain(text, lang))),
        Some(&format!("explain {text}")),
        lang,
    )
}

fn target() -> TargetAnswer {
    TargetAnswer {
        cluster: CLUSTER.to_string(),
        kind: "Pod".to_string(),
        namespace: "shop".to_string(),
        name: "cart-0".to_string(),
    }
}

fn logs(lang: Lang) -> Reply {
    let lines: Vec<String> = (1..=120)
        .map(|number| {
            format!(
                "2026-05-04T09:18:{:02}Z level=info msg=\"request {number} served\" <!channel> *bold*",
                number % 60
            )
        })
        .collect();
    let log = |container: &str, previous, text: &str, cut| LogAnswer {
        container: container.to_string(),
        previous,
        text: text.to_string(),
        cut,
    };
    let logs = vec![
        log("cart", false, &lines.join("\n"), true),
        log("cart", true, "panic: nil map\ngoroutine 1 [running]:", false),
        log("proxy", false, "", false),
    ];
    let gaps = vec![GapAnswer {
        what: "log of init".to_string(),
        why: "forbidden".to_string(),
        could_hide: Vec::new(),
    }];
    reply(
        Content::Answer(Answer::Logs(LogsAnswer { target: target(), logs, gaps })),
        Some("logs prod-eu:shop/cart-0"),
        lang,
    )
}

fn events(lang: Lang) -> Reply {
    let event = |minute: i64, kind: &str, reason: &str, count, text: &str| EventAnswer {
        at: Some(format!("2026-05-04T09:{minute:02}:00Z")),
        r#type: kind.to_string(),
        reason: reason.to_string(),
        object: "Pod shop/cart-0".to_string(),
        count,
        text: text.to_string(),
    };
    let mut events: Vec<EventAnswer> = (0..30)
        .map(|minute| {
            event(minute, "Normal", "Pulled", 1, "Container image \"nginx:1.27\" already present on machine")
        })
        .collect();
    events.push(event(
        31,
        "Warning",
        "BackOff",
        12,
        "Back-off restarting failed container cart in pod cart-0_shop",
    ));
    reply(
        Content::Answer(Answer::Events(EventsAnswer { target: target(), events, gaps: Vec::new() })),
        Some("events prod-eu:shop/cart-0"),
        lang,
    )
}

fn no_events(lang: Lang) -> Reply {
    let events = EventsAnswer { target: target(), events: Vec::new(), gaps: Vec::new() };
    reply(Content::Answer(Answer::Events(events)), Some("events prod-eu:shop/cart-0"), lang)
}

fn several(lang: Lang) -> Reply {
    let ids = [
        "oom-killed",
        "image-name-wrong",
        "node-lost",
        "healthy",
        "pvc-unbound",
        "secret-missing",
        "pull-denied",
    ];
    let answers = ids.iter().map(|id| {
        let one = why(find(id).unwrap(), lang);
        let Content::Answer(answer) = one.content else { panic!("an answer") };
        (one.line, answer)
    });
    reply(Content::Several(answers.collect()), None, lang)
}

/// What a channel may not read.
pub fn refused(lang: Lang) -> Reply {
    let why = lang
        .pick("This channel may not read namespace `billing`.", "此频道无权查看命名空间 `billing`。")
        .to_string();
    reply(Content::Refused { why, channels: crate::CHANNELS.map(str::to_string).to_vec() }, None, lang)
}
