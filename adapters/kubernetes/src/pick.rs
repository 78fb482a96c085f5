//! A list of which only some items are wanted: the others are passed over while it is decoded, never held.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::table::ListMeta;

/// The items whose name is wanted, and the token of the next page, empty on the last.
///
/// # Errors
/// When the text is no list of the Kubernetes API.
pub(crate) fn pick(body: &[u8], names: &BTreeSet<String>) -> Result<(Vec<Value>, String), serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    Page(names).deserialize(&mut deserializer)
}

struct Page<'n>(&'n BTreeSet<String>);

impl<'de> DeserializeSeed<'de> for Page<'_> {
    type Value = (Vec<Value>, String);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Page<'_> {
    type Value = (Vec<Value>, String);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut items, mut next) = (Vec::new(), String::new());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metadata" => next = map.next_value::<ListMeta>()?.next,
                "items" => items = map.next_value_seed(Items(self.0))?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok((items, next))
    }
}

struct Items<'n>(&'n BTreeSet<String>);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        // a list without items is null
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = Vec<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("items")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut wanted = Vec::new();
        while let Some(item) = seq.next_element_seed(Item(self.0))? {
            wanted.extend(item);
        }
        Ok(wanted)
    }
}

struct Item<'n>(&'n BTreeSet<String>);

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    /// API servers write the metadata first, so that what follows it can be passed over.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Map::new();
        let mut wanted = true;
        while let Some(key) = map.next_key::<String>()? {
            if !wanted {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value::<Value>()?;
            if key == "metadata" {
                wanted = value["name"].as_str().is_some_and(|name| self.0.contains(name));
            }
            object.insert(key, value);
        }
        Ok(wanted.then_some(Value::Object(object)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wanted_is_held() {
        let body = br#"{"kind":"PodList","metadata":{"continue":"x"},"items":[
            {"metadata":{"name":"a"},"spec":{"deep":[1,{"b":null}]}},
            {"kind":"Pod","metadata":{"name":"b"},"spec":{"n":1}},
            {"spec":{"n":2},"metadata":{"name":"c"}}]}"#;
        let names = BTreeSet::from(["b".to_string(), "c".to_string()]);
        let (items, next) = pick(body, &names).unwrap();
        let found: Vec<(&str, i64)> = items
            .iter()
            .map(|i| (i["metadata"]["name"].as_str().unwrap(), i["spec"]["n"].as_i64().unwrap()))
            .collect();
        assert_eq!((found, next.as_str()), (vec![("b", 1), ("c", 2)], "x"));
        assert_eq!(pick(br#"{"items":null}"#, &names).unwrap(), (vec![], String::new()));
        assert!(pick(b"[]", &names).is_err());
    }
}
