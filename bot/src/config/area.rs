//! `CLUSTER:NAMESPACE`: what a channel may read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::formats::is_namespace;

/// A namespace of a cluster, or with `*` all of them. Without a cluster, of the only one there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Area {
    /// The cluster's name.
    pub cluster: Option<String>,
    /// The namespace; `None` for all.
    pub namespace: Option<String>,
}

impl FromStr for Area {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Area, Self::Err> {
        // a cluster's name may hold colons, a namespace none
        let (cluster, namespace) = match text.rsplit_once(':') {
            Some(("", _)) => return Err("the cluster before : is empty"),
            Some((cluster, namespace)) => (Some(cluster.to_string()), namespace),
            None => (None, text),
        };
        let namespace = match namespace {
            "*" => None,
            named if is_namespace(named) => Some(named.to_string()),
            _ => return Err("write CLUSTER:NAMESPACE, or CLUSTER:* for all namespaces"),
        };
        Ok(Area { cluster, namespace })
    }
}

impl TryFrom<String> for Area {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Area, Self::Error> {
        text.parse()
    }
}

impl From<Area> for String {
    fn from(area: Area) -> String {
        area.to_string()
    }
}

impl fmt::Display for Area {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cluster) = &self.cluster {
            write!(f, "{cluster}:")?;
        }
        f.write_str(self.namespace.as_deref().unwrap_or("*"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_read_as_it_is_written() {
        for text in ["prod:shop", "prod:*", "shop", "*", "arn:aws:eks:eu-west-1:1:cluster/prod:shop"] {
            assert_eq!(text.parse::<Area>().unwrap().to_string(), text);
        }
        for text in ["", ":shop", "prod:", "prod:Shop", "prod:shop/cart-0", "**", "sh*p"] {
            assert!(text.parse::<Area>().is_err(), "{text}");
        }
    }
}
