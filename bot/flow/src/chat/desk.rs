//! The whole of asking in a chat, over the clusters: what an adapter's [`Answering`] is.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use podwhy_knowledge::{Kind, Lang};

use super::mention;
use super::policy::{Grant, Policy, Refusal};
use super::question::{Ask, Asker, Question};
use super::reach::may;
use super::reply::{Audience, Content, Reply};
use super::scope::{Known, named, not_found};
use super::{Accepted, Answering, Intake, Wanted};
use crate::ask::command::{Command, command};
use crate::ask::desk::{Answer, AskError, Desk};
use crate::ask::within::Visible;
use crate::error::UserError;
use crate::ports::{ClusterRead, IncidentOrders, Permissions, Right};
use crate::words;

/// A cluster with what chats need of it besides answers.
pub trait ChatCluster: ClusterRead + Permissions {}

impl<C: ClusterRead + Permissions> ChatCluster for C {}

/// Nobody waits longer for a suggestion.
const COMPLETION: Duration = Duration::from_secs(1);

/// At most this many pods of one message are answered.
const MENTIONED: usize = 3;

/// Asking in chats.
#[derive(Debug)]
pub struct Chat<C> {
    pub(super) desk: Desk<C>,
    pub(super) policy: Policy,
    /// Who keeps incidents; `None` where none are kept.
    pub(super) orders: Option<Arc<dyn IncidentOrders>>,
    patience: Duration,
}

impl<C: ChatCluster> Known for Desk<C> {
    fn default_namespace(&self, cluster: &str) -> Option<String> {
        self.of_name(cluster).map(|cluster| cluster.default_namespace().to_string())
    }

    fn places_of(&self, cluster: &str, name: &str) -> Vec<String> {
        let Some(asked) = self.of_name(cluster) else { return Vec::new() };
        let mut places = asked.places_of(name);
        // what is gone is asked about by its bare name, too
        if places.is_empty()
            && let Some(past) = self.past()
        {
            places = past.places_of(cluster, name);
        }
        places
    }
}

impl<C: ChatCluster> Chat<C> {
    /// Over these clusters, for those the policy lists; a question takes at most `patience`.
    pub fn new(desk: Desk<C>, policy: Policy, patience: Duration) -> Chat<C> {
        Chat { desk, policy, orders: None, patience }
    }

    /// With whoever keeps incidents; without, what is wanted of them is refused.
    pub fn with_incidents(self, orders: Option<Arc<dyn IncidentOrders>>) -> Chat<C> {
        Chat { orders, ..self }
    }

    fn read(&self, question: &Question, lang: Lang) -> Result<Wanted, Box<Reply>> {
        let text = match &question.ask {
            Ask::Command(command) => return Ok(Wanted::Command(command.clone())),
            Ask::Message(text) => return Ok(Wanted::Message(text.clone())),
            Ask::Line(line) => line,
        };
        command(text).map(Wanted::Command).map_err(|error| refused(Refusal::because(error.told(lang)), lang))
    }

    /// The command as it is asked, or the refusal.
    fn place(&self, wanted: Wanted, grant: &Grant, lang: Lang) -> Result<Wanted, Box<Reply>> {
        match wanted {
            Wanted::Command(command) => {
                let placed =
                    grant.place(command, &self.desk, lang).map_err(|refusal| refused(refusal, lang))?;
                Ok(Wanted::Command(placed))
            }
            message @ Wanted::Message(_) => Ok(message),
        }
    }

    async fn command(&self, command: &Command, grant: &Grant, lang: Lang) -> Result<Content, Refusal> {
        match command {
            Command::Explain(_) | Command::Help => {
                self.one(None, command, grant, lang).await.map(Content::Answer)
            }
            Command::Triage { cluster: None, namespace } => {
                self.everywhere(namespace.clone(), grant, lang).await
            }
            Command::Triage { cluster: Some(cluster), .. } => {
                self.one(Some(cluster), command, grant, lang).await.map(Content::Answer)
            }
            other => {
                let cluster = other.cluster().unwrap_or_default().to_string();
                self.one(Some(&cluster), other, grant, lang).await.map(Content::Answer)
            }
        }
    }

