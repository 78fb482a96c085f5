//! Nodes: this agent's own, and the few that it probes. No node is watched: with thousands of agents that would be their square.

use std::fmt;
use std::net::IpAddr;

use podwhy_knowledge::redact::clean_name;
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::requests::{ApiError, Cluster, JSON};
use crate::eyes::neighbours::{KUBELET_PORT, NEIGHBOURS, Peer, ring};

/// Names only, from the API server's cache: <https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables>
const NAMES: &str = "/api/v1/nodes?resourceVersion=0&includeObject=None";
const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1";

/// Of thousands of nodes no more is kept than their names.
#[derive(Deserialize)]
struct Table {
    rows: Option<Vec<Row>>,
}

#[derive(Deserialize)]
struct Row {
    cells: First,
}

/// The first cell of a row: its name.
struct First(String);

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(cells: D) -> Result<First, D::Error> {
        struct Cells;

        impl<'de> Visitor<'de> for Cells {
            type Value = First;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("cells of which the first is a name")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut cells: A) -> Result<First, A::Error> {
                let first = cells.next_element()?;
                while cells.next_element::<IgnoredAny>()?.is_some() {}
                first.map(First).ok_or_else(|| A::Error::invalid_length(0, &self))
            }
        }

        cells.deserialize_seq(Cells)
    }
}

/// This agent's Node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// Its uid.
    pub uid: String,
    /// The kubelet's version: `v1.31.2`.
    pub kubelet: String,
}

impl Cluster {
    /// This agent's Node, as the API server's cache has it.
    ///
    /// # Errors
    /// [`ApiError`]
    pub async fn own(&self) -> Result<Own, ApiError> {
        let node = self.node(&self.node).await?;
        let kubelet = clean_name(text(&node, "/status/nodeInfo/kubeletVersion"));
        Ok(Own { uid: text(&node, "/metadata/uid").to_string(), kubelet })
    }

    /// The names of the nodes that are this one's to probe.
    ///
    /// # Errors
    /// [`ApiError`]
    pub async fn neighbours(&self) -> Result<Vec<String>, ApiError> {
        let table: Table = self.get(NAMES, TABLE).await?;
        let names = table.rows.iter().flatten().map(|row| row.cells.0.as_str());
        // by their names: of all of them nothing else is read
        let all: Vec<Peer> =
            names.map(|name| peer(name, name, IpAddr::from([0, 0, 0, 0]), &Value::Null)).collect();
        Ok(ring(&self.node, &all, NEIGHBOURS).into_iter().map(|peer| peer.node).collect())
    }

    /// One of them, as it is now; `None` where there is none of this name, or nothing says where its kubelet listens.
    ///
    /// # Errors
    /// [`ApiError`]
    pub async fn peer(&self, name: &str) -> Result<Option<Peer>, ApiError> {
        let node = match self.node(name).await {
            Err(ApiError::NotFound) => return Ok(None),
            node => node?,
        };
        let addresses = node.pointer("/status/addresses").and_then(Value::as_array).into_iter().flatten();
        let mut own = addresses.filter(|address| address["type"] == "InternalIP");
        let ip = own.find_map(|address| address["address"].as_str()?.parse().ok());
        Ok(ip.map(|ip| peer(name, text(&node, "/metadata/uid"), ip, &node)))
    }

    /// From the API server's cache: it lags by less than anything that is made of it here.
    async fn node(&self, name: &str) -> Result<Value, ApiError> {
        self.get(&format!("/api/v1/nodes/{name}?resourceVersion=0"), JSON).await
    }
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn peer(name: &str, uid: &str, ip: IpAddr, node: &Value) -> Peer {
    let port = node.pointer("/status/daemonEndpoints/kubeletEndpoint/Port").and_then(Value::as_u64);
    let port = port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array).into_iter().flatten();
    let ready = conditions.into_iter().find(|condition| condition["type"] == "Ready");
    let unknown = ready.is_some_and(|ready| ready["status"] == "Unknown");
    Peer { node: name.to_string(), uid: uid.to_string(), ip, port: port.unwrap_or(KUBELET_PORT), unknown }
}
