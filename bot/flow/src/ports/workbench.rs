//! Actions on a page of one's own, whose reader chooses whom they act as.

use std::fmt::Debug;

use futures::future::BoxFuture;
use podwhy_knowledge::{Lang, Target};

use super::KubernetesUser;
use crate::answer::RemediationAnswer;
use crate::ask::order::Lasts;

/// Something that can be done about a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// By which it can be offered; of one that is offered already, empty.
    pub key: String,
    /// How it stands, or would stand.
    pub told: RemediationAnswer,
}

/// What can be done on a simulated cluster, by whoever sits before it: offered, agreed to, and carried out by the same engine as in a
/// chat.
///
/// # When not
/// Over a real cluster: the reader says themselves who they are, and nobody proves it.
///
/// # Caveats
/// `by` is the name of one of [`Workbench::people`]; anybody else is refused. What is wrong is told in words for the reader.
pub trait Workbench: Send + Sync + Debug {
    /// Whom the reader can act as.
    fn people(&self) -> &[KubernetesUser];

    /// What could be done about a target that names its cluster, and what of it is under way; empty where there is nothing.
    fn found<'a>(&'a self, target: &'a Target, lang: Lang) -> BoxFuture<'a, Vec<Found>>;

    /// Offers what has this key, or with `None` all there is. What is offered already is not offered twice.
    ///
    /// # Errors
    /// Why nothing was offered.
    fn offer<'a>(
        &'a self,
        target: &'a Target,
        key: Option<&'a str>,
        by: &'a str,
        lang: Lang,
    ) -> BoxFuture<'a, Result<Vec<RemediationAnswer>, String>>;

    /// Agrees, or declines; how it stands then.
    ///
    /// # Errors
    /// Why it was not counted.
    fn pressed<'a>(
        &'a self,
        name: &'a str,
        press: Press<'a>,
        by: &'a str,
        lang: Lang,
    ) -> BoxFuture<'a, Result<RemediationAnswer, String>>;

    /// One of them, if it is there.
    ///
    /// # Errors
    /// Why it could not be read.
    fn one<'a>(
        &'a self,
        name: &'a str,
        lang: Lang,
    ) -> BoxFuture<'a, Result<Option<RemediationAnswer>, String>>;

    /// What waits for somebody, or what was done: the latest first.
    ///
    /// # Errors
    /// Why they could not be read.
    fn list(&self, waiting: bool, lang: Lang) -> BoxFuture<'_, Result<Vec<RemediationAnswer>, String>>;

    /// Stops what was not begun for a while, or with `None` lets it go on: what was done, in words.
    ///
    /// # Errors
    /// Why not.
    fn freeze<'a>(
        &'a self,
        lasts: Option<Lasts>,
        by: &'a str,
        lang: Lang,
    ) -> BoxFuture<'a, Result<String, String>>;
}

/// What is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Press<'a> {
    /// Agrees; with the name, where one has to be typed.
    Agree(Option<&'a str>),
    /// Says no.
    Decline,
}
