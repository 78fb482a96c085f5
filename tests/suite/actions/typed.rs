//! Where the name has to be typed: a dialog asks for it, and only the right one counts.

use podwhy_fakes::slack::FakeSlack;
use podwhy_fakes::slack::message::Message;
use podwhy_fakes::slack::record::Modal;
use podwhy_tests::chat::SOON;

use super::{REMEDIATION, bot, offered};
use crate::slack::{said, subscribed, whispered};

/// The name of what is deleted, and one that is nearly it.
const NAME: &str = "ranker-7d8f9b5c4-t6wxn";
const NEARLY: &str = "ranker-7d8f9b5c4";

/// The dialog that comes up for a press.
async fn dialog(slack: &FakeSlack, user: &str, offer: &Message) -> Modal {
    let before = slack.modals(user).len();
    slack.click(user, "C0OPS", &offer.ts, "podwhy_incident_approve-typed").unwrap();
    let opened =
        |state: &podwhy_fakes::slack::State| state.modals(user).get(before).map(|modal| (*modal).clone());
    slack.wait_for(SOON, opened).await.unwrap()
}

#[tokio::test]
async fn only_the_right_name_counts() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let typed = format!("{REMEDIATION}typed_name = true\n");
    let _running = bot(&slack, "\"podwhy:editors\"", &typed).await;
    let offer = offered(&slack).await;
    let text = offer.everything();
    assert!(!text.contains("podwhy_incident_approve\""), "no press alone is enough: {text}");
    let wrong = dialog(&slack, "U0ANN", &offer).await;
    slack.submit_modal("U0ANN", &wrong.id, &[("podwhy_name", NEARLY)]).unwrap();
    whispered(&slack, "U0ANN", "That is not the name").await;
    assert!(!said(&slack, "C0OPS", "One person has to agree").await.everything().contains("Agreed:"));
    let right = dialog(&slack, "U0ANN", &offer).await;
    slack.submit_modal("U0ANN", &right.id, &[("podwhy_name", &format!(" {NAME} "))]).unwrap();
    let done = said(&slack, "C0OPS", "Done, and it helped").await;
    assert!(done.ts == offer.ts && done.everything().contains("Agreed: ann@example.com"));
    assert_eq!(slack.violations(), []);
}
