//! A node for tests: a real systemd with a bus of its own, and a real containerd. Both live in a temporary folder, in a cgroup and a
//! mount namespace of their own, and are gone with their value. They need root.
//!
//! Where one of them is not installed, its tests say in a line what they leave out, unless `REQUIRE_SYSTEMD=1` or
//! `REQUIRE_CONTAINERD=1` is set: then they fail.

mod cgroup;
mod containerd;
mod image;
mod needs;
mod run;
mod systemd;

pub use containerd::Containerd;
pub use image::{Image, PAUSE};
pub use run::{Trouble, until};
pub use systemd::Systemd;
