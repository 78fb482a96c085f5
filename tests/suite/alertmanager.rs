//! The real Alertmanager and the whole bot: what one sends, the other tells.

use std::net::SocketAddr;

use podwhy::Running;
use podwhy::chats::ChatOptions;
use podwhy_fakes::slack::FakeSlack;
use podwhy_fakes::slack::message::Message;
use podwhy_tests::alertmanager::{Alertmanager, Receiver, alert, alertmanager_or_say, free_address};
use podwhy_tests::chat::SOON;
use podwhy_tests::control_plane::eventually;
use podwhy_tests::site::Site;
use serde_json::json;

use crate::slack::{said, subscribed};

const TOKEN: &str = "fake-signing-secret";

const ALERTED: &str = "[alertmanager]\nbearer_token = { env = \"SLACK_SIGNING_SECRET\" }\ncluster = \"playground\"\n\
    [[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"playground:*\"]\n";

/// A cluster that outlives the bot, and where the bot is or will be.
struct Town {
    slack: FakeSlack,
    site: Site,
    listen: SocketAddr,
}

impl Town {
    async fn new() -> Town {
        let slack = FakeSlack::start(subscribed()).await.unwrap();
        Town { slack, site: Site::new(false).await.unwrap(), listen: free_address().unwrap() }
    }

    async fn alertmanager(&self, test: &str, max_alerts: u32) -> Option<Alertmanager> {
        alertmanager_or_say(test, Receiver { bot: self.listen, token: TOKEN, max_alerts }).await
    }

    async fn bot(&self) -> Running {
        let options = ChatOptions { listen: Some(self.listen), ..ChatOptions::default() };
        self.site.bot(&self.slack, ALERTED, options).await.unwrap()
    }
}

#[tokio::test]
async fn what_alertmanager_sends_is_told_and_its_end_too() {
    let town = Town::new().await;
    let Some(alertmanager) = town.alertmanager("alerts of Alertmanager", 0).await else { return };
    let _running = town.bot().await;
    let labels = json!({"alertname": "KubePodCrashLooping", "severity": "critical", "namespace": "catalogue",
        "pod": "ranker-75f9d6c8b4-h6kqs"});
    alertmanager.tell(&[alert(&labels, "it crashes", false)]).await.unwrap();
    let parent = said(&town.slack, "C0OPS", "oom-killed").await;
    assert!(parent.everything().contains("KubePodCrashLooping"), "{}", parent.everything());
    // what Kubernetes knows nothing of
    let other = json!({"alertname": "CheckoutErrorRate", "severity": "page"});
    alertmanager.tell(&[alert(&other, "3 % of checkouts fail", false)]).await.unwrap();
    let told = said(&town.slack, "C0OPS", "CheckoutErrorRate").await;
    assert!(told.everything().contains("3 % of checkouts fail"), "{}", told.everything());
    alertmanager.tell(&[alert(&other, "3 % of checkouts fail", true)]).await.unwrap();
    let fires = |message: &Message| message.ts == told.ts && message.everything().contains("Alert: ");
    town.slack
        .wait_for(SOON, |state| (!state.messages("C0OPS").into_iter().any(fires)).then_some(()))
        .await
        .unwrap();
    // not before it has been over for a while
    town.site.put_forward(11);
    let is_over = |message: &&Message| message.ts == told.ts && message.everything().contains("Well again");
    town.slack
        .wait_for(SOON, |state| state.messages("C0OPS").into_iter().find(is_over).cloned())
        .await
        .unwrap();
    assert_eq!(alertmanager.failed().await.unwrap(), 0);
    assert_eq!(town.slack.violations(), []);
}

#[tokio::test]
async fn what_alertmanager_leaves_out_is_said() {
    let town = Town::new().await;
    let Some(alertmanager) = town.alertmanager("truncated alerts", 2).await else { return };
    let _running = town.bot().await;
    let labels =
        |shop: usize| json!({"alertname": "CheckoutErrorRate", "severity": "page", "shop": shop.to_string()});
    let alerts: Vec<_> = (0..7).map(|shop| alert(&labels(shop), "checkouts fail", false)).collect();
    alertmanager.tell(&alerts).await.unwrap();
    let told = said(&town.slack, "C0OPS", "left out 5 alerts").await;
    assert!(told.everything().contains("CheckoutErrorRate"), "{}", told.everything());
}

#[tokio::test]
async fn what_was_sent_while_the_bot_was_away_is_told_when_it_is_back() {
    let town = Town::new().await;
    let Some(alertmanager) = town.alertmanager("an alert to nobody", 0).await else { return };
    let labels = json!({"alertname": "CheckoutErrorRate", "severity": "critical"});
    alertmanager.tell(&[alert(&labels, "checkouts fail", false)]).await.unwrap();
    eventually("Alertmanager finds nobody", SOON, async || {
        Ok((alertmanager.failed().await? > 0).then_some(()))
    })
    .await
    .unwrap();
    let _running = town.bot().await;
    said(&town.slack, "C0OPS", "CheckoutErrorRate").await;
    let told = town.slack.messages("C0OPS");
    let parents = told.iter().filter(|message| message.everything().contains("CheckoutErrorRate"));
    assert_eq!(parents.filter(|message| message.thread.is_none()).count(), 1);
}
