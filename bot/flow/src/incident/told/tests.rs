use std::sync::Arc;

use podwhy_knowledge::{Lang, Target};

use super::super::alert::{Alert, Severity};
use super::super::looks::testing::{Fake, Mood, deployment, node, now, oom, pod_name, ready};
use super::super::ring::Room;
use super::*;
use crate::chat::policy::Area;

fn alert(cluster: &str, about: &str) -> Alert {
    let about = Some(about).filter(|about| !about.is_empty()).map(|about| about.parse::<Target>().unwrap());
    Alert {
        cluster: cluster.to_string(),
        fingerprint: format!("f-{about:?}"),
        starts_at: now(),
        firing: true,
        name: "PodDown".to_string(),
        severity: None,
        labels: BTreeMap::new(),
        summary: String::new(),
        runbook: None,
        link: None,
        about,
        group: "g".to_string(),
        truncated: 0,
    }
}

fn teller(clusters: Vec<Arc<Fake>>, bounds: Bounds) -> Teller<Fake> {
    Teller::new(clusters, bounds, Arc::new(Ring::new(Room::default())), Clock::new(now))
}

fn shop() -> Arc<Fake> {
    Arc::new(Fake::new(
        "prod",
        vec![
            deployment("shop", "cart", 2, 0),
            oom("shop", "cart", "x2x4z"),
            oom("shop", "cart", "x2x5z"),
            deployment("shop", "web", 1, 1),
            ready("shop", "web", "x2x4z"),
            node("a", "True"),
            node("b", "Unknown"),
        ],
    ))
}

async fn found(teller: &Teller<Fake>, about: &str) -> Found {
    teller.tell(vec![alert("prod", about)]).await.remove(0).found
}

fn cause(found: Found) -> Sighted {
    match found {
        Found::Cause(sighted) => sighted,
        other => panic!("{other:?}"),
    }
}

