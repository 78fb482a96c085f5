//! What is shown of incidents: some of every kind, and hostile ones.

use podwhy_flow::chat::Content;
use podwhy_flow::incident::{Body, Button, Card, Tone};
use podwhy_knowledge::Lang;
use podwhy_knowledge::causes::find;
use proptest::prelude::*;

use crate::cases::{reply, why};
use crate::replies::text;

/// A card's buttons, each once.
pub fn wanted(card: &Card) -> Vec<Button> {
    let mut wanted = Vec::new();
    for button in &card.buttons {
        if !wanted.contains(button) {
            wanted.push(*button);
        }
    }
    wanted
}

/// Every member is shown or counted, as it is seen.
pub fn assert_members(card: &Card, seen: &str) {
    if card.members.len() < 10_000 {
        return;
    }
    let more = regex::Regex::new(r"\+(\d+) more|另有 (\d+) 个").unwrap();
    let counted = more.captures_iter(seen).any(|found| {
        let number = found.get(1).or(found.get(2)).unwrap().as_str().parse::<usize>().unwrap();
        number >= 9_000
    });
    assert!(counted, "{seen}");
}

/// All buttons, in the order a card has them.
const BUTTONS: [Button; 5] = [Button::Take, Button::Fix, Button::Mute, Button::Right, Button::Wrong];

const TONES: [Tone; 4] = [Tone::Failing, Tone::Taken, Tone::Well, Tone::Unclear];

/// Each by its name. `mention` is whom the app can call.
pub fn bodies(mention: &str, lang: Lang) -> Vec<(&'static str, Body)> {
    let failing = failing(mention, lang);
    let taken = Card {
        tone: Tone::Taken,
        mention: None,
        lines: vec![said(
            lang,
            "since 12:04 UTC · Ann is on it since 12:09",
            "自 12:04 UTC 起 · Ann 自 12:09 起处理",
        )],
        ..failing.clone()
    };
    let many = Card {
        title: said(
            lang,
            "node-not-ready · Node prod-eu:wrk-07 · 4,110 pods",
            "node-not-ready · Node prod-eu:wrk-07 · 4,110 个 Pod",
        ),
        members: (0..100).map(|number| format!("shop-{}/cart-{number}", number % 7)).collect(),
        members_beyond: 4_010,
        ..failing.clone()
    };
    let well = Card {
        tone: Tone::Well,
        summary: said(
            lang,
            "Well again after 42 min; 3 pods at most.",
            "已恢复，历时 42 分钟，最多 3 个 Pod。",
        ),
        lines: vec![said(lang, "fixed by: rollout of revision 12", "修复方式：发布版本 12")],
        members: Vec::new(),
        mention: None,
        buttons: vec![Button::Right, Button::Wrong],
        ..failing.clone()
    };
    let unclear = Card {
        tone: Tone::Unclear,
        title: said(
            lang,
            "cluster prod-us unreachable since 12:04 UTC",
            "集群 prod-us 自 12:04 UTC 起无法访问",
        ),
        summary: String::new(),
        lines: Vec::new(),
        members: Vec::new(),
        links: Vec::new(),
        mention: Some("@oncall".to_string()),
        buttons: Vec::new(),
        ..failing.clone()
    };
    let answer = Body::Answer(Box::new(why(find("oom-killed").unwrap(), lang)));
    let note = Body::Note(
        lang,
        said(lang, "shop/cart-3 fails as well: 4 pods now.", "shop/cart-3 也失败了：现有 4 个 Pod。"),
    );
    vec![
        ("incident-failing", Body::Card(failing)),
        ("incident-taken", Body::Card(taken)),
        ("incident-many", Body::Card(many)),
        ("incident-well", Body::Card(well)),
        ("incident-unclear", Body::Card(unclear)),
        ("incident-answer", answer),
        ("incident-note", note),
    ]
}

fn failing(mention: &str, lang: Lang) -> Card {
    Card {
        lang,
        tone: Tone::Failing,
        title: said(
            lang,
            "oom-killed · Deployment prod-eu:shop/cart · 3 pods",
            "oom-killed · Deployment prod-eu:shop/cart · 3 个 Pod",
        ),
        summary: said(
            lang,
            "Container `cart` was killed: it used more than its limit of 256 MiB.",
            "容器 `cart` 被终止：内存用量超过其 256 MiB 的上限。",
        ),
        lines: vec![
            said(lang, "since 12:04 UTC", "自 12:04 UTC 起"),
            said(
                lang,
                "7 more alerts of this group were left out by the sender",
                "发送方省略了该组的另外 7 条告警",
            ),
        ],
        members: ["cart-0", "cart-1", "cart-2"].map(|name| format!("shop/{name}")).into(),
        members_beyond: 0,
        links: vec![
            (said(lang, "Runbook", "处理手册"), "https://runbooks.example.com/oom?a=1&b=(2)".to_string()),
            (
                "KubePodCrashLooping".to_string(),
                "http://prometheus-k8s:9090/graph?g0.expr=up%20%3D%3D%200".to_string(),
            ),
            ("evil".to_string(), "javascript:alert(1)".to_string()),
        ],
        mention: Some(mention.to_string()),
        buttons: BUTTONS.to_vec(),
        incident: "cart-5f2a9c0d1e".to_string(),
    }
}

fn said(lang: Lang, english: &str, chinese: &str) -> String {
    lang.pick(english, chinese).to_string()
}

/// Any card: hostile texts, up to 10,000 members, anything for a link or a mention.
pub fn cards(mention: &'static str) -> impl Strategy<Value = Card> {
    // by chance a text is a mention and nothing else, and calls, as it should: behind a letter none does
    let other = text().prop_map(|text| Some(format!("x{text}")));
    let called = prop_oneof![Just(None), Just(Some(mention.to_string())), other];
    let link = prop_oneof![
        text(),
        text().prop_map(|text| format!("https://evil.example/{text}")),
        Just("https://runbooks.example.com/a_b/(c)?d=[e]&f=*g*".to_string()),
    ];
    let names = (prop::collection::vec(text(), 0..6), prop_oneof![3 => 0..12usize, 1 => Just(10_000usize)]);
    let words = (text(), text(), prop::collection::vec(text(), 0..30), text());
    let rest = (
        prop::collection::vec((text(), link), 0..30),
        called,
        prop::sample::select(TONES.to_vec()),
        prop::sample::select(Lang::ALL.to_vec()),
        prop_oneof![Just(0usize), Just(7), Just(usize::MAX)],
        prop_oneof![Just("cart-5f2a9c0d1e".to_string()), text()],
    );
    (words, names, rest).prop_map(|((title, summary, lines, other), (texts, many), rest)| {
        let (links, mention, tone, lang, members_beyond, incident) = rest;
        let member = |number: usize| texts.get(number % texts.len().max(1)).unwrap_or(&other).clone();
        let members = (0..many).map(member).collect();
        let buttons = BUTTONS.iter().chain(&BUTTONS).copied().collect();
        Card { lang, tone, title, summary, lines, members, members_beyond, links, mention, buttons, incident }
    })
}

/// A line in an incident's thread, and an answer of any kind.
pub fn threads() -> impl Strategy<Value = Body> {
    let lang = prop::sample::select(Lang::ALL.to_vec());
    let note = (lang, text()).prop_map(|(lang, text)| Body::Note(lang, text));
    let fault =
        text().prop_map(|id| Body::Answer(Box::new(reply(Content::Fault(id), Some("why a/b"), Lang::En))));
    prop_oneof![note, fault, crate::replies::replies().prop_map(|reply| Body::Answer(Box::new(reply)))]
}
