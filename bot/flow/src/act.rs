//! Acting: what may be done about a cause, who agrees to it, and how it is done once or reported as unclear.
//!
//! - [`actions`]: what people want done: offered, agreed to, carried out.
//! - [`policy`], [`freeze`]: what may be done where, and what stops all of it.
//! - [`privileged`]: who may do everything, as whom nothing is done.
//! - [`remedy`]: what can be done at all, and what each needs at least.
//! - [`plan`]: what of it can be offered for what was found.
//! - [`finalizers`], [`orphan`]: whose a finalizer is, and whether that one is seen to be gone.
//! - [`manager`], [`rollout`]: what else manages a workload, and whether its rollout may be touched.
//! - [`proven`]: which revisions are known to be good.
//! - [`record`]: a Remediation, as it is stored: the offer, who agreed, what came of it.
//! - [`machine`]: which phase follows which, and when: one pure function.
//! - [`memory`]: remediations in this process alone.
//! - [`again`], [`effect`]: whether its reason holds; what is written, and whether it was.
//! - [`execute`]: does what was approved, looks after what was begun, and sees whether it helped.
//! - [`story`], [`words`]: how it stands in a channel.
//! - [`reasons`]: why something was not done, in the channel's language.
//! - [`told`]: the same for a page or a program; [`workbench`]: for a page whose reader chooses whom they act as.
//! - [`dead`], [`out_of_service`]: whether a node is confirmed dead, and the taint that says so.
//! - [`seal`]: the mark by which an approval is known to be podwhy's own.

pub mod actions;
pub mod again;
pub mod dead;
pub mod effect;
pub mod execute;
pub mod finalizers;
pub mod freeze;
pub mod machine;
pub mod manager;
pub mod memory;
pub mod orphan;
pub mod out_of_service;
pub mod plan;
pub mod policy;
pub mod privileged;
pub mod proven;
pub mod reasons;
pub mod record;
pub mod remedy;
pub mod rollout;
pub mod seal;
pub mod story;
pub mod told;
pub mod words;
pub mod workbench;
