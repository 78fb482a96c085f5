//! Who may ask what, and what an answer never names.

use podwhy_flow::ask::plain::plain;
use podwhy_flow::chat::{Answering, Ask, Content};
use podwhy_knowledge::Lang;

use crate::{ann, area, ask, asker, chat, direct, line, person, place, policy, short};

#[tokio::test]
async fn nothing_is_readable_that_is_not_configured() {
    let (chat, asked) = chat(policy(vec![place("C1", &["prod:shop"])]));
    for channel in [Some("C9"), None] {
        for text in ["why prod:shop/cart-0", "triage", "logs shop/cart-0", "explain OOMKilled"] {
            let reply = ask(&chat, channel, Ask::Line(text.into())).await;
            let Content::Refused { why, channels } = &reply.content else { panic!("{reply:?}") };
            assert!(why.contains("may read nothing"), "{why}");
            assert_eq!(channels, &["C1"], "where one may ask is said");
        }
        assert!(chat.complete(&asker(channel), "sh", 25).await.is_empty());
        assert!(matches!(chat.overview(&asker(channel)).await.content, Content::Refused { .. }));
    }
    assert!(asked.all().is_empty(), "{:?}", asked.all());
}

#[tokio::test]
async fn a_name_one_may_not_see_is_answered_like_one_that_does_not_exist() {
    let (chat, asked) = chat(policy(vec![place("C1", &["prod:shop"])]));
    for command in ["why", "logs", "events"] {
        let hidden = line(&chat, "C1", &format!("{command} payments/ledger-0")).await;
        let missing = line(&chat, "C1", &format!("{command} nowhere/nothing-0")).await;
        assert_eq!(hidden, "pod or workload payments/ledger-0 not found");
        assert_eq!(missing, "pod or workload nowhere/nothing-0 not found");
    }
    assert!(asked.all().is_empty(), "nothing was asked of the cluster: {:?}", asked.all());
    // a mistyped name is answered with names one may see only
    let nearest = line(&chat, "C1", "why shop/ledger-1").await;
    assert!(!nearest.contains("payments"), "{nearest}");
    assert_eq!(
        line(&chat, "C1", "why shop/cart-1").await,
        "pod or workload shop/cart-1 not found; did you mean shop/cart-0?"
    );
}

#[tokio::test]
async fn neighbours_in_other_namespaces_are_not_named() {
    let whole = policy(vec![place("C1", &["prod:shop"]), place("C2", &["prod:*"])]);
    let (chat, _) = chat(whole);
    let text = async |channel: &str| {
        let reply = ask(&chat, Some(channel), Ask::Line("why prod:shop/cart-0".into())).await;
        let Content::Answer(answer) = &reply.content else { panic!("{reply:?}") };
        plain(answer, Lang::En)
    };
    let (narrow, wide) = (text("C1").await, text("C2").await);
    assert!(wide.contains("payments/ledger-0"), "{wide}");
    assert!(!narrow.contains("ledger-0") && narrow.contains("(a pod in another namespace)"), "{narrow}");
}

#[tokio::test]
async fn triage_and_the_overview_reach_as_far_as_the_channel() {
    let (chat, asked) = chat(policy(vec![
        place("C1", &["prod:shop", "prod:payments"]),
        place("C2", &["prod:*", "dev:shop"]),
    ]));
    let own = "triage prod: payments/common-0 payments/ledger-0 shop/cart-0 shop/common-0";
    assert_eq!(line(&chat, "C1", "triage").await, own);
    assert_eq!(line(&chat, "C1", "triage shop").await, "triage prod: shop/cart-0 shop/common-0");
    assert!(line(&chat, "C1", "triage kube-system").await.starts_with("namespace kube-system not found"));
    assert!(asked.all().iter().all(|asked| !asked.contains('*') && !asked.contains("kube-system")));
    let both = line(&chat, "C2", "triage").await;
    assert!(
        both.contains("kube-system/dns-0") && both.ends_with("triage dev: shop/cart-0 shop/common-0")
            || both.starts_with("triage dev: shop/cart-0 shop/common-0 + "),
        "{both}"
    );
}

#[tokio::test]
async fn completion_offers_what_may_be_seen() {
    let (chat, _) = chat(policy(vec![place("C1", &["prod:shop"]), place("C2", &["prod:*", "dev:shop"])]));
    let offered = async |channel: &str, typed: &str| chat.complete(&asker(Some(channel)), typed, 25).await;
    assert_eq!(offered("C1", "").await, ["shop/"]);
    assert_eq!(offered("C1", "shop/ca").await, ["shop/cart-0"]);
    assert!(offered("C1", "payments/").await.is_empty());
    assert_eq!(offered("C1", "common").await, ["shop/common-0"], "found by its name, in sight only");
    assert_eq!(offered("C2", "dev:").await, ["dev:shop/"]);
    assert_eq!(offered("C2", "prod:pay").await, ["prod:payments/"]);
}