    async fn one(
        &self,
        cluster: Option<&str>,
        command: &Command,
        grant: &Grant,
        lang: Lang,
    ) -> Result<Answer, Refusal> {
        let Some(cluster) = cluster else {
            return self.desk.answer(command, None, lang).await.map_err(|error| told(&error, lang));
        };
        let none = || Refusal::because(words::no_cluster(cluster, None, lang));
        let cluster = self.desk.of_name(cluster).ok_or_else(none)?;
        let namespace = match command {
            Command::Triage { namespace, .. } => namespace.as_deref(),
            other => other.target().and_then(|target| match target.kind {
                Some(Kind::Namespace) => Some(target.name.as_str()),
                _ => target.namespace.as_deref(),
            }),
        };
        let within = self.within(cluster, grant, namespace, lang).await?;
        // where nothing may be read, nothing was looked at: that is not the same as nothing failing
        if matches!(command, Command::Triage { namespace: None, .. })
            && within.visible == Visible::Only(BTreeSet::new())
        {
            return Err(Refusal::because(words::NOTHING_READABLE.of(lang)));
        }
        // what one may not read is answered as what is not there
        if let (Some(target), Some(namespace)) = (command.target(), namespace)
            && !within.visible.shows(namespace)
        {
            let target = podwhy_knowledge::Target { cluster: None, namespace: None, ..target.clone() };
            return Err(Refusal::because(
                UserError::from(not_found(&target, namespace, Vec::new())).told(lang),
            ));
        }
        // a right to pods is none to what stands around them
        if let (Some(user), Some(target)) = (&grant.user, command.target())
            && let Some(kind) = target.kind.filter(|kind| *kind != Kind::Pod && !kind.is_workload())
            && !may(cluster, user, Right::Of(kind), namespace, lang).await?
        {
            let place = namespace.unwrap_or_default();
            return Err(Refusal::because(UserError::from(not_found(target, place, Vec::new())).told(lang)));
        }
        if matches!(command, Command::Logs { .. }) && !within.logs {
            return Err(Refusal::because(words::LOGS_OFF.of(lang)));
        }
        self.desk.answer_within(cluster, command, &within, lang).await.map_err(|error| told(&error, lang))
    }

    /// A triage of every cluster that may be read; one that does not answer takes nothing from the others.
    async fn everywhere(
        &self,
        namespace: Option<String>,
        grant: &Grant,
        lang: Lang,
    ) -> Result<Content, Refusal> {
        let asked = grant.clusters().into_iter().map(|cluster| {
            let command = Command::Triage { cluster: named(cluster), namespace: namespace.clone() };
            async move {
                let answer = self.one(Some(cluster), &command, grant, lang).await;
                answer.map(|answer| (Some(command.to_string()), answer))
            }
        });
        let (mut answers, mut refusals) = (Vec::new(), Vec::new());
        for answer in join_all(asked).await {
            match answer {
                Ok(answer) => answers.push(answer),
                Err(refusal) => refusals.push(refusal),
            }
        }
        match (answers.len(), refusals.pop()) {
            (0, Some(refusal)) => Err(refusal),
            (1, None) => Ok(Content::Answer(answers.remove(0).1)),
            (_, refusal) => {
                // a cluster that does not answer is said, beside those that do
                let failed =
                    refusal.into_iter().chain(refusals).map(|refusal| (None, Answer::Unread(refusal.why)));
                answers.extend(failed);
                Ok(Content::Several(answers))
            }
        }
    }

    /// The pods a text names, each answered; else what the text can mean.
    async fn message(&self, text: &str, grant: &Grant, lang: Lang) -> Result<Content, Refusal> {
        let mut found = Vec::new();
        for name in grant.clusters() {
            let Some(cluster) = self.desk.of_name(name) else { continue };
            let visible = self.within(cluster, grant, None, lang).await?.visible;
            let mentioned = mention::pods(text, cluster, &visible).await;
            found.extend(
                mentioned
                    .into_iter()
                    .map(|target| Command::Why(podwhy_knowledge::Target { cluster: named(name), ..target })),
            );
        }
        found.truncate(MENTIONED);
        if found.is_empty() {
            return self.command(&Command::Explain(text.to_string()), grant, lang).await;
        }
        let asked = found.iter().map(|command| async move {
            let answer = self.one(Some(command.cluster().unwrap_or_default()), command, grant, lang).await;
            answer.ok().map(|answer| (Some(command.to_string()), answer))
        });
        let mut answers: Vec<_> = join_all(asked).await.into_iter().flatten().collect();
        match answers.len() {
            // gone since
            0 => self.command(&Command::Explain(text.to_string()), grant, lang).await,
            1 => Ok(Content::Answer(answers.remove(0).1)),
            _ => Ok(Content::Several(answers)),
        }
    }

    /// Whether something may be done about what an answer found. About what is only possible nothing is.
    fn fixes(&self, content: &Content) -> bool {
        let (Content::Answer(Answer::Why(why)), Some(orders)) = (content, &self.orders) else { return false };
        let Some(target) = &why.target else { return false };
        let sure = why.findings.iter().filter(|one| one.confidence.as_deref() != Some("possible"));
        let causes: Vec<&str> = sure.map(|one| one.cause.as_str()).collect();
        orders.fixes(&target.cluster, &target.namespace, &causes)
    }

