//! slack-morphism, which podwhy uses and which was tried against Slack by others, as a judge: it reads everything the fake
//! sends as what it is, and nothing of what it sends by itself is held against it.

mod slack_client;

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use hyper_util::client::legacy::connect::HttpConnector;
use podwhy_fakes::slack::{Author, Content, FakeSlack, Setup};
use serde_json::json;
use slack_client::SOON;
use slack_morphism::prelude::*;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

type Connector = SlackClientHyperConnector<HttpConnector>;
type Library = Arc<SlackClient<Connector>>;
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Tells the test what was read.
struct Told(UnboundedSender<String>);

async fn tell(state: SlackClientEventsUserState, text: String) {
    if let Some(Told(sender)) = state.read().await.get_user_state::<Told>() {
        // a test that has seen enough no longer listens
        sender.send(text).ok();
    }
}

async fn command(
    event: SlackCommandEvent,
    _: Library,
    state: SlackClientEventsUserState,
) -> Result<SlackCommandEventResponse, Failure> {
    tell(state, format!("command {} {}", event.command, event.text.unwrap_or_default())).await;
    let content = SlackMessageContent::new().with_text("looking".into());
    Ok(SlackCommandEventResponse::new(content).with_response_type(SlackMessageResponseType::Ephemeral))
}

async fn interaction(
    event: SlackInteractionEvent,
    _: Library,
    state: SlackClientEventsUserState,
) -> Result<(), Failure> {
    let text = match event {
        SlackInteractionEvent::BlockActions(click) => {
            let action = click.actions.unwrap_or_default().pop();
            let target = click.message.and_then(|message| message.content.metadata).is_some();
            let value = action.and_then(|action| action.value).unwrap_or_default();
            format!("click {value} metadata={target} home={}", click.view.is_some())
        }
        SlackInteractionEvent::MessageAction(shortcut) => {
            let attachments = shortcut.message.and_then(|message| message.content.attachments);
            format!("shortcut {} {}", shortcut.callback_id, attachments.unwrap_or_default().len())
        }
        other => format!("other {other:?}"),
    };
    tell(state, text).await;
    Ok(())
}

async fn push(
    event: SlackPushEventCallback,
    _: Library,
    state: SlackClientEventsUserState,
) -> Result<(), Failure> {
    let text = match event.event {
        SlackEventCallbackBody::AppMention(mention) => {
            format!("mention {}", mention.content.text.unwrap_or_default())
        }
        SlackEventCallbackBody::Message(message) => {
            let subtype = message.subtype.map(|subtype| format!("{subtype:?}")).unwrap_or_default();
            let from = if message.sender.bot_id.is_some() { "bot" } else { "person" };
            format!("message {subtype} {from}")
        }
        SlackEventCallbackBody::AppHomeOpened(home) => format!("home {}", home.view.is_some()),
        other => format!("other {other:?}"),
    };
    tell(state, text).await;
    Ok(())
}

fn failure(
    error: Box<dyn std::error::Error + Send + Sync>,
    _: Library,
    state: SlackClientEventsUserState,
) -> HttpStatusCode {
    tokio::spawn(tell(state, format!("error {error}")));
    HttpStatusCode::BAD_REQUEST
}

struct Bot {
    library: Library,
    told: UnboundedReceiver<String>,
    _listener: SlackClientSocketModeListener<Connector>,
}

impl Bot {
    async fn start(slack: &FakeSlack) -> Result<Bot> {
        let http = SlackClientHyperConnector::with_connector(HttpConnector::new());
        let library = Arc::new(SlackClient::new(http.with_slack_api_url(&slack.api_url())));
        let (sender, told) = unbounded_channel();
        let environment = SlackClientEventsListenerEnvironment::new(Arc::clone(&library))
            .with_error_handler(failure)
            .with_user_state(Told(sender));
        let callbacks = SlackSocketModeListenerCallbacks::new()
            .with_command_events(command)
            .with_interaction_events(interaction)
            .with_push_events(push);
        let config = SlackClientSocketModeConfig::new().with_max_connections_count(1);
        let listener = SlackClientSocketModeListener::new(&config, Arc::new(environment), callbacks);
        listener.listen_for(&SlackApiToken::new("xapp-fake".into())).await?;
        listener.start().await;
        slack.wait_for(SOON, |state| (state.sockets() == 1).then_some(())).await?;
        Ok(Bot { library, told, _listener: listener })
    }

    async fn hears(&mut self, wanted: &str) -> Result<()> {
        let heard = tokio::time::timeout(SOON, self.told.recv()).await?.context("the library ended")?;
        ensure!(heard == wanted, "wanted {wanted}, heard {heard}");
        Ok(())
    }
}

fn blocks() -> Vec<SlackBlock> {
    slack_blocks![
        SlackSectionBlock::new().with_text(md!("*shop/cart-0* crashes")),
        SlackActionsBlock::new(slack_blocks![
            SlackBlockButtonElement::new(pt!("Ask again"))
                .with_action_id("again".into())
                .with_value("why shop/cart-0".into())
        ])
    ]
}

