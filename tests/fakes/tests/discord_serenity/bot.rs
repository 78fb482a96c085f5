//! A small bot by serenity, as it comes: its ratelimiter on, over TLS for discord.com.

use std::net::SocketAddr;
use std::time::Duration;

use podwhy_fakes::discord::{GuildSetup, Permissions, Setup, UserSetup};
use serenity::all as s;

const TOKEN: &str = "MTIzNDU2.test.token";
const APPLICATION: u64 = 4200;
pub const OPS: u64 = 101;
pub const ALICE: u64 = 201;

/// One guild with one channel, and one person.
pub fn setup() -> Setup {
    let guild = GuildSetup::new(100, "Acme").channel(OPS, "ops", Permissions::ALL);
    Setup::new(TOKEN, APPLICATION).guild(guild).user(UserSetup::new(ALICE, "Alice"))
}

/// Connects it to what is behind this address and trusted by this authority.
pub async fn run(rest: SocketAddr, ca_pem: &str) -> anyhow::Result<()> {
    let client = reqwest::Client::builder()
        .use_rustls_tls()
        .add_root_certificate(reqwest::Certificate::from_pem(ca_pem.as_bytes())?)
        .timeout(Duration::from_secs(10))
        .resolve("discord.com", rest)
        .build()?;
    let http =
        s::HttpBuilder::new(TOKEN).client(client).application_id(s::ApplicationId::new(APPLICATION)).build();
    let mut client =
        s::ClientBuilder::new_with_http(http, s::GatewayIntents::GUILDS).event_handler(Bot).await?;
    tokio::spawn(async move { client.start().await });
    Ok(())
}

fn quiet() -> s::CreateAllowedMentions {
    s::CreateAllowedMentions::new()
}

struct Bot;

impl Bot {
    async fn command(&self, http: &s::Http, command: &s::CommandInteraction) -> s::Result<()> {
        if command.data.kind == s::CommandType::Message {
            let found = command
                .data
                .resolved
                .messages
                .values()
                .map(|m| m.content.clone())
                .collect::<Vec<_>>()
                .join(",");
            let reply = s::CreateInteractionResponseMessage::new()
                .content(found)
                .allowed_mentions(quiet())
                .ephemeral(true);
            return command.create_response(http, s::CreateInteractionResponse::Message(reply)).await;
        }
        command.defer(http).await?;
        let button = s::CreateButton::new("again").label("Ask again").style(s::ButtonStyle::Primary);
        let embed = s::CreateEmbed::new().title("web-0").field("why", "OOMKilled", false).colour(0x00FF_0000);
        let edit = s::EditInteractionResponse::new().embed(embed).button(button).allowed_mentions(quiet());
        let message = command.edit_response(http, edit).await?;
        let kind = command.channel.as_ref().map(|channel| channel.kind);
        if kind == Some(s::ChannelType::Text) {
            let thread =
                s::CreateThread::new("evidence").auto_archive_duration(s::AutoArchiveDuration::OneDay);
            let thread = command.channel_id.create_thread_from_message(http, message.id, thread).await?;
            let log = s::CreateAttachment::bytes("killed".as_bytes(), "web-0.log");
            let post = s::CreateMessage::new().content("log").add_file(log).allowed_mentions(quiet());
            thread.id.send_message(http, post).await?;
        }
        Ok(())
    }

    async fn completion(&self, http: &s::Http, command: &s::CommandInteraction) -> s::Result<()> {
        let typed =
            command.data.autocomplete().map(|option| format!("{}-0", option.value)).unwrap_or_default();
        let choices = s::CreateAutocompleteResponse::new().add_string_choice(typed.clone(), typed);
        command.create_response(http, s::CreateInteractionResponse::Autocomplete(choices)).await
    }

    async fn click(&self, http: &s::Http, click: &s::ComponentInteraction) -> s::Result<()> {
        let title = click.message.embeds.first().and_then(|embed| embed.title.clone()).unwrap_or_default();
        let update = s::CreateInteractionResponseMessage::new()
            .content(format!("{title} again"))
            .allowed_mentions(quiet());
        click.create_response(http, s::CreateInteractionResponse::UpdateMessage(update)).await
    }
}

#[s::async_trait]
impl s::EventHandler for Bot {
    async fn ready(&self, context: s::Context, _ready: s::Ready) {
        let name =
            s::CreateCommandOption::new(s::CommandOptionType::String, "name", "Which pod").required(true);
        let why = s::CreateCommandOption::new(s::CommandOptionType::SubCommand, "why", "Why it fails");
        let why = why.add_sub_option(name.set_autocomplete(true));
        let pod = s::CreateCommand::new("pod").description("Why pods fail").add_option(why);
        let menu = s::CreateCommand::new("Why is this failing?").kind(s::CommandType::Message);
        s::Command::set_global_commands(&context.http, vec![pod, menu]).await.unwrap();
    }

    async fn interaction_create(&self, context: s::Context, interaction: s::Interaction) {
        let done = match &interaction {
            s::Interaction::Command(command) => self.command(&context.http, command).await,
            s::Interaction::Autocomplete(command) => self.completion(&context.http, command).await,
            s::Interaction::Component(click) => self.click(&context.http, click).await,
            _ => Ok(()),
        };
        done.unwrap();
    }
}
