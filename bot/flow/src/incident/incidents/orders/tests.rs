use std::time::Duration;

use super::super::testing::{asker, incidents, posted};
use super::*;
use crate::ask::command::{Command, command};
use crate::ask::within::Visible;
use crate::incident::looks::testing::Fake;
use crate::incident::reach::Reach;
use crate::incident::testing::incident;

fn ordered(line: &str, person: &str, thread: Option<&str>) -> Ordered {
    let Ok(Command::Incident(order)) = command(line) else { panic!("{line}") };
    let reach = Reach([("prod".to_string(), Visible::Only(["shop".to_string()].into()))].into());
    Ordered { order, asker: asker(person), thread: thread.map(str::to_string), reach, incident: None }
}

async fn said(incidents: &Incidents<Fake>, line: &str) -> Result<String, String> {
    incidents.obey(ordered(line, "U1", None)).await
}

/// One that is told nowhere yet.
fn untold(name: &str) -> Incident {
    let mut one = incident(name);
    one.status.threads.clear();
    one
}

#[tokio::test(start_paused = true)]
async fn a_mute_says_who_what_until_when_and_how_many_it_silences() {
    let known = incidents(vec![incident("cart"), untold("pay")]).await;
    let told = said(&known, "mute prod:shop/cart 2h").await.unwrap();
    let wanted = "ann@example.com muted cart in prod:shop until 2026-01-01 17:04 UTC (for 2 h). It silences 1 open incident now. \
        What still fails then is told then.\n- oom-killed · Deployment prod:shop/cart · 3 pods";
    assert_eq!(told, wanted);
    let listed = said(&known, "mutes").await.unwrap();
    assert_eq!(
        listed,
        "Muted now:\n- cart in prod:shop: until 2026-01-01 17:04 UTC, 2 h left, by ann@example.com"
    );
    let none = said(&known, "mute prod:ns/shop cause=app-exited 30m").await.unwrap();
    assert!(none.contains("It silences no open incident now"), "{none}");
    // another end for the same
    said(&known, "mute prod:shop/cart 30m").await.unwrap();
    let listed = said(&known, "mutes").await.unwrap();
    assert_eq!(
        (listed.matches("cart in").count(), listed.contains("15:34 UTC, 30 min left")),
        (1, true),
        "{listed}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_muted_is_told_when_the_mute_ends_or_is_ended() {
    let known = incidents(vec![untold("cart"), untold("pay")]).await;
    said(&known, "mute prod:shop/cart 2h").await.unwrap();
    let threads = |name| known.one(name).status.threads.len();
    known.time_passes().await;
    assert_eq!((threads("cart"), threads("pay")), (0, 1));
    tokio::time::advance(Duration::from_secs(2 * 60 * 60 - 1)).await;
    known.time_passes().await;
    assert_eq!(threads("cart"), 0);
    tokio::time::advance(Duration::from_secs(1)).await;
    known.time_passes().await;
    assert_eq!(threads("cart"), 1, "it still fails, and is told");
    assert_eq!(known.all().len(), 2, "and the mute is forgotten");
    let early = incidents(vec![untold("cart")]).await;
    said(&early, "mute prod:ns/shop").await.unwrap();
    let around = said(&early, "unmute prod:shop/cart").await.unwrap_err();
    assert!(
        around.contains("only together with more") && around.contains("everything in prod:shop"),
        "{around}"
    );
    let told = said(&early, "unmute prod:ns/shop").await.unwrap();
    assert!(
        told.contains("ann@example.com unmuted this") && told.contains("- everything in prod:shop"),
        "{told}"
    );
    assert_eq!(early.one("cart").status.threads.len(), 1, "at once");
    assert_eq!(said(&early, "mutes").await.unwrap(), "Nothing is muted here.");
    assert!(said(&early, "unmute prod:ns/shop").await.unwrap_err().contains("is not muted"));
}

#[tokio::test(start_paused = true)]
async fn one_incident_is_muted_and_unmuted_by_its_name_and_by_what_it_is() {
    let name = "oom-killed-279117a39cac3421";
    let mut cart = incident("cart");
    cart.name = name.to_string();
    let known = incidents(vec![cart]).await;
    let told = said(&known, &format!("mute {name} 1h")).await.unwrap();
    assert!(told.starts_with("ann@example.com muted oom-killed · Deployment prod:shop/cart until"), "{told}");
    assert_eq!(known.one(name).status.muted_by.as_deref(), Some("ann@example.com"));
    assert!(said(&known, "mutes").await.unwrap().contains("1 h left"));
    said(&known, "unmute prod:shop/cart").await.unwrap();
    assert_eq!(known.one(name).status.muted_until, None);
    said(&known, &format!("mute {name}")).await.unwrap();
    said(&known, &format!("unmute {name}")).await.unwrap();
    assert_eq!(known.one(name).status.muted_until, None);
    let unknown = said(&known, "mute oom-killed-0000000000000000").await.unwrap_err();
    assert!(unknown.contains("kept no longer"), "{unknown}");
}

#[tokio::test(start_paused = true)]
async fn who_is_on_it_is_said_of_a_thread_a_name_or_the_only_one() {
    let known = incidents(vec![posted("cart", "5.5"), posted("pay", "6.6")]).await;
    let which = said(&known, "ack").await.unwrap_err();
    assert!(which.contains("`ack cart`") && which.contains("`ack pay`"), "{which}");
    let told = known.obey(ordered("ack", "U1", Some("6.6"))).await.unwrap();
    assert_eq!(told, "ann@example.com is on it: oom-killed · Deployment prod:shop/pay · 3 pods");
    assert_eq!(known.one("pay").status.taken.as_ref().unwrap().by, "ann@example.com");
    assert!(said(&known, "ack").await.unwrap().contains("shop/cart"), "the only one nobody is on");
    assert!(said(&known, "ack").await.unwrap_err().contains("Nothing is open"));
    let both = said(&known, "ack prod:ns/shop").await.unwrap();
    assert!(both.contains("is on 2 incidents"), "{both}");
    assert!(said(&known, "ack prod:shop/none").await.unwrap_err().contains("No open incident"));
}

#[tokio::test(start_paused = true)]
async fn strangers_change_nothing_and_nobody_mutes_what_they_may_not_read() {
    let known = incidents(vec![incident("cart")]).await;
    for line in ["mute prod:shop/cart", "unmute prod:shop/cart", "ack"] {
        let refused = known.obey(ordered(line, "U2", None)).await.unwrap_err();
        assert!(refused.contains("`people`"), "{refused}");
    }
    for line in
        ["mute prod:", "mute prod:node/a", "mute prod:oom-killed", "mute prod:ns/bank", "mute dr:ns/shop"]
    {
        let refused = said(&known, line).await.unwrap_err();
        assert!(
            refused.contains("only what may be read here") && refused.contains("`channels`"),
            "{refused}"
        );
    }
    assert_eq!(known.all().len(), 1, "nothing was written");
}
