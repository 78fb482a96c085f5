//! `podwhy manifest`: what a chat app, or a cluster, has to be told of podwhy.

mod rbac;

use std::io::Write;

use clap::Subcommand;
use podwhy_flow::UserError;
use podwhy_slack::manifest::{Reach, manifest};
use serde_json::Value;

use super::EXIT_WELL;

/// Who is told.
#[derive(Debug, Subcommand)]
pub enum App {
    /// A cluster: the rights podwhy has use for by the configuration, in YAML for `kubectl apply -f -`.
    Rbac(rbac::Rbac),
    /// The address that invites a Discord bot, with the least permissions.
    Discord {
        /// The application's id: https://discord.com/developers/applications, General Information.
        #[arg(value_name = "APPLICATION_ID")]
        application: String,
    },
    /// The manifest of a Slack app, in JSON: paste it at https://api.slack.com/apps.
    Slack {
        /// The slash command.
        #[arg(long, value_name = "COMMAND", default_value = "/pod")]
        command: String,
        /// The address at which Slack reaches podwhy over HTTP; without it, podwhy connects to Slack (Socket Mode).
        #[arg(long, value_name = "URL")]
        url: Option<String>,
    },
}

/// Prints it.
pub fn run(app: &App, out: &mut Vec<u8>) -> anyhow::Result<u8> {
    match app {
        App::Rbac(own) => write!(out, "{}", rbac::run(own)?)?,
        App::Discord { application } => writeln!(out, "{}", discord(application)?)?,
        App::Slack { command, url } => writeln!(out, "{:#}", slack(command, url.as_deref())?)?,
    }
    Ok(EXIT_WELL)
}

fn discord(application: &str) -> Result<String, UserError> {
    if application.is_empty() || !application.chars().all(|c| c.is_ascii_digit()) {
        return Err(UserError::Input(format!("{application}: an application's id is of digits")));
    }
    Ok(podwhy_discord::invite(application))
}

fn slack(command: &str, url: Option<&str>) -> Result<Value, UserError> {
    if !command.starts_with('/') || command.len() < 2 || command.contains(char::is_whitespace) {
        let message = format!("--command {command}: a slash command is / and one word, as in /pod");
        return Err(UserError::Input(message));
    }
    let reach = match url {
        Some(url) if url.starts_with("https://") => Reach::Http(url.to_string()),
        Some(url) => {
            let message = format!("--url {url}: Slack sends its requests to https:// addresses only");
            return Err(UserError::Input(message));
        }
        None => Reach::Socket,
    };
    Ok(manifest(command, &reach))
}