fn checked(found: Found) -> Vec<String> {
    match found {
        Found::Healthy { checked } => checked,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_alert_has_the_root_cause_a_look_would_see() {
    let cluster = shop();
    let teller = teller(vec![Arc::clone(&cluster)], Bounds::default());
    let scope = Scope::Namespaces(["shop".to_string()].into());
    let nothing = Crossed::default();
    let looked =
        super::super::looks::look(cluster.as_ref(), &scope, &nothing, &Bounds::default(), now(), || ()).await;
    let seen = looked.unwrap().look.sighted.remove(0);
    for about in
        [format!("shop/{}", pod_name("cart", "x2x5z")), "shop/deploy/cart".into(), "shop/cart".into()]
    {
        let sighted = cause(found(&teller, &about).await);
        assert_eq!(sighted.root_cause, seen.root_cause, "{about}");
        assert!(sighted.is_due && sighted.severity == Severity::Critical, "{about}");
    }
    assert_eq!(teller.ring.len(), 2, "what is left of its pods is kept");
    let down = cause(found(&teller, "node/b").await);
    assert_eq!((down.root_cause.blame.name.as_str(), down.severity), ("b", Severity::Critical));
}

#[tokio::test]
async fn what_is_well_is_told_with_what_was_checked() {
    let teller = teller(vec![shop()], Bounds::default());
    let lines = checked(found(&teller, &format!("shop/{}", pod_name("web", "x2x4z"))).await);
    assert!(!lines.is_empty() && lines.iter().all(|line| !line.is_empty()), "{lines:?}");
    assert!(!checked(found(&teller, "node/a").await).is_empty());
}

#[tokio::test]
async fn a_pod_that_was_replaced_is_answered_by_what_made_it() {
    let teller = teller(vec![shop()], Bounds::default());
    let gone = format!("shop/pod/{}", pod_name("cart", "zzzzz"));
    assert_eq!(cause(found(&teller, &gone).await).root_cause.blame.name, "cart");
    let well = checked(found(&teller, &format!("shop/pod/{}", pod_name("web", "zzzzz"))).await);
    assert!(well.len() > 1 && well[0].contains("does not exist any more"), "{well:?}");
    let nobody = checked(found(&teller, "shop/pod/other-5d9c7b6f4-zzzzz").await);
    assert_eq!(nobody, ["shop/other-5d9c7b6f4-zzzzz does not exist any more", NOBODY_EN]);
}

const NOBODY_EN: &str = "no workload is known that would have made it";

#[tokio::test]
async fn what_names_nothing_or_is_over_asks_nothing() {
    let cluster = shop();
    let area = Area { cluster: "prod".to_string(), namespace: Some("web".to_string()) };
    let narrow = teller(vec![Arc::clone(&cluster)], Bounds { areas: vec![area], ..Bounds::default() });
    assert_eq!(found(&narrow, "shop/cart").await, Found::NoObject, "no route leads there");
    assert_eq!(found(&narrow, "node/b").await, Found::NoObject, "nor to nodes");
    let wide = teller(vec![Arc::clone(&cluster)], Bounds::default());
    assert_eq!(found(&wide, "").await, Found::NoObject);
    let over = Alert { firing: false, ..alert("prod", "shop/cart") };
    assert_eq!(wide.tell(vec![over]).await[0].found, Found::NoObject);
    assert_eq!(cluster.state().asked, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_does_not_answer_is_no_cause_and_delays_no_other() {
    let (deaf, well) = (Arc::new(Fake::new("deaf", Vec::new())), shop());
    deaf.state().mood = Mood::Hangs;
    let bounds = Bounds { lang: Lang::Zh, ..Bounds::default() };
    let teller = teller(vec![Arc::clone(&deaf), well], bounds);
    let began = Instant::now();
    let alerts = vec![alert("deaf", "shop/cart"), alert("prod", "shop/cart"), alert("nowhere", "shop/cart")];
    let told = teller.tell(alerts).await;
    assert_eq!(began.elapsed(), LONGEST);
    assert!(matches!(&told[0].found, Found::Unread(why) if why == "20 秒内没有回答"), "{:?}", told[0].found);
    assert!(matches!(&told[1].found, Found::Cause(_)));
    assert!(matches!(&told[2].found, Found::Unread(why) if why.contains("nowhere")), "{:?}", told[2].found);
    let many = (0..30).map(|n| alert("deaf", &format!("n{n}/cart"))).chain([alert("prod", "shop/cart")]);
    let began = Instant::now();
    let told = teller.tell(many.collect()).await;
    assert_eq!(began.elapsed(), LONGEST, "however many there are");
    let unread = told.iter().filter(|told| matches!(&told.found, Found::Unread(_))).count();
    assert_eq!(unread, 30);
    deaf.state().mood = Mood::Fails;
    let told = teller.tell(vec![alert("deaf", "shop/cart")]).await;
    assert!(matches!(&told[0].found, Found::Unread(why) if !why.contains("hunter2")), "{:?}", told[0].found);
}

#[tokio::test]
async fn many_alerts_of_a_namespace_are_one_look() {
    let cluster = shop();
    let teller = teller(vec![Arc::clone(&cluster)], Bounds::default());
    let mut alerts: Vec<Alert> = ["x2x4z", "x2x5z", "zzzzz"]
        .iter()
        .map(|end| alert("prod", &format!("shop/pod/{}", pod_name("cart", end))))
        .collect();
    alerts.push(alert("prod", "shop/deploy/cart"));
    alerts.push(alert("prod", "pay/cart"));
    alerts.extend((0..6).map(|_| alert("prod", &format!("shop/pod/{}", pod_name("web", "x2x4z")))));
    let told = teller.tell(alerts.clone()).await;
    let asked = cluster.state().asked.clone();
    assert_eq!(asked.iter().filter(|asked| asked.starts_with("failing shop")).count(), 1, "{asked:?}");
    assert!(asked.iter().all(|asked| !asked.starts_with("subject shop")), "{asked:?}");
    assert!(told.iter().zip(&alerts).all(|(told, alert)| told.alert == *alert), "in their order");
    for told in &told[..4] {
        assert_eq!(cause(told.found.clone()).root_cause.blame.name, "cart", "{:?}", told.alert.about);
    }
    assert!(checked(told[10].found.clone())[0].contains("not among what fails"));
}
