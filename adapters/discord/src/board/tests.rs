use podwhy_flow::incident::{Button, Card, Tone};
use podwhy_knowledge::Lang;

use super::*;
use crate::testing::discord::refusal;
use crate::testing::{CHANNEL, Fake, Replica, Trouble, now};

fn card(title: &str, mention: Option<&str>) -> Body {
    Body::Card(Card {
        lang: Lang::En,
        tone: Tone::Failing,
        title: title.to_string(),
        summary: "Container cart was killed".to_string(),
        lines: Vec::new(),
        members: vec!["shop/cart-0".to_string()],
        members_beyond: 0,
        links: Vec::new(),
        mention: mention.map(str::to_string),
        buttons: vec![Button::Take],
        incident: "inc-1".to_string(),
    })
}

fn note(text: &str) -> Body {
    Body::Note(Lang::En, text.to_string())
}

fn place(id: &str, thread: Option<&str>) -> Place {
    Place { channel: CHANNEL.to_string(), thread: thread.map(str::to_string), id: id.to_string() }
}

fn board() -> (Incidents, Arc<Fake>, Timestamp) {
    let Replica { app, discord, .. } = Replica::new();
    let began = now(discord.begun());
    (Incidents { app }, discord, began)
}

fn standing(discord: &Fake) -> Vec<Value> {
    discord.with(|state| state.messages.values().cloned().collect())
}

#[tokio::test(start_paused = true)]
async fn a_message_is_posted_edited_found_and_taken_away() {
    let (board, discord, began) = board();
    let place = place("inc-1-parent", None);
    let id = board.post(&place, &card("oom-killed", Some("<@&77>"))).await.unwrap();
    let sent = &discord.sent("messages")[0];
    assert_eq!(sent["allowed_mentions"], json!({"parse": [], "roles": ["77"]}));
    assert_eq!(
        (sent["enforce_nonce"].as_bool(), sent["nonce"].as_str().map(str::len)),
        (Some(true), Some(24))
    );
    board.edit(&place, &id, &card("oom-killed, 3 pods", None)).await.unwrap();
    assert_eq!(discord.sent("message")[0]["allowed_mentions"], json!({"parse": []}));
    let shown = &standing(&discord)[0];
    assert!(shown.to_string().contains("3 pods"));
    assert_eq!(
        (render::state_of(shown), render::id_of(shown)),
        (None, Some("inc-1-parent")),
        "the sweep leaves it alone"
    );
    assert_eq!(board.find(&place, began).await, Ok(vec![id.clone()]));
    let link = format!("https://discord.com/channels/{}/{CHANNEL}/{id}", crate::testing::GUILD);
    assert_eq!(board.link(&place, &id), Some(link));
    board.remove(&place, &id).await.unwrap();
    board.remove(&place, &id).await.unwrap();
    assert_eq!(board.find(&place, began).await, Ok(Vec::new()));
    assert_eq!(board.edit(&place, &id, &card("gone", None)).await, Err(BoardError::Gone));
}

#[tokio::test(start_paused = true)]
async fn an_unclear_outcome_is_told_and_a_second_try_is_no_second_message() {
    let (board, discord, began) = board();
    let place = place("inc-1-parent", None);
    discord.trouble("messages", [Trouble::IsLost]);
    let posted = board.post(&place, &card("x", None)).await;
    assert!(matches!(posted, Err(BoardError::Unclear(_))), "{posted:?}");
    assert_eq!((discord.sent("messages").len(), standing(&discord).len()), (1, 1));
    let again = board.post(&place, &card("x", None)).await.unwrap();
    assert_eq!(standing(&discord).len(), 1);
    assert_eq!(board.find(&place, began).await, Ok(vec![again.clone()]));
    // minutes later only the look-up knows
    discord.forgets_nonces();
    let double = board.post(&place, &card("x", None)).await.unwrap();
    assert_eq!(board.find(&place, began).await, Ok(vec![again, double]));
}