#[tokio::test]
async fn where_each_persons_rights_decide_the_list_is_not_enough() {
    let (chat, asked) = chat(person());
    assert_eq!(line(&chat, "C1", "why prod:shop/cart-0").await, "why prod:shop/cart-0");
    let hidden = line(&chat, "C1", "why prod:payments/ledger-0").await;
    assert_eq!(hidden, "pod or workload payments/ledger-0 not found");
    // where the name was seen is not told either
    assert_eq!(
        line(&chat, "C1", "why ledger-0").await.split(';').next(),
        Some("pod or workload shop/ledger-0 not found")
    );
    assert_eq!(line(&chat, "C1", "triage").await, "triage prod: kube-system/dns-0 shop/cart-0 shop/common-0");
    assert_eq!(line(&chat, "C1", "logs shop/cart-0").await, "Logs of this namespace are not shown here.");
    assert!(asked.all().iter().all(|asked| !asked.starts_with("log") && !asked.contains("payments")));
    assert_eq!(chat.complete(&asker(Some("C1")), "", 25).await, ["kube-system/", "shop/"]);
    assert!(chat.complete(&asker(Some("C1")), "payments/", 25).await.is_empty());
    let mut stranger = person();
    stranger.people.clear();
    let (chat, _) = crate::chat(stranger);
    assert!(line(&chat, "C1", "why prod:shop/cart-0").await.contains("does not know which Kubernetes user"));
}

#[tokio::test]
async fn a_right_to_pods_is_none_to_what_stands_around_them() {
    let (chat, asked) = chat(person());
    assert_eq!(line(&chat, "C1", "node prod:wrk-07").await, "node wrk-07 not found");
    assert_eq!(line(&chat, "C1", "svc prod:shop/cart").await, "svc shop/cart not found");
    assert_eq!(line(&chat, "C1", "ns prod:payments").await, "ns payments not found");
    assert!(asked.all().iter().all(|asked| !asked.starts_with("subject")), "{:?}", asked.all());
    let (chat, _) = crate::chat(policy(vec![place("C1", &["prod:shop"])]));
    assert_eq!(line(&chat, "C1", "ns payments").await, "ns payments not found");
}

#[tokio::test]
async fn without_a_channel_only_who_is_listed_may_ask() {
    for (listed, may) in [
        (direct(&["prod:shop"], &["U1"], &[]), true),
        (direct(&["prod:shop"], &["U2"], &[]), false),
        (direct(&["prod:shop"], &[], &["sre"]), true),
        (direct(&["prod:shop"], &[], &["dev"]), false),
    ] {
        let mut policy = policy(vec![place("C1", &["prod:*"])]);
        (policy.direct, policy.people) = (vec![listed.clone()], vec![ann()]);
        let (chat, _) = chat(policy);
        let reply = ask(&chat, None, Ask::Line("why shop/cart-0".into())).await;
        assert_eq!(short(&reply) == "why prod:shop/cart-0", may, "{listed:?}: {}", short(&reply));
        let overview = short(&chat.overview(&asker(None)).await);
        assert_eq!(overview == "triage prod: shop/cart-0 shop/common-0", may, "{overview}");
    }
}

#[tokio::test]
async fn logs_that_are_off_are_neither_shown_nor_read() {
    let mut policy = policy(vec![place("C1", &["prod:*"])]);
    policy.no_logs = vec![area("prod:payments")];
    let (chat, asked) = chat(policy);
    assert_eq!(line(&chat, "C1", "logs shop/cart-0").await, "logs prod:shop/cart-0: last words");
    assert_eq!(
        line(&chat, "C1", "logs payments/ledger-0").await,
        "Logs of this namespace are not shown here."
    );
    assert!(asked.all().iter().all(|asked| asked != "log prod:payments/ledger-0"));
    let reply = ask(&chat, Some("C1"), Ask::Line("why payments/ledger-0".into())).await;
    let Content::Answer(answer) = &reply.content else { panic!("{reply:?}") };
    assert!(!plain(answer, Lang::En).contains("eyes only"));
}

#[tokio::test]
async fn a_persons_rights_do_not_widen_the_channels_list() {
    // ann may read kube-system, this channel may not
    let mut policy = person();
    policy.places =
        vec![place("C1", &["prod:shop"]), place("C2", &["prod:payments"]), place("C3", &["dev:shop"])];
    let (chat, asked) = chat(policy);
    for text in ["triage kube-system", "why kube-system/dns-0", "events kube-system/dns-0"] {
        let refused = line(&chat, "C1", text).await;
        assert!(refused.contains("not found"), "{text}: {refused}");
    }
    assert!(chat.complete(&asker(Some("C1")), "kube-system/", 25).await.is_empty());
    assert!(chat.complete(&asker(Some("C1")), "dns", 25).await.is_empty());
    // where nothing may be read, or nobody could say, it is not said that nothing fails
    assert!(line(&chat, "C2", "triage").await.starts_with("You may read the pods of none"));
    for text in ["triage", "why dev:shop/cart-0"] {
        let unknown = line(&chat, "C3", text).await;
        assert!(unknown.contains("could not be asked") && unknown.contains("no answer in time"), "{unknown}");
    }
    assert!(matches!(chat.overview(&asker(Some("C2"))).await.content, Content::Refused { .. }));
    assert!(asked.all().is_empty(), "{:?}", asked.all());
}
