//! How values are written: their text for serde, and their schema.

use podwhy_knowledge::Lang;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::formats::Format;

/// For serde: a duration as people write it.
pub(super) mod duration {
    use std::time::Duration;

    use jiff::SignedDuration;
    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    use super::super::formats::parse_duration;

    pub(in super::super) fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
        let signed = SignedDuration::try_from(*value).map_err(ser::Error::custom)?;
        to.collect_str(&format_args!("{signed:#}"))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        parse_duration(&text).ok_or_else(|| de::Error::custom("no duration"))
    }
}

/// For serde: a value that has a text form of its own.
pub(super) mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(in super::super) fn serialize<S: Serializer>(value: &impl Display, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(in super::super) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

/// For serde: the same where it may be left out.
pub(super) mod maybe_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserializer, Serializer};

    use super::text;

    pub(in super::super) fn serialize<S: Serializer>(
        value: &Option<impl Display>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => text::serialize(value, to),
            None => to.serialize_none(),
        }
    }

    pub(in super::super) fn deserialize<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        text::deserialize(from).map(Some)
    }
}

pub(super) fn language(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": Lang::ALL.map(Lang::tag)})
}

pub(super) fn duration_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": Format::Duration.tag()})
}

pub(super) fn cluster_name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": Format::ClusterName.tag(), "pattern": r"^\S+$"})
}

pub(super) fn path(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": Format::Path.tag(), "pattern": "^[^~]"})
}

pub(super) fn namespace(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": Format::Namespace.tag(), "maxLength": 63,
        "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"})
}

pub(super) fn namespaces(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": namespace(generator), "minItems": 1})
}

pub(super) fn areas(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": {"type": "string", "format": Format::Area.tag()}})
}

pub(super) fn hours(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": Format::Hours.tag()})
}

pub(super) fn times(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": {"type": "string", "format": Format::Time.tag()}})
}

pub(super) fn time_zone(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": Format::TimeZone.tag()})
}

pub(super) fn threshold(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": Format::Threshold.tag()})
}

pub(super) fn of_causes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": {"type": "string", "format": Format::OfCause.tag()}})
}

pub(super) fn named_channels(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": {"type": "string", "format": Format::NamedChannel.tag()}})
}

pub(super) fn address(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": Format::Address.tag()})
}

pub(super) fn patterns(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "array", "items": {"type": "string", "format": Format::Regex.tag()}})
}
