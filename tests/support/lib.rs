//! What the suite's tests share: the recordings, the same recordings with every name replaced, and a real control plane.

pub mod alertmanager;
pub mod anonymise;
pub mod bench;
pub mod bridge;
pub mod browser;
pub mod chaos;
pub mod chat;
pub mod control_plane;
pub mod http;
pub mod live;
pub mod recordings;
pub mod site;
pub mod storm;
pub mod yaml;
