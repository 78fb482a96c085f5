//! What can be configured of how a node is confirmed dead. The comments here are the reference.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::secret::SecretSource;
use super::written;

/// What says that a machine is off, beside people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeadNode {
    /// The cloud controller's name in `managedFields`: its shutdown taint counts then, together with the word of both who agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1), example = &"cloud-controller-manager")]
    pub cloud_controller: Option<String>,
    /// A service of your own that knows the machines' power.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_probe: Option<PowerProbe>,
}

/// A service that answers a GET with `{"node":"worker-3","power":"off","at":"2026-01-01T15:04:05Z"}`: `power` is `off`, `on` or
/// `unknown`, `at` is when it looked, at most a minute ago. Where one is configured its word is required: nothing is done to a node of
/// which it says anything but `off`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PowerProbe {
    /// Where it is: https, or http on this machine; `{node}` stands for the node's name, in the path or the query.
    #[schemars(length(min = 1), example = &"https://power.example.com/nodes/{node}")]
    pub url: String,
    /// What is sent as a bearer token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = super::chat::secret_example("PODWHY_POWER_TOKEN"))]
    pub bearer_token: Option<SecretSource>,
    /// The authority of its certificate, in PEM, where it is one of your own: then no other is believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "written::path", example = &"/etc/podwhy/power-ca.crt")]
    pub ca: Option<PathBuf>,
}
