//! Reading a dump: files someone has, instead of a cluster.

use std::path::Path;

use podwhy_knowledge::World;

use crate::error::UserError;

/// What a folder of `kubectl` output holds, and what was odd about it.
#[derive(Clone, Debug)]
pub struct Dumped {
    /// What was read.
    pub world: World,
    /// Files and objects that were left out, with the reason.
    pub warnings: Vec<String>,
}

/// Reads dumps from disk.
pub trait DumpRead: Send + Sync {
    /// Everything below a folder.
    ///
    /// # Errors
    /// [`UserError`] when there is nothing to read in it, or several clusters are.
    fn read(&self, folder: &Path) -> Result<Dumped, UserError>;
}
