//! What a kind of the API is: its place in it, and what can be asked of it.

use serde_json::Value;

use crate::kinds::{RESOURCES, served};

/// One kind and its place in the API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) group: &'static str,
    pub(crate) version: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) plural: &'static str,
    pub(crate) short: &'static [&'static str],
    pub(crate) namespaced: bool,
    /// In `kubectl get all`.
    pub(crate) in_all: bool,
    /// Whether a status is patched apart from the rest.
    pub(crate) status: bool,
    /// Whether it is created and replaced, too.
    pub(crate) is_written: bool,
}

pub(crate) const fn core(kind: &'static str, plural: &'static str) -> Resource {
    of("", kind, plural)
}

pub(crate) const fn of(group: &'static str, kind: &'static str, plural: &'static str) -> Resource {
    let (short, status) = (&[], true);
    Resource {
        group,
        version: "v1",
        kind,
        plural,
        short,
        namespaced: true,
        in_all: false,
        status,
        is_written: false,
    }
}

impl Resource {
    pub(crate) const fn short(mut self, short: &'static [&'static str]) -> Resource {
        self.short = short;
        self
    }

    pub(crate) const fn cluster_wide(mut self) -> Resource {
        self.namespaced = false;
        self
    }

    pub(crate) const fn global_plain(self) -> Resource {
        self.cluster_wide().without_status()
    }

    pub(crate) const fn in_all(mut self) -> Resource {
        self.in_all = true;
        self
    }

    pub(crate) const fn without_status(mut self) -> Resource {
        self.status = false;
        self
    }

    /// `configmap`
    pub(crate) fn singular(&self) -> String {
        self.kind.to_lowercase()
    }

    /// `v1`, `apps/v1`
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `pods`, `deployments.apps`: as error messages write it.
    pub(crate) fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_string()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }
}

/// By group, version and plural name, as a path has them.
pub(crate) fn find(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    served().find(|r| r.group == group && r.version == version && r.plural == plural)
}

/// The kind of an object; `None` for one the playground does not know.
pub(crate) fn of_object(object: &Value) -> Option<&'static Resource> {
    let kind = object.get("kind")?.as_str()?;
    let api_version = object.get("apiVersion")?.as_str()?;
    RESOURCES.iter().find(|r| r.kind == kind && r.api_version() == api_version)
}
