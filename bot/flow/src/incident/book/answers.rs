//! A cluster that was silent answers again.

use jiff::Timestamp;
use podwhy_knowledge::Lang;

use super::work::Work;
use super::{Book, Change};
use crate::incident::look::Look;
use crate::incident::policy::Policy;
use crate::incident::unreachable::{again, root_cause};

impl Book {
    /// What a look changes that sees no silence: its incident says so, and ends when that lasts.
    pub fn answers(&mut self, look: &Look, policy: &Policy, now: Timestamp) -> Vec<Change> {
        let own = root_cause(&look.cluster);
        let mut work = Work::new(&mut self.incidents, policy, now);
        let silent = work.open_of(&own).filter(|one| one.status.failing > 0).map(|one| one.name.clone());
        if let Some(name) = silent {
            work.look(look);
            work.edit(&name, |one| one.status.summary = again(&look.cluster, now, Lang::default()));
        }
        work.tell();
        work.done()
    }
}
