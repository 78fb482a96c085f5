//! What is to be written into the ledger.

use super::record::Incident;

/// One change of one incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new one.
    Create(Box<Incident>),
    /// One that was read at its version, with another status.
    Update(Box<Incident>),
    /// One that is kept no longer: its name.
    Remove(String),
}

impl Change {
    /// Of which incident.
    pub fn name(&self) -> &str {
        match self {
            Change::Create(incident) | Change::Update(incident) => &incident.name,
            Change::Remove(name) => name,
        }
    }
}
