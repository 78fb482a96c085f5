use std::sync::Arc;

use super::super::testing::{asker, incidents};
use super::*;
use crate::chat::Asker;
use crate::incident::looks::testing::Fake;
use crate::incident::testing::incident;
use crate::ports::{IncidentDumps, TextFile};

fn click(button: Button, person: &str) -> Click {
    let (incident, shown_name) = ("cart".to_string(), "Ann".to_string());
    Click { button, incident, asker: asker(person), shown_name, typed: None, attests: None }
}

async fn pressed(incidents: &Incidents<Fake>, button: Button) -> String {
    incidents.clicked(click(button, "U1")).await.unwrap().text
}

/// Has a dump of everything.
#[derive(Debug)]
struct Full;

impl IncidentDumps for Full {
    fn dump<'a>(&'a self, incident: &'a Incident, _: &'a Asker) -> BoxFuture<'a, Option<TextFile>> {
        let file = TextFile { name: format!("{}.yaml", incident.name), text: "objects".to_string() };
        Box::pin(std::future::ready(Some(file)))
    }
}

#[tokio::test(start_paused = true)]
async fn a_diagnosis_is_judged_once_a_person_and_counted_by_cause() {
    let known = incidents(vec![incident("cart")]).await;
    assert!(pressed(&known, Button::Right).await.contains("Counted as right"));
    assert!(pressed(&known, Button::Right).await.contains("said so already"));
    assert!(pressed(&known, Button::Wrong).await.contains("Counted as wrong now, and no longer as right"));
    let status = known.one("cart").status.clone();
    assert_eq!((status.right, status.wrong), (0, 1));
    let counted = known.told().votes.get();
    let of = |right| counted.get(&("oom-killed".to_string(), right)).copied();
    assert_eq!((of(true), of(false)), (Some(1), Some(1)));
    let refused = known.clicked(click(Button::Wrong, "U2")).await.unwrap_err();
    assert!(refused.contains("`people`") && known.one("cart").status.wrong == 1);
}

#[tokio::test(start_paused = true)]
async fn who_says_wrong_gets_what_the_diagnosis_saw_or_the_command_for_it() {
    let without = incidents(vec![incident("cart")]).await;
    let said = without.clicked(click(Button::Wrong, "U1")).await.unwrap();
    assert_eq!(said.file, None);
    assert!(said.text.contains("`podwhy dump shop/pod/cart-0 -o cart`"), "{}", said.text);
    let with = incidents(vec![incident("cart")]).await.with_dumps(Arc::new(Full));
    let said = with.clicked(click(Button::Wrong, "U1")).await.unwrap();
    assert_eq!(said.file.unwrap().name, "cart.yaml");
    assert!(said.text.contains("in the file, for you alone"), "{}", said.text);
    assert_eq!(with.clicked(click(Button::Right, "U1")).await.unwrap().file, None);
}

#[tokio::test(start_paused = true)]
async fn a_button_takes_and_mutes() {
    let known = incidents(vec![incident("cart")]).await;
    assert!(pressed(&known, Button::Take).await.contains("You are on it"));
    assert!(pressed(&known, Button::Mute).await.contains("Muted for an hour"));
    let status = known.one("cart").status.clone();
    assert_eq!(status.taken.unwrap().by, "ann@example.com");
    assert_eq!(status.muted_until.unwrap().duration_since(known.clock.now()), MUTE_FOR);
}
