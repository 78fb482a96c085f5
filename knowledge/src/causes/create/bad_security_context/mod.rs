//! The container's security settings cannot be met: by its image, by its node, or by anything.

mod kinds;

use k8s_openapi::api::core::v1::PodSpec;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::ContainerView;
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::launch::{self, owner_of};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use kinds::{Kind, Said};

/// `bad-security-context`
pub const CAUSE: Cause = Cause {
    id: "bad-security-context",
    stage: Some(Stage::Create),
    since: "0.1.0",
    hides: &["app-exited", "command-not-found", "permission-denied-exec", "rejected-by-kubelet"],
    expected: false,
    remedies: &[RemedyKind::words("see-settings"), RemedyKind::words("change-settings")],
    wordings: &[
        Wording::telling(
            r"container has runAsNonRoot and image (will run as root|has non-numeric user|has no user)|container's runAsUser( \(\d+\))? breaks non-root policy|runAsNonRoot and image user",
            r#"Error: container has runAsNonRoot and image will run as root (pod: "hardened_shop(21c951d5-84e1-42d0-8614-1cf41c83c472)", container: app)"#,
            "kubelet 1.2–1.37",
        ),
        Wording::telling(
            r#"unknown capability( to (add|drop))?:? ?[\\"'(]*(?P<key>[A-Z_]+)|invalid Cap(Add|Drop)|unable to apply caps|invalid capability:? "#,
            r#"Error response from daemon: linux spec capabilities: Unknown capability to add: "CAP_NETADMIN""#,
            "docker, CRI-O, runc",
        ),
        Wording::telling(
            r"(cannot load|failed to load|unable to load|loading) seccomp (profile|local)|setup seccomp: |generate seccomp (spec opts|security options)|seccomp profile [^\n]*(not found|no such file)|seccomp is not (enabled|supported)|unable to init seccomp",
            r#"failed to generate seccomp spec opts: cannot load seccomp profile "/var/lib/kubelet/seccomp/profiles/audit.json": open /var/lib/kubelet/seccomp/profiles/audit.json: no such file or directory"#,
            "kubelet, containerd, CRI-O",
        ),
        Wording::telling(
            r"Cannot enforce AppArmor|apparmor profile not found|apparmor failed to apply profile|AppArmor profile [^\n]* is not loaded|AppArmor (is )?not (enabled|supported)|apparmor is not supported",
            "Error: failed to get container spec opts: failed to generate apparmor spec opts: apparmor profile not found shop-deny-write",
            "kubelet 1.4–1.37, containerd, runc",
        ),
        Wording::telling(
            r#"apparmor_parser[^\n]*(executable file not found|no such file)"#,
            r#"Error: failed to create containerd container: get apparmor_parser version: exec: "apparmor_parser": executable file not found in $PATH"#,
            "containerd 1.x–2.x",
        ),
        Wording::telling(
            r"forbidden sysctl|SysctlForbidden|sysctl [^\n]* is not in a separate kernel namespace|sysctl [^\n]*not allowed in host network",
            r#"forbidden sysctl: "net.core.somaxconn" not allowlisted"#,
            "kubelet 1.4–1.37, runc",
        ),
        Wording::telling(
            r"unable to find user (?P<key>\S+): no matching entries in passwd file|unable to find group \S+: no matching entries in group file|failed to (get|resolve) (user|username)[^\n]*: (no users found|user [^\n]*not found)|failed to generate spec: no users found",
            "Error response from daemon: unable to find user app: no matching entries in passwd file",
            "docker, containerd, CRI-O",
        ),
        Wording::hint(
            r"selinux[^\n]*(invalid argument|not (enabled|supported)|permission denied)|/attr/(keycreate|exec)",
            "failed to set /proc/self/attr/keycreate on procfs: write /proc/self/attr/keycreate: invalid argument (selinux)",
            "runc",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    root: bool,
    named_user: bool,
    user_is_root: bool,
    capability: bool,
    /// It is known, and the runtime itself may not grant it.
    capability_refused: bool,
    seccomp: bool,
    /// No profile is at fault: the kernel takes no more filters.
    seccomp_full: bool,
    apparmor: bool,
    apparmor_tool: bool,
    selinux: bool,
    /// The pod sets no label: the runtime does, and the node's policy does not know it.
    selinux_default: bool,
    sysctl: bool,
    no_such_user: bool,
    /// What could not be met: the user, capability, profile or setting.
    value: Option<String>,
    image: String,
    node: Option<String>,
    owner: String,
    owner_is_pod: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.is_deleting() || s.phase() == "Succeeded" {
        return Vec::new();
    }
    if let Some(found) = refused_as_a_whole(s) {
        return vec![found];
    }
    if s.ended_as_a_whole() {
        return Vec::new();
    }
    let containers = s.containers();
    let found: Vec<Match> = containers.iter().filter_map(|container| of_container(s, container)).collect();
    if found.is_empty() { of_sandbox(s).into_iter().collect() } else { found }
}

/// Kernel parameters, and with docker the profiles, are set with the sandbox.
fn of_sandbox(s: &Snapshot) -> Option<Match> {
    let event = s.events.iter().rev().find(|e| e.reason.starts_with("FailedCreatePodSandBox"))?;
    let said = kinds::read(&event.message).filter(|_| launch::before_images(s, event))?;
    Some(matched(s, None, &said, Evidence::event(event)))
}

/// A kubelet that refuses the whole pod says so in the pod's own status.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/sysctl/allowlist.go>
fn refused_as_a_whole(s: &Snapshot) -> Option<Match> {
    if !matches!(s.status_reason(), "AppArmor" | "SysctlForbidden" | "NoNewPrivs") {
        return None;
    }
    let message = s.status().and_then(|status| status.message.clone()).unwrap_or_default();
    let said = kinds::read(&format!("{}: {message}", s.status_reason()))?;
    let evidence = s.from_status(None, format!("status {}: {message}", s.status_reason()));
    Some(matched(s, None, &said, evidence))
}

fn of_container(s: &Snapshot, container: &ContainerView<'_>) -> Option<Match> {
    let refusals = launch::refusals(s, container);
    let (refusal, said) = refusals.iter().find_map(|r| Some((r, kinds::read(&r.text)?)))?;
    Some(matched(s, Some(container), &said, refusal.evidence.clone()))
}

fn matched(s: &Snapshot, container: Option<&ContainerView<'_>>, said: &Said, first: Evidence) -> Match {
    let (owner, shown) = owner_of(s);
    let image = container.map(|c| c.image().to_string()).unwrap_or_default();
    // the image names a user that it does not hold; everything else the pod asks for
    let asks_for_user = container.is_some_and(|c| asked(s, c).iter().any(|(path, _)| path.contains("runAs")));
    let labels = s.spec().is_some_and(asks_for_a_label);
    let selinux_default = said.kind == Kind::SeLinux && !labels;
    let of_node = selinux_default
        || matches!(said.kind, Kind::AppArmorTool | Kind::SeccompFull | Kind::CapabilityRefused);
    let blame = if said.kind == Kind::NoSuchUser && !asks_for_user && !image.is_empty() {
        Blame::global("Image", &image)
    } else if let (true, Some(node)) = (of_node, s.node_name()) {
        Blame::global("Node", node)
    } else {
        owner
    };
    let facts = Facts {
        root: said.kind == Kind::Root,
        named_user: said.kind == Kind::NamedUser,
        user_is_root: said.kind == Kind::UserIsRoot,
        capability: said.kind == Kind::Capability,
        capability_refused: said.kind == Kind::CapabilityRefused,
        seccomp: said.kind == Kind::Seccomp,
        seccomp_full: said.kind == Kind::SeccompFull,
        apparmor: said.kind == Kind::AppArmor,
        apparmor_tool: said.kind == Kind::AppArmorTool,
        selinux: said.kind == Kind::SeLinux,
        selinux_default,
        sysctl: said.kind == Kind::Sysctl,
        no_such_user: said.kind == Kind::NoSuchUser,
        value: said.value.clone(),
        image,
        node: s.node_name().map(str::to_string),
        owner_is_pod: shown.starts_with("pod/"),
        owner: shown,
    };
    let found = Match::new(Confidence::Certain, blame, facts).because(first);
    match container {
        None => found,
        Some(c) => {
            let settings = asked(s, c).into_iter().map(|(path, text)| s.from_spec(&path, &text));
            found.in_container(c.name).because_all(settings)
        }
    }
}

fn asks_for_a_label(spec: &PodSpec) -> bool {
    let own = spec.security_context.as_ref().is_some_and(|context| context.se_linux_options.is_some());
    let containers = spec.containers.iter().chain(spec.init_containers.iter().flatten());
    let mut contexts = containers.filter_map(|container| container.security_context.as_ref());
    own || contexts.any(|context| context.se_linux_options.is_some())
}

/// The settings that stand in the pod, its own before the container's.
fn asked(s: &Snapshot, container: &ContainerView<'_>) -> Vec<(String, String)> {
    let pod = s.spec().and_then(|spec| serde_json::to_value(spec.security_context.as_ref()?).ok());
    let own = container.spec.and_then(|c| serde_json::to_value(c.security_context.as_ref()?).ok());
    let paths = [
        ("spec.securityContext".to_string(), pod),
        (format!("{}.securityContext", container.spec_path()), own),
    ];
    let mut found = Vec::new();
    for (path, value) in paths {
        let Some(serde_json::Value::Object(map)) = value else { continue };
        found.extend(map.iter().map(|(key, value)| (format!("{path}.{key}"), value.to_string())));
    }
    found
}
