//! Which setting a refusal is about.

use std::sync::LazyLock;

use regex::Regex;

/// The setting that cannot be met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `runAsNonRoot`, and the image runs as root.
    Root,
    /// `runAsNonRoot`, and the image names its user by name, which proves nothing.
    NamedUser,
    /// `runAsNonRoot` beside `runAsUser: 0`.
    UserIsRoot,
    /// No kernel knows this capability.
    Capability,
    /// A seccomp profile the node lacks.
    Seccomp,
    /// The node's kernel takes no further seccomp filter, whatever is in it: its room for compiled ones is used up.
    /// <https://github.com/awslabs/amazon-eks-ami/issues/1179>
    SeccompFull,
    /// A capability that the runtime itself does not have, as within another container.
    CapabilityRefused,
    /// An AppArmor profile the node has not loaded.
    AppArmor,
    /// AppArmor is on, and the node lacks the program that loads profiles.
    AppArmorTool,
    /// A label SELinux does not take.
    SeLinux,
    /// A kernel parameter that may not be set.
    Sysctl,
    /// A user or group that the image's files do not name.
    NoSuchUser,
}

/// What a refusal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub kind: Kind,
    pub value: Option<String>,
}

/// Each kind's sentences, the group `value` naming what was asked for.
static PATTERNS: LazyLock<Vec<(Kind, Regex)>> = LazyLock::new(|| {
    let patterns = [
        (Kind::Root, r"(?i)runAsNonRoot and image will run as root(?P<value>)"),
        (Kind::NamedUser, r"(?i)runAsNonRoot and image has non-numeric user \((?P<value>[^)]*)\)"),
        (
            Kind::UserIsRoot,
            r"(?i)runAsUser breaks non-root policy(?P<value>)|runAsNonRoot and (image user|runAsUserName)",
        ),
        (Kind::Sysctl, r#"(?i)forbidden sysctl: \\*"?(?P<value>[\w./-]+)"#),
        (
            Kind::Sysctl,
            r#"(?i)sysctl \\*"?(?P<value>[\w./-]+?)\\*"? (is not in a separate kernel namespace|not allowed)"#,
        ),
        (Kind::AppArmor, r#"(?i)apparmor profile not found:? \\*"?(?P<value>[^\s"\\]+)"#),
        (
            Kind::AppArmor,
            r#"(?i)Cannot enforce AppArmor: (?:profile \\*"?(?P<value>[^\s"\\]+)\\*"? is not loaded)?"#,
        ),
        (
            Kind::AppArmor,
            r"(?i)apparmor failed to apply profile|apparmor[^\n]*not (enabled|supported|loaded)|^AppArmor: (?P<value>)",
        ),
        (Kind::AppArmorTool, r"(?i)apparmor_parser[^\n]*(executable file not found|no such file)(?P<value>)"),
        (Kind::SeccompFull, r"(?i)seccomp[^\n]*errno 524(?P<value>)"),
        (Kind::Seccomp, r#"(?i)seccomp: unable to load local profile \\*"?(?P<value>/[^\s"\\:]+)"#),
        (Kind::Seccomp, r#"(?i)seccomp profile:? \\*"?(?P<value>/[^\s"\\:]+)"#),
        (
            Kind::Seccomp,
            r"(?i)seccomp[^\n]*(cannot|not found|no such file|not (enabled|supported)|invalid|unknown|failed|must be)(?P<value>)|(load|init)\w* seccomp",
        ),
        (Kind::CapabilityRefused, r"(?i)unable to apply caps[^\n]*operation not permitted(?P<value>)"),
        (Kind::Capability, r#"(?i)unknown capability(?: to (?:add|drop))?:? ?[\\"'(]*(?P<value>[A-Za-z_]+)"#),
        (
            Kind::Capability,
            r#"(?i)(?:invalid Cap(?:Add|Drop)|unable to apply caps|invalid capability)[^\n]*?[\\"'](?P<value>[A-Za-z_]+)[\\"']"#,
        ),
        (Kind::Capability, r"(?i)invalid Cap(Add|Drop)(?P<value>)|unable to apply caps|invalid capability"),
        (Kind::NoSuchUser, r"(?i)unable to find (?:user|group) (?P<value>[^\s:]+): no matching entries"),
        (Kind::NoSuchUser, r"(?i)no users found(?P<value>)"),
        (
            Kind::SeLinux,
            r"(?i)selinux[^\n]*(invalid argument|not (enabled|supported))|/attr/keycreate[^\n]*invalid argument(?P<value>)",
        ),
    ];
    patterns.iter().filter_map(|(kind, pattern)| Some((*kind, Regex::new(pattern).ok()?))).collect()
});

/// The setting a refusal is about; `None` for a refusal of another sort.
pub(super) fn read(text: &str) -> Option<Said> {
    PATTERNS.iter().find_map(|(kind, pattern)| {
        let captures = pattern.captures(text)?;
        let value = captures.name("value").map(|found| found.as_str()).filter(|value| !value.is_empty());
        Some(Said { kind: *kind, value: value.map(|v| crate::evidence::cut(v, 80)) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_and_its_value_are_read() {
        let cases = [
            (
                r#"container has runAsNonRoot and image will run as root (pod: "a_b(c)", container: app)"#,
                Kind::Root,
                None,
            ),
            (
                "container has runAsNonRoot and image has non-numeric user (node), cannot verify user is non-root",
                Kind::NamedUser,
                Some("node"),
            ),
            ("container's runAsUser breaks non-root policy (pod: ...)", Kind::UserIsRoot, None),
            (
                r#"linux spec capabilities: Unknown capability to add: "CAP_NETADMIN""#,
                Kind::Capability,
                Some("CAP_NETADMIN"),
            ),
            (r#"invalid CapAdd: unknown capability: "CAP_NETADMIN""#, Kind::Capability, Some("CAP_NETADMIN")),
            (
                r#"cannot load seccomp profile "/var/lib/kubelet/seccomp/x.json": open /var/lib/kubelet/seccomp/x.json: no such file or directory"#,
                Kind::Seccomp,
                Some("/var/lib/kubelet/seccomp/x.json"),
            ),
            (
                "failed to generate apparmor spec opts: apparmor profile not found deny-write",
                Kind::AppArmor,
                Some("deny-write"),
            ),
            (
                r#"AppArmor: Cannot enforce AppArmor: profile "deny-write" is not loaded"#,
                Kind::AppArmor,
                Some("deny-write"),
            ),
            (
                r#"setup seccomp: unable to load local profile "/var/lib/kubelet/seccomp/x.json": open /var/lib/kubelet/seccomp/x.json: no such file or directory"#,
                Kind::Seccomp,
                Some("/var/lib/kubelet/seccomp/x.json"),
            ),
            (
                r#"get apparmor_parser version: exec: "apparmor_parser": executable file not found in $PATH"#,
                Kind::AppArmorTool,
                None,
            ),
            (
                r#"SysctlForbidden: forbidden sysctl: "net.core.somaxconn" not allowlisted"#,
                Kind::Sysctl,
                Some("net.core.somaxconn"),
            ),
            (
                "runc create failed: unable to start container process: error loading seccomp filter into kernel: error loading seccomp filter: errno 524",
                Kind::SeccompFull,
                None,
            ),
            ("unable to apply caps: operation not permitted", Kind::CapabilityRefused, None),
            ("unable to find user app: no matching entries in passwd file", Kind::NoSuchUser, Some("app")),
        ];
        for (text, kind, value) in cases {
            assert_eq!(read(text), Some(Said { kind, value: value.map(str::to_string) }), "{text}");
        }
        assert_eq!(read("exec: \"/app\": permission denied"), None);
    }
}
