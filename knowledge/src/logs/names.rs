//! The hosts and ports that a line of a log names.

use std::sync::LazyLock;

use regex::Regex;

/// A host, as a program wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// A name or an address, without brackets and in lower case.
    pub name: String,
    /// The port, where the line says it.
    pub port: Option<u16>,
}

impl Host {
    /// Whether it is an address rather than a name.
    pub fn is_address(&self) -> bool {
        self.name.parse::<std::net::IpAddr>().is_ok()
    }

    /// Whether it is the pod itself.
    pub fn is_the_pod_itself(&self) -> bool {
        let loopback =
            self.name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback() || ip.is_unspecified());
        loopback || matches!(self.name.as_str(), "localhost" | "localhost.localdomain" | "ip6-localhost")
    }
}

/// A name of the DNS, also with an underscore, as `_mongodb._tcp.x`.
const NAME: &str = r"[A-Za-z0-9_][A-Za-z0-9_.-]*[A-Za-z0-9]\.?|[A-Za-z0-9]";

/// Sentences with a host in them, the most telling first. What stands behind `lookup … on` is the server asked, not the
/// name asked for.
const SENTENCES: &[&str] = &[
    r#"lookup (?P<h>$N)(?: on [^ ]+)?:"#,
    r#"(?:ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME|ESERVFAIL|ENODATA) (?P<h>$N)(?::(?P<p>\d{1,5}))?"#,
    r#"UnknownHostException: (?:Failed to resolve '|failed to resolve ")?(?P<h>$N)"#,
    r#"host ?name "(?P<h>$N)" to address"#,
    r#"(?:resolve|resolving|resolution failed for|lookup failed for)(?: the)?(?: host(?: ?name)?| server| address| host address)?:? ['"`]?(?P<h>$N)['"`]?(?::(?P<p>\d{1,5}))?"#,
    r#"(?:bad address|server can't find|can't find|host not found in upstream|server host|getaddrinfo for) ['"]?(?P<h>$N)['"]?(?::(?P<p>\d{1,5}))?"#,
    r#"(?:getaddrinfo|nslookup)[( ]+['"]?(?P<h>[A-Za-z0-9_-]+\.[A-Za-z0-9_.-]*[A-Za-z0-9])"#,
    r#"(?P<h>$N) could not be resolved"#,
    r#"(?:known\.|known|unavailable|refused|failed|resolve) \((?P<h>$N):(?P<p>\d{1,5})\)"#,
    r#"host='(?P<h>$N)', port='?(?P<p>\d{1,5})"#,
    r#"(?:server at|on host|to host|for|host:?) ["'](?P<h>$N)["'](?: ?\([^)]*\))?(?:,| and accepting TCP/IP connections on)? ?port:? (?P<p>\d{1,5})"#,
    r#"(?:connect to|connecting to|connection to|connect on) (?P<h>$N) port (?P<p>\d{1,5})"#,
    r#"(?:server on|server at|to host|host) ['"`](?P<h>$N)(?:`?:`?(?P<p>\d{1,5}))?['"`]"#,
    r#"\(['"](?P<h>$N)['"], (?P<p>\d{1,5})\)"#,
    r#"[a-z][a-z0-9+.-]*://(?:[^/@\s"']*@)?(?P<h>$N)(?::(?P<p>\d{1,5}))?(?:[/\s"',;?)]|$)"#,
    r#"\[(?P<h>[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)\]:(?P<p>\d{1,5})"#,
    r#"(?:^|[\s"'(/=@\[,])(?P<h>$N):(?P<p>\d{1,5})(?:[\s"'),;/?\]]|:\s|\.\s|\.?$)"#,
    r#"address:? ?=?['"]?(?P<h>\d+\.\d+\.\d+\.\d+)['"]?,? ?port:? ?=?['"]?(?P<p>\d{1,5})"#,
    r#"remote host \((?P<h>[0-9.]+)\)"#,
];

static COMPILED: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    SENTENCES
        .iter()
        .filter_map(|sentence| Regex::new(&format!("(?i){}", sentence.replace("$N", NAME))).ok())
        .collect()
});

/// Endings of files: `main.go:41` is no host.
const FILES: &[&str] = &[
    "go",
    "py",
    "js",
    "mjs",
    "cjs",
    "ts",
    "tsx",
    "java",
    "kt",
    "rs",
    "rb",
    "cs",
    "php",
    "c",
    "cc",
    "cpp",
    "h",
    "ex",
    "exs",
    "scala",
    "clj",
    "lua",
    "pl",
    "sh",
    "toml",
    "yaml",
    "yml",
    "json",
    "xml",
    "conf",
    "ini",
    "properties",
    "erl",
    "swift",
];

/// Words that stand where a host could.
const WORDS: &[&str] = &[
    "host",
    "address",
    "error",
    "errno",
    "code",
    "line",
    "port",
    "the",
    "dns",
    "name",
    "names",
    "hostname",
    "server",
    "tcp",
    "udp",
    "java",
    "net",
    "localhost:",
    "this",
    "is",
    "failed",
    "after",
];

/// The hosts a line names, the one it is about first.
pub fn hosts_in(line: &str) -> Vec<Host> {
    let line = super::line::within(line, 2048);
    let mut hosts: Vec<Host> = Vec::new();
    for sentence in COMPILED.iter() {
        for found in sentence.captures_iter(line).take(4) {
            let Some(name) = found.name("h").map(|h| h.as_str().trim_end_matches('.').to_ascii_lowercase())
            else {
                continue;
            };
            let port = found.name("p").and_then(|p| p.as_str().parse().ok()).filter(|port| *port != 0);
            if !is_a_host(&name) {
                continue;
            }
            match hosts.iter_mut().find(|known| known.name == name) {
                Some(known) => known.port = known.port.or(port),
                None => hosts.push(Host { name, port }),
            }
        }
    }
    hosts
}

fn is_a_host(name: &str) -> bool {
    if name.is_empty() || name.len() > 253 || WORDS.contains(&name) {
        return false;
    }
    let last = name.rsplit('.').next().unwrap_or(name);
    let numbers = name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if numbers || name.contains(':') {
        // what a server listens on is no party
        return name.parse::<std::net::IpAddr>().is_ok_and(|ip| !ip.is_unspecified());
    }
    // `reflector.go:138`, `12:30:45`, `v1.2:3`
    let file = name.contains('.') && FILES.contains(&last);
    let exception = last.ends_with("exception") || last.ends_with("error");
    !file
        && !exception
        && !last.bytes().all(|byte| byte.is_ascii_digit())
        && name.bytes().any(|b| b.is_ascii_alphabetic())
}
