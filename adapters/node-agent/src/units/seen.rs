//! What systemd says of a unit, read out of its properties.

use std::collections::HashMap;

use jiff::Timestamp;
use podwhy_api::report::Unit;
use zbus::names::InterfaceName;
use zbus::{OwnedObjectPath, OwnedVariant};

use super::bus::UnitError;
use super::roles::is_service;

/// So many bytes of a word of systemd's are kept: the longest of its states has twenty.
const MOST_WORD: usize = 64;

/// A unit, with what only its restart asks for.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) unit: Unit,
    pub(super) path: OwnedObjectPath,
    /// When it last became active.
    pub(super) started: Option<Timestamp>,
    /// The units that are stopped and restarted with it.
    pub(super) along: Vec<String>,
    /// Whether its file could be read, and is not masked.
    pub(super) loaded: bool,
}

pub(super) fn unit_interface() -> InterfaceName<'static> {
    InterfaceName::from_static_str_unchecked("org.freedesktop.systemd1.Unit")
}

pub(super) fn seen_in(
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

pub(super) fn word(mut word: String) -> String {
    word.truncate(word.floor_char_boundary(MOST_WORD));
    word
}

/// Microseconds since 1970; nothing where it never was so.
fn time(all: &mut HashMap<String, OwnedVariant>, key: &str) -> Option<Timestamp> {
    let micros: u64 = taken(all, key)?;
    Timestamp::from_microsecond(i64::try_from(micros).ok()?).ok().filter(|_| micros != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_never_was_is_none() {
        let at = |micros: u64| time(&mut [("At".to_string(), OwnedVariant::from(micros))].into(), "At");
        assert_eq!((at(0), at(u64::MAX)), (None, None));
        assert_eq!(at(1_000_000), Timestamp::from_second(1).ok());
    }
}
