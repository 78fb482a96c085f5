use std::collections::BTreeMap;

use podwhy_flow::setup::Outcome;
use serde_json::json;

use super::*;

const GUILD: &str = "290926798629997250";
const CHANNEL: &str = "290926798629997251";

/// What is answered to each path; 404 to any other.
struct Fake(BTreeMap<String, Answer>);

impl Ask for Fake {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Answer, String>> {
        let answer = self.0.get(path).cloned().unwrap_or((404, json!({"code": 10003})));
        Box::pin(async move { Ok(answer) })
    }
}

fn all() -> u64 {
    NEEDED.iter().map(|(bit, _)| bit).sum()
}

fn fake(overwrites: &Value) -> Fake {
    let guild = json!({"id": GUILD, "name": "Acme", "roles": [
        {"id": GUILD, "permissions": "1024"}, {"id": "7", "permissions": all().to_string()}]});
    let channel =
        json!({"id": CHANNEL, "name": "ops", "guild_id": GUILD, "permission_overwrites": overwrites});
    Fake(BTreeMap::from([
        ("/applications/@me".to_string(), (200, json!({"id": "11"}))),
        ("/users/@me".to_string(), (200, json!({"id": "12", "username": "podwhy"}))),
        (format!("/guilds/{GUILD}"), (200, guild)),
        (format!("/guilds/{GUILD}/members/12"), (200, json!({"roles": ["7"]}))),
        (format!("/channels/{CHANNEL}"), (200, channel)),
    ]))
}

fn options(guilds: &[&str], channels: &[&str]) -> Options {
    let ids = |ids: &[&str]| ids.iter().map(ToString::to_string).collect();
    Options { guilds: ids(guilds), channels: ids(channels), ..Options::new(SecretString::from("a.b.c")) }
}

fn missing(check: &Check) -> (&str, &str) {
    match &check.outcome {
        Outcome::Missing { missing, todo } => (missing, todo),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn all_is_well_where_all_is_there() {
    let checks = asked(&fake(&json!([])), &options(&[GUILD], &[CHANNEL])).await;
    assert!(checks.iter().all(Check::is_well), "{checks:#?}");
    assert_eq!(checks[2], Check::fine(&format!("channel {CHANNEL}"), "#ops"));
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let denied =
        json!([{"id": GUILD, "allow": "0", "deny": "2048"}, {"id": "7", "allow": "0", "deny": "32768"}]);
    let checks = asked(&fake(&denied), &options(&["1", "x"], &[CHANNEL, "2"])).await;
    assert_eq!(missing(&checks[1]).0, "the bot is not in it");
    assert!(missing(&checks[1]).1.contains("client_id=11"), "{checks:#?}");
    assert_eq!(missing(&checks[2]).0, "this is no id of Discord's");
    assert_eq!(missing(&checks[3]).0, "the bot lacks Send Messages, Attach Files");
    assert!(missing(&checks[4]).0.contains("no such channel"));
}

#[tokio::test]
async fn a_token_that_is_refused_is_all_that_is_told() {
    let mut fake = fake(&json!([]));
    fake.0.insert("/applications/@me".to_string(), (401, json!({"message": "401: Unauthorized"})));
    let checks = asked(&fake, &options(&[GUILD], &[CHANNEL])).await;
    assert_eq!(checks.len(), 1);
    assert!(missing(&checks[0]).1.contains("Reset Token"));
}

#[tokio::test]
async fn commands_that_go_elsewhere_are_found() {
    let mut fake = fake(&json!([]));
    let elsewhere = json!({"id": "11", "interactions_endpoint_url": "https://example.com"});
    fake.0.insert("/applications/@me".to_string(), (200, elsewhere));
    assert!(missing(&asked(&fake, &options(&[], &[])).await[1]).0.contains("Interactions Endpoint URL"));
}

#[test]
fn overwrites_count_in_discords_order() {
    let guild =
        json!({"id": "1", "roles": [{"id": "1", "permissions": "3072"}, {"id": "2", "permissions": "0"}]});
    let member = json!({"roles": ["2", "3"]});
    let of =
        |overwrites: Value| permissions(&guild, &member, "9", &json!({"permission_overwrites": overwrites}));
    assert_eq!(of(json!([])), 3072);
    assert_eq!(of(json!([{"id": "1", "allow": "0", "deny": "2048"}])), 1024);
    // what one role denies, another allows
    let roles = json!([{"id": "2", "allow": "0", "deny": "2048"}, {"id": "3", "allow": "2048", "deny": "0"}]);
    assert_eq!(of(roles), 3072);
    let own = json!([{"id": "2", "allow": "2048", "deny": "0"}, {"id": "9", "allow": "0", "deny": "3072"}]);
    assert_eq!(of(own), 0);
    let admin = json!({"id": "1", "roles": [{"id": "1", "permissions": "8"}]});
    assert_eq!(permissions(&admin, &member, "9", &json!({})), u64::MAX);
}

#[test]
fn the_invitation_asks_for_what_the_page_explains() {
    let page = include_str!("../../../../deploy/discord/README.md");
    let sum = invite("APPLICATION_ID");
    assert!(page.contains(&sum), "{sum}");
    assert!(!sum.contains("permissions=8"));
}
