//! What a channel sees of an incident that is also about others.

use super::*;
use crate::chat::policy::Area;
use crate::incident::record::{Ended, Member};

fn narrow(namespaces: &[Option<&str>]) -> Policy {
    let area = |namespace: &Option<&str>| Area {
        cluster: "prod".to_string(),
        namespace: namespace.map(str::to_string),
    };
    let areas = namespaces.iter().map(area).collect();
    Policy {
        routes: vec![Route { areas, ..route(spot(Platform::Slack, "C1"), Lang::En) }],
        ..Policy::default()
    }
}

fn card(incident: &Incident, policy: &Policy) -> Card {
    let all = wanted(incident, policy, &[], start());
    let Says::Body(body) = &all[0].says else { panic!("no body") };
    let Body::Card(card) = body.as_ref() else { panic!("no card") };
    card.clone()
}

/// Three pods of `shop`, and twenty of `bank`, of which two are listed, as an image cannot be pulled.
fn both() -> Incident {
    let mut both = incident("cart");
    let pod = |name: &str| Member { kind: "Pod".into(), namespace: "bank".into(), name: name.into() };
    let status = &mut both.status;
    status.root_cause.blame.kind = "Image".to_string();
    status.root_cause.blame.namespace = None;
    status.members.extend([pod("api-0"), pod("api-1")]);
    status.namespaces = [("bank".to_string(), 20), ("shop".to_string(), 3)].into();
    (status.failing, status.most_failing) = (23, 40);
    status.summary = "bank/api-0 waits".to_string();
    let alert = |name: &str, namespace: &str| Alerted {
        fingerprint: name.to_string(),
        starts_at: start(),
        name: name.to_string(),
        firing: true,
        summary: String::new(),
        group: String::new(),
        about: None,
        links: Default::default(),
        labels: [("namespace".to_string(), namespace.to_string())].into(),
    };
    status.alerts = vec![alert("OfShop", "shop"), alert("OfBank", "bank")];
    both
}

#[test]
fn a_channel_counts_and_lists_its_own_namespaces() {
    let shop = card(&both(), &narrow(&[Some("shop")]));
    assert!(shop.title.ends_with(" · 3 pods"), "{}", shop.title);
    assert_eq!((shop.members.len(), shop.members_beyond), (3, 0));
    let told = format!("{shop:?}");
    assert!(told.contains("OfShop") && !told.contains("ank") && !told.contains("40"), "{told}");
    let bank = card(&both(), &narrow(&[Some("bank")]));
    assert!(bank.title.ends_with(" · 20 pods"), "{}", bank.title);
    assert_eq!((bank.members.len(), bank.members_beyond), (2, 18));
    for all in [narrow(&[Some("shop"), None]), narrow(&[])] {
        let all = card(&both(), &all);
        assert!(all.title.ends_with(" · 23 pods") && all.summary.contains("api-0"), "{all:?}");
        assert!(all.lines.contains(&"40 failed at most".to_string()), "{:?}", all.lines);
    }
}

#[test]
fn of_a_workload_all_that_ever_failed_is_in_its_namespace() {
    let mut cart = incident("cart");
    cart.status.most_failing = 7;
    let own = card(&cart, &narrow(&[Some("shop")]));
    assert!(own.lines.contains(&"7 failed at most".to_string()) && !own.summary.is_empty(), "{own:?}");
}

#[test]
fn an_entry_of_many_failures_is_counted_so_too() {
    let mut many = incident("many");
    many.status.root_cause.cause = MANY_FAILURES.to_string();
    many.spec.root_cause.cause = MANY_FAILURES.to_string();
    let mut entry = both();
    entry.status.threads.iter_mut().for_each(|thread| thread.within = Some("many".to_string()));
    let all = wanted(&many, &narrow(&[Some("shop")]), &[&entry], start());
    let Says::Body(body) = &all[0].says else { panic!("no body") };
    let Body::Card(card) = body.as_ref() else { panic!("no card") };
    assert!(card.lines[0].ends_with(" · 3 pods"), "{:?}", card.lines);
}

#[test]
fn what_is_watched_no_longer_is_not_said_to_be_well() {
    let mut cart = incident("cart");
    cart.status.phase = Phase::Resolved;
    cart.status.resolved_at = Some(start() + minutes(5));
    for (ended, words) in [
        (Ended::ClusterNotWatched, ["no longer watches cluster prod", "不再关注集群 prod"]),
        (Ended::NamespacesNotWatched, ["no route names its namespaces", "不在任何路由中"]),
    ] {
        cart.status.ended = Some(ended);
        for (lang, words) in [Lang::En, Lang::Zh].into_iter().zip(words) {
            let card = parent(&cart, lang);
            let told = format!("{card:?}");
            assert!(card.tone == Tone::Unclear && told.contains(words), "{told}");
            assert!(!told.contains("ell again") && !card.title.contains("已恢复"), "{told}");
        }
        let all = wanted(&cart, &policy(), &[], start() + minutes(5));
        let notes: Vec<&WantedPost> = all.iter().filter(|post| post.part == "resolved").collect();
        assert!(!notes.is_empty() && notes.iter().all(|note| !format!("{note:?}").contains("ell again")));
    }
}
