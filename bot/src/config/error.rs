//! Why there is no configuration to work with.

use std::path::PathBuf;

use podwhy_flow::UserError;
use thiserror::Error;

use super::problem::Problem;

/// Says what to mend and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// The file cannot be read, or does not exist although it was named.
    #[error("{}: cannot read the configuration file{named_by}: {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// ` named by --config`, or empty for the file that is looked for by default.
        named_by: &'static str,
        /// The system's reason.
        reason: String,
    },
    /// The file is not what its name says.
    #[error("{}{position}: not {format}: {message}", file.display())]
    Syntax {
        /// TOML, or JSON.
        format: &'static str,
        /// The file.
        file: PathBuf,
        /// `:LINE:COLUMN`, or empty where the parser names none.
        position: String,
        /// What the parser says.
        message: String,
    },
    /// Keys or values are wrong; all that were found.
    #[error("{}", lines(.0))]
    Problems(Vec<Problem>),
    /// A credential cannot be read from where it is said to be.
    #[error("{key}: {message}")]
    Secret {
        /// The key whose value it is.
        key: String,
        /// What is wrong; never the credential.
        message: String,
    },
    /// The checks found nothing wrong, and yet the types refuse it: the checks are incomplete.
    #[error("the configuration passes every check but cannot be used: {0}")]
    Unchecked(String),
}

fn lines(problems: &[Problem]) -> String {
    match problems {
        [one] => one.to_string(),
        many => {
            let lines: Vec<String> = many.iter().map(|problem| format!("\n{problem}")).collect();
            format!("the configuration has {} problems{}", many.len(), lines.concat())
        }
    }
}

impl From<ConfigError> for UserError {
    fn from(error: ConfigError) -> Self {
        UserError::Input(error.to_string())
    }
}

impl From<::config::ConfigError> for ConfigError {
    fn from(error: ::config::ConfigError) -> Self {
        ConfigError::Unchecked(error.to_string())
    }
}
