//! The connection to systemd, and what it says of a unit.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;
use podwhy_api::report::Unit;
use thiserror::Error;
use zbus::fdo::PropertiesProxy;
use zbus::names::InterfaceName;
use zbus::proxy::CacheProperties;
use zbus::{Connection, OwnedObjectPath, OwnedVariant};

use super::roles::is_service;

/// systemd's own name on the bus.
pub(super) const NAME: &str = "org.freedesktop.systemd1";

/// systemd answers in milliseconds; on a node that is out of memory or of disk time, later.
const WITHIN: Duration = Duration::from_secs(15);

/// So many bytes of a word of systemd's are kept: the longest of its states has twenty.
const MOST_WORD: usize = 64;

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

/// Why nothing is known of a unit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnitError {
    /// systemd has no unit of this name.
    #[error("there is no unit {0}")]
    NotFound(String),
    /// That is no name of a service.
    #[error("that is no name of a service unit")]
    BadName,
    /// The bus or systemd cannot be reached, or does not answer in time.
    #[error("systemd does not answer: {0}")]
    Unreachable(String),
    /// systemd has answered that it does not do that.
    #[error("systemd says: {0}")]
    Said(String),
}

/// systemd, on one connection. One that was lost is not made again: connect for each look, and for each act.
#[derive(Clone, Debug)]
pub struct Systemd {
    pub(super) connection: Connection,
    pub(super) address: String,
}

/// A unit, with what only its restart asks for.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) unit: Unit,
    pub(super) path: OwnedObjectPath,
    /// When it last became active.
    pub(super) started: Option<Timestamp>,
    /// The units that are stopped and restarted with it.
    pub(super) along: Vec<String>,
    loaded: bool,
}

impl Systemd {
    /// Connects to the bus at a D-Bus address: `unix:path=/run/dbus/system_bus_socket`.
    ///
    /// # Errors
    /// [`UnitError::Unreachable`], also when it takes longer than 15 seconds.
    pub async fn connect(address: &str) -> Result<Systemd, UnitError> {
        let building = zbus::connection::Builder::address(address).method_timeout(WITHIN).build();
        let connection = match tokio::time::timeout(WITHIN, building).await {
            Ok(built) => built.map_err(|why| UnitError::Unreachable(why.to_string()))?,
            Err(_) => return Err(UnitError::Unreachable(format!("not within {} s", WITHIN.as_secs()))),
        };
        Ok(Systemd { connection, address: address.to_string() })
    }

    /// How a service is now. Its `since` is when it became active, or when its state changed last where it is not.
    ///
    /// # Errors
    /// [`UnitError`]
    pub async fn unit(&self, name: &str) -> Result<Unit, UnitError> {
        self.seen(name).await.map(|seen| seen.unit)
    }

    /// The first of these services that systemd has loaded: one that is masked or broken is none.
    ///
    /// # Errors
    /// [`UnitError`] when systemd does not answer.
    pub async fn find(&self, names: &[&str]) -> Result<Option<String>, UnitError> {
        for name in names {
            match self.seen(name).await {
                Ok(seen) if seen.loaded => return Ok(Some(seen.unit.name)),
                Ok(_) | Err(UnitError::NotFound(_)) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(None)
    }

    pub(super) async fn seen(&self, name: &str) -> Result<Seen, UnitError> {
        if !is_service(name) {
            return Err(UnitError::BadName);
        }
        let asked = |error: zbus::Error| failed(name, &error);
        // not GetUnit: of a unit that was not used for a while it knows nothing until it is loaded again
        let path = self.manager().await.map_err(asked)?.load_unit(name).await.map_err(asked)?;
        // all at once: one by one they would be of different moments
        let all = self.properties(&path).await.map_err(asked)?.get_all(unit_interface()).await;
        let mut seen = seen_in(all.map_err(|error| asked(error.into()))?, name, path)?;
        let service = self.service(&seen.path).await.map_err(asked)?;
        seen.unit.result = word(service.result().await.map_err(asked)?);
        Ok(seen)
    }

    pub(super) async fn manager(&self) -> zbus::Result<ManagerProxy<'_>> {
        ManagerProxy::builder(&self.connection).cache_properties(CacheProperties::No).build().await
    }

    pub(super) async fn service(&self, path: &OwnedObjectPath) -> zbus::Result<ServiceProxy<'_>> {
        let builder = ServiceProxy::builder(&self.connection).path(path.clone());
        builder.cache_properties(CacheProperties::No).build().await
    }

