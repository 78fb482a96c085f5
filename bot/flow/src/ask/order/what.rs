//! What an order is about, of the words that say it.

use podwhy_knowledge::causes::catalogue;
use podwhy_knowledge::config::nearest;
use podwhy_knowledge::{Kind, Target};

use super::{About, Fitting, OrderError};
use crate::error::UserError;
use crate::incident::name::{ALERT, CLUSTER_UNREACHABLE, UNKNOWN};

/// Hex digits at the end of an incident's name: see [`crate::incident::name::name`].
const DIGEST: usize = 16;

/// What the words say, each kind of thing at most once.
#[derive(Default)]
struct Said<'w> {
    incident: Option<&'w str>,
    cause: Option<&'w str>,
    cluster: Option<&'w str>,
    namespace: Option<&'w str>,
    object: Option<String>,
}

/// # Errors
/// [`UserError`] when it is nothing, too much, or a word means nothing.
pub(super) fn what(command: &'static str, words: &[&str]) -> Result<About, UserError> {
    let said = said(command, words)?;
    if let Some(name) = said.incident {
        let alone = said.cause.is_none() && said.cluster.is_none();
        if !alone || said.namespace.is_some() || said.object.is_some() {
            return Err(OrderError::BesideIncident.into());
        }
        return Ok(About::Incident(name.to_string()));
    }
    let target = match said.object {
        Some(object) => Some(object.parse::<Target>()?.in_namespace(said.namespace)?),
        None => said.namespace.map(|namespace| format!("ns/{namespace}").parse::<Target>()).transpose()?,
    };
    let named = target.as_ref().and_then(|target| target.cluster.clone());
    if let (Some(named), Some(cluster)) = (&named, said.cluster)
        && named != cluster
    {
        return Err(OrderError::Twice(command, cluster.to_string()).into());
    }
    let cluster = named.or_else(|| said.cluster.map(str::to_string));
    let (cluster, target) = match target {
        Some(target) => (None, Some(Target { cluster, ..target })),
        None => (cluster, None),
    };
    let fitting = Fitting { cause: said.cause.map(str::to_string), cluster, target };
    if fitting == Fitting::default() {
        return Err(OrderError::Nothing(command).into());
    }
    Ok(About::All(fitting))
}

fn said<'w>(command: &'static str, words: &[&'w str]) -> Result<Said<'w>, OrderError> {
    let mut said = Said::default();
    let mut words = words.iter().copied().peekable();
    while let Some(word) = words.next() {
        let pair = word.split_once('=').filter(|(_, value)| !value.is_empty());
        match (word, pair) {
            ("-n" | "--namespace", _) => {
                let namespace = words.next().ok_or(OrderError::Nothing(command))?;
                once(command, &mut said.namespace, namespace)?;
            }
            (_, Some(("cause", cause))) => once(command, &mut said.cause, known(cause)?)?,
            (_, Some(("namespace" | "ns", namespace))) => once(command, &mut said.namespace, namespace)?,
            (_, Some(("cluster", cluster))) => once(command, &mut said.cluster, cluster)?,
            (_, Some(("workload", object))) => once(command, &mut said.object, object.to_string())?,
            (_, Some(("incident", name))) => once(command, &mut said.incident, name)?,
            // `deploy cart`, as kubectl has it
            _ if Kind::from_word(word).is_some()
                && words.peek().is_some_and(|next| !next.contains(['/', '=']) && !next.starts_with('-')) =>
            {
                let name = words.next().unwrap_or_default();
                once(command, &mut said.object, format!("{word}/{name}"))?;
            }
            _ => said.word(command, word)?,
        }
    }
    Ok(said)
}

impl<'w> Said<'w> {
    fn word(&mut self, command: &'static str, word: &'w str) -> Result<(), OrderError> {
        let (cluster, rest) = match word.rsplit_once(':') {
            Some((cluster, rest)) if !cluster.is_empty() => (Some(cluster), rest),
            _ => (None, word),
        };
        if rest.contains('/') {
            return once(command, &mut self.object, word.to_string());
        }
        if cluster.is_none() && is_incident(rest) {
            return once(command, &mut self.incident, rest);
        }
        if let Some(cluster) = cluster {
            once(command, &mut self.cluster, cluster)?;
        }
        if rest.is_empty() { Ok(()) } else { once(command, &mut self.cause, known(rest)?) }
    }
}

fn once<T: ToString>(command: &'static str, place: &mut Option<T>, value: T) -> Result<(), OrderError> {
    if place.is_some() {
        return Err(OrderError::Twice(command, value.to_string()));
    }
    *place = Some(value);
    Ok(())
}

/// The causes an incident can have.
pub fn causes() -> impl Iterator<Item = &'static str> {
    catalogue().map(|cause| cause.id).chain([UNKNOWN, ALERT, CLUSTER_UNREACHABLE])
}

fn known(word: &str) -> Result<&str, OrderError> {
    if causes().any(|cause| cause == word) {
        return Ok(word);
    }
    let word = word.to_string();
    Err(OrderError::Unknown { nearest: nearest(&word, causes()), word })
}

fn is_incident(word: &str) -> bool {
    word.rsplit_once('-').is_some_and(|(cause, digest)| {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        !cause.is_empty() && cause.bytes().all(letter) && digest.len() == DIGEST && digest.bytes().all(hex)
    })
}
