//! What the suite's tests share: the recordings, and the same recordings with every name replaced.

pub mod anonymise;
pub mod recordings;
pub mod yaml;
