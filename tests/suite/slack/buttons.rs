//! What a click does: everything is asked anew, of the one who clicked.

use std::time::Duration;

use podwhy::chats::ChatOptions;
use podwhy_fakes::slack::FakeSlack;
use podwhy_fakes::slack::message::Message;
use podwhy_tests::chat::{Bot, RANKER, SOON, channel, clock, pass};

use super::{no_violations, said, town, whispered};

async fn answered(slack: &FakeSlack) -> Message {
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    said(slack, "C0OPS", "oom-killed").await
}

#[tokio::test]
async fn ask_again_edits_the_same_message() {
    let (slack, running) = town("").await;
    let answer = answered(&slack).await;
    assert!(running.simulate("oom-killed", false));
    slack.click("U0BOB", "C0OPS", &answer.ts, "podwhy_again").unwrap();
    let now = slack
        .wait_for(SOON, |state| {
            let messages = state.messages("C0OPS");
            messages
                .iter()
                .find(|m| m.ts == answer.ts && !m.everything().contains("oom-killed"))
                .map(|m| (*m).clone())
        })
        .await
        .unwrap();
    assert!(now.everything().contains("HEALTHY"), "{}", now.everything());
    assert_eq!(slack.messages("C0OPS").len(), 1);
    no_violations(&slack);
}

#[tokio::test]
async fn all_evidence_is_a_file_in_the_thread_and_commands_are_for_the_one_who_clicked() {
    let (slack, _running) = town("").await;
    let answer = answered(&slack).await;
    slack.click("U0BOB", "C0OPS", &answer.ts, "podwhy_evidence").unwrap();
    let file =
        slack.wait_for(SOON, |state| state.files("C0OPS").first().map(|file| (*file).clone())).await.unwrap();
    assert_eq!(file.thread.as_deref(), Some(answer.ts.as_str()));
    let text = String::from_utf8(file.bytes.unwrap()).unwrap();
    assert!(text.contains("oom-killed") && text.contains("Evidence"), "{text}");
    slack.click("U0BOB", "C0OPS", &answer.ts, "podwhy_commands").unwrap();
    let commands = whispered(&slack, "U0BOB", "kubectl").await;
    assert!(commands.contains("catalogue"), "{commands}");
    no_violations(&slack);
}

#[tokio::test]
async fn a_click_is_a_question_of_the_one_who_clicked() {
    let more = "[read]\nas = \"person\"\n[[people]]\nslack = \"U0ANN\"\nuser = \"ann\"\n";
    let (slack, _running) = town(more).await;
    // the playground has no reviews to ask for: nobody may, and it is answered like what does not exist
    slack.slash("U0ANN", "C0OPS", &format!("why {RANKER}")).unwrap();
    let refused = whispered(&slack, "U0ANN", "not found").await;
    assert!(!refused.contains("oom-killed"), "{refused}");
    assert!(slack.messages("C0OPS").iter().all(|message| !message.everything().contains("oom-killed")));
    slack.slash("U0BOB", "C0OPS", &format!("why {RANKER}")).unwrap();
    whispered(&slack, "U0BOB", "does not know which Kubernetes user you are").await;
    no_violations(&slack);
}

#[tokio::test]
async fn a_watched_answer_is_kept_current_until_it_is_well() {
    let slack = FakeSlack::start(super::subscribed()).await.unwrap();
    let options = ChatOptions { clock: clock(), ..ChatOptions::default() };
    let bot = Bot { slack: Some(&slack), more: channel("slack", "C0OPS"), options, ..Bot::default() };
    let running = bot.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    let answer = answered(&slack).await;
    slack.click("U0ANN", "C0OPS", &answer.ts, "podwhy_watch").unwrap();
    said(&slack, "C0OPS", "Watching until well").await;
    assert!(running.simulate("oom-killed", false));
    // a look every 15 s, and well for a minute before it is said
    for _ in 0..6 {
        pass(Duration::from_secs(16)).await;
        let looked = slack.read(|state| state.requests().len());
        let _looked = slack
            .wait_for(Duration::from_secs(1), |state| (state.requests().len() > looked).then_some(()))
            .await;
    }
    let told = said(&slack, "C0OPS", "Well again").await;
    let whole = slack.messages("C0OPS").into_iter().find(|m| m.ts == answer.ts).unwrap();
    assert!(whole.everything().contains("HEALTHY") && !whole.everything().contains("Watching until well"));
    assert!(told.ts == answer.ts || told.thread.as_deref() == Some(answer.ts.as_str()));
    no_violations(&slack);
}