#[tokio::test(start_paused = true)]
async fn what_hangs_or_was_not_sent_is_told_as_it_is() {
    let (board, discord, _) = board();
    let place = place("inc-1-parent", None);
    discord.trouble("messages", [Trouble::Hangs]);
    assert!(matches!(board.post(&place, &card("x", None)).await, Err(BoardError::Unclear(_))));
    discord.trouble("messages", [Trouble::Fails(Fail::NotSent), Trouble::Works]);
    board.post(&place, &card("x", None)).await.unwrap();
    discord.trouble("messages", [Trouble::Fails(refusal(403, 50_001))]);
    assert!(matches!(board.post(&place, &card("x", None)).await, Err(BoardError::Refused(_))));
    let nowhere = Place { channel: "general".to_string(), ..place };
    assert!(matches!(board.post(&nowhere, &card("x", None)).await, Err(BoardError::Refused(_))));
}

#[tokio::test(start_paused = true)]
async fn a_thread_is_begun_with_its_first_message_and_once() {
    let (board, discord, began) = board();
    let parent = board.post(&place("inc-1-parent", None), &card("oom-killed", None)).await.unwrap();
    let answer = place("inc-1-answer", Some(&parent));
    assert_eq!(board.find(&answer, began).await, Ok(Vec::new()), "there is no thread yet");
    // another replica began it meanwhile, or this one did and was not told
    discord.trouble("thread", [Trouble::IsLost]);
    let posted = board.post(&answer, &note("shop/cart-0 was killed")).await.unwrap();
    assert_eq!(discord.sent("thread")[0]["name"], "shop/cart-0 was killed");
    board.post(&place("inc-1-note", Some(&parent)), &note("4 pods now")).await.unwrap();
    assert_eq!(discord.sent("thread").len(), 2, "one was lost");
    let thread: u64 = parent.parse().unwrap();
    assert!(discord.with(|state| state.messages.keys().filter(|(at, _)| *at == thread).count()) == 2);
    assert_eq!(board.find(&answer, began).await, Ok(vec![posted]));
}

#[tokio::test(start_paused = true)]
async fn a_thread_whose_first_message_is_gone_is_not_begun() {
    let (board, discord, _) = board();
    let gone = (1_u64 << 60).to_string();
    discord.trouble("thread", [Trouble::Fails(refusal(404, 10_008))]);
    assert_eq!(board.post(&place("inc-1-answer", Some(&gone)), &note("x")).await, Err(BoardError::Gone));
}

#[tokio::test(start_paused = true)]
async fn only_ones_own_messages_of_this_id_since_a_time_are_found() {
    let (board, discord, began) = board();
    let wanted = place("inc-1-parent", None);
    let first = board.post(&wanted, &card("x", None)).await.unwrap();
    // more than two pages of others
    for number in 0..250 {
        board.post(&place(&format!("inc-{number}-note"), None), &note("y")).await.unwrap();
    }
    discord.forgets_nonces();
    let last = board.post(&wanted, &card("x", None)).await.unwrap();
    let mut forged = standing(&discord)[0].clone();
    forged["author"]["id"] = json!("666");
    forged["id"] = json!((last.parse::<u64>().unwrap() + 9).to_string());
    discord.put(CHANNEL, &forged);
    assert_eq!(board.find(&wanted, began).await, Ok(vec![first, last]));
    let later = began + jiff::SignedDuration::from_mins(10);
    assert_eq!(board.find(&wanted, later).await, Ok(Vec::new()));
}

#[test]
fn a_nonce_is_the_same_at_every_try_and_fits() {
    let one = nonce(&place("inc-1-parent", None));
    assert_eq!(one, nonce(&place("inc-1-parent", None)));
    assert_ne!(one, nonce(&place("inc-1-answer", None)));
    assert_ne!(one, nonce(&Place { channel: "501".to_string(), ..place("inc-1-parent", None) }));
    assert!(one.len() <= limits::NONCE && one.chars().all(|c| c.is_ascii_hexdigit()));
}
