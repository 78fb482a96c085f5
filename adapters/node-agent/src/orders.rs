//! Tickets: which are obeyed, that each is obeyed once, and what came of it.
//!
//! ```text
//! ticket → judged → written into the journal → told as begun → done → written down → told
//! ```
//!
//! 1. [`judge()`] is pure: the signature, the node, the time, the allow-list, the journal and the hour's number.
//! 2. That it begins is on the disk, and known to the API server, before anything is touched. Whoever finds it begun and not ended was
//!    ended in the middle of it, and tells that.
//! 3. What came of it is on the disk before it is told: an API server that is away is told later, also by a later run.

pub mod hands;
pub mod journal;
pub mod judge;
pub mod keys;
mod obey;
mod recover;

pub use hands::{Ended, Hands};
pub use journal::{Journal, JournalError};
pub use judge::{Mine, Rules, judge};
pub use keys::Keyring;
pub use obey::{Desk, Orders, TellError, Told};

#[cfg(test)]
mod tests;
