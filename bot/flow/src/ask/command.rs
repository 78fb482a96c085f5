//! A line of a chat → what it asks for.

use std::fmt;

use podwhy_knowledge::{Kind, Target};

use super::order::{self, Order};
use crate::error::UserError;

/// What can be asked for in a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Why does this fail?
    Why(Target),
    /// What fails, in the cluster or one namespace; a cluster may be named.
    Triage {
        /// `prod-eu:`
        cluster: Option<String>,
        /// Only this one.
        namespace: Option<String>,
    },
    /// The last lines of a pod's containers.
    Logs {
        /// The pod.
        target: Target,
        /// Only this container.
        container: Option<String>,
        /// Of the run before the current one.
        previous: bool,
    },
    /// What was told about a pod or workload.
    Events(Target),
    /// What can this text mean?
    Explain(String),
    /// Something is wanted of incidents.
    Incident(Order),
    /// What can be asked?
    Help,
}

impl Command {
    /// The cluster it names.
    pub fn cluster(&self) -> Option<&str> {
        match self {
            Command::Triage { cluster, .. } => cluster.as_deref(),
            _ => self.target().and_then(|target| target.cluster.as_deref()),
        }
    }

    /// The pod or workload it is about.
    pub fn target(&self) -> Option<&Target> {
        match self {
            Command::Why(target) | Command::Events(target) | Command::Logs { target, .. } => Some(target),
            Command::Triage { .. } | Command::Explain(_) | Command::Incident(_) | Command::Help => None,
        }
    }

    /// The same about another target; what is about none stays as it is.
    pub fn about(self, target: Target) -> Command {
        match self {
            Command::Why(_) => Command::Why(target),
            Command::Events(_) => Command::Events(target),
            Command::Logs { container, previous, .. } => Command::Logs { target, container, previous },
            other => other,
        }
    }
}

/// As it is typed: [`command`] reads it back.
impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::Why(target) => write!(f, "why {target}"),
            Command::Events(target) => write!(f, "events {target}"),
            Command::Logs { target, container, previous } => {
                write!(f, "logs {target}")?;
                if let Some(container) = container {
                    write!(f, " -c {container}")?;
                }
                if *previous { f.write_str(" --previous") } else { Ok(()) }
            }
            Command::Triage { cluster, namespace } => {
                let cluster = cluster.as_ref().map(|cluster| format!("{cluster}:")).unwrap_or_default();
                write!(f, "triage {cluster}{}", namespace.as_deref().unwrap_or_default())
            }
            Command::Explain(text) => write!(f, "explain {text}"),
            Command::Incident(order) => write!(f, "{order}"),
            Command::Help => f.write_str("help"),
        }
    }
}

/// The commands' words, in the order help shows them.
pub const WORDS: [&str; 15] = [
    "why",
    "triage",
    "logs",
    "events",
    "explain",
    "ack",
    "mute",
    "unmute",
    "mutes",
    "fix",
    "approvals",
    "history",
    "freeze",
    "unfreeze",
    "help",
];

/// A word is a mistyped one of another when at most this many letters differ.
const MISTYPED: usize = 2;

