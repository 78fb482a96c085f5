use super::*;

fn at(minutes: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
}

fn remains(name: &str, uid: &str, minutes: i64) -> Remains {
    let owner = Blamed { kind: "Deployment".into(), namespace: Some("shop".into()), name: "web".into() };
    Remains {
        cluster: "prod".to_string(),
        namespace: "shop".to_string(),
        name: name.to_string(),
        uid: uid.to_string(),
        owner: Some(owner.clone()),
        seen_at: at(minutes),
        root_cause: RootCause { cluster: "prod".into(), cause: "oom-killed".into(), blame: owner },
        confidence: Some("certain".into()),
        summary: format!("of {minutes}"),
        evidence: Arc::new([]),
    }
}

fn found(ring: &Ring, name: &str, minutes: i64) -> Option<(String, i64, bool)> {
    let found = ring.find("prod", "shop", name, at(minutes))?;
    Some((found.remains.summary, found.age.as_mins(), found.is_exact))
}

#[test]
fn a_pod_is_found_by_its_name_else_by_its_workloads() {
    let ring = Ring::new(Room::default());
    ring.keep([remains("web-1-aaaaa", "1", 1), remains("web-1-bbbbb", "2", 2)]);
    ring.keep([remains("web-1-aaaaa", "1", 3), remains("db-0", "", 4), remains("db-0", "", 5)]);
    assert_eq!(ring.len(), 3, "what is newer of a pod takes the place of what was");
    assert_eq!(found(&ring, "web-1-aaaaa", 10), Some(("of 3".into(), 7, true)));
    assert_eq!(found(&ring, "web-1", 10), Some(("of 3".into(), 7, false)));
    assert_eq!(found(&ring, "web", 10), Some(("of 5".into(), 5, false)), "its owner's name");
    assert_eq!(found(&ring, "we", 10), None, "half a name is none");
    assert_eq!(ring.find("other", "shop", "db-0", at(10)), None);
    assert_eq!(ring.find("prod", "pay", "db-0", at(10)), None);
    assert_eq!(ring.of_uid("prod", "2", at(10)).map(|found| found.remains.name), Some("web-1-bbbbb".into()));
    assert_eq!(found(&ring, "db-0", 1), Some(("of 5".into(), 0, true)), "a cluster's clock ahead of ours");
    assert_eq!(found(&ring, "db-0", 5 + 24 * 60), Some(("of 5".into(), 24 * 60, true)));
    assert_eq!(found(&ring, "db-0", 6 + 24 * 60), None, "too old");
}

#[test]
fn what_was_before_a_pod_that_stands_is_another_one() {
    let ring = Ring::new(Room::default());
    ring.keep([remains("db-0", "1", 1), remains("db-0", "2", 2)]);
    let before =
        |uid: &str| ring.find_other("prod", "shop", "db-0", uid, at(3)).map(|found| found.remains.uid);
    assert_eq!(before("2").as_deref(), Some("1"));
    assert_eq!(before("3").as_deref(), Some("2"));
    assert_eq!(ring.places_of("prod", "db-0", at(3)), ["shop"]);
    assert!(ring.places_of("prod", "db-1", at(3)).is_empty());
}

#[test]
fn the_oldest_make_room() {
    let ring = Ring::new(Room { pods: 2, ..Room::default() });
    assert!(ring.is_empty());
    ring.keep((0..5).map(|n| remains(&format!("p{n}-x"), &n.to_string(), n)));
    assert_eq!((ring.len(), found(&ring, "p2-x", 5), found(&ring, "p4-x", 5).is_some()), (2, None, true));
}
