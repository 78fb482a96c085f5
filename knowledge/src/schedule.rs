//! Scheduling re-run: for a pod without a node, what every node lacks, set beside what the scheduler said.

pub mod addresses;
pub mod affinity;
pub mod attach;
pub mod autoscaler;
pub mod bound;
pub mod change;
mod choose;
pub mod claims;
pub mod company;
pub mod daemon;
pub mod devices;
pub mod differ;
pub mod explain;
pub mod filters;
pub mod fix;
pub mod insufficient;
pub mod interpod;
pub mod kin;
pub mod message;
pub mod moves;
pub mod offer;
pub mod pods;
pub mod proof;
pub mod reason;
pub mod room;
pub mod scene;
pub mod scheduler;
pub mod selector;
pub mod spreading;
pub mod table;
pub mod taint;
#[cfg(test)]
mod tests;
pub mod volumes;
pub mod wanted;

pub use message::Class;
pub use table::{Choice, Table, choices, evaluate};
