//! The connection to systemd, and what it says of a unit.

use std::time::Duration;

use podwhy_api::report::Unit;
use thiserror::Error;
use zbus::fdo::PropertiesProxy;
use zbus::proxy::CacheProperties;
use zbus::{Connection, OwnedObjectPath};

use super::proxies::{ManagerProxy, NAME, ServiceProxy, is_answer};
use super::roles::is_service;
use super::seen::{Seen, seen_in, unit_interface, word};

/// systemd answers in milliseconds; on a node that is out of memory or of disk time, later.
const WITHIN: Duration = Duration::from_secs(15);

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

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_bus_that_hangs_is_told_as_that() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("bus");
        let _listener = UnixListener::bind(&socket).unwrap();
        let error = Systemd::connect(&format!("unix:path={}", socket.display())).await.unwrap_err();
        assert_eq!(error, UnitError::Unreachable("not within 15 s".to_string()));
    }
}
