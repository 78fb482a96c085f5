//! What one entry says, as far as it is of interest.

use std::sync::Arc;

/// The longest name of a unit, with its field's: `UNIT_NAME_MAX` is 256.
/// <https://github.com/systemd/systemd/blob/main/src/basic/unit-name.h>
pub const HEAD: u64 = 300;

/// What a field of an entry is to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// `_SYSTEMD_UNIT`: the unit whose process wrote it.
    Unit(Arc<str>),
    /// `UNIT`: the unit the line is about. Only systemd itself is to be believed.
    About(Arc<str>),
    /// `_TRANSPORT=kernel`
    Kernel,
    /// `_PID=1`: systemd itself.
    Init,
    /// The line is a container's, which docker's `journald` driver hands on under its own unit.
    /// <https://docs.docker.com/engine/logging/drivers/journald/>
    Container,
    /// `MESSAGE`
    Message,
    /// It is compressed, and may be anything that is long: a message too.
    Packed,
    /// Anything else.
    Other,
}

impl Field {
    /// By the start of `NAME=value`.
    pub fn of(head: &[u8]) -> Field {
        let text = |value: &[u8]| Arc::<str>::from(String::from_utf8_lossy(value).as_ref());
        if head.starts_with(b"MESSAGE=") {
            Field::Message
        } else if let Some(value) = head.strip_prefix(b"_SYSTEMD_UNIT=") {
            Field::Unit(text(value))
        } else if let Some(value) = head.strip_prefix(b"UNIT=") {
            Field::About(text(value))
        } else if head.starts_with(b"CONTAINER_NAME=") || head.starts_with(b"CONTAINER_ID=") {
            Field::Container
        } else {
            match head {
                b"_TRANSPORT=kernel" => Field::Kernel,
                b"_PID=1" => Field::Init,
                _ => Field::Other,
            }
        }
    }
}

/// The unit an entry belongs to, among those that are wanted.
pub fn unit_of<'u>(fields: &[(u64, Field)], wanted: &[&'u str]) -> Option<&'u str> {
    let has = |field: &Field| fields.iter().any(|(_, known)| known == field);
    let named = |name: &str| wanted.iter().copied().find(|unit| *unit == name);
    if has(&Field::Container) {
        return None;
    }
    if has(&Field::Kernel) {
        return named(super::KERNEL);
    }
    let by_systemd = has(&Field::Init);
    fields.iter().find_map(|(_, field)| match field {
        Field::Unit(name) => named(name),
        Field::About(name) if by_systemd => named(name),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(fields: &[&str]) -> Option<&'static str> {
        let fields: Vec<_> = fields.iter().map(|field| (0, Field::of(field.as_bytes()))).collect();
        unit_of(&fields, &["kubelet.service", "docker.service", "kernel"])
    }

    #[test]
    fn a_line_is_its_units_by_what_journald_adds_alone() {
        assert_eq!(unit(&["MESSAGE=a", "_SYSTEMD_UNIT=kubelet.service"]), Some("kubelet.service"));
        assert_eq!(unit(&["_TRANSPORT=kernel", "SYSLOG_IDENTIFIER=kernel"]), Some("kernel"));
        assert_eq!(
            unit(&["_SYSTEMD_UNIT=init.scope", "UNIT=kubelet.service", "_PID=1"]),
            Some("kubelet.service")
        );
        assert_eq!(unit(&["_SYSTEMD_UNIT=evil.service", "UNIT=kubelet.service", "_PID=12"]), None);
        assert_eq!(unit(&["_SYSTEMD_UNIT=evil.service", "SYSLOG_IDENTIFIER=kubelet"]), None);
        assert_eq!(unit(&["_TRANSPORT=syslog", "SYSLOG_IDENTIFIER=kernel"]), None);
        assert_eq!(unit(&["_SYSTEMD_UNIT=docker.service", "CONTAINER_NAME=web"]), None);
    }
}
