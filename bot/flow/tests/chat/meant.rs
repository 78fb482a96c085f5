//! What a line means in a channel: nothing is guessed.

use podwhy_flow::chat::{Ask, Audience, Content};
use podwhy_knowledge::Lang;

use crate::{ask, chat, line, place, policy, short};

#[tokio::test]
async fn a_cluster_or_namespace_that_is_not_clear_is_asked_back() {
    let mut home = place("C4", &["prod:*", "dev:*"]);
    (home.cluster, home.namespace) = (Some("dev".into()), Some("payments".into()));
    let (chat, _) = chat(policy(vec![
        place("C1", &["prod:shop"]),
        place("C2", &["prod:shop", "prod:payments"]),
        place("C3", &["prod:*", "dev:*"]),
        home,
    ]));
    for (channel, text, wanted) in [
        // one cluster, one namespace: nothing has to be said
        ("C1", "why cart-0", "why prod:shop/cart-0"),
        ("C1", "cart-0", "why prod:shop/cart-0"),
        ("C1", "why prod:cart-0", "why prod:shop/cart-0"),
        ("C1", "why dev:shop/cart-0", "there is no cluster \"dev\" here"),
        // a name that is in one of the namespaces only is found there
        ("C2", "why ledger-0", "why prod:payments/ledger-0"),
        ("C2", "why common-0", "why prod:shop/common-0"),
        ("C3", "why cart-0", "which cluster? write CLUSTER:NAMESPACE/NAME; here there are dev, prod"),
        ("C3", "why dev:cart-0", "why dev:shop/cart-0"),
        ("C3", "why pord:cart-0", "there is no cluster \"pord\" here; did you mean prod?"),
        ("C4", "why ledger-0", "why dev:payments/ledger-0"),
        ("C4", "why common-0", "why dev:payments/common-0"),
        ("C4", "why dns-0", "why dev:kube-system/dns-0"),
        ("C1", "whi cart-0", "there is no command \"whi\"; did you mean: why cart-0"),
        ("C1", "help", "help"),
    ] {
        assert_eq!(line(&chat, channel, text).await, wanted, "{channel} {text}");
    }
}

#[tokio::test]
async fn a_name_in_several_namespaces_without_a_usual_one_is_asked_back() {
    let mut read = place("C1", &["prod:payments", "prod:shop"]);
    // the cluster's own usual namespace is not among them
    read.read = vec![crate::area("prod:payments"), crate::area("prod:kube-system")];
    let (chat, _) = chat(policy(vec![read]));
    assert_eq!(line(&chat, "C1", "why nothing-0").await, "which namespace? write NAMESPACE/nothing-0");
    assert_eq!(line(&chat, "C1", "why common-0").await, "why prod:payments/common-0");
}

#[tokio::test]
async fn what_is_asked_again_is_the_same_from_anywhere() {
    let (chat, _) = chat(policy(vec![place("C1", &["prod:shop"]), place("C3", &["prod:*", "dev:*"])]));
    let reply = ask(&chat, Some("C1"), Ask::Line("cart-0".into())).await;
    assert_eq!(reply.line.as_deref(), Some("why prod:shop/cart-0"));
    let again = ask(&chat, Some("C3"), Ask::Line(reply.line.clone().unwrap())).await;
    assert_eq!((short(&again), &again.line), (short(&reply), &reply.line));
}

#[tokio::test]
async fn a_message_is_held_against_the_pods_that_may_be_seen() {
    let (chat, asked) = chat(policy(vec![place("C1", &["prod:shop"])]));
    let message = |text: &str| Ask::Message(text.to_string());
    for (text, wanted) in [
        ("[FIRING:1] KubePodCrashLooping pod=cart-0 namespace=shop", "why prod:shop/cart-0"),
        ("Pod shop/cart-0 and shop/common-0 are down", "why prod:shop/cart-0 + why prod:shop/common-0"),
        // not in this channel's namespaces: as if there were no such pod
        ("pod=ledger-0 namespace=payments", "explain"),
        ("Back-off restarting failed container", "explain"),
    ] {
        let reply = ask(&chat, Some("C1"), message(text)).await;
        assert_eq!(short(&reply), wanted, "{text}");
    }
    assert!(asked.all().iter().all(|asked| !asked.contains("ledger")), "{:?}", asked.all());
}

#[tokio::test]
async fn a_channel_has_its_own_language_and_may_be_private() {
    let mut quiet = place("C2", &["prod:shop"]);
    (quiet.lang, quiet.private) = (Some(Lang::Zh), true);
    let (chat, _) = chat(policy(vec![place("C1", &["prod:shop"]), quiet]));
    let open = ask(&chat, Some("C1"), Ask::Line("cart-0".into())).await;
    assert_eq!((open.lang, open.audience), (Lang::En, Audience::Channel));
    let quiet = ask(&chat, Some("C2"), Ask::Line("cart-0".into())).await;
    assert_eq!((quiet.lang, quiet.audience), (Lang::Zh, Audience::Asker));
    // a mistake is nobody else's business
    let mistake = ask(&chat, Some("C1"), Ask::Line("whi cart-0".into())).await;
    assert_eq!(mistake.audience, Audience::Asker);
    assert!(matches!(mistake.content, Content::Refused { .. }));
}