    pub(super) async fn properties(&self, path: &OwnedObjectPath) -> zbus::Result<PropertiesProxy<'_>> {
        PropertiesProxy::builder(&self.connection).destination(NAME).path(path.clone()).build().await
    }
}

fn unit_interface() -> InterfaceName<'static> {
    InterfaceName::from_static_str_unchecked("org.freedesktop.systemd1.Unit")
}

fn seen_in(
    mut all: HashMap<String, OwnedVariant>,
    name: &str,
    path: OwnedObjectPath,
) -> Result<Seen, UnitError> {
    let load = text(&mut all, "LoadState");
    if load == "not-found" {
        return Err(UnitError::NotFound(name.to_string()));
    }
    let started = time(&mut all, "ActiveEnterTimestamp");
    let changed = time(&mut all, "StateChangeTimestamp");
    let active = text(&mut all, "ActiveState");
    // the name may be an alias: systemd's jobs are of the unit itself
    let id: String = taken(&mut all, "Id").filter(|id: &String| is_service(id)).unwrap_or_default();
    let invocation: Vec<u8> = taken(&mut all, "InvocationID").unwrap_or_default();
    let along = ["RequiredBy", "BoundBy", "ConsistsOf"];
    let along =
        along.into_iter().flat_map(|key| taken::<Vec<String>>(&mut all, key).unwrap_or_default()).collect();
    let unit = Unit {
        name: if id.is_empty() { name.to_string() } else { id },
        since: if active == "active" { started } else { changed },
        active,
        sub: text(&mut all, "SubState"),
        result: String::new(),
        // it has 16 bytes
        invocation: invocation.iter().take(16).map(|byte| format!("{byte:02x}")).collect(),
    };
    Ok(Seen { unit, path, started, along, loaded: load == "loaded" })
}

fn taken<T: TryFrom<OwnedVariant>>(all: &mut HashMap<String, OwnedVariant>, key: &str) -> Option<T> {
    all.remove(key).and_then(|value| T::try_from(value).ok())
}

fn text(all: &mut HashMap<String, OwnedVariant>, key: &str) -> String {
    word(taken(all, key).unwrap_or_default())
}

fn word(mut word: String) -> String {
    word.truncate(word.floor_char_boundary(MOST_WORD));
    word
}

/// Microseconds since 1970; nothing where it never was so.
fn time(all: &mut HashMap<String, OwnedVariant>, key: &str) -> Option<Timestamp> {
    let micros: u64 = taken(all, key)?;
    Timestamp::from_microsecond(i64::try_from(micros).ok()?).ok().filter(|_| micros != 0)
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

fn failed(name: &str, error: &zbus::Error) -> UnitError {
    match error {
        zbus::Error::MethodError(kind, ..) if kind.as_str() == "org.freedesktop.systemd1.NoSuchUnit" => {
            UnitError::NotFound(name.to_string())
        }
        // the bus says that nobody is behind systemd's name
        zbus::Error::FDO(fdo)
            if matches!(**fdo, zbus::fdo::Error::ServiceUnknown(_) | zbus::fdo::Error::NameHasNoOwner(_)) =>
        {
            UnitError::Unreachable(error.to_string())
        }
        answer if is_answer(answer) => UnitError::Said(answer.to_string()),
        lost => UnitError::Unreachable(lost.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::UnixListener;
    use zbus::fdo::Error as Fdo;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bus_that_hangs_is_told_as_that() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("bus");
        let _listener = UnixListener::bind(&socket).unwrap();
        let error = Systemd::connect(&format!("unix:path={}", socket.display())).await.unwrap_err();
        assert_eq!(error, UnitError::Unreachable("not within 15 s".to_string()));
    }

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

    #[test]
    fn a_time_that_never_was_is_none() {
        let at = |micros: u64| time(&mut [("At".to_string(), OwnedVariant::from(micros))].into(), "At");
        assert_eq!((at(0), at(u64::MAX)), (None, None));
        assert_eq!(at(1_000_000), Timestamp::from_second(1).ok());
    }
}
