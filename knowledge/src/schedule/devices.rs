//! Dynamic resource allocation: the claims a pod names, the classes they ask for, and the devices that are published.
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/>
//!
//! Read as plain values: the group changed its shape with each of v1alpha1 … v1.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::snapshot::Snapshot;

/// One entry of the pod's `spec.resourceClaims`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name within the pod.
    pub entry: String,
    /// The ResourceClaim; `None` while one is still to be made from a template.
    pub claim: Option<String>,
    /// The ResourceClaimTemplate.
    pub template: Option<String>,
}

fn text<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn list<'v>(value: &'v Value, path: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

/// What the pod asks for. A claim made from a template is named in the pod's status; `null` there means that none is
/// needed, and such an entry is left out.
pub fn wanted(s: &Snapshot) -> Vec<Wanted> {
    // of many pods no raw copy is kept; the types know the shape of today
    let typed = s.pod().filter(|_| s.raw.is_null()).and_then(|pod| serde_json::to_value(pod).ok());
    let raw = typed.as_ref().unwrap_or(&s.raw);
    let made = |entry: &str| {
        list(raw, "/status/resourceClaimStatuses").find(|status| text(status, "/name") == Some(entry))
    };
    let entries = list(raw, "/spec/resourceClaims");
    entries
        .filter_map(|entry| {
            let name = text(entry, "/name")?;
            let either = |field: &str| {
                let direct = text(entry, &format!("/{field}"));
                // 1.26–1.30
                direct.or_else(|| text(entry, &format!("/source/{field}"))).map(str::to_string)
            };
            let (claim, template) = (either("resourceClaimName"), either("resourceClaimTemplateName"));
            let status = made(name);
            let generated = status.and_then(|status| text(status, "/resourceClaimName")).map(str::to_string);
            if template.is_some() && status.is_some() && generated.is_none() {
                return None;
            }
            Some(Wanted { entry: name.to_string(), claim: claim.or(generated), template })
        })
        .collect()
}

/// The classes a claim's requests name. Up to 1.30 a claim had one ResourceClass.
pub fn classes(claim: &Value) -> Vec<String> {
    let mut found: Vec<String> =
        text(claim, "/spec/resourceClassName").map(str::to_string).into_iter().collect();
    for request in list(claim, "/spec/devices/requests") {
        let own =
            ["/deviceClassName", "/exactly/deviceClassName"].iter().find_map(|path| text(request, path));
        found.extend(own.map(str::to_string));
        found.extend(
            list(request, "/firstAvailable").filter_map(|r| text(r, "/deviceClassName")).map(str::to_string),
        );
    }
    found.dedup();
    found
}

/// How many devices a claim asks for at least.
pub fn count(claim: &Value) -> i64 {
    let of = |request: &Value| {
        let paths = ["/count", "/exactly/count"];
        paths.iter().find_map(|path| request.pointer(path)?.as_i64()).unwrap_or(1)
    };
    list(claim, "/spec/devices/requests").map(of).sum()
}

/// Whether the claim has its devices.
pub fn is_allocated(claim: &Value) -> bool {
    claim.pointer("/status/allocation").is_some_and(|allocation| !allocation.is_null())
}

/// The driver a class asks for by `device.driver == "x"`, the one part of its selectors that can be read here.
pub fn driver_of(class: &Value) -> Option<String> {
    list(class, "/spec/selectors").find_map(|selector| {
        let (_, rest) = text(selector, "/cel/expression")?.split_once("device.driver")?;
        let rest = rest.trim_start().strip_prefix("==")?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split_once(quote).map(|(driver, _)| driver.to_string())
    })
}

/// What a driver publishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Supply {
    /// How many slices were read, of any driver.
    pub slices: usize,
    /// How many devices this driver publishes.
    pub devices: usize,
    /// The nodes it publishes them for.
    pub nodes: BTreeSet<String>,
    /// How many of them claims hold.
    pub taken: usize,
    /// The claims that hold them, with what uses them: `shop/a (pods b)`.
    pub holders: Vec<String>,
    /// Every driver that publishes devices.
    pub drivers: BTreeSet<String>,
}

/// What is published by this driver, or by all where none is given, and who holds it.
pub fn supply(s: &Snapshot, driver: Option<&str>) -> Supply {
    let mut found = Supply::default();
    for (_, slice) in s.others("ResourceSlice", "") {
        found.slices += 1;
        let by = text(slice, "/spec/driver").or(text(slice, "/driverName")).unwrap_or_default();
        found.drivers.insert(by.to_string());
        if driver.is_none_or(|driver| driver == by) {
            found.devices += list(slice, "/spec/devices").count();
            found
                .nodes
                .extend(text(slice, "/spec/nodeName").or(text(slice, "/nodeName")).map(str::to_string));
        }
    }
    let claims = s.world.others.iter().filter(|((kind, ..), _)| kind == "ResourceClaim");
    for ((_, namespace, name), claim) in claims {
        let results = list(claim, "/status/allocation/devices/results");
        let own = results.filter(|r| driver.is_none_or(|driver| text(r, "/driver") == Some(driver))).count();
        found.taken += own;
        if own > 0 {
            let users: Vec<&str> =
                list(claim, "/status/reservedFor").filter_map(|r| text(r, "/name")).collect();
            let used = if users.is_empty() { String::new() } else { format!(" ({})", users.join(", ")) };
            found.holders.push(format!("{namespace}/{name}{used}"));
        }
    }
    found
}