/// Reads a line. Without a command word, a single word is what `why` asks about and anything longer is a text to explain:
/// people paste what they see.
///
/// # Errors
/// [`UserError`] when a command's argument is missing or wrong, or a word is nearly a command.
pub fn command(line: &str) -> Result<Command, UserError> {
    let line = without_name(line.trim());
    let (written, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    // a phone begins with a capital; so does a sentence, which has more than one word after it
    let lower = written.to_lowercase();
    let is_order = order::WORDS.contains(&lower.as_str());
    let is_read = is_order && order::order(&lower, rest).is_ok();
    let command = WORDS.contains(&lower.as_str()) && (is_read || !rest.contains(char::is_whitespace));
    let word = if command { lower.as_str() } else { written };
    match word {
        "" | "?" | "help" => Ok(Command::Help),
        "why" => why(rest),
        "triage" => triage(rest),
        "logs" | "log" => logs(rest),
        "events" | "event" => Ok(Command::Events(about("events", rest)?)),
        "explain" if rest.is_empty() => {
            Err(input("explain takes a text: paste an event, a status or a log line after it"))
        }
        "explain" => Ok(Command::Explain(rest.to_string())),
        word if order::WORDS.contains(&word) => Ok(Command::Incident(order::order(word, rest)?)),
        // no name of Kubernetes has a capital letter: this is a status
        _ if rest.is_empty() && word.contains(char::is_uppercase) => Ok(Command::Explain(word.to_string())),
        _ if rest.is_empty() => match mistyped(word) {
            Some(known) => Err(meant(word, known, rest)),
            None => Ok(Command::Why(word.parse()?)),
        },
        _ if let Some(target) = kind_and_name(word, rest) => Ok(Command::Why(target?)),
        // a text may begin with any word: only one that is followed by what could be asked about was meant as a command
        _ => match mistyped(word).filter(|_| !rest.contains(char::is_whitespace)) {
            Some(known) => Err(meant(word, known, rest)),
            None => Ok(Command::Explain(line.to_string())),
        },
    }
}

/// People write the bot's name, or the slash command, also where it is not needed.
fn without_name(line: &str) -> &str {
    let names = ["kubectl podwhy", "@podwhy", "podwhy", "/pod"];
    let after = |name: &&str| {
        let rest = line.strip_prefix(*name)?;
        (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim_start())
    };
    names.iter().find_map(after).unwrap_or(line)
}

fn why(rest: &str) -> Result<Command, UserError> {
    Ok(Command::Why(about("why", rest)?))
}

/// What a command is about: `shop/cart-0`, `cart-0 -n shop`, or as kubectl has it, `deploy web`.
pub(super) fn about(command: &str, rest: &str) -> Result<Target, UserError> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (target, namespace) = match words.as_slice() {
        [target] => ((*target).to_string(), None),
        ["-n" | "--namespace", namespace, target] | [target, "-n" | "--namespace", namespace] => {
            ((*target).to_string(), Some(*namespace))
        }
        [kind, name] if Kind::from_word(kind).is_some() => (of_kind(kind, name), None),
        [kind, "-n" | "--namespace", namespace, name] | [kind, name, "-n" | "--namespace", namespace]
            if Kind::from_word(kind).is_some() =>
        {
            (of_kind(kind, name), Some(*namespace))
        }
        [kind, name] if !kind.contains('/') && !name.contains('/') => (format!("{kind}/{name}"), None),
        [] => {
            return Err(input(&format!("{command} takes a pod or a workload, as in: {command} shop/cart-0")));
        }
        _ => {
            return Err(input(&format!("{command} takes one pod or workload, as in: {command} shop/cart-0")));
        }
    };
    Ok(target.parse::<Target>()?.in_namespace(namespace)?)
}

/// `node wrk-07`, `pvc data -n shop`: a kind in the place of a command, as kubectl has it.
fn kind_and_name(word: &str, rest: &str) -> Option<Result<Target, UserError>> {
    let kind = Kind::from_word(word).filter(|_| word.chars().all(char::is_lowercase))?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    let named = matches!(words.as_slice(), [_] | ["-n" | "--namespace", _, _] | [_, "-n" | "--namespace", _]);
    named.then(|| about(kind.short(), &format!("{} {rest}", kind.short())))
}

/// `prod:shop/svc/cart` of `svc prod:shop/cart`.
fn of_kind(kind: &str, name: &str) -> String {
    let (cluster, name) = match name.rsplit_once(':') {
        Some((cluster, name)) => (format!("{cluster}:"), name),
        None => (String::new(), name),
    };
    match name.split_once('/') {
        Some((namespace, name)) => format!("{cluster}{namespace}/{kind}/{name}"),
        None => format!("{cluster}{kind}/{name}"),
    }
}

/// `shop/cart-0`, with `-c NAME` or the container's name after it, and `-p`.
fn logs(rest: &str) -> Result<Command, UserError> {
    let takes =
        "logs takes a pod, and maybe a container and --previous, as in: logs shop/cart-0 app --previous";
    let (mut previous, mut container, mut others) = (false, None, Vec::new());
    let mut words = rest.split_whitespace();
    while let Some(word) = words.next() {
        match word {
            "-p" | "--previous" | "previous" => previous = true,
            "-c" | "--container" => container = Some(words.next().ok_or_else(|| input(takes))?),
            "-n" | "--namespace" => others.extend([word, words.next().ok_or_else(|| input(takes))?]),
            _ => others.push(word),
        }
    }
    // a pod and its container, where kubectl's `logs POD CONTAINER` is meant
    if container.is_none()
        && let [_, name] = others.as_slice()
    {
        container = Some(*name);
        others.pop();
    }
    let target = about("logs", &others.join(" "))?;
    Ok(Command::Logs { target, container: container.map(str::to_string), previous })
}

fn triage(rest: &str) -> Result<Command, UserError> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let named = match words.as_slice() {
        [] => return Ok(Command::Triage { cluster: None, namespace: None }),
        [named] | ["-n" | "--namespace", named] => *named,
        _ => return Err(input("triage takes at most one namespace, as in: triage shop")),
    };
    let (cluster, namespace) = match named.rsplit_once(':') {
        Some((cluster, namespace)) => (Some(cluster.to_string()), namespace),
        None => (None, named),
    };
    let namespace = namespace.strip_prefix("ns/").unwrap_or(namespace);
    if namespace.contains('/') {
        return Err(input("triage takes a namespace, as in: triage shop; for one pod ask: why shop/cart-0"));
    }
    Ok(Command::Triage { cluster, namespace: Some(namespace.to_string()).filter(|ns| !ns.is_empty()) })
}

