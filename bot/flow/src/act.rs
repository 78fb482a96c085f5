//! Acting: what may be done about a cause, who agrees to it, and how it is done once or reported as unclear.
//!
//! - [`remedy`]: what can be done at all, and what each needs at least.
//! - [`record`]: a Remediation, as it is stored: the offer, who agreed, what came of it.
//! - [`machine`]: which phase follows which, and when: one pure function.
//! - [`memory`]: remediations in this process alone.
//! - [`seal`]: the mark by which an approval is known to be podwhy's own.

pub mod machine;
pub mod memory;
pub mod record;
pub mod remedy;
pub mod seal;
