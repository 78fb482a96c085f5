//! `podwhy manifest`: what a chat app has to be told of podwhy.

use std::io::Write;

use clap::Subcommand;
use podwhy_flow::UserError;
use podwhy_slack::manifest::{Reach, manifest};

use super::EXIT_WELL;

/// The chat apps that have one.
#[derive(Debug, Subcommand)]
pub enum App {
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
    let App::Slack { command, url } = app;
    if !command.starts_with('/') || command.len() < 2 || command.contains(char::is_whitespace) {
        let message = format!("--command {command}: a slash command is / and one word, as in /pod");
        return Err(UserError::Input(message).into());
    }
    let reach = match url {
        Some(url) if url.starts_with("https://") => Reach::Http(url.clone()),
        Some(url) => {
            let message = format!("--url {url}: Slack sends its requests to https:// addresses only");
            return Err(UserError::Input(message).into());
        }
        None => Reach::Socket,
    };
    writeln!(out, "{:#}", manifest(command, &reach))?;
    Ok(EXIT_WELL)
}