    async fn in_time(&self, asked: impl Future<Output = Result<Content, Refusal>>, lang: Lang) -> Content {
        let late = || Refusal::because(words::too_late(self.patience, lang));
        match tokio::time::timeout(self.patience, asked).await.unwrap_or_else(|_| Err(late())) {
            Ok(content) => content,
            Err(refusal) => Content::from(refusal),
        }
    }
}

impl<C: ChatCluster> Answering for Chat<C> {
    fn intake(&self, question: &Question) -> Intake {
        let lang = self.policy.lang(&question.asker);
        let read = self.read(question, lang).and_then(|wanted| {
            if wanted == Wanted::Command(Command::Help) {
                return Err(Box::new(Reply {
                    lang,
                    audience: Audience::Asker,
                    content: Content::Answer(Answer::Help),
                    line: None,
                    fix: false,
                }));
            }
            let grant = self.policy.grant(&question.asker).map_err(|refusal| refused(refusal, lang))?;
            self.hears(&wanted, &question.asker, lang).map_err(|refusal| refused(refusal, lang))?;
            Ok((self.place(wanted, &grant, lang)?, grant.private))
        });
        match read {
            Ok((command, private)) => Intake::Soon(Accepted {
                question: question.clone(),
                line: match &command {
                    // to be said again by hand only
                    Wanted::Command(Command::Incident(order)) if order.changes() => None,
                    Wanted::Command(command) => Some(command.to_string()),
                    Wanted::Message(_) => None,
                },
                command,
                lang,
                audience: if private { Audience::Asker } else { Audience::Channel },
            }),
            Err(reply) => Intake::Now(*reply),
        }
    }

    fn answer<'a>(&'a self, accepted: &'a Accepted) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            let lang = accepted.lang;
            let asked = async {
                let grant = self.policy.grant(&accepted.question.asker)?;
                match &accepted.command {
                    Wanted::Command(Command::Incident(order)) => {
                        self.order(order, &accepted.question, &grant, lang).await
                    }
                    Wanted::Command(command) => self.command(command, &grant, lang).await,
                    Wanted::Message(text) => self.message(text, &grant, lang).await,
                }
            };
            let content = self.in_time(asked, lang).await;
            // of a message, the one pod it named
            let of_answer = match &content {
                Content::Answer(Answer::Why(why)) => {
                    why.target.as_ref().map(|t| format!("why {}", t.typed()))
                }
                _ => None,
            };
            let line = accepted.line.clone().or(of_answer);
            // an offer is for everyone in a channel to see
            let is_open = accepted.audience == Audience::Channel && accepted.question.asker.channel.is_some();
            let fix = is_open && self.fixes(&content);
            Reply { lang, audience: accepted.audience, content, line, fix }
        })
    }

    fn overview<'a>(&'a self, asker: &'a Asker) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            let lang = self.policy.lang(asker);
            let asked = async {
                let grant = self.policy.grant(asker)?;
                self.everywhere(None, &grant, lang).await
            };
            let content = self.in_time(asked, lang).await;
            Reply { lang, audience: Audience::Asker, content, line: Some("triage".to_string()), fix: false }
        })
    }

    fn complete<'a>(&'a self, asker: &'a Asker, typed: &'a str, most: usize) -> BoxFuture<'a, Vec<String>> {
        Box::pin(async move {
            let Ok(grant) = self.policy.grant(asker) else { return Vec::new() };
            let asked = self.completions(&grant, typed, most);
            tokio::time::timeout(COMPLETION, asked).await.unwrap_or_default()
        })
    }
}

/// What is told of a question that could not be answered; a fault is logged, and told by its id only.
fn told(error: &AskError, lang: Lang) -> Refusal {
    match error {
        AskError::User(error) => Refusal::because(error.told(lang)),
        AskError::Fault(fault) => {
            let id = fault_id();
            tracing::error!(id, error = %fault, "an answer's page does not fit its finding");
            Refusal::because(format!("{} {id}", words::FAULT.of(lang)))
        }
    }
}

/// What the log has a fault under: told apart from others of this process and of its siblings.
pub fn fault_id() -> String {
    // every RandomState has keys of its own
    format!("f-{:08x}", RandomState::new().hash_one(0_u8) as u32)
}

fn refused(refusal: Refusal, lang: Lang) -> Box<Reply> {
    Box::new(Reply {
        lang,
        audience: Audience::Asker,
        content: Content::from(refusal),
        line: None,
        fix: false,
    })
}

impl From<Refusal> for Content {
    fn from(refusal: Refusal) -> Content {
        Content::Refused { why: refusal.why, channels: refusal.channels }
    }
}
