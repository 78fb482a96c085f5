//! Whom a pasted text about an image blames: the image, its registry, or the node that pulls.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::parts::speaks_of_pulling;
use crate::finding::Blame;
use crate::image::{host_in, image_in, registry_of};

/// The object at fault in a text that means this cause; `None` when the text does not name it, or the cause is none of
/// an image.
pub(super) fn blame(cause: &str, text: &str) -> Option<Blame> {
    match cause {
        "image-name-wrong" | "image-broken-in-registry" | "image-platform-mismatch" | "image-never-pull" => {
            image_in(text).map(|image| Blame::global("Image", &image))
        }
        "registry-plain-http" | "registry-untrusted-ca" => registry(&[host_in, registry_in], text),
        // some registries' refusals give a link to read
        "pull-secret-missing" | "pull-denied" => registry(&[api_host_in, registry_in, host_in], text),
        // the host that is named may be a token server's or a store's, which the registry sends to
        "registry-unreachable" | "pull-timeout" | "pull-rate-limited" => {
            registry(&[registry_in, host_in, looked_up], text)
        }
        "pull-qps-exceeded" | "image-corrupt-on-node" | "node-disk-full-for-images" => node(text),
        _ => None,
    }
}

fn registry(readers: &[fn(&str) -> Option<String>], text: &str) -> Option<Blame> {
    let host = readers.iter().find_map(|read| read(text))?;
    // an address of the cluster's own may be anyone's
    (!is_inside(&host) || speaks_of_pulling(text)).then(|| Blame::global("Registry", &host))
}

/// Whether a host, with or without a port, is an address that no one outside has.
pub(super) fn is_inside(host: &str) -> bool {
    if let Some((Ok(address), _)) = host.split_once(':').map(|(ip, port)| (ip.parse::<Ipv4Addr>(), port)) {
        return is_private(address);
    }
    let v6 = |address: Ipv6Addr| {
        address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
    };
    host.parse::<Ipv4Addr>().is_ok_and(is_private) || host.trim_matches(['[', ']']).parse().is_ok_and(v6)
}

fn is_private(address: Ipv4Addr) -> bool {
    // 100.64.0.0/10 is what carriers and some clouds give to pods
    let shared = address.octets()[0] == 100 && (64..128).contains(&address.octets()[1]);
    address.is_private() || address.is_loopback() || address.is_link_local() || shared
}

fn registry_in(text: &str) -> Option<String> {
    image_in(text).map(|image| registry_of(&image))
}

static API_HOST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"https?://([A-Za-z0-9.\[\]:-]+)/v[12]/").ok());

fn api_host_in(text: &str) -> Option<String> {
    Some(API_HOST.as_ref()?.captures(text)?[1].to_string())
}

static LOOKED_UP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:lookup|container registry) ([A-Za-z0-9][A-Za-z0-9.:-]*[A-Za-z0-9])").ok()
});

fn looked_up(text: &str) -> Option<String> {
    Some(LOOKED_UP.as_ref()?.captures(text)?[1].to_string())
}

/// `kubelet, m7-power-k8s03` in an old kubectl's list of events, `host: m7-power-k8s03` in an event's source.
static NODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:kubelet, |\bhost: |\bNode:\s+)([a-z0-9][a-z0-9.-]*[a-z0-9])").ok());

fn node(text: &str) -> Option<Blame> {
    let captures = NODE.as_ref()?.captures(text)?;
    Some(Blame::global("Node", &captures[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_text_names_the_one_at_fault() {
        for (cause, text, expected) in [
            (
                "registry-unreachable",
                r#"Failed to pull image "cr.corp:5000/a/b:1": Get "https://auth.corp/token": dial tcp: lookup auth.corp: no such host"#,
                Some("Registry cr.corp:5000"),
            ),
            (
                "registry-unreachable",
                "dial tcp: lookup cr.corp on 10.0.0.2:53: no such host",
                Some("Registry cr.corp"),
            ),
            (
                "pull-rate-limited",
                "reading manifest 1.2 in docker.io/library/nginx: toomanyrequests: You have reached",
                Some("Registry docker.io"),
            ),
            (
                "image-broken-in-registry",
                "initializing source docker://quay.io/a/b:2: reading manifest sha256:aa in quay.io/a/b: manifest unknown",
                Some("Image quay.io/a/b:2"),
            ),
            (
                "image-never-pull",
                r#"Container image "local/only:1" is not present with pull policy of Never"#,
                Some("Image local/only:1"),
            ),
            (
                "pull-qps-exceeded",
                r#"Warning  Failed  44m (x2 over 46m)  kubelet, m7-power-k8s03  Failed to pull image "a/b:1": pull QPS exceeded"#,
                Some("Node m7-power-k8s03"),
            ),
            ("pull-qps-exceeded", "pull QPS exceeded", None),
            (
                "image-name-wrong",
                r#"ImageStatus "cr.corp/a/pause-amd64:3.0\"" from image service failed: invalid reference format"#,
                Some("Image cr.corp/a/pause-amd64:3.0\""),
            ),
            ("image-name-wrong", "inspecting image failed: invalid reference format", None),
            (
                "registry-unreachable",
                r#"Get "http://10.244.0.3:8080/health": dial tcp 10.244.0.3:8080: i/o timeout"#,
                None,
            ),
            (
                "pull-denied",
                r#"Failed to pull image "cr.corp/a/b:1": denied, follow the steps in https://docs.example/login"#,
                Some("Registry cr.corp"),
            ),
            (
                "image-name-wrong",
                r#"Failed to apply default image tag "Team/App:1": couldn't parse image name: invalid reference format"#,
                Some("Image Team/App:1"),
            ),
        ] {
            assert_eq!(blame(cause, text).map(|b| b.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_pull_is_not_taken_for_one() {
        for text in [
            r#"Get "https://api.shop.example/v2/users": dial tcp: lookup api.shop.example: no such host"#,
            "dial tcp 10.96.0.10:5432: connect: connection refused",
            r#"failed calling webhook "check.example.com": Post "https://hook.svc:443/check": x509: certificate signed by unknown authority"#,
            "write /tmp/upload: no space left on device",
            "failed to create containerd task: cgroup mkdir: no space left on device",
            "mkdir: cannot create directory '/var/cache/nginx': Read-only file system",
            "HTTP 429 Too Many Requests from api.shop.example",
            r#"Failed to pull image "a/b:1": rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: connection refused""#,
            "Error: context deadline exceeded",
        ] {
            let diagnosis = crate::interpret(text);
            let top = diagnosis.top();
            let of_image = matches!(top.stage, Some(crate::Stage::Image | crate::Stage::Create));
            assert!(!of_image || top.confidence < Some(crate::Confidence::Likely), "{text}: {}", top.cause);
        }
    }
}
