use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn order() -> Order {
    Order {
        node: "worker-3".into(),
        node_uid: "n-1".into(),
        action: Action::RestartKubelet,
        image: None,
        containers_may_die: false,
        remediation: "rem-x".into(),
        remediation_uid: "r-1".into(),
        issued_at: at("2026-05-04T09:00:00Z"),
        expires_at: at("2026-05-04T09:02:00Z"),
    }
}

fn held(order: &Order, now: &str) -> Result<(), Refusal> {
    order.holds_for("worker-3", "n-1", at(now))
}

#[test]
fn a_ticket_holds_for_its_node_and_in_its_time_only() {
    let (one, now) = (order(), "2026-05-04T09:01:00Z");
    assert_eq!(held(&one, now), Ok(()));
    let now = at(now);
    assert_eq!(one.holds_for("worker-4", "n-1", now), Err(Refusal::OtherNode("worker-3".into())));
    assert_eq!(one.holds_for("worker-3", "n-2", now), Err(Refusal::OtherUid));
    let nameless = Order { node_uid: String::new(), ..order() };
    assert_eq!(nameless.holds_for("worker-3", "", now), Err(Refusal::OtherUid), "a node nobody knows");
}

#[test]
fn its_time_has_two_ends_and_a_length() {
    let one = order();
    assert_eq!(held(&one, "2026-05-04T09:02:00Z"), Err(Refusal::Expired(one.expires_at)));
    assert_eq!(held(&one, "2026-05-04T08:59:30Z"), Ok(()), "clocks may be thirty seconds apart");
    assert_eq!(held(&one, "2026-05-04T08:59:29Z"), Err(Refusal::Early(one.issued_at)));
    let long = Order { expires_at: at("2026-05-04T09:05:01Z"), ..order() };
    assert_eq!(held(&long, "2026-05-04T09:01:00Z"), Err(Refusal::TooLong));
}

#[test]
fn an_image_is_named_where_one_is_removed_and_nowhere_else() {
    let now = "2026-05-04T09:01:00Z";
    let with = |action, image: Option<&str>| Order { action, image: image.map(str::to_string), ..order() };
    assert!(matches!(held(&with(Action::RemoveImage, None), now), Err(Refusal::Malformed(_))));
    assert!(matches!(held(&with(Action::RemoveImage, Some("")), now), Err(Refusal::Malformed(_))));
    assert_eq!(held(&with(Action::RemoveImage, Some("nginx:1")), now), Ok(()));
    assert!(matches!(held(&with(Action::RestartRuntime, Some("nginx:1")), now), Err(Refusal::Malformed(_))));
}

#[test]
fn a_ticket_reads_as_it_is_written_and_names_its_remediation() {
    let ticket = Ticket { order: order(), key: "k".into(), signature: "s".into() };
    let text = serde_json::to_value(&ticket).unwrap();
    assert_eq!(
        (&text["nodeUid"], &text["action"]),
        (&serde_json::json!("n-1"), &serde_json::json!("restart-kubelet"))
    );
    assert_eq!(serde_json::from_value::<Ticket>(text).unwrap(), ticket);
    assert_eq!(order().name(), "ticket-r-1");
    for action in Action::ALL {
        assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
    }
}
