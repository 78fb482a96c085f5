//! The same in Discord: a press is asked about once more, or the name is typed.

use podwhy::Running;
use podwhy_fakes::discord::{FakeDiscord, Message};
use serde_json::json;

use super::{EVICTED, REMEDIATION};
use crate::discord::{ANN, BOB, OPS, no_violations, said, text, town, whispered};

const NAME: &str = "ranker-7d8f9b5c4-t6wxn";

async fn acting(remediation: &str) -> (FakeDiscord, Running) {
    let person = |id: u64, user: &str| {
        format!("[[people]]\ndiscord = \"{id}\"\nuser = \"{user}\"\ngroups = [\"podwhy:editors\"]\n")
    };
    let people = person(ANN, "ann@example.com") + &person(BOB, "bob@example.com");
    town(&format!("{people}{remediation}")).await
}

async fn offered(discord: &FakeDiscord) -> Message {
    discord.slash(ANN, OPS, "fix", &[("target", json!(EVICTED))]).unwrap();
    said(discord, OPS, "One person has to agree").await
}

/// The id of the only button of a message whose id begins like this: it ends with the remediation's name.
fn button(message: &Message, begins: &str) -> String {
    let mut ids = message.buttons().into_iter().map(|(_, id)| id).filter(|id| id.starts_with(begins));
    let found = ids.next().unwrap_or_else(|| panic!("no {begins} in {}", text(message)));
    assert_eq!(ids.next(), None, "{}", text(message));
    found
}

/// What pops up for the one who pressed, as soon as it stands.
async fn question(discord: &FakeDiscord, user: u64, pressed: u64) -> Message {
    let shown = |state: &podwhy_fakes::discord::State| {
        state.ephemerals(user).into_iter().find(|message| message.interaction == Some(pressed))
    };
    discord.wait_for("the question", shown).await.unwrap()
}

#[tokio::test]
async fn what_was_confirmed_is_done_and_helps() {
    let (discord, _running) = acting(REMEDIATION).await;
    let offer = offered(&discord).await;
    let shown = text(&offer);
    assert!(shown.contains("Delete failed pod") && shown.contains(EVICTED), "{shown}");
    let pressed = discord.click(BOB, OPS, offer.id, &button(&offer, "podwhy_incident:approve:")).unwrap();
    let asked = question(&discord, BOB, pressed).await;
    assert!(text(&asked).contains("Delete failed pod"), "{}", text(&asked));
    let stands = said(&discord, OPS, "One person has to agree").await;
    assert!(!text(&stands).contains("Agreed:"), "one press is no approval: {}", text(&stands));
    discord.click(BOB, OPS, asked.id, &button(&asked, "podwhy_confirm:approve:")).unwrap();
    let done = said(&discord, OPS, "Done, and it helped").await;
    assert!(done.id == offer.id && text(&done).contains("Agreed: bob"), "{}", text(&done));
    assert!(!text(&done).contains("podwhy_incident:approve"), "its buttons are gone: {}", text(&done));
    no_violations(&discord);
}

#[tokio::test]
async fn what_was_declined_is_not_done() {
    let (discord, _running) = acting(REMEDIATION).await;
    let offer = offered(&discord).await;
    let pressed = discord.click(BOB, OPS, offer.id, &button(&offer, "podwhy_incident:decline:")).unwrap();
    let asked = question(&discord, BOB, pressed).await;
    discord.click(BOB, OPS, asked.id, &button(&asked, "podwhy_confirm:decline:")).unwrap();
    let over = said(&discord, OPS, "example.com declined").await;
    assert_eq!(over.id, offer.id);
    no_violations(&discord);
}

#[tokio::test]
async fn only_the_right_name_counts() {
    let (discord, _running) = acting(&format!("{REMEDIATION}typed_name = true\n")).await;
    let offer = offered(&discord).await;
    let typed = button(&offer, "podwhy_incident:approve-typed:");
    let fill = async |name: &str| {
        let pressed = discord.click(BOB, OPS, offer.id, &typed).unwrap();
        let popped = |state: &podwhy_fakes::discord::State| {
            state.callbacks().iter().any(|one| one.interaction == pressed && one.status < 300).then_some(())
        };
        discord.wait_for("the dialog", popped).await.unwrap();
        discord.submit_modal(pressed, &[("name", name)]).unwrap()
    };
    fill("ranker-7d8f9b5c4").await;
    whispered(&discord, BOB, "That is not the name").await;
    assert!(!text(&said(&discord, OPS, "One person has to agree").await).contains("Agreed:"));
    fill(NAME).await;
    let done = said(&discord, OPS, "Done, and it helped").await;
    assert!(done.id == offer.id && text(&done).contains("Agreed: bob"), "{}", text(&done));
    no_violations(&discord);
}
