//! What a click does: everything is asked anew, of the one who clicked.

use std::time::Duration;

use podwhy_fakes::discord::{FakeDiscord, Message};
use podwhy_tests::chat::{RANKER, pass};

use super::{ANN, BOB, OPS, no_violations, said, text, town, whispered, why};

async fn answered(discord: &FakeDiscord) -> Message {
    discord.slash(ANN, OPS, "why", &why(RANKER)).unwrap();
    said(discord, OPS, "oom-killed").await
}

#[tokio::test]
async fn ask_again_edits_the_same_message() {
    let (discord, running) = town("").await;
    let answer = answered(&discord).await;
    assert!(running.simulate("oom-killed", false));
    discord.click(BOB, OPS, answer.id, "podwhy_again").unwrap();
    let now = said(&discord, OPS, "HEALTHY").await;
    assert_eq!(now.id, answer.id);
    assert_eq!(discord.messages(OPS).len(), 1);
    no_violations(&discord);
}

#[tokio::test]
async fn all_evidence_is_a_file_and_commands_are_for_the_one_who_clicked() {
    let (discord, _running) = town("").await;
    let answer = answered(&discord).await;
    discord.click(BOB, OPS, answer.id, "podwhy_evidence").unwrap();
    let thread = discord
        .wait_for("a thread", |state| state.message(answer.id).and_then(|message| message.thread))
        .await
        .unwrap();
    let evidence = discord
        .wait_for("a file", |state| {
            let messages = state.messages(thread);
            messages.into_iter().flat_map(|m| m.said.attachments).next()
        })
        .await
        .unwrap();
    assert!(
        evidence.text().contains("oom-killed") && evidence.text().contains("Evidence"),
        "{}",
        evidence.text()
    );
    discord.click(BOB, OPS, answer.id, "podwhy_commands").unwrap();
    let commands = whispered(&discord, BOB, "kubectl").await;
    assert!(text(&commands).contains("catalogue"));
    no_violations(&discord);
}

#[tokio::test]
async fn a_watched_answer_is_kept_current_until_it_is_well() {
    let (discord, running) = town("").await;
    let answer = answered(&discord).await;
    discord.click(ANN, OPS, answer.id, "podwhy_watch").unwrap();
    said(&discord, OPS, "Watching until well").await;
    assert!(running.simulate("oom-killed", false));
    for _ in 0..6 {
        let looked = discord.requests().len();
        pass(Duration::from_secs(16)).await;
        let more = discord.wait_at_most(Duration::from_secs(1), "a look", |state| {
            (state.requests().len() > looked).then_some(())
        });
        let _looked = more.await;
    }
    let told = said(&discord, OPS, "Well again").await;
    let whole = discord.messages(OPS).into_iter().find(|message| message.id == answer.id).unwrap();
    assert!(text(&whole).contains("HEALTHY"), "{}", text(&whole));
    assert!(told.id == answer.id || told.replies_to == Some(answer.id));
    no_violations(&discord);
}
