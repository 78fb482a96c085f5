//! What the suite's tests share: the recordings, the same recordings with every name replaced, and a real control plane.

pub mod alertmanager;
pub mod anonymise;
pub mod bench;
pub mod bridge;
pub mod browser;
pub mod chaos;
pub mod chat;
pub mod control_plane;
mod dice;
pub mod hold;
pub mod http;
pub mod live;
pub mod races;
pub mod recordings;
pub mod rights;
pub mod site;
pub mod storm;
pub mod yaml;
