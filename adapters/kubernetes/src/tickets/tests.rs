use std::sync::Arc;

use podwhy_api::seal::{Key, Keys};
use podwhy_flow::act::record::Target;

use super::*;
use crate::fake::{FakeApi, Fault};

const LIST: &str = "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/nodetickets";

fn key() -> Key {
    Key::from_seed(&[1; 32])
}

fn tickets(api: &FakeApi, key: bool) -> Tickets {
    let key = key.then(|| Arc::new(self::key()));
    let agents = Agents { key, ..Agents::default() };
    let guarded = Seen::already();
    Tickets { requests: api.requests(), agents, cluster: "prod".to_string(), guarded }
}

fn write(remedy: Remedy) -> Write {
    let target =
        Target { kind: "Node".into(), namespace: String::new(), name: "worker-3".into(), uid: "n-1".into() };
    let image = (remedy == Remedy::RemoveImage).then(|| "web:1".to_string());
    let ticket = record::Ticket { unit: String::new(), image, containers_may_die: false };
    let (remediation, remediation_uid) = ("rem-1".to_string(), "r-1".to_string());
    Write::Ticket { target, remedy, ticket, remediation, remediation_uid }
}

async fn given(api: &FakeApi) -> Option<TicketState> {
    tickets(api, true).given("r-1").await.unwrap()
}

const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_ticket_is_signed_for_one_node_and_a_minute() {
    for remedy in [Remedy::RestartKubelet, Remedy::RestartRuntime, Remedy::RemoveImage] {
        let api = FakeApi::default();
        assert_eq!(given(&api).await, None);
        tickets(&api, true).give(&write(remedy), false, SOON).await.unwrap();
        let object = api.object(&format!("{LIST}/ticket-r-1")).unwrap();
        let ticket: Ticket = serde_json::from_value(object["spec"].clone()).unwrap();
        let public = key().public_pem().unwrap();
        let keys = Keys::from_pems([public.as_str()]).unwrap();
        let order = keys.open(&ticket).unwrap();
        assert_eq!(order.holds_for("worker-3", "n-1", Timestamp::now()), Ok(()));
        assert_eq!(order.expires_at.duration_since(order.issued_at), VALID);
        assert_eq!((order.action.as_str(), order.remediation.as_str()), (remedy.as_str(), "rem-1"));
        assert_eq!(order.image.is_some(), remedy == Remedy::RemoveImage);
        let state = given(&api).await.unwrap();
        assert_eq!((state.phase, state.until), (TicketPhase::Waits, order.expires_at));
    }
}

#[tokio::test]
async fn what_is_no_ticket_or_has_no_key_is_refused_before_anything_is_sent() {
    let api = FakeApi::default();
    let refused = tickets(&api, false).give(&write(Remedy::RestartKubelet), true, SOON).await;
    assert!(matches!(refused, Err(WriteError::Refused(why)) if why.contains("no key")));
    let refused = tickets(&api, true).give(&write(Remedy::Uncordon), true, SOON).await;
    assert!(matches!(refused, Err(WriteError::Refused(_))));
    assert_eq!(api.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn one_whose_answer_is_lost_or_that_is_there_already_is_looked_up() {
    let api = FakeApi::default();
    api.fails(Method::POST, Fault::LosesAnswer);
    let lost = tickets(&api, true).give(&write(Remedy::RestartKubelet), false, SOON).await;
    assert!(matches!(lost, Err(WriteError::Unclear(_))), "{lost:?}");
    assert_eq!(given(&api).await.unwrap().phase, TicketPhase::Waits);
    let again = tickets(&api, true).give(&write(Remedy::RestartKubelet), false, SOON).await;
    assert!(matches!(again, Err(WriteError::Unclear(_))), "{again:?}");
    for (code, is_refused) in [(404, true), (403, true), (422, true), (500, false)] {
        let api = FakeApi::default();
        api.fails(Method::POST, Fault::Refuses(code));
        let failed = tickets(&api, true).give(&write(Remedy::RestartKubelet), false, SOON).await.unwrap_err();
        assert_eq!(matches!(failed, WriteError::Refused(_)), is_refused, "{code}: {failed:?}");
    }
}

#[tokio::test]
async fn what_the_agent_says_is_told_with_the_last_line_of_its_unit() {
    let api = FakeApi::default();
    tickets(&api, true).give(&write(Remedy::RestartKubelet), false, SOON).await.unwrap();
    let path = format!("{LIST}/ticket-r-1");
    let mut object = api.object(&path).unwrap();
    for (word, phase) in [
        ("Begun", TicketPhase::Begun),
        ("Done", TicketPhase::Done),
        ("Refused", TicketPhase::Refused),
        ("Failed", TicketPhase::Failed),
        ("Unclear", TicketPhase::Unclear),
    ] {
        object["status"] = json!({"phase": word, "message": "it did not start", "at": "2026-05-04T09:00:00Z",
            "lines": ["first", "no such flag"]});
        api.put(&path, object.clone());
        let state = given(&api).await.unwrap();
        let said = "it did not start; its last line: no such flag";
        assert_eq!((state.phase, state.said.as_str()), (phase, said));
    }
    object["spec"]["remediationUid"] = json!("r-2");
    api.put(&path, object);
    assert!(tickets(&api, true).given("r-1").await.is_err(), "it is of another");
}

#[test]
fn what_ended_a_week_ago_is_taken_away() {
    let object = |at: &str| json!({"metadata": {"name": "ticket-x"}, "spec": {"expiresAt": at}});
    let now = "2026-05-14T09:00:00Z".parse().unwrap();
    assert_eq!(old(&object("2026-05-07T08:59:59Z"), now), Some("ticket-x".to_string()));
    for kept in ["2026-05-07T09:00:01Z", "2026-05-14T09:01:00Z", "never"] {
        assert_eq!(old(&object(kept), now), None);
    }
}

#[tokio::test]
async fn nothing_is_ordered_where_anybody_could() {
    let api = FakeApi::default();
    let open = Tickets { guarded: Seen::default(), ..tickets(&api, true) };
    let refused = open.give(&write(Remedy::RestartKubelet), true, SOON).await;
    assert!(matches!(refused, Err(WriteError::Refused(why)) if why.contains("ValidatingAdmissionPolicy")));
    let refused = open.give(&write(Remedy::RestartKubelet), false, SOON).await;
    assert!(matches!(refused, Err(WriteError::Refused(why)) if why.contains("was not looked at")));
    assert_eq!(given(&api).await, None);
}