/// The command a word is nearly.
fn mistyped(word: &str) -> Option<&'static str> {
    // names of pods have digits and dashes; commands have not
    if !word.chars().all(char::is_alphabetic) {
        return None;
    }
    let lower = word.to_lowercase();
    let near = |known: &&&str| {
        let allowed = MISTYPED.min(known.len() / 3);
        strsim::osa_distance(&lower, known) <= allowed
    };
    // back, pack and jack are names of pods
    WORDS.iter().filter(|known| **known != "ack").find(near).copied()
}

fn meant(word: &str, known: &str, rest: &str) -> UserError {
    let line = format!("{known} {rest}");
    input(&format!("there is no command {word:?}; did you mean: {}", line.trim_end()))
}

fn input(message: &str) -> UserError {
    UserError::Input(message.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        match command(line) {
            Ok(Command::Why(target)) => format!("why {target}"),
            Ok(Command::Triage { cluster, namespace }) => format!("triage {cluster:?} {namespace:?}"),
            Ok(Command::Explain(text)) => format!("explain {text}"),
            Ok(other) => other.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn what_is_shown_is_read_back() {
        for line in [
            "why prod-eu:shop/deploy/web",
            "logs prod:shop/cart-0 -c app --previous",
            "events shop/cart-0",
            "triage prod:",
            "triage prod:shop",
            "triage shop",
            "help",
            "explain OOMKilled again",
        ] {
            let read = command(line).unwrap();
            assert_eq!(read.to_string(), line);
            assert_eq!(command(&read.to_string()).unwrap(), read);
        }
    }

    #[test]
    fn lines_as_people_write_them() {
        for (line, wanted) in [
            ("", "help"),
            (" help ", "help"),
            ("/pod help", "help"),
            ("why shop/cart-0", "why shop/cart-0"),
            ("@podwhy why shop/cart-0", "why shop/cart-0"),
            ("shop/cart-0", "why shop/cart-0"),
            ("cart-0", "why cart-0"),
            ("why prod-eu:shop/deploy/web", "why prod-eu:shop/deploy/web"),
            ("why cart-0 -n shop", "why shop/cart-0"),
            ("why -n shop cart-0", "why shop/cart-0"),
            ("why deploy web", "why deploy/web"),
            ("logs shop/cart-0", "logs shop/cart-0"),
            ("logs shop/cart-0 app -p", "logs shop/cart-0 -c app --previous"),
            ("logs cart-0 -n shop --previous -c app", "logs shop/cart-0 -c app --previous"),
            ("logs", "error: logs takes a pod or a workload, as in: logs shop/cart-0"),
            ("events deploy web", "events deploy/web"),
            ("evnets shop/web", "error: there is no command \"evnets\"; did you mean: events shop/web"),
            ("triage", "triage None None"),
            ("triage shop", "triage None Some(\"shop\")"),
            ("triage -n shop", "triage None Some(\"shop\")"),
            ("Triage", "triage None None"),
            ("Why shop/cart-0", "why shop/cart-0"),
            ("help me", "help"),
            ("node wrk-07", "why node/wrk-07"),
            ("svc cart", "why svc/cart"),
            ("pvc data -n shop", "why shop/pvc/data"),
            ("ns shop", "why ns/shop"),
            ("why svc cart -n shop", "why shop/svc/cart"),
            ("node not ready since", "explain node not ready since"),
            (
                "triage arn:aws:eks:eu-west-1:1:cluster/prod:shop",
                "triage Some(\"arn:aws:eks:eu-west-1:1:cluster/prod\") Some(\"shop\")",
            ),
            ("triage prod-eu:", "triage Some(\"prod-eu\") None"),
            ("triage prod-eu:shop", "triage Some(\"prod-eu\") Some(\"shop\")"),
            ("explain OOMKilled", "explain OOMKilled"),
            ("Back-off pulling image \"nginx:lates\"", "explain Back-off pulling image \"nginx:lates\""),
            ("Why is cart down", "explain Why is cart down"),
            ("whi shop/cart-0", "error: there is no command \"whi\"; did you mean: why shop/cart-0"),
            ("OOMKilled", "explain OOMKilled"),
            ("traige", "error: there is no command \"traige\"; did you mean: triage"),
            ("exlpain OOMKilled", "error: there is no command \"exlpain\"; did you mean: explain OOMKilled"),
            ("why", "error: why takes a pod or a workload, as in: why shop/cart-0"),
        ] {
            assert_eq!(shown(line), wanted, "{line:?}");
        }
    }
}
