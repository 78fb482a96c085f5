//! What is wanted of incidents: who may say it, and about what.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use podwhy_flow::ask::within::Visible;
use podwhy_flow::chat::{Answering, Ask, Audience, Content, Intake, Question, Reply};
use podwhy_flow::incident::reach::Reach;
use podwhy_flow::ports::{IncidentOrders, Ordered};

use super::*;

/// Obeys everything, but for `ack`.
#[derive(Debug, Default)]
struct Obeys(Mutex<Vec<Ordered>>);

impl IncidentOrders for Obeys {
    fn fixes(&self, cluster: &str, namespace: &str, causes: &[&str]) -> bool {
        (cluster, namespace) == ("prod", "shop") && !causes.is_empty()
    }

    fn obey(&self, ordered: Ordered) -> BoxFuture<'_, Result<String, String>> {
        let told = match ordered.order.to_string().as_str() {
            "ack" => Err("which one?".to_string()),
            order => Ok(format!("done: {order}")),
        };
        self.0.lock().unwrap().push(ordered);
        Box::pin(std::future::ready(told))
    }
}

fn with(policy: Policy) -> (Chat<Stub>, Arc<Obeys>) {
    let obeys = Arc::new(Obeys::default());
    let orders = Arc::clone(&obeys) as Arc<dyn IncidentOrders>;
    (chat(policy).0.with_incidents(Some(orders)), obeys)
}

fn known(places: Vec<Place>) -> Policy {
    Policy { people: vec![ann()], ..policy(places) }
}

async fn said(chat: &Chat<Stub>, channel: &str, text: &str) -> String {
    line(chat, channel, text).await
}

#[tokio::test]
async fn what_is_wanted_is_named_in_full_and_done_for_all_to_see() {
    let (chat, obeys) = with(known(vec![place("C1", &["prod:shop"])]));
    for (text, wanted) in [
        ("mute cart-0 2h", "\"cart-0\" is no cause"),
        ("mute shop/cart 2h", "done: mute prod:shop/cart 2h"),
        ("mute deploy/cart", "done: mute prod:shop/deploy/cart 1h"),
        ("mute oom-killed", "done: mute oom-killed prod:ns/shop 1h"),
        ("unmute oom-killed", "done: unmute oom-killed prod:"),
        ("ack shop/cart", "done: ack prod:shop/cart"),
        ("mutes", "done: mutes"),
        ("ack", "which one?"),
    ] {
        let told = said(&chat, "C1", text).await;
        assert!(told.starts_with(wanted), "{text}: {told}");
    }
    let visible = Visible::Only(BTreeSet::from(["shop".to_string()]));
    let reach = Reach([("prod".to_string(), visible)].into());
    assert!(obeys.0.lock().unwrap().iter().all(|ordered| ordered.reach == reach));
    let question = Question {
        asker: asker(Some("C1")),
        ask: Ask::Line("mute shop/cart".to_string()),
        thread: Some("5.5".to_string()),
    };
    let Intake::Soon(accepted) = chat.intake(&question) else { panic!("answered at once") };
    assert_eq!(
        (accepted.audience, accepted.line.as_deref()),
        (Audience::Channel, None),
        "no button says it again"
    );
    assert_eq!(accepted.looking(), "writing it down…");
    let Reply { content: Content::Told(_), line: None, .. } = chat.answer(&accepted).await else {
        panic!("not told")
    };
    assert_eq!(obeys.0.lock().unwrap().last().unwrap().thread.as_deref(), Some("5.5"));
}

#[tokio::test]
async fn who_is_not_known_changes_nothing_and_reads_which_section_is_missing() {
    let (chat, obeys) = with(policy(vec![place("C1", &["prod:*"])]));
    for text in ["ack", "mute shop/cart", "unmute shop/cart"] {
        let reply = ask(&chat, Some("C1"), Ask::Line(text.to_string())).await;
        assert_eq!(reply.audience, Audience::Asker);
        assert!(short(&reply).contains("`people`"), "{}", short(&reply));
    }
    assert_eq!(said(&chat, "C1", "mutes").await, "done: mutes", "to read is open to all who may read");
    assert!(said(&chat, "C9", "mute shop/cart").await.contains("`channels`"));
    assert_eq!(obeys.0.lock().unwrap().len(), 1);
    let (without, _) = super::chat(known(vec![place("C1", &["prod:*"])]));
    assert!(said(&without, "C1", "mutes").await.contains("`routes`"));
}

#[tokio::test]
async fn what_is_for_one_pair_of_eyes_is_offered_to_nobody() {
    let (chat, obeys) = with(known(vec![Place { private: true, ..place("C1", &["prod:shop"]) }]));
    assert!(said(&chat, "C1", "fix shop/cart-0").await.contains("ask in another channel"));
    assert!(obeys.0.lock().unwrap().is_empty());
    let reply = ask(&chat, Some("C1"), Ask::Line("why shop/cart-0".to_string())).await;
    assert!(!reply.fix, "{reply:?}");
    let (chat, _) = with(known(vec![place("C1", &["prod:shop"])]));
    let reply = ask(&chat, Some("C1"), Ask::Line("why shop/cart-0".to_string())).await;
    assert_eq!(reply.fix_line().as_deref(), Some("fix prod:shop/cart-0"));
}

#[tokio::test]
async fn nothing_is_guessed_and_nothing_muted_that_may_not_be_read() {
    let (chat, obeys) =
        with(known(vec![place("C1", &["prod:shop", "prod:payments"]), place("C2", &["prod:*", "dev:*"])]));
    let which = said(&chat, "C1", "mute oom-killed").await;
    assert!(which.contains("`-n payments` or `-n shop`"), "{which}");
    assert!(said(&chat, "C1", "mute kube-system/dns-0").await.contains("not found"));
    assert!(said(&chat, "C1", "mute ns/kube-system").await.contains("not found"));
    assert!(said(&chat, "C1", "mute dev:shop/cart").await.contains("there is no cluster"));
    assert!(said(&chat, "C2", "mute oom-killed").await.contains("which cluster?"));
    assert_eq!(obeys.0.lock().unwrap().len(), 0);
    assert_eq!(said(&chat, "C2", "mute prod:oom-killed").await, "done: mute oom-killed prod: 1h");
    assert_eq!(obeys.0.lock().unwrap()[0].reach, Reach([("prod".to_string(), Visible::All)].into()));
}

#[tokio::test]
async fn a_persons_own_rights_narrow_what_they_reach() {
    let (chat, obeys) = with(person());
    said(&chat, "C1", "mute prod:ns/shop").await;
    said(&chat, "C1", "mute prod:ns/payments").await;
    said(&chat, "C1", "mutes").await;
    let only = |names: &[&str]| Visible::Only(names.iter().map(|name| (*name).to_string()).collect());
    let reached: Vec<Visible> =
        obeys.0.lock().unwrap().iter().map(|ordered| ordered.reach.0["prod"].clone()).collect();
    assert_eq!(reached, [only(&["shop"]), only(&[]), only(&["kube-system", "shop"])]);
}
