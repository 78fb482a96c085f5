//! From the configuration to what each chat app's adapter is started with.

use std::collections::BTreeSet;
use std::time::Duration;

use podwhy_flow::UserError;

use super::ChatOptions;
use crate::config::{self, Environment, Settings};

/// Slack's; `None` where it is not configured.
///
/// # Errors
/// [`UserError`] when a credential is missing.
pub(crate) fn slack(
    settings: &Settings,
    environment: &Environment,
    chats: &ChatOptions,
) -> Result<Option<podwhy_slack::Options>, UserError> {
    let Some(configured) = &settings.slack else { return Ok(None) };
    let secret =
        |source: &config::SecretSource, key: &str| source.read(key, environment).map_err(UserError::from);
    let bot_token = secret(&configured.bot_token, "slack.bot_token")?;
    let mode = match (&configured.app_token, &configured.signing_secret) {
        (Some(token), _) => {
            let app_token = secret(token, "slack.app_token")?;
            podwhy_slack::Mode::Socket { app_token, connections: 2 }
        }
        (None, Some(signing)) => {
            podwhy_slack::Mode::Events { signing_secret: secret(signing, "slack.signing_secret")? }
        }
        (None, None) => {
            return Err(UserError::Input("slack: write app_token or signing_secret".to_string()));
        }
    };
    let mut options = podwhy_slack::Options::new(bot_token, mode);
    options.command = configured.command.clone();
    options.channels = channels(settings, config::App::Slack);
    options.user_groups = settings.chat_groups.iter().filter_map(|group| group.slack.clone()).collect();
    options.lang = settings.lang;
    options.timeouts.answer = answer(settings);
    if let Some(api) = &chats.slack_api {
        options.api = api.clone();
    }
    Ok(Some(options))
}

/// Discord's; `None` where it is not configured.
///
/// # Errors
/// [`UserError`] when the token is missing.
pub(crate) fn discord(
    settings: &Settings,
    environment: &Environment,
    chats: &ChatOptions,
) -> Result<Option<podwhy_discord::Options>, UserError> {
    let Some(configured) = &settings.discord else { return Ok(None) };
    let token = configured.bot_token.read("discord.bot_token", environment).map_err(UserError::from)?;
    let mut options = podwhy_discord::Options::new(token);
    options.guilds = configured.guilds.clone();
    options.channels = channels(settings, config::App::Discord);
    options.api = chats.discord_api.clone();
    options.timeouts.answer = answer(settings);
    Ok(Some(options))
}

/// Where questions are asked, and where incidents stand: a button below one is pressed there.
fn channels(settings: &Settings, app: config::App) -> Vec<String> {
    let asking = settings.channels.iter().map(|channel| (channel.app, &channel.id));
    let told = settings.routes.iter().map(|route| (route.app, &route.channel));
    let named = settings.annotations.iter().flat_map(|own| &own.channels);
    let named = named.map(|channel| (channel.app, &channel.id));
    let digests = settings.digests.iter().map(|digest| (digest.app, &digest.channel));
    let own: BTreeSet<&String> = asking
        .chain(told)
        .chain(named)
        .chain(digests)
        .filter(|(own, _)| *own == app)
        .map(|(_, id)| id)
        .collect();
    own.into_iter().cloned().collect()
}

/// An answer may take a little longer than the clusters are given, to be written.
fn answer(settings: &Settings) -> Duration {
    settings.timeouts.total + Duration::from_secs(10)
}
