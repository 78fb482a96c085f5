//! Acting: what may be done about a cause, who agrees to it, and how it is done once or reported as unclear.
//!
//! - [`actions`]: what people want done: offered, agreed to, carried out.
//! - [`policy`], [`freeze`]: what may be done where, and what stops all of it.
//! - [`remedy`]: what can be done at all, and what each needs at least.
//! - [`plan`]: what of it can be offered for what was found.
//! - [`record`]: a Remediation, as it is stored: the offer, who agreed, what came of it.
//! - [`machine`]: which phase follows which, and when: one pure function.
//! - [`memory`]: remediations in this process alone.
//! - [`again`], [`effect`]: whether its reason holds; what is written, and whether it was.
//! - [`execute`]: does what was approved, looks after what was begun, and sees whether it helped.
//! - [`story`], [`words`]: how it stands in a channel.
//! - [`told`]: the same for a page or a program; [`workbench`]: for a page whose reader chooses whom they act as.
//! - [`dead`]: whether a node is confirmed dead.
//! - [`seal`]: the mark by which an approval is known to be podwhy's own.

pub mod actions;
pub mod again;
pub mod dead;
pub mod effect;
pub mod execute;
pub mod freeze;
pub mod machine;
pub mod memory;
pub mod plan;
pub mod policy;
pub mod record;
pub mod remedy;
pub mod seal;
pub mod story;
pub mod told;
pub mod words;
pub mod workbench;
