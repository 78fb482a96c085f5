//! What Discord says of the token, the servers and the channels that are configured: for `podwhy setup`. Nothing is posted or registered.

mod rights;

use std::time::Duration;

use futures::future::BoxFuture;
use podwhy_flow::setup::Check;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use self::rights::{NEEDED, permissions};
use crate::options::Options;
use crate::rest::client::client;

/// For one question.
const PATIENCE: Duration = Duration::from_secs(10);

const API: &str = "https://discord.com/api/v10";

/// Where the application is changed.
const APPLICATIONS: &str = "https://discord.com/developers/applications";

/// The address that asks for no more than podwhy uses.
pub fn invite(application: &str) -> String {
    let permissions: u64 = NEEDED.iter().map(|(bit, _)| bit).sum();
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}&scope=bot%20applications.commands&permissions={permissions}"
    )
}

/// The status and the body of an answer.
type Answer = (u16, Value);

/// Who asks Discord.
trait Ask: Sync {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Answer, String>>;
}

/// Asks Discord what it needs to be asked. Discord that is away is one check that says so.
pub async fn check(options: &Options) -> Vec<Check> {
    match client(PATIENCE, options.api.as_ref()) {
        Ok(client) => asked(&Https { client, token: &options.token }, options).await,
        Err(error) => vec![Check::unknown("Discord", error.to_string())],
    }
}

struct Https<'o> {
    client: reqwest::Client,
    token: &'o SecretString,
}

impl Ask for Https<'_> {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Answer, String>> {
        Box::pin(async move {
            let token = format!("Bot {}", self.token.expose_secret());
            let sent = self.client.get(format!("{API}{path}")).header("authorization", token).send().await;
            // its address has no secret in it, and is of no use to whoever reads
            let response = sent.map_err(|error| error.without_url().to_string())?;
            let status = response.status().as_u16();
            let text = response.text().await.map_err(|error| error.without_url().to_string())?;
            Ok((status, serde_json::from_str(&text).unwrap_or_default()))
        })
    }
}

async fn asked(discord: &dyn Ask, options: &Options) -> Vec<Check> {
    let (application, bot, token) = match known(discord).await {
        Ok(known) => known,
        Err(check) => return vec![check],
    };
    let mut checks = vec![token];
    checks.extend(interactions(&application));
    let own = text(&application, "id");
    for guild in &options.guilds {
        checks.push(of_guild(discord, guild, own).await);
    }
    for channel in &options.channels {
        checks.push(of_channel(discord, channel, text(&bot, "id"), own).await);
    }
    checks
}

/// The application and its bot.
async fn known(discord: &dyn Ask) -> Result<(Value, Value, Check), Check> {
    let what = "the bot's token";
    let ask = async |path| discord.get(path).await.map_err(|why| Check::unknown(what, why));
    let (status, application) = ask("/applications/@me").await?;
    if status == 401 {
        let todo =
            format!("{APPLICATIONS}, your application, Bot, Reset Token: copy it into discord.bot_token");
        return Err(Check::missing(what, "Discord does not accept it", todo));
    }
    let (_, bot) = ask("/users/@me").await?;
    if text(&application, "id").is_empty() || text(&bot, "id").is_empty() {
        return Err(Check::unknown(what, format!("Discord answered {status}")));
    }
    let found = format!("{}; it is invited by {}", text(&bot, "username"), invite(text(&application, "id")));
    Ok((application, bot, Check::fine(what, found)))
}

/// With an address of its own for interactions Discord sends none over the gateway.
fn interactions(application: &Value) -> Option<Check> {
    (!text(application, "interactions_endpoint_url").is_empty()).then(|| {
        let todo =
            format!("{APPLICATIONS}, your application, General Information: empty Interactions Endpoint URL");
        Check::missing(
            "commands",
            "Discord sends them to an Interactions Endpoint URL, and not to podwhy",
            todo,
        )
    })
}

async fn of_guild(discord: &dyn Ask, guild: &str, application: &str) -> Check {
    let what = format!("server {guild}");
    if !is_id(guild) {
        return no_id(&what);
    }
    match discord.get(&format!("/guilds/{guild}")).await {
        Err(why) => Check::unknown(&what, why),
        Ok((200, found)) => Check::fine(&what, text(&found, "name")),
        Ok((403 | 404, _)) => Check::missing(
            &what,
            "the bot is not in it",
            format!("open {} and choose it", invite(application)),
        ),
        Ok((status, _)) => Check::unknown(&what, format!("Discord answered {status}")),
    }
}

async fn of_channel(discord: &dyn Ask, id: &str, bot: &str, application: &str) -> Check {
    let what = format!("channel {id}");
    if !is_id(id) {
        return no_id(&what);
    }
    let channel = match discord.get(&format!("/channels/{id}")).await {
        Err(why) => return Check::unknown(&what, why),
        Ok((200, channel)) => channel,
        Ok((403 | 404, _)) => {
            let todo = format!(
                "let the bot view it, or invite it to the channel's server by {}",
                invite(application)
            );
            return Check::missing(&what, "Discord shows the bot no such channel", todo);
        }
        Ok((status, _)) => return Check::unknown(&what, format!("Discord answered {status}")),
    };
    let guild = text(&channel, "guild_id");
    let (of_guild, of_member) = (format!("/guilds/{guild}"), format!("/guilds/{guild}/members/{bot}"));
    let (guild, member) = futures::join!(discord.get(&of_guild), discord.get(&of_member));
    let (Ok((200, guild)), Ok((200, member))) = (guild, member) else {
        return Check::unknown(&what, "Discord did not say what the bot may do there");
    };
    let may = permissions(&guild, &member, bot, &channel);
    let missing: Vec<&str> = NEEDED.iter().filter(|(bit, _)| may & bit == 0).map(|(_, name)| *name).collect();
    if missing.is_empty() {
        return Check::fine(&what, format!("#{}", text(&channel, "name")));
    }
    Check::missing(
        &what,
        format!("the bot lacks {}", missing.join(", ")),
        "Edit Channel, Permissions: allow them to the bot",
    )
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

fn no_id(what: &str) -> Check {
    Check::missing(what, "this is no id of Discord's", "right click on it, Copy ID, with Developer Mode on")
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests;
