//! `podwhy config`: checks and describes the configuration.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Subcommand;
use podwhy_flow::UserError;
use podwhy_knowledge::redact::clean_name;

use super::EXIT_WELL;
use crate::config::{ConfigError, Inputs, load, schema};

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Check the file and the environment without connecting to anything, and print what is in force.
    Check {
        /// The file; otherwise $PODWHY_CONFIG, otherwise ~/.config/podwhy/config.toml if it exists.
        #[arg(long, value_name = "PATH")]
        config: Option<PathBuf>,
    },
    /// Print the JSON Schema of the file, for editors.
    Schema,
}

/// Runs one of the commands.
pub fn run(command: &ConfigCommand, out: &mut Vec<u8>) -> anyhow::Result<u8> {
    match command {
        ConfigCommand::Check { config } => check(&Inputs::of_process(config.clone()), out)?,
        ConfigCommand::Schema => {
            let text = serde_json::to_string_pretty(&schema()).context("writing the schema")?;
            writeln!(out, "{text}")?;
        }
    }
    Ok(EXIT_WELL)
}

fn check(inputs: &Inputs, out: &mut Vec<u8>) -> anyhow::Result<()> {
    let loaded = load(inputs).map_err(|error| match error {
        // nobody's mistake but podwhy's
        ConfigError::Unchecked(_) => anyhow::Error::from(error),
        error => UserError::from(error).into(),
    })?;
    match &loaded.file {
        Some(file) => writeln!(out, "ok: {}", clean_name(&file.display().to_string()))?,
        None => writeln!(out, "ok: no configuration file")?,
    }
    if let Some(warning) = loaded.settings.secrets.warning() {
        writeln!(out, "warning: secrets: {warning}")?;
    }
    write!(out, "\n{}", loaded.report()?)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<String, UserError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, text).unwrap();
        let mut out = Vec::new();
        let inputs = Inputs { file: Some(file.clone()), ..Inputs::default() };
        match check(&inputs, &mut out) {
            Ok(()) => Ok(String::from_utf8(out).unwrap().replace(file.to_str().unwrap(), "PATH")),
            Err(error) => {
                assert!(out.is_empty());
                Err(error.downcast::<UserError>().unwrap())
            }
        }
    }

    #[test]
    fn a_good_file_is_shown_with_where_each_value_came_from() {
        let shown = checked("lang = \"zh\"\n\n[[clusters]]\nname = \"prod\"\n").unwrap();
        let expected = "ok: PATH\n\n\
            annotations = []  # default\nchannels = []  # default\nchat_groups = []  # default\ndigests = []  # default\ndirect = []  # default\nlang = \"zh\"  # from PATH\n\
             pagerduty = []  # default\npeople = []  # default\nroutes = []  # default\n\
             secrets = \"none\"  # default\ntime_zone = \"UTC\"  # default\nwebhooks = []  # default\n\n\
            [[clusters]]\nin_cluster = false  # default\nname = \"prod\"  # from PATH\n\n\
            [incidents]\nexcerpt_bytes = 400  # default\nexcerpts = 24  # default\nkeep = \"168h\"  # default\n\
            post_undiagnosed = [\"critical\", \"page\"]  # default\n\
            remind = \"15m\"  # default\nreopen = \"1h\"  # default\n\
            ring_age = \"24h\"  # default\nring_pods = 1000  # default\nsettle = \"10m\"  # default\n\
            storm_threads = 5  # default\nstorm_window = \"5m\"  # default\n\n\
            [read]\nas = \"channel\"  # default\n\n\
            [redact]\npatterns = []  # default\n\n\
            [serve]\nclaims = \"memory\"  # default\nlisten = \"0.0.0.0:8080\"  # default\n\
            log_level = \"info\"  # default\nlogs = \"text\"  # default\n\n\
            [thresholds]\n\
            cordoned_node = \"15m\"  # default\n\
            crash_loop = \"3m\"  # default\n\
            failed = \"2m\"  # default\n\
            failed_job = \"10m\"  # default\n\
            image = \"2m\"  # default\n\
            lacking = \"5m\"  # default\n\
            node = \"2m\"  # default\n\
            not_ready = \"5m\"  # default\n\
            refused = \"2m\"  # default\n\
            restarts = 4  # default\n\
            restarts_within = \"30m\"  # default\n\
            starting = \"5m\"  # default\n\
            terminating = \"5m\"  # default\n\
            unscheduled = \"5m\"  # default\n\n\
            [timeouts]\nrequest = \"10s\"  # default\ntotal = \"30s\"  # default\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn reading_secrets_is_warned_of() {
        assert!(!checked("").unwrap().contains("warning"));
        for level in ["names", "keys"] {
            let shown = checked(&format!("secrets = \"{level}\"")).unwrap();
            assert!(shown.contains("\nwarning: secrets: RBAC cannot limit"), "{shown}");
        }
    }

    #[test]
    fn a_wrong_file_prints_nothing() {
        let UserError::Input(message) = checked("langg = \"zh\"").unwrap_err() else { panic!() };
        assert!(message.ends_with("config.toml: langg: unknown key; did you mean lang?"), "{message}");
    }
}
