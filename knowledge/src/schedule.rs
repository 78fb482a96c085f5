//! Scheduling re-run: for a pod without a node, what every node lacks, set beside what the scheduler said.

pub mod addresses;
pub mod affinity;
pub mod attach;
pub mod claims;
pub mod devices;
pub mod insufficient;
pub mod interpod;
pub mod message;
pub mod neighbours;
pub mod proof;
pub mod scheduler;
pub mod spread;
pub mod table;
pub mod taint;

pub use message::Class;
pub use table::{Choice, Table, choices, evaluate};
