use jiff::SignedDuration;
use podwhy_knowledge::Lang;
use serde_json::{Value, json};

use super::judge::{Raw, judge};
use super::*;
use crate::chat::Platform;
use crate::incident::bounds::Bounds;
use crate::incident::due::Crossed;
use crate::incident::look::{Look, Scope};
use crate::incident::looks::look;
use crate::incident::looks::testing::{Fake, Mood, deployment, node, now, oom};
use crate::incident::testing::{route, spot};
use crate::incident::wanted::{Says, wanted};
use crate::incident::{Body, Book, Incident, Policy, Route};

fn allowed(namespace: Option<&str>) -> Allowed {
    let namespace = namespace.map(str::to_string);
    let team = spot(Platform::Slack, "C0TEAM");
    Allowed {
        areas: vec![Area { cluster: "prod".to_string(), namespace }],
        channels: [("team".to_string(), team.clone()), ("C0TEAM".to_string(), team)].into(),
        runbook_hosts: ["wiki.example.com".to_string()].into(),
        mute: true,
    }
}

fn bounds(allowed: Allowed) -> Bounds {
    Bounds { annotations: vec![allowed], ..Bounds::default() }
}

fn namespace(name: &str, annotations: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "annotations": annotations}})
}

fn annotated(mut object: Value, annotations: Value) -> Value {
    object["metadata"]["annotations"] = annotations;
    object
}

fn hours(hours: i64) -> String {
    (now() + SignedDuration::from_hours(hours)).to_string()
}

/// Two pods of one Deployment in `shop`, and what stands on it and on the namespace.
fn shop(on_workload: Value, on_namespace: Value) -> Fake {
    let objects = vec![
        annotated(deployment("shop", "cart", 2, 0), on_workload),
        oom("shop", "cart", "x2x4z"),
        oom("shop", "cart", "x2x5z"),
        namespace("shop", on_namespace),
    ];
    Fake::new("prod", objects)
}

async fn look_at(cluster: &Fake, bounds: &Bounds) -> Look {
    let mut look = look(cluster, &Scope::All, &Crossed::default(), bounds, now(), || ()).await.unwrap().look;
    look.sighted.iter_mut().for_each(|sighted| sighted.is_due = true);
    look
}

async fn said(cluster: &Fake, bounds: &Bounds) -> Option<Annotations> {
    look_at(cluster, bounds).await.sighted[0].annotations.clone()
}

fn key(key: &str) -> String {
    format!("{PREFIX}{key}")
}

#[tokio::test]
async fn a_workload_outranks_its_namespace() {
    let own = json!({key("runbook"): "https://wiki.example.com/cart"});
    let all = json!({key("runbook"): "https://wiki.example.com/shop", key("channel"): "team", "other": "x"});
    let cluster = shop(own, all);
    let said = said(&cluster, &bounds(allowed(Some("shop")))).await.unwrap();
    assert_eq!(said.runbooks, ["https://wiki.example.com/cart"]);
    assert_eq!(
        (said.channels.as_slice(), said.refused.as_slice()),
        (&["slack:C0TEAM".to_string()][..], &[][..])
    );
    let asked = cluster.state().asked.clone();
    assert_eq!(asked, ["failing *", "annotations shop"]);
}

#[tokio::test]
async fn where_nothing_is_allowed_nothing_is_asked() {
    let cluster = shop(json!({key("channel"): "team"}), json!({key("mute-until"): hours(1)}));
    for bounds in [Bounds::default(), bounds(allowed(Some("pay")))] {
        assert_eq!(said(&cluster, &bounds).await, Some(Annotations::default()));
    }
    assert!(cluster.state().asked.iter().all(|asked| asked.starts_with("failing")));
}

#[tokio::test]
async fn a_mute_holds_only_where_all_that_fails_is_muted() {
    let bounds = bounds(allowed(None));
    let until = hours(3);
    let alone = shop(json!({key("mute-until"): until.clone()}), json!({}));
    assert_eq!(said(&alone, &bounds).await.unwrap().muted_until, Some(until.parse().unwrap()));
    // a node that is lost takes pods of a namespace that is muted with it, and is not muted
    let lost = Fake::new(
        "prod",
        vec![
            node("a", "Unknown"),
            deployment("shop", "cart", 1, 0),
            oom("shop", "cart", "x2x4z"),
            namespace("shop", json!({key("mute-until"): until})),
        ],
    );
    let look = look_at(&lost, &bounds).await;
    let of_node = look.sighted.iter().find(|sighted| sighted.root_cause.blame.kind == "Node").unwrap();
    assert!(of_node.members.len() > 1, "{of_node:?}");
    assert_eq!(of_node.annotations.as_ref().unwrap().muted_until, None);
}

