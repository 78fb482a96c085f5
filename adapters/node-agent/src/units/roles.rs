//! Which units may be restarted at all.

use thiserror::Error;

/// What a unit runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The kubelet of a node that serves no API.
    Kubelet,
    /// The container runtime.
    Runtime,
}

/// Why a unit is not restarted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Never {
    /// It is more than a node's: others stand still with it.
    #[error("{unit} {why}")]
    Server {
        /// The unit.
        unit: String,
        /// What it runs besides.
        why: &'static str,
    },
    /// Nobody named it.
    #[error("{0} is no kubelet's or runtime's unit that this agent knows, and was not configured as one")]
    Unknown(String),
    /// That is no name of a service.
    #[error("that is no name of a service unit")]
    BadName,
}

/// The units a kubelet is known by, the likeliest first. K3s, RKE2 and k0s have theirs in one process with more:
/// <https://docs.k3s.io/architecture>, <https://docs.rke2.io/install/quickstart>, <https://docs.k0sproject.io/stable/architecture/>
pub const KUBELETS: [&str; 4] =
    ["kubelet.service", "k3s-agent.service", "rke2-agent.service", "k0sworker.service"];

/// The units a container runtime is known by, the likeliest first.
/// <https://kubernetes.io/docs/setup/production-environment/container-runtimes/>
pub const RUNTIMES: [&str; 4] =
    ["containerd.service", "crio.service", "docker.service", "cri-docker.service"];

/// Units that look like a node's and serve the cluster as well.
/// <https://microk8s.io/docs/configuring-services>
const SERVERS: [(&str, &str); 5] = [
    ("k3s.service", "runs the API server and its store as well"),
    ("rke2-server.service", "runs the API server and its store as well"),
    ("k0scontroller.service", "runs the API server and its store as well"),
    ("snap.microk8s.daemon-kubelite.service", "runs the API server as well as the kubelet"),
    ("snap.k8s.kube-apiserver.service", "is an API server"),
];

/// What the name of a server's unit has in it, whoever packaged it.
const SERVING: [(&str, &str); 5] = [
    ("server", "is a server's unit"),
    ("controller", "is a controller's unit"),
    ("scheduler", "is the scheduler's unit"),
    ("etcd", "is the cluster's store"),
    ("dqlite", "is the cluster's store"),
];

/// The longest name of a unit, in bytes: UNIT_NAME_MAX of
/// <https://github.com/systemd/systemd/blob/main/src/basic/unit-name.h>
const LONGEST: usize = 255;

/// Whether a unit may be restarted, and as what. `kubelets` and `runtimes` are configured besides the known ones; a server's unit stays
/// one, whoever configured it.
///
/// # Errors
/// Why it never is.
pub fn may_restart(unit: &str, kubelets: &[String], runtimes: &[String]) -> Result<Role, Never> {
    if !is_service(unit) {
        return Err(Never::BadName);
    }
    no_server(unit)?;
    let among = |known: &[&str], more: &[String]| known.contains(&unit) || more.iter().any(|one| one == unit);
    if among(&KUBELETS, kubelets) {
        Ok(Role::Kubelet)
    } else if among(&RUNTIMES, runtimes) {
        Ok(Role::Runtime)
    } else {
        Err(Never::Unknown(unit.to_string()))
    }
}

/// Whether a unit is none that serves the cluster.
///
/// # Errors
/// What it serves.
pub(super) fn no_server(unit: &str) -> Result<(), Never> {
    let lower = unit.to_ascii_lowercase();
    let server = SERVERS.iter().find(|(name, _)| *name == lower);
    match server.or_else(|| SERVING.iter().find(|(word, _)| lower.contains(word))) {
        Some((_, why)) => Err(Never::Server { unit: unit.to_string(), why }),
        None => Ok(()),
    }
}

/// Whether it can be the name of a service: systemd's letters, `.service` at the end, and not too long.
/// <https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html#Description>
pub fn is_service(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte);
    let stem = name.strip_suffix(".service").unwrap_or_default();
    name.len() <= LONGEST && !stem.is_empty() && !stem.starts_with('@') && stem.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_known_ones_may() {
        for unit in KUBELETS {
            assert_eq!(may_restart(unit, &[], &[]), Ok(Role::Kubelet));
        }
        for unit in RUNTIMES {
            assert_eq!(may_restart(unit, &[], &[]), Ok(Role::Runtime));
        }
    }

    #[test]
    fn a_servers_unit_never_may_whoever_configured_it() {
        let others = [
            "etcd.service",
            "kube-apiserver.service",
            "kube-controller-manager.service",
            "RKE2-Server.service",
        ];
        for unit in SERVERS.map(|(name, _)| name).into_iter().chain(others) {
            let named = [unit.to_string()];
            let why = may_restart(unit, &named, &named).unwrap_err();
            assert!(matches!(why, Never::Server { .. }), "{unit}: {why}");
        }
        let why = may_restart("rke2-server.service", &[], &[]).unwrap_err().to_string();
        assert_eq!(why, "rke2-server.service runs the API server and its store as well");
    }

    #[test]
    fn another_one_may_only_when_it_is_configured() {
        let named = ["my-kubelet.service".to_string()];
        assert_eq!(may_restart("my-kubelet.service", &named, &[]), Ok(Role::Kubelet));
        assert_eq!(may_restart("my-kubelet.service", &[], &named), Ok(Role::Runtime));
        assert!(matches!(may_restart("my-kubelet.service", &[], &[]), Err(Never::Unknown(_))));
        assert!(matches!(may_restart("sshd.service", &[], &[]), Err(Never::Unknown(_))));
    }

    #[test]
    fn what_is_no_services_name_is_not_asked_for() {
        let long = format!("{}.service", "a".repeat(LONGEST));
        for name in [
            "",
            ".service",
            "kubelet",
            "kubelet.socket",
            "a b.service",
            "../x.service",
            "a\n.service",
            "@.service",
            &long,
        ] {
            assert!(!is_service(name), "{name:?}");
            assert_eq!(may_restart(name, &[name.to_string()], &[]), Err(Never::BadName));
        }
        assert!(is_service("snap.microk8s.daemon-containerd.service"));
        assert!(is_service("docker@1\\x2d.service"));
    }

    proptest! {
        #[test]
        fn nothing_that_is_not_named_may(name in "[a-z0-9@.-]{0,20}\\.service") {
            let known = KUBELETS.contains(&name.as_str()) || RUNTIMES.contains(&name.as_str());
            prop_assert_eq!(may_restart(&name, &[], &[]).is_ok(), known);
        }
    }
}
