//! The whole answer of an incident, for its thread.

use std::fmt::Debug;

use futures::future::BoxFuture;
use podwhy_knowledge::Lang;

use super::policy::Spot;
use super::record::Incident;
use crate::chat::Reply;

/// Says why something of an incident fails, in full.
///
/// # Caveats
/// A call takes as long as the cluster does; the caller gives it a time.
pub trait Answers: Send + Sync + Debug {
    /// `why`, of the first of what fails, as far as this channel may read it; `None` where there is nothing to ask about, or no
    /// answer now: it is asked again later as long as the incident is open.
    fn answer<'a>(&'a self, incident: &'a Incident, to: &'a Spot, lang: Lang)
    -> BoxFuture<'a, Option<Reply>>;
}
