//! What an assistant sends with a call → a question. Nothing is looked up here.

use podwhy_flow::UserError;
use podwhy_flow::ask::command::Command;
use podwhy_knowledge::{Lang, MAX_PASTED_TEXT, Target};
use rmcp::model::JsonObject;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::tools::ToolName;

/// No name of Kubernetes, with its cluster's before it, is longer than so many bytes.
const MAX_NAME: usize = 1024;

/// What is asked, and in which language it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// `why`, `triage` or `explain`; it holds the cluster, where one is named.
    pub(crate) command: Command,
    pub(crate) lang: Lang,
}

/// The arguments of `why`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhyArguments {
    /// NAME, NAMESPACE/NAME, KIND/NAME or NAMESPACE/KIND/NAME, such as shop/cart-0 or shop/deploy/web. KIND is pod, deploy, rs,
    /// sts, ds, job, cronjob, svc, pvc, node or ns. A bare name is a pod, else a workload.
    target: String,
    /// The namespace of the target, where the target names none; otherwise the cluster's default one.
    #[serde(default)]
    #[schemars(with = "String")]
    namespace: Option<String>,
    /// The cluster: its name in podwhy's configuration, else a context of the kubeconfig. Leave it out for the default one.
    #[serde(default)]
    #[schemars(with = "String")]
    cluster: Option<String>,
    /// The language of the answer.
    #[serde(default)]
    #[schemars(with = "Spoken")]
    lang: Option<Spoken>,
}

/// The arguments of `triage`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TriageArguments {
    /// Only this namespace; leave it out for the whole cluster.
    #[serde(default)]
    #[schemars(with = "String")]
    namespace: Option<String>,
    /// The cluster: its name in podwhy's configuration, else a context of the kubeconfig. Leave it out for the default one.
    #[serde(default)]
    #[schemars(with = "String")]
    cluster: Option<String>,
    /// The language of the answer.
    #[serde(default)]
    #[schemars(with = "Spoken")]
    lang: Option<Spoken>,
}

/// The arguments of `explain`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainArguments {
    /// The event, status or log lines, as they stand. At most 256 KiB: of a long log the lines around the failure.
    text: String,
    /// The language of the answer.
    #[serde(default)]
    #[schemars(with = "Spoken")]
    lang: Option<Spoken>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Spoken {
    En,
    Zh,
}

impl From<Spoken> for Lang {
    fn from(spoken: Spoken) -> Lang {
        match spoken {
            Spoken::En => Lang::En,
            Spoken::Zh => Lang::Zh,
        }
    }
}

/// The language a call asks for, also of one that is wrong otherwise: its refusal is told in it.
pub(crate) fn spoken(arguments: &JsonObject, default: Lang) -> Lang {
    arguments.get("lang").and_then(Value::as_str).and_then(|lang| lang.parse().ok()).unwrap_or(default)
}

/// Reads a call's arguments.
///
/// # Errors
/// [`UserError`] when one is missing, unknown, too long, or not written as it should be.
pub(crate) fn question(tool: ToolName, arguments: JsonObject, default: Lang) -> Result<Question, UserError> {
    let (command, lang) = match tool {
        ToolName::Why => {
            let why: WhyArguments = read(tool, arguments)?;
            let (namespace, cluster) = (named(why.namespace.as_deref())?, named(why.cluster.as_deref())?);
            (Command::Why(target(&why.target, namespace, cluster)?), why.lang)
        }
        ToolName::Triage => {
            let triage: TriageArguments = read(tool, arguments)?;
            let cluster = named(triage.cluster.as_deref())?.map(str::to_string);
            let namespace = named(triage.namespace.as_deref())?.map(namespace).transpose()?;
            (Command::Triage { cluster, namespace }, triage.lang)
        }
        ToolName::Explain => {
            let explain: ExplainArguments = read(tool, arguments)?;
            (Command::Explain(text(explain.text)?), explain.lang)
        }
    };
    Ok(Question { command, lang: lang.map_or(default, Lang::from) })
}

fn read<T: DeserializeOwned>(tool: ToolName, arguments: JsonObject) -> Result<T, UserError> {
    let read = serde_json::from_value(Value::Object(arguments));
    read.map_err(|error| UserError::Input(format!("the arguments of {tool} cannot be read: {error}")))
}

/// Models write "" for what they mean to leave out.
fn named(argument: Option<&str>) -> Result<Option<&str>, UserError> {
    let argument = argument.map(str::trim).filter(|argument| !argument.is_empty());
    argument.map(short).transpose()
}

fn short(name: &str) -> Result<&str, UserError> {
    if name.len() <= MAX_NAME {
        return Ok(name);
    }
    Err(UserError::Input(format!("a name of {} bytes is too long; at most {MAX_NAME}", name.len())))
}

fn target(typed: &str, namespace: Option<&str>, cluster: Option<&str>) -> Result<Target, UserError> {
    let mut target = short(typed)?.parse::<Target>()?.in_namespace(namespace)?;
    if let (Some(before), Some(beside)) = (&target.cluster, cluster)
        && before != beside
    {
        let message =
            format!("the target names cluster {before:?} but cluster is {beside:?}; give one of them");
        return Err(UserError::Input(message));
    }
    target.cluster = target.cluster.or(cluster.map(str::to_string));
    Ok(target)
}

/// The rules for a namespace are those of a target's: `ns/shop` is taken as people write it.
fn namespace(typed: &str) -> Result<String, UserError> {
    let name = typed.strip_prefix("ns/").unwrap_or(typed);
    let anything = Target { cluster: None, namespace: None, kind: None, name: String::new() };
    Ok(anything.in_namespace(Some(name))?.namespace.unwrap_or_default())
}

fn text(pasted: String) -> Result<String, UserError> {
    if pasted.trim().is_empty() {
        return Err(UserError::Input(
            "nothing to explain: paste an event, a status or a log line".to_string(),
        ));
    }
    if pasted.len() > MAX_PASTED_TEXT {
        let message = format!(
            "the text is too long: {} bytes, at most {MAX_PASTED_TEXT}; send the lines around the failure",
            pasted.len()
        );
        return Err(UserError::Input(message));
    }
    Ok(pasted)
}

#[cfg(test)]
mod tests;
