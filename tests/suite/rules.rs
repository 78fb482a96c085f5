//! Rules say who agrees to what, and groups of the chat's own add to what a person may do: refusals name what is missing.

use podwhy::Running;
use podwhy_fakes::discord::{FakeDiscord, UserSetup};
use podwhy_fakes::slack::FakeSlack;
use podwhy_tests::chat::{Bot, SOON, channel};
use serde_json::json;

use crate::discord::{ANN as DISCORD_ANN, OPS, bot as discord_bot, setup};
use crate::slack::{said, subscribed, whispered};

/// Evicted for memory, in the playground.
const EVICTED: &str = "search/ranker-7d8f9b5c4-t6wxn";

const APPROVE: &str = "podwhy_incident_approve";

const REMEDIATION: &str =
    "[remediation]\nsigning_key = { env = \"PODWHY_REMEDIATION_KEY\" }\nof = [\"playground:*\"]\n";

/// Ann, who may look only, and bob, who may edit.
fn people(app: &str, ids: [&str; 2]) -> String {
    let person = |id: &str, user: &str, group: &str| {
        format!(
            "[[people]]\n{app} = \"{id}\"\nuser = \"{user}@example.com\"\ngroups = [\"podwhy:{group}\"]\n"
        )
    };
    person(ids[0], "ann", "viewers") + &person(ids[1], "bob", "editors")
}

async fn bot(slack: &FakeSlack, more: &str) -> Running {
    let more = format!("{}{}{more}", channel("slack", "C0OPS"), people("slack", ["U0ANN", "U0BOB"]));
    let running = Bot { slack: Some(slack), more, ..Bot::default() }.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    running
}

#[tokio::test]
async fn a_rule_refuses_by_its_name_and_lets_whom_it_names() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let rules = "[[remediation.rules]]\nname = \"somebody else\"\nof = [\"playground:search\"]\nself_approval = false\n\
        [[remediation.rules]]\napprovers = [\"bob@example.com\"]\nremedies = [\"delete-failed-pods\"]\n\
        [[remediation.rules]]\nname = \"nodes\"\nremedies = [\"uncordon\"]\napprovals = 4\n";
    let _running = bot(&slack, &format!("{REMEDIATION}{rules}")).await;
    slack.slash("U0ANN", "C0OPS", &format!("fix {EVICTED}")).unwrap();
    let offer = said(&slack, "C0OPS", "One person has to agree").await;
    slack.click("U0ANN", "C0OPS", &offer.ts, APPROVE).unwrap();
    let refusal =
        whispered(&slack, "U0ANN", "Rule “somebody else” lets nobody agree to what they asked for").await;
    assert!(refusal.contains("Nothing was counted"), "{refusal}");
    slack.click("U0BOB", "C0OPS", &offer.ts, APPROVE).unwrap();
    let done = said(&slack, "C0OPS", "Done, and it helped").await;
    assert!(done.everything().contains("Agreed: bob@example.com"), "{}", done.everything());
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn a_rule_without_a_name_is_told_by_its_place() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let rules = "[[remediation.rules]]\ntyped_name = true\nrisk = \"high\"\n\
        [[remediation.rules]]\napprover_groups = [\"podwhy:editors\"]\nrisk = \"low\"\n";
    let _running = bot(&slack, &format!("{REMEDIATION}{rules}")).await;
    slack.slash("U0BOB", "C0OPS", &format!("fix {EVICTED}")).unwrap();
    let offer = said(&slack, "C0OPS", "One person has to agree").await;
    slack.click("U0ANN", "C0OPS", &offer.ts, APPROVE).unwrap();
    let refusal = whispered(&slack, "U0ANN", "Rule “2” does not let ann@example.com agree").await;
    assert!(refusal.contains("group podwhy:editors may"), "{refusal}");
    slack.click("U0BOB", "C0OPS", &offer.ts, APPROVE).unwrap();
    said(&slack, "C0OPS", "Done, and it helped").await;
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn a_user_group_of_slack_adds_what_a_person_may_do_and_makes_nobody() {
    let mut town = subscribed();
    let members = ["U0ANN", "U0EVE"].map(str::to_string).to_vec();
    town.user_groups.insert("S0ONCALL".to_string(), members);
    town.user_groups.insert("S0OTHERS".to_string(), vec!["U0BOB".to_string()]);
    town.users.push(podwhy_fakes::slack::User::new("U0EVE", "eve"));
    town.channels[0].members.push("U0EVE".to_string());
    let slack = FakeSlack::start(town).await.unwrap();
    let groups = "[[chat_groups]]\nslack = \"S0ONCALL\"\ngroups = [\"podwhy:editors\"]\n\
        [[chat_groups]]\nslack = \"S0OTHERS\"\ngroups = [\"podwhy:operators\"]\n";
    let _running = bot(&slack, &format!("{groups}{REMEDIATION}")).await;
    slack.slash("U0ANN", "C0OPS", &format!("fix {EVICTED}")).unwrap();
    let offer = said(&slack, "C0OPS", "One person has to agree").await;
    slack.click("U0EVE", "C0OPS", &offer.ts, APPROVE).unwrap();
    whispered(&slack, "U0EVE", "an administrator lists you").await;
    // the playground lets the editors alone do it, and is asked and written to as ann
    slack.click("U0ANN", "C0OPS", &offer.ts, APPROVE).unwrap();
    let done = said(&slack, "C0OPS", "Done, and it helped").await;
    assert!(done.everything().contains("Agreed: ann@example.com"), "{}", done.everything());
    assert_eq!(slack.violations(), []);
}

