//! The diagnosis made again: before something is done, whether its reason still holds; after, whether it is gone.

use std::fmt::Debug;

use futures::future::BoxFuture;
use podwhy_knowledge::resolve::ResolveError;
use podwhy_knowledge::{Kind, Lang, Target, Verdict};

use crate::ask::diagnose::ask;
use crate::ask::intake::Request;
use crate::ask::within::Within;
use crate::error::UserError;
use crate::incident::record::{Blamed, Member, RootCause};
use crate::ports::ClusterRead;

/// What a subject looks like now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    /// There is none of this name any more.
    Gone,
    /// It is there.
    Found {
        /// Why it fails: cause and blame of each finding.
        causes: Vec<(String, Blamed)>,
        /// Whether nothing is wrong with it.
        is_well: bool,
        /// What is first found, in a few words: no line of a log is among them.
        summary: String,
    },
}

impl Now {
    /// Whether this is still a reason.
    pub fn has(&self, root_cause: &RootCause) -> bool {
        match self {
            Now::Gone => false,
            Now::Found { causes, .. } => {
                causes.iter().any(|(cause, blame)| *cause == root_cause.cause && *blame == root_cause.blame)
            }
        }
    }
}

/// Diagnoses again, as podwhy itself.
pub trait Again: Send + Sync + Debug {
    /// What a subject looks like now.
    ///
    /// # Errors
    /// Why it is not known, in words.
    fn look<'a>(&'a self, subject: &'a Member) -> BoxFuture<'a, Result<Now, String>>;
}

/// Over a cluster that can be asked.
#[derive(Debug)]
pub struct Looking<C>(pub C);

impl<C: ClusterRead + Debug> Again for Looking<C> {
    fn look<'a>(&'a self, subject: &'a Member) -> BoxFuture<'a, Result<Now, String>> {
        Box::pin(async move {
            let namespace = Some(subject.namespace.clone()).filter(|namespace| !namespace.is_empty());
            let kind = Kind::from_camel(&subject.kind);
            let target = Target { cluster: None, namespace, kind, name: subject.name.clone() };
            match ask(&self.0, &Request { target, lang: Lang::En }, &Within::ALL).await {
                Ok(diagnosed) => {
                    let (findings, snapshot) = (&diagnosed.diagnosis.findings, &diagnosed.snapshot);
                    let causes = findings.iter().map(|one| (one.cause.to_string(), Blamed::from(&one.blame)));
                    let (kind, name) = (snapshot.kind().camel(), snapshot.name());
                    let summary = findings.first().map(|first| match first.stage {
                        None => format!("{kind} {name} is {}", first.cause),
                        Some(_) => format!(
                            "{kind} {name}: {} · {} {}",
                            first.cause, first.blame.kind, first.blame.name
                        ),
                    });
                    let is_well = matches!(diagnosed.diagnosis.verdict, Verdict::Healthy | Verdict::Expected);
                    let summary = summary.unwrap_or_default();
                    Ok(Now::Found { causes: causes.collect(), is_well, summary })
                }
                Err(UserError::Resolve(ResolveError::NotFound { .. })) => Ok(Now::Gone),
                Err(error) => Err(error.to_string()),
            }
        })
    }
}
