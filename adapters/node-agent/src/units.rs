//! systemd's units, over D-Bus: they are looked at, and one of them is restarted. No program is run for that.
//!
//! - [`may_restart`]: which may be restarted at all.
//! - [`Systemd::unit`]: how one is.
//! - [`Systemd::restart`]: restarts one, once.
//! - [`Systemd::survival`]: whether containers live on when the runtime's is restarted.
//!
//! <https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.systemd1.html>

mod bus;
mod cooldown;
mod docker;
mod outcome;
mod proxies;
mod restart;
mod roles;
mod seen;
mod survival;

pub use bus::{Systemd, UnitError};
pub use cooldown::long_enough;
pub use outcome::{Patience, RestartError, Restarted};
pub use roles::{KUBELETS, Never, RUNTIMES, Role, is_service, may_restart};
