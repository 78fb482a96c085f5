//! The parts of systemd's D-Bus interfaces that are used here.
//! <https://www.freedesktop.org/software/systemd/man/latest/org.freedesktop.systemd1.html>

use zbus::OwnedObjectPath;

/// systemd's own name on the bus.
pub(super) const NAME: &str = "org.freedesktop.systemd1";

#[zbus::proxy(
    interface = "org.freedesktop.systemd1.Manager",
    default_service = "org.freedesktop.systemd1",
    default_path = "/org/freedesktop/systemd1"
)]
pub(super) trait Manager {
    fn load_unit(&self, name: &str) -> zbus::Result<OwnedObjectPath>;
    fn restart_unit(&self, name: &str, mode: &str) -> zbus::Result<OwnedObjectPath>;
    fn subscribe(&self) -> zbus::Result<()>;
    #[zbus(signal)]
    fn job_removed(&self, id: u32, job: OwnedObjectPath, unit: String, result: String) -> zbus::Result<()>;
}

/// A command of a service: its path, its arguments, and how it was run.
pub(super) type Exec = (String, Vec<String>, bool, u64, u64, u64, u64, u32, i32, i32);

#[zbus::proxy(interface = "org.freedesktop.systemd1.Service", default_service = "org.freedesktop.systemd1")]
pub(super) trait Service {
    fn get_processes(&self) -> zbus::Result<Vec<(String, u32, String)>>;
    #[zbus(property)]
    fn result(&self) -> zbus::Result<String>;
    #[zbus(property)]
    fn kill_mode(&self) -> zbus::Result<String>;
    #[zbus(property, name = "MainPID")]
    fn main_pid(&self) -> zbus::Result<u32>;
    #[zbus(property)]
    fn exec_start(&self) -> zbus::Result<Vec<Exec>>;
}

/// Whether an error is systemd's own answer, and not the lack of one. The bus and this library make errors of their own when an answer
/// is lost: <https://dbus.freedesktop.org/doc/dbus-specification.html#standard-errors>
pub(super) fn is_answer(error: &zbus::Error) -> bool {
    use zbus::fdo::Error as Fdo;
    match error {
        zbus::Error::MethodError(..) => true,
        zbus::Error::FDO(fdo) => !matches!(
            **fdo,
            Fdo::ZBus(_)
                | Fdo::NoReply(_)
                | Fdo::Timeout(_)
                | Fdo::TimedOut(_)
                | Fdo::Disconnected(_)
                | Fdo::IOError(_)
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use zbus::fdo::Error as Fdo;

    use super::*;

    #[test]
    fn an_answer_that_was_lost_is_none() {
        let why = String::new;
        for answer in [Fdo::AccessDenied(why()), Fdo::ServiceUnknown(why()), Fdo::InvalidArgs(why())] {
            assert!(is_answer(&answer.into()));
        }
        for lost in [Fdo::NoReply(why()), Fdo::Timeout(why()), Fdo::TimedOut(why()), Fdo::Disconnected(why())]
        {
            assert!(!is_answer(&lost.into()));
        }
        let timed_out = std::io::Error::from(std::io::ErrorKind::TimedOut);
        assert!(!is_answer(&zbus::Error::from(timed_out)));
    }
}
