//! A regular expression of the configuration, known to compile.

use regex::Regex;
use serde::{Deserialize, Serialize};

/// A regular expression. Equal to another when written alike.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Regex);

impl Pattern {
    /// The compiled expression.
    pub fn regex(&self) -> &Regex {
        &self.0
    }
}

impl TryFrom<String> for Pattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let regex = Regex::new(&text).map_err(|error| last_line(&error.to_string()))?;
        if regex.is_match("") {
            return Err("it matches the empty text, which is everywhere".to_string());
        }
        Ok(Pattern(regex))
    }
}

/// The crate draws the place of the error over several lines; a problem is told on one.
fn last_line(message: &str) -> String {
    let line = message.lines().rfind(|line| !line.trim().is_empty()).unwrap_or(message);
    line.trim().trim_start_matches("error: ").to_string()
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0.as_str().to_string()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Pattern {}