#[tokio::test]
async fn everything_is_read_as_what_it_is() -> Result<()> {
    let slack = FakeSlack::start(Setup::default()).await?;
    let mut bot = Bot::start(&slack).await?;
    let asked = slack.slash("U0ANN", "C0OPS", "why shop/cart-0")?;
    bot.hears("command /pod why shop/cart-0").await?;
    slack.acked(&asked, SOON).await?;
    ensure!(slack.ephemerals("U0ANN")[0].content.text == "looking", "shown with the acknowledgement");
    slack.mention("U0ANN", "C0OPS", None, "help")?;
    bot.hears("mention <@U0PODWHY> help").await?;
    bot.hears("message  person").await?;
    slack.direct("U0ANN", "help")?;
    bot.hears("message  person").await?;
    let alerts = Author::Integration { bot: "B0ALERTS".to_string(), name: "alertmanager".to_string() };
    let attachments = vec![json!({"title": "KubePodCrashLooping", "text": "pod shop/cart-0"})];
    let alert = slack.post("C0OPS", alerts, Content { attachments, ..Content::default() })?;
    bot.hears("message BotMessage bot").await?;
    slack.shortcut("U0ANN", "C0OPS", alert.ts.as_deref().context("a ts")?, "why")?;
    bot.hears("shortcut why 1").await?;
    slack.home_opened("U0ANN")?;
    bot.hears("home false").await?;

    let token = SlackApiToken::new("xoxb-fake".into());
    let session = bot.library.open_session(&token);
    session.auth_test().await?;
    let home = SlackView::Home(SlackHomeView::new(blocks()));
    session.views_publish(&SlackApiViewsPublishRequest::new("U0ANN".into(), home)).await?;
    slack.home_opened("U0ANN")?;
    slack.click_home("U0ANN", "again")?;
    let content = SlackMessageContent::new()
        .with_text("shop/cart-0 crashes".into())
        .with_blocks(blocks())
        .with_metadata(
            SlackMessageMetadata::new("podwhy".into())
                .with_event_payload([("target".to_string(), "shop/cart-0".to_string())].into()),
        );
    let post = SlackApiChatPostMessageRequest::new("C0OPS".into(), content.clone());
    let posted = session.chat_post_message(&post).await?;
    slack.click("U0ANN", "C0OPS", &posted.ts.0, "again")?;
    session.chat_update(&SlackApiChatUpdateRequest::new("C0OPS".into(), content, posted.ts)).await?;
    let heard = [
        "home true",
        "click why shop/cart-0 metadata=false home=true",
        "message  bot",
        "click why shop/cart-0 metadata=true home=false",
        "message MessageChanged bot",
    ];
    for wanted in heard {
        // of a change, the library finds the author in the message within
        let wanted = if wanted.contains("MessageChanged") { "message MessageChanged person" } else { wanted };
        bot.hears(wanted).await?;
    }
    let violations = slack.violations();
    ensure!(violations.is_empty(), "{violations:#?}");
    Ok(())
}

#[tokio::test]
async fn every_answer_is_read() -> Result<()> {
    let slack = FakeSlack::start(Setup::default()).await?;
    let http = SlackClientHyperConnector::with_connector(HttpConnector::new());
    let library = SlackClient::new(http.with_slack_api_url(&slack.api_url()));
    let token = SlackApiToken::new("xoxb-fake".into());
    let session = library.open_session(&token);
    let text = |text: &str| SlackMessageContent::new().with_text(text.into());
    let post = SlackApiChatPostMessageRequest::new("C0OPS".into(), text("a thread"));
    let parent = session.chat_post_message(&post).await?.ts;
    let reply =
        SlackApiChatPostMessageRequest::new("C0OPS".into(), text("in it")).with_thread_ts(parent.clone());
    session.chat_post_message(&reply).await?;
    let show = SlackApiChatPostEphemeralRequest::new("C0OPS".into(), "U0ANN".into(), text("for you"));
    session.chat_post_ephemeral(&show).await?;
    let history = SlackApiConversationsHistoryRequest::new()
        .with_channel("C0OPS".into())
        .with_limit(10)
        .with_include_all_metadata(true);
    ensure!(session.conversations_history(&history).await?.messages.len() == 1, "replies stand apart");
    let replies = SlackApiConversationsRepliesRequest::new("C0OPS".into(), parent.clone());
    ensure!(session.conversations_replies(&replies).await?.messages.len() == 2, "the thread");
    let info = session.conversations_info(&SlackApiConversationsInfoRequest::new("C0OPS".into())).await?;
    ensure!(info.channel.flags.is_member == Some(true), "{info:?}");
    let mine = session.users_conversations(&SlackApiUsersConversationsRequest::new()).await?;
    ensure!(mine.channels.len() == 1, "{mine:?}");
    let announce = SlackApiFilesGetUploadUrlExternalRequest::new("cart-0.log".into(), 5);
    let given = session.get_upload_url_external(&announce).await?;
    let upload =
        SlackApiFilesUploadViaUrlRequest::new(given.upload_url, b"panic".to_vec(), "text/plain".into());
    session.files_upload_via_url(&upload).await?;
    let complete = SlackApiFilesCompleteUploadExternalRequest::new(vec![
        SlackApiFilesComplete::new(given.file_id).with_title("cart-0".into()),
    ])
    .with_channel_id("C0OPS".into())
    .with_thread_ts(parent.clone())
    .with_initial_comment("the last lines".into());
    session.files_complete_upload_external(&complete).await?;
    ensure!(slack.files("C0OPS")[0].text() == "panic", "{:?}", slack.files("C0OPS"));
    session.chat_delete(&SlackApiChatDeleteRequest::new("C0OPS".into(), parent)).await?;
    let limited = SlackApiChatPostMessageRequest::new("C0OPS".into(), text("one more"));
    slack.chaos().rate_limit("chat.postMessage", 7, 1);
    let refused = session.chat_post_message(&limited).await;
    let waits = matches!(&refused, Err(errors::SlackClientError::RateLimitError(limit))
        if limit.retry_after == Some(std::time::Duration::from_secs(7)));
    ensure!(waits, "{refused:?}");
    let violations = slack.violations();
    ensure!(violations.is_empty(), "{violations:#?}");
    Ok(())
}
