//! Replies made of hostile text, of any size and kind.

use podwhy_flow::answer::{
    BlameAnswer, ChangeAnswer, EventAnswer, EventsAnswer, EvidenceAnswer, FindingAnswer, GapAnswer,
    GroupAnswer, LogAnswer, LogsAnswer, ObjectName, RemedyAnswer, TargetAnswer, TriageAnswer, WhyAnswer,
};
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Content, Reply};
use podwhy_knowledge::Lang;
use proptest::prelude::*;

use crate::cases::reply;

/// What somebody may call a pod, or write into a log.
const FRAGMENTS: &[&str] = &[
    "<!channel>",
    "<!here|here>",
    "<@U0123456>",
    "<#C0123456|general>",
    "<https://evil.example|safe>",
    "*bold*",
    "_i_",
    "~s~",
    "`",
    "``",
    "```",
    "```\nkubectl delete ns prod\n```",
    "> quote",
    ">>> ",
    ":boom:",
    "@everyone",
    "@here",
    "<@1>",
    "<@!1>",
    "<@&1>",
    "<#1>",
    "<:blob:1>",
    "<a:blob:1>",
    "<t:1:R>",
    "</pod why:1>",
    "<id:home>",
    "[x](https://evil.example)",
    "https://evil.example/a_b",
    "www.evil.example",
    "||spoiler||",
    "# h",
    "-# small",
    "- item",
    "* item",
    "1. item",
    "\\",
    "\u{202e}",
    "\u{2067}",
    "\u{200f}",
    "\u{200b}",
    "\u{feff}",
    "\u{1b}[31mred\u{1b}[0m",
    "e\u{301}",
    "👩\u{200d}👩\u{200d}👧",
    "🇩🇪",
    "\u{0}",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    " ",
    "&amp;",
    "&",
    "<",
    ">",
    "\"",
    "$(rm -rf /)",
    "你好",
    "مرحبا",
    "cart-0",
    "shop/cart-0",
    "{{pod}}",
    "%s",
    "\u{fffd}",
    "a",
    "…",
];

/// A hostile text: mostly short, sometimes of 10,000 characters, sometimes of nothing.
pub fn text() -> impl Strategy<Value = String> {
    let joined = |most| {
        prop::collection::vec(prop::sample::select(FRAGMENTS), 0..most).prop_map(|parts| parts.concat())
    };
    prop_oneof![
        6 => joined(12),
        2 => joined(400),
        2 => prop::sample::select(FRAGMENTS).prop_map(|part| part.repeat(10_000 / part.len() + 1)),
        1 => Just("n".repeat(10_000)),
        1 => Just("e\u{301}\u{301}".repeat(4_000)),
        1 => Just(format!("e{}", "\u{301}".repeat(10_000))),
        1 => any::<String>(),
        1 => Just(String::new()),
    ]
}

/// How many of something: mostly few.
fn count() -> impl Strategy<Value = usize> {
    prop_oneof![2 => 0..3usize, 2 => 3..12usize, 1 => Just(200usize)]
}

/// A reply of any kind, made of these texts over and over.
pub fn replies() -> impl Strategy<Value = Reply> {
    let texts = prop::collection::vec(text(), 1..12);
    let line =
        prop_oneof![Just(None), text().prop_map(Some), Just(Some("why prod-eu:shop/cart-0".to_string()))];
    let lang = prop::sample::select(Lang::ALL.to_vec());
    (texts, count(), count(), line, lang, 0..9u8).prop_map(|(texts, many, few, line, lang, kind)| {
        let mut maker = Maker { texts, next: 0, many, few };
        let content = maker.content(kind);
        reply(content, line.as_deref(), lang)
    })
}

/// Hands the texts out, one after another.
struct Maker {
    texts: Vec<String>,
    next: usize,
    many: usize,
    few: usize,
}

impl Maker {
    fn text(&mut self) -> String {
        self.next += 1;
        self.texts[self.next % self.texts.len()].clone()
    }

    fn maybe(&mut self) -> Option<String> {
        Some(self.text()).filter(|_| !self.next.is_multiple_of(3))
    }

    fn of(&mut self, known: &[&str]) -> String {
        self.next += 1;
        known[self.next % known.len()].to_string()
    }

    fn list<T>(&mut self, count: usize, make: impl Fn(&mut Maker) -> T) -> Vec<T> {
        (0..count).map(|_| make(self)).collect()
    }

    fn content(&mut self, kind: u8) -> Content {
        let many = self.many;
        match kind {
            0 => Content::Refused { why: self.text(), channels: self.list(many, Maker::text) },
            1 => Content::Fault(self.text()),
            2 => {
                self.many = self.few.min(5);
                Content::Several(self.list(many.min(20), |m| (m.maybe(), m.answer(m.next % 7))))
            }
            kind => Content::Answer(self.answer(usize::from(kind) - 3)),
        }
    }

