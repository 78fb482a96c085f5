//! Credentials: in a section as later ones will be, since no section has any yet.

use std::path::PathBuf;

use podwhy_knowledge::redact::redact;
use schemars::JsonSchema;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{environment, file, lines, variables};
use crate::config::load::load_as;
use crate::config::shape::Shape;
use crate::config::{ConfigError, Environment, Inputs, Loaded, SecretSource, Settings, secret};

/// With a credential, a number, a list and a key that must be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Example {
    #[serde(skip_serializing_if = "Option::is_none")]
    slack: Option<Slack>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Slack {
    bot_token: SecretSource,
    #[serde(default)]
    channels: Vec<String>,
    #[serde(default)]
    retries: Option<i64>,
}

fn example(inputs: &Inputs) -> Result<Loaded<Example>, ConfigError> {
    load_as(inputs, |_, _| {})
}

fn token(inputs: &Inputs) -> SecretSource {
    example(inputs).unwrap().settings.slack.unwrap().bot_token
}

#[test]
fn credentials_in_plain_text_are_refused_and_not_repeated() {
    let refused = "plain text is refused; write { file = \"PATH\" } or { env = \"NAME\" }";
    for (text, expected) in [
        ("slack = {bot_token = \"hunter2\"}", vec![format!("FILE: slack.bot_token: {refused}")]),
        ("slack = {bot_token = [\"hunter2\"]}", vec![format!("FILE: slack.bot_token: {refused}")]),
        (
            "[slak]\nsigning_secret = \"hunter2\"",
            vec![
                "FILE: slak: unknown key; did you mean slack?".to_string(),
                format!("FILE: slak.signing_secret: {refused}"),
            ],
        ),
        (
            "slack = {bot_token = {env = \"hunter2-hunter2\"}}",
            vec![
                "FILE: slack.bot_token: env takes the name of a variable: letters, digits and _".to_string(),
            ],
        ),
        (
            "slack = {bot_token = {file = \"/a\", env = \"A\"}}",
            vec!["FILE: slack.bot_token: write file or env, not both".to_string()],
        ),
        (
            "slack = {bot_token = {}}",
            vec!["FILE: slack.bot_token: write { file = \"PATH\" } or { env = \"NAME\" }".to_string()],
        ),
        (
            "slack = {bot_token = {files = \"/a\"}}",
            vec!["FILE: slack.bot_token.files: unknown key; did you mean file?".to_string()],
        ),
        (
            "slack = {retries = \"3\"}",
            vec![
                "FILE: slack.bot_token: missing: write { file = \"PATH\" } or { env = \"NAME\" }".to_string(),
                "FILE: slack.retries: expected a whole number, found the text \"3\"".to_string(),
            ],
        ),
    ] {
        let written = file(text);
        let found = lines(&written.inputs, example(&written.inputs));
        assert_eq!(found, expected, "{text}");
        for line in found {
            assert!(!line.contains("hunter2"), "{line}");
            assert_eq!(redact(&line), line, "the advice would be taken for a credential");
        }
    }
}

#[test]
fn a_credential_in_a_variable_stays_in_the_variable() {
    let set = [
        ("PODWHY__SLACK__BOT_TOKEN", "hunter2"),
        ("PODWHY__SLACK__CHANNELS", "ops, dev,"),
        ("PODWHY__SLACK__RETRIES", "3"),
    ];
    let loaded = example(&variables(&set)).unwrap();
    assert!(!format!("{loaded:?}{}", loaded.report().unwrap()).contains("hunter2"));
    let slack = loaded.settings.slack.unwrap();
    assert_eq!((slack.channels, slack.retries), (vec!["ops".to_string(), "dev".to_string()], Some(3)));
    assert_eq!(slack.bot_token, SecretSource::Env("PODWHY__SLACK__BOT_TOKEN".to_string()));
    let secret = slack.bot_token.read("slack.bot_token", &environment(&set)).unwrap();
    assert_eq!(secret.expose_secret(), "hunter2");
    assert!(!format!("{secret:?}").contains("hunter2"));
}

#[test]
fn a_source_of_one_layer_replaces_that_of_another() {
    let mut written = file("slack = {bot_token = {file = \"/run/token\"}}");
    assert_eq!(token(&written.inputs), SecretSource::File(PathBuf::from("/run/token")));
    let report = example(&written.inputs).unwrap().report().unwrap();
    assert!(report.contains("bot_token = { file = \"/run/token\" }  # from /"), "{report}");
    written.inputs.environment = environment(&[("PODWHY__SLACK__BOT_TOKEN", "x")]);
    assert_eq!(token(&written.inputs), SecretSource::Env("PODWHY__SLACK__BOT_TOKEN".to_string()));
    written.inputs.environment = environment(&[("PODWHY__SLACK__BOT_TOKEN__FILE", "/other")]);
    assert_eq!(token(&written.inputs), SecretSource::File(PathBuf::from("/other")));
}

#[test]
fn a_credential_is_no_flag() {
    let inputs = Inputs::default().with_flag("--token", "slack.bot_token", Some("hunter2".to_string()));
    let line =
        "flag --token: slack.bot_token: a credential is read from a file or a variable, never from a flag";
    assert!(lines(&inputs, example(&inputs)).contains(&line.to_string()));
}

#[test]
fn a_credential_is_read_when_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let source = SecretSource::File(path.clone());
    let read = |source: &SecretSource, environment: &Environment| {
        source.read("slack.bot_token", environment).map(|secret| secret.expose_secret().to_string())
    };
    let none = Environment::new();
    let error = read(&source, &none).unwrap_err().to_string();
    assert!(error.starts_with(&format!("slack.bot_token: cannot read file {}", path.display())), "{error}");
    std::fs::write(&path, "\n").unwrap();
    assert!(read(&source, &none).unwrap_err().to_string().ends_with("is empty"));
    std::fs::write(&path, "hunter2\r\n").unwrap();
    assert_eq!(read(&source, &none).unwrap(), "hunter2");
    let source = SecretSource::Env("TOKEN".to_string());
    let unset = "slack.bot_token: environment variable TOKEN is not set";
    assert_eq!(read(&source, &none).unwrap_err().to_string(), unset);
    assert_eq!(read(&source, &environment(&[("TOKEN", "hunter2")])).unwrap(), "hunter2");
}

/// Else the refusal in the file would name a way that the key's type does not take.
#[test]
fn every_key_named_like_a_credential_takes_a_source() {
    fn walk(shape: &Shape) {
        if let Shape::List(item) = shape {
            walk(item);
        }
        for field in shape.fields().unwrap_or_default() {
            let is_source = matches!(field.shape, Shape::Secret(_));
            assert_eq!(secret::is_secret_name(&field.name), is_source, "{}", field.name);
            walk(&field.shape);
        }
    }
    walk(&Shape::of::<Settings>());
    walk(&Shape::of::<Example>());
}

#[test]
fn what_the_configuration_is_read_from_shows_no_variable() {
    let inputs = Inputs { environment: environment(&[("SLACK_BOT_TOKEN", "hunter2")]), ..Inputs::default() };
    assert!(!format!("{inputs:?}").contains("hunter2"));
}