#[tokio::test]
async fn a_user_group_that_slack_does_not_tell_adds_nothing() {
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let groups = "[[chat_groups]]\nslack = \"S0GONE\"\ngroups = [\"podwhy:editors\"]\n";
    let _running = bot(&slack, &format!("{groups}{REMEDIATION}")).await;
    slack.slash("U0ANN", "C0OPS", &format!("fix {EVICTED}")).unwrap();
    let offer = said(&slack, "C0OPS", "One person has to agree").await;
    slack.click("U0ANN", "C0OPS", &offer.ts, APPROVE).unwrap();
    whispered(&slack, "U0ANN", "delete pods in search").await;
}

#[tokio::test]
async fn a_role_of_discord_adds_what_a_person_may_do() {
    const EDITORS: u64 = 290_926_798_629_997_260;
    const CAT: u64 = 80_351_110_224_678_919;
    let mut town = setup().user(UserSetup::new(CAT, "cat"));
    for user in &mut town.users {
        if user.id == DISCORD_ANN {
            user.roles.push(EDITORS);
        }
    }
    let discord = FakeDiscord::start(town).await.unwrap();
    let person = |id: u64, user: &str| {
        format!(
            "[[people]]\ndiscord = \"{id}\"\nuser = \"{user}@example.com\"\ngroups = [\"podwhy:viewers\"]\n"
        )
    };
    let groups = format!("[[chat_groups]]\ndiscord = \"{EDITORS}\"\ngroups = [\"podwhy:editors\"]\n");
    let more = format!("{}{}{groups}{REMEDIATION}", person(DISCORD_ANN, "ann"), person(CAT, "cat"));
    let _running = discord_bot(&discord, &more).await;
    discord.slash(DISCORD_ANN, OPS, "fix", &[("target", json!(EVICTED))]).unwrap();
    let offer = crate::discord::said(&discord, OPS, "One person has to agree").await;
    let agrees = async |user: u64, then: &str| {
        let (_, approve) = offer.buttons().into_iter().find(|(_, id)| id.contains(":approve:")).unwrap();
        discord.click(user, OPS, offer.id, &approve).unwrap();
        let asked = crate::discord::whispered(&discord, user, "podwhy_confirm:approve").await;
        let (_, confirm) = asked.buttons().into_iter().next().unwrap();
        discord.click(user, OPS, asked.id, &confirm).unwrap();
        crate::discord::whispered(&discord, user, then).await;
    };
    agrees(CAT, "`delete pods in search` is missing").await;
    agrees(DISCORD_ANN, "it begins").await;
    crate::discord::said(&discord, OPS, "Done, and it helped").await;
    crate::discord::no_violations(&discord);
}