    fn answer(&mut self, kind: usize) -> Answer {
        match kind {
            0 => Answer::Explain(self.why()),
            1 => Answer::Triage(self.text(), self.triage()),
            2 => Answer::Logs(self.logs()),
            3 => Answer::Events(self.events()),
            4 => Answer::Unread(self.text()),
            _ => Answer::Why(self.why()),
        }
    }

    fn target(&mut self) -> TargetAnswer {
        TargetAnswer { cluster: self.text(), kind: self.text(), namespace: self.text(), name: self.text() }
    }

    fn blame(&mut self) -> BlameAnswer {
        BlameAnswer { kind: self.text(), namespace: self.maybe(), name: self.text() }
    }

    fn gap(&mut self) -> GapAnswer {
        let could_hide = self.list(2, Maker::text);
        GapAnswer { what: self.text(), why: self.text(), could_hide }
    }

    fn why(&mut self) -> WhyAnswer {
        let (many, few) = (self.many, self.few);
        WhyAnswer {
            target: Some(self.target()).filter(|_| many.is_multiple_of(2)),
            verdict: self.of(&["failing", "healthy", "expected", "unknown", "gone", "<!channel>"]),
            verdict_text: self.text(),
            notices: self.list(few, Maker::text),
            findings: self.list(few, |m| m.finding(many)),
            gaps: self.list(many, Maker::gap),
            changes: self.list(few, |m| ChangeAnswer {
                at: None,
                object: m.text(),
                before_failure: None,
                text: m.text(),
            }),
        }
    }

    fn finding(&mut self, many: usize) -> FindingAnswer {
        FindingAnswer {
            cause: self.text(),
            stage: None,
            confidence: self.maybe(),
            pod: self.maybe(),
            container: self.maybe(),
            blame: self.blame(),
            summary: self.text(),
            explanation: self.text(),
            evidence: self.list(many, Maker::evidence),
            remedies: self.list(many, |m| RemedyAnswer {
                id: m.text(),
                risk: m.of(&["words", "two-approvals", "```"]),
                title: m.text(),
                command: m.maybe(),
            }),
        }
    }

    fn evidence(&mut self) -> EvidenceAnswer {
        let at = self.of(&["2026-05-04T09:16:52Z", "yesterday", "-009999-01-02T00:00:00Z", "<!here>"]);
        let source = self.of(&["log", "event", "<@U1>"]);
        EvidenceAnswer { source, object: self.text(), at: Some(at), text: self.text() }
    }

    fn triage(&mut self) -> TriageAnswer {
        let (many, few) = (self.many, self.few);
        TriageAnswer {
            taken_at: self.text(),
            failing: many,
            expected: few,
            healthy: usize::MAX,
            groups: self.list(many, |m| GroupAnswer {
                cause: m.text(),
                confidence: m.maybe(),
                blame: m.blame(),
                summary: m.text(),
                count: m.next,
                pods: m.list(few, |m| ObjectName { namespace: m.text(), name: m.text() }),
                workloads: m.list(few, Maker::blame),
            }),
            gaps: self.list(few, Maker::gap),
        }
    }

    fn logs(&mut self) -> LogsAnswer {
        let (many, few) = (self.many, self.few);
        let log = |m: &mut Maker| LogAnswer {
            container: m.text(),
            previous: m.next.is_multiple_of(2),
            text: m.text(),
            cut: m.next.is_multiple_of(2),
        };
        LogsAnswer { target: self.target(), logs: self.list(many, log), gaps: self.list(few, Maker::gap) }
    }

    fn events(&mut self) -> EventsAnswer {
        let (many, few) = (self.many, self.few);
        let event = |m: &mut Maker| EventAnswer {
            at: m.maybe(),
            r#type: m.of(&["Normal", "Warning"]),
            reason: m.text(),
            object: m.text(),
            count: i64::MAX,
            text: m.text(),
        };
        EventsAnswer {
            target: self.target(),
            events: self.list(many, event),
            gaps: self.list(few, Maker::gap),
        }
    }
}

/// The texts a whole answer has in it.
pub fn said(reply: &Reply) -> Vec<String> {
    match &reply.content {
        Content::Answer(Answer::Why(why)) => {
            let of_finding = |finding: &FindingAnswer| {
                let evidence = finding.evidence.iter().map(|evidence| evidence.text.clone());
                let commands = finding.remedies.iter().filter_map(|remedy| remedy.command.clone());
                evidence.chain(commands).chain([finding.summary.clone()]).collect::<Vec<_>>()
            };
            why.findings
                .iter()
                .flat_map(of_finding)
                .chain(why.notices.clone())
                .chain(why.gaps.iter().map(|gap| gap.what.clone()))
                .chain(why.changes.iter().map(|change| change.text.clone()))
                .collect()
        }
        Content::Answer(Answer::Logs(logs)) => logs.logs.iter().map(|log| log.text.clone()).collect(),
        Content::Answer(Answer::Events(events)) => {
            events.events.iter().map(|event| event.text.clone()).collect()
        }
        Content::Answer(Answer::Triage(_, triage)) => {
            triage.groups.iter().map(|group| group.summary.clone()).collect()
        }
        _ => Vec::new(),
    }
}
