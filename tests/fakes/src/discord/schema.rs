//! The official OpenAPI description as a judge of bodies: `specs/discord-openapi.json` in the folder `PODWHY_SHARED`.
//!
//! It misses: content of 2001 to 4000 characters, embeds of more than 6000 in all, a sixth row, a `custom_id` twice, an empty
//! field, unknown keys. Those are in [`limits`](super::limits) and [`keys`](super::keys).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context, anyhow, bail};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::refusal::Problem;

/// The schemas of the bodies that this fake takes.
const NAMES: [&str; 14] = [
    "MessageCreateRequest",
    "MessageEditRequestPartial",
    "IncomingWebhookRequestPartial",
    "IncomingWebhookUpdateRequestPartial",
    "CreateMessageInteractionCallbackRequest",
    "UpdateMessageInteractionCallbackRequest",
    "ApplicationCommandAutocompleteCallbackRequest",
    "ModalInteractionCallbackRequest",
    "ApplicationCommandUpdateRequest",
    "ApplicationCommandCreateRequest",
    "CreateTextThreadWithMessageRequest",
    "CreateTextThreadWithoutMessageRequest",
    "UpdateThreadRequestPartial",
    "CreatePrivateChannelRequest",
];

/// Where the description says less than the documentation, which Discord follows: [permissions] may be a string of digits, and a
/// [file] that is being sent is named by a number.
///
/// [permissions]: https://discord.com/developers/docs/interactions/application-commands#application-command-object
/// [file]: https://discord.com/developers/docs/reference#uploading-files
const AMENDED: [(&str, &str, &[&str]); 3] = [
    ("ApplicationCommandCreateRequest", "default_member_permissions", &["integer", "string", "null"]),
    ("ApplicationCommandUpdateRequest", "default_member_permissions", &["integer", "string", "null"]),
    ("MessageAttachmentRequest", "id", &["integer", "string"]),
];

#[derive(Debug)]
pub(super) struct Judge {
    validators: BTreeMap<&'static str, Validator>,
}

/// The judge of this process. `None` where `PODWHY_SHARED` is not set, which is said once in one line.
///
/// # Errors
/// When the description cannot be used, or is required (`PODWHY_REQUIRE_CORPUS=1`) and absent.
pub(super) fn judge() -> anyhow::Result<Option<&'static Judge>> {
    static JUDGE: OnceLock<Result<Option<Judge>, String>> = OnceLock::new();
    let judge = JUDGE.get_or_init(|| load().map_err(|error| format!("{error:#}")));
    judge.as_ref().map(Option::as_ref).map_err(|error| anyhow!("{error}"))
}

fn load() -> anyhow::Result<Option<Judge>> {
    let Some(folder) = std::env::var_os("PODWHY_SHARED").filter(|folder| !folder.is_empty()) else {
        if std::env::var("PODWHY_REQUIRE_CORPUS").is_ok_and(|required| required == "1") {
            bail!("PODWHY_REQUIRE_CORPUS is 1, but PODWHY_SHARED is not set");
        }
        println!(
            "left out: requests to the fake Discord are not judged by its OpenAPI, PODWHY_SHARED is not set"
        );
        return Ok(None);
    };
    let file = Path::new(&folder).join("specs/discord-openapi.json");
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    Judge::new(&serde_json::from_str(&text)?).map(Some)
}

impl Judge {
    fn new(openapi: &Value) -> anyhow::Result<Judge> {
        let mut all = openapi["components"]["schemas"].as_object().context("no schemas in it")?.clone();
        for (schema, property, types) in AMENDED {
            let known = all.get_mut(schema).with_context(|| format!("no schema {schema}"))?;
            known["properties"][property] = json!({"type": types});
        }
        let compile = |name: &'static str| -> anyhow::Result<(&'static str, Validator)> {
            let mut needed = BTreeSet::new();
            gather(name, &all, &mut needed)?;
            let needed: Map<String, Value> =
                needed.into_iter().filter_map(|name| Some((name.clone(), all.get(&name)?.clone()))).collect();
            let schema =
                json!({"$ref": format!("#/components/schemas/{name}"), "components": {"schemas": needed}});
            Ok((name, jsonschema::draft202012::new(&schema).map_err(|error| anyhow!("{name}: {error}"))?))
        };
        Ok(Judge { validators: NAMES.into_iter().map(compile).collect::<anyhow::Result<_>>()? })
    }

    /// What is wrong with a body by the schema of this name.
    pub(super) fn problems(&self, name: &str, body: &Value) -> Vec<Problem> {
        let errors = self.validators.get(name).into_iter().flat_map(|validator| validator.iter_errors(body));
        errors
            .map(|error| Problem {
                path: error.instance_path().as_str().trim_start_matches('/').replace('/', "."),
                code: "SCHEMA",
                // without the value, which may be all of a message
                message: format!("{name}: {}", error.masked()),
            })
            .collect()
    }
}

/// A schema and all that it refers to.
fn gather(name: &str, all: &Map<String, Value>, into: &mut BTreeSet<String>) -> anyhow::Result<()> {
    if !into.insert(name.to_string()) {
        return Ok(());
    }
    let schema = all.get(name).with_context(|| format!("no schema {name}"))?;
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                let reference = fields.get("$ref").and_then(Value::as_str);
                if let Some(other) = reference.and_then(|r| r.strip_prefix("#/components/schemas/")) {
                    gather(other, all, into)?;
                }
                open.extend(fields.values());
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    Ok(())
}