#[test]
fn what_is_not_allowed_is_refused_without_its_text() {
    let at = now();
    let of = |key: &str, value: &str| {
        let object = json!({"metadata": {"annotations": {format!("{PREFIX}{key}"): value}}});
        judge(&Raw::of(&object), "Namespace shop", &[&allowed(None)], at)
    };
    for name in ["team", "C0TEAM", " team "] {
        assert_eq!(of("channel", name).channels, ["slack:C0TEAM"], "{name}");
    }
    for url in ["https://wiki.example.com/cart?x=1#a", "HTTPS://WIKI.EXAMPLE.COM/cart"] {
        assert!(of("runbook", url).runbooks[0].starts_with("https://wiki.example.com/cart"), "{url}");
    }
    for (key, value, why) in [
        ("channel", "C0OTHER", Why::NotAllowed),
        ("channel", "<!channel>", Why::NotAllowed),
        ("channel", "slack:C0TEAM", Why::NotAllowed),
        ("runbook", "http://wiki.example.com/cart", Why::NotReadable),
        ("runbook", "https://user:hunter2@wiki.example.com/", Why::NotReadable),
        ("runbook", "https://wiki.example.com:8443/", Why::NotReadable),
        ("runbook", "javascript:alert(1)", Why::NotReadable),
        ("runbook", "https://wiki.example.com.evil.example/", Why::NotAllowed),
        ("runbook", "https://evil.example/?https://wiki.example.com", Why::NotAllowed),
        ("mute-until", "tomorrow", Why::NotReadable),
        ("mute-until", &hours(25), Why::TooFar),
        ("mute-until", "2100-01-01T00:00:00Z", Why::TooFar),
    ] {
        let said = of(key, value);
        let refused = Refused { object: "Namespace shop".to_string(), key: format!("{PREFIX}{key}"), why };
        assert_eq!(said, Annotations { refused: vec![refused], ..Annotations::default() }, "{value}");
        let lines = lines(&said, true, Lang::En);
        assert!(
            lines[0].starts_with(&format!("The annotation {PREFIX}{key} of Namespace shop is not honoured"))
        );
        assert!(!lines[0].contains(value) && lines.len() == 1, "{lines:?}");
    }
    assert_eq!(of("mute-until", &hours(-1)), Annotations::default(), "it is over");
    assert_eq!(of("mute-until", &hours(24)).muted_until, Some(hours(24).parse().unwrap()));
    assert_eq!(of("runbook", &"h".repeat(5_000)), Annotations::default(), "that long it is not ours");
    let nothing = judge(
        &Raw::of(&json!({"metadata": {"annotations": {key("mute-until"): hours(1)}}})),
        "Namespace shop",
        &[&Allowed::default()],
        at,
    );
    assert_eq!(nothing.refused[0].why, Why::NotAllowed);
}

/// One route of all, and the channel that annotations may name.
fn policy() -> Policy {
    let areas = allowed(Some("shop")).areas;
    let team = Route { areas, mention: None, ..route(spot(Platform::Slack, "C0TEAM"), Lang::En) };
    let ops = route(spot(Platform::Slack, "C0OPS"), Lang::En);
    Policy { routes: vec![ops], annotated: vec![team], ..Policy::default() }
}

fn only(book: &Book) -> Incident {
    book.incidents().next().unwrap().clone()
}

fn channels(book: &Book) -> Vec<String> {
    only(book).status.threads.into_iter().map(|thread| thread.channel).collect()
}

#[tokio::test]
async fn an_annotated_channel_is_told_beside_the_routes() {
    let bounds = bounds(allowed(Some("shop")));
    let (policy, mut book) = (policy(), Book::default());
    let plain = shop(json!({}), json!({}));
    book.look(&look_at(&plain, &bounds).await, &policy, now());
    assert_eq!(channels(&book), ["C0OPS"]);
    let all = json!({key("channel"): "team", key("runbook"): "https://wiki.example.com/shop"});
    let cluster = shop(json!({}), all);
    book.look(&look_at(&cluster, &bounds).await, &policy, now());
    assert_eq!(channels(&book), ["C0OPS", "C0TEAM"]);
    let posts = wanted(&only(&book), &policy, &[], now());
    let cards: Vec<_> = posts
        .iter()
        .filter_map(|post| match &post.says {
            Says::Body(body) => match body.as_ref() {
                Body::Card(card) => Some((post.to.channel.clone(), card.links.clone())),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let links = vec![("Runbook".to_string(), "https://wiki.example.com/shop".to_string())];
    assert_eq!(cards, [("C0OPS".to_string(), links.clone()), ("C0TEAM".to_string(), links)]);
    // a namespace that cannot be read says nothing, and nothing is forgotten
    let before = only(&book);
    let mut unread = look_at(&cluster, &bounds).await;
    cluster.state().mood = Mood::Fails;
    let world = podwhy_knowledge::World::default();
    unread.sighted[0].annotations = None;
    annotate(&cluster, &world, &bounds, &mut unread.sighted, now()).await;
    assert_eq!(unread.sighted[0].annotations, None);
    assert_eq!(book.look(&unread, &policy, now()), []);
    assert_eq!(only(&book), before);
    // another may name the channel in vain: it is allowed in `shop` alone
    let mut elsewhere = Policy { annotated: policy.annotated.clone(), ..policy.clone() };
    elsewhere.annotated[0].areas[0].namespace = Some("pay".to_string());
    let mut other = Book::default();
    other.look(&look_at(&shop(json!({}), json!({key("channel"): "team"})), &bounds).await, &elsewhere, now());
    assert_eq!(channels(&other), ["C0OPS"]);
}

#[tokio::test]
async fn what_is_muted_by_annotation_is_told_when_that_ends() {
    let bounds = bounds(allowed(Some("shop")));
    let (policy, mut book) = (policy(), Book::default());
    let cluster = shop(json!({key("mute-until"): hours(1)}), json!({}));
    let look = look_at(&cluster, &bounds).await;
    book.look(&look, &policy, now());
    assert_eq!(
        (channels(&book), only(&book).status.failing),
        (Vec::<String>::new(), 2),
        "opened and counted, not told"
    );
    assert_eq!(book.look(&look, &policy, now()), [], "the same again changes nothing");
    let later = now() + SignedDuration::from_mins(61);
    book.settle(later, &policy);
    assert_eq!(channels(&book), ["C0OPS"]);
    let line = lines(&only(&book).status.annotations.unwrap(), true, Lang::En);
    assert_eq!(line, ["Muted until 2026-11-25 13:30 UTC by annotation"]);
}
