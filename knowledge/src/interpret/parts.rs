//! A pasted text in the forms in which it is read, and what it speaks of as a whole.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::pull::said::is_of_short_name;

/// What surrounds a sentence and gives its words another meaning.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct About {
    /// A webhook's, or an admission policy's, refusal, which quotes whatever it likes.
    pub webhook: bool,
    /// An image is pulled or unpacked.
    pub pull: bool,
    /// A volume is taken down and none is set up.
    pub unmount: bool,
    /// A sandbox is taken down and none is set up.
    pub teardown: bool,
    /// The API server did not find that the node has anything to do with an object.
    pub node_authorizer: bool,
    /// A secret for pulling images.
    pub pull_secret: bool,
    /// A probe failed, and what it said itself follows.
    pub probe: bool,
    /// A hook of a container's start or end, and what it said itself.
    pub hook: bool,
    /// The scheduler tells of nodes.
    pub scheduler: bool,
    /// What is refused is a change of an object that there is.
    pub update: bool,
    /// The API server was asked.
    pub api_server: bool,
    /// A Service's name is looked up, or the port of a database is asked, and no image is pulled.
    pub service_name: bool,
    /// An image's name leaves open in which registry it is.
    pub short_name: bool,
}

impl About {
    fn of(text: &str) -> About {
        let lower = text.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let pull = says(&["failed to pull image", "extract layer", "register layer"]);
        About {
            webhook: says(&["admission webhook", "failed calling webhook", "admissionpolicy '"]),
            pull,
            unmount: says(&["unmountvolume.", "unmountdevice", "umount: "])
                && !says(&["mountvolume.setup failed", "mountdevice failed", "unable to attach or mount"]),
            teardown: says(&[
                "killpodsandboxerror",
                "stoppodsandbox",
                "failed to teardown pod",
                "failed (delete)",
            ]) && !says(&[
                "create pod sandbox",
                "createpodsandbox",
                "runpodsandbox",
                "set up sandbox container",
            ]),
            node_authorizer: says(&["no relationship found between node"]),
            pull_secret: says(&["retrieve pull secret", "image pull secret"]),
            probe: is_of_probe(&lower),
            hook: says(&["lifecycle hook ("]),
            scheduler: says(&[
                "nodes are available",
                "failed to fit in any node",
                "fit failure on node",
                "schedulerpredicates failed",
            ]),
            update: says(&["pod updates may not ", "existing toleration can not "]),
            api_server: is_of_api_server(&lower),
            service_name: !pull && is_of_service(&lower),
            short_name: is_of_short_name(&lower),
        }
    }
}

/// One form of the text, or of one of its lines.
#[derive(Debug)]
pub(super) struct Part<'t> {
    pub text: Cow<'t, str>,
    pub about: About,
}

/// Whether a text tells of a pod that is to go, rather than of one that is to come.
pub(super) fn speaks_of_deletion(text: &str) -> bool {
    let text = collapsed(text).to_ascii_lowercase();
    let comes = ["error creating", "failedcreate", "when creating", "create pod "];
    let goes = [
        "deleting",
        "delete pod",
        "faileddelete",
        "failed to delete",
        "deletion",
        "finalizer",
        "update status",
    ];
    goes.iter().any(|word| text.contains(word)) && !comes.iter().any(|word| text.contains(word))
}

/// Whether a layer of an image is being unpacked: it is mounted and unmounted as well.
pub(super) fn speaks_of_layers(text: &str) -> bool {
    let text = collapsed(text).to_ascii_lowercase();
    text.contains("extract layer") || text.contains("register layer")
}

/// Whether a kubelet, of whatever age, tells that a probe failed and what it said.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/prober/prober.go>
fn is_of_probe(lower: &str) -> bool {
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let structured = lower.contains("probetype=") && says(&["probe failed", "probe errored"]);
    let named = says(&["liveness probe for ", "readiness probe for ", "startup probe for "])
        && says(&["\" failed (", "\" errored"]);
    structured || named || says(&["probe failed: ", "probe error: ", "probe errored"])
}

/// A name without a domain, which only a pod's resolver completes, and the ports of what is no registry.
static OF_SERVICE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"lookup [a-z0-9-]+(?: on |: )|dial tcp \S+:(?:1433|1521|2181|2379|3306|4222|5432|5672|6379|6443|9092|9200|10250|11211|27017): ",
    )
    .ok()
});

fn is_of_service(lower: &str) -> bool {
    let full = lower.contains("lookup ")
        && [".svc ", ".svc:", ".svc.cluster.local"].iter().any(|part| lower.contains(part));
    full || OF_SERVICE.as_ref().is_some_and(|re| re.is_match(lower)) && !speaks_of_pulling(lower)
}

/// Whether a request to the API server failed: what is written of its own addresses and paths.
fn is_of_api_server(lower: &str) -> bool {
    ["/api/v1", "/apis/", "/api?", "kubernetes.default.svc"].iter().any(|part| lower.contains(part))
        && !speaks_of_pulling(lower)
}

/// Whether a text is about images in any way.
pub(super) fn speaks_of_pulling(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let words = ["image", "pull", "registry", "manifest", "blob", "/v2/", "/v1/_ping", "repositor", "docker"];
    words.iter().any(|word| text.contains(word))
}

/// A line in which something new begins: a row of `kubectl`, of a log, of a console.
static BEGINS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^\s*(?:[A-Z{<#]|(?:- )?(?:apiVersion|kind|metadata|name|namespace|message|reason|type|status|state|ready|count|image|source|(?:last|first)\w+):|\d+[smhd]\b|\d+[smhd]\d+[smh]\b|\d{4}-\d\d-\d\d|[IWEF]\d{4} |[a-z0-9./-]+\s+\d+/\d+\s|.*\s(?:Warning|Normal)\s|$)",
    )
    .ok()
});

/// The lines, and whether each tells of a probe or goes on with what a probe said.
fn lines_of(text: &str) -> Vec<(&str, bool)> {
    let begins = |line: &str| BEGINS.as_ref().is_none_or(|re| re.is_match(line));
    let mut lines: Vec<(&str, bool)> = Vec::new();
    for line in text.lines() {
        let goes_on = lines.last().is_some_and(|(before, probe)| {
            *probe && (before.trim_end().ends_with(':') || !begins(line)) && !line.trim().is_empty()
        });
        lines.push((line, goes_on || is_of_probe(&line.to_ascii_lowercase())));
    }
    lines
}

fn collapsed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines, the whole, and the whole on one line, for a message may be wrapped; then, where there are such, what the
/// quotes of a program, the columns of `kubectl` and the words of people hide. What a probe says is a probe's in each.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let lines = lines_of(text);
    let by_probe = lines.iter().any(|(_, probe)| *probe);
    let mut forms: Vec<(Cow<'_, str>, bool)> =
        lines.iter().map(|(line, probe)| (Cow::Borrowed(*line), *probe)).collect();
    forms.push((Cow::Borrowed(text), by_probe));
    forms.push((Cow::Owned(collapsed(text)), by_probe));
    // of several lines, one may be a probe's and another what the text is about
    let rest: Vec<&str> = lines.iter().filter(|(_, probe)| !probe).map(|(line, _)| *line).collect();
    if by_probe && !rest.is_empty() {
        let rest = rest.join("\n");
        forms.push((Cow::Owned(collapsed(&rest)), false));
        forms.push((Cow::Owned(rest), false));
    }
    forms.extend(fields(text).map(|field| (Cow::Owned(field), false)));
    for (line, probe) in lines.iter().filter(|(line, _)| line.contains('\\')) {
        forms.extend(unescaped(line).lines().map(|line| (Cow::Owned(line.to_string()), *probe)));
    }
    if text.contains('\\') {
        forms.push((Cow::Owned(unescaped(text)), by_probe));
    }
    for (line, probe) in &lines {
        forms.extend(without_date(line).map(|rest| (Cow::Borrowed(rest), *probe)));
        if line.contains("  ") || !line.is_ascii() {
            forms.extend(pieces(line).map(|piece| (Cow::Borrowed(piece), *probe)));
        }
    }
    let about = |text: &str, probe: bool| {
        let about = About::of(text);
        About { probe: probe || about.probe, ..about }
    };
    forms.into_iter().map(|(text, probe)| Part { about: about(&text, probe), text }).collect()
}

/// A line of a log or a console that begins with a date, without it, the event's type, and the letter for it that
/// GKE's console ends such a line with.
static DATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^\s*\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)\s+(?:\[?(?:Warning|Normal)\]?:?\s+)?(\S.*?)(?:\s+[WIE])?\s*$",
    )
    .ok()
});

/// What a line says behind its date.
pub(super) fn without_date(line: &str) -> Option<&str> {
    let captures = DATED.as_ref()?.captures(line)?;
    captures.get(1).map(|rest| rest.as_str())
}

static FIELD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#""(?:message|reason|msg|error)": ?"((?:[^"\\]|\\.)+)""#).ok());

/// What the fields of JSON say.
fn fields(text: &str) -> impl Iterator<Item = String> + '_ {
    let found = FIELD.as_ref().map(|re| re.captures_iter(text)).into_iter().flatten();
    found.map(|c| unescaped(&c[1]))
}

/// Without the escapes of one or more programs that quoted it.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut slashes = 0;
    for c in text.chars() {
        match c {
            '\\' => slashes += 1,
            '"' | '\'' => {
                slashes = 0;
                plain.push(c);
            }
            'n' | 't' if slashes == 1 => {
                slashes = 0;
                plain.push(if c == 'n' { '\n' } else { ' ' });
            }
            _ => {
                plain.extend(std::iter::repeat_n('\\', slashes));
                slashes = 0;
                plain.push(c);
            }
        }
    }
    plain
}

/// The last column of a line, and what stands between words in other scripts.
fn pieces(line: &str) -> impl Iterator<Item = &str> {
    let column = line.trim_end().rsplit("  ").next().map(str::trim);
    let foreign =
        |c: char| matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{ff00}'..='\u{ffef}');
    let between = line.split(foreign).map(str::trim).filter(|piece| piece.len() > 3);
    column.into_iter().chain(between).filter(move |piece| piece.len() < line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_of_programs_columns_and_other_scripts_are_taken_off() {
        let read = |text: &str| parts(text).into_iter().map(|p| p.text.into_owned()).collect::<Vec<_>>();
        let json = r#"{"reason":"Failed","message":"Error: secret \"db\" not found\nx","type":"Warning"}"#;
        assert!(read(json).contains(&"Error: secret \"db\" not found\nx".to_string()));
        let twice = r#"volume \\\"db\\\" : C:\\dir"#;
        assert!(read(twice).contains(&r#"volume "db" : C:\\dir"#.to_string()));
        let columns = "  Warning  Failed  2m (x3 over 4m)  kubelet  Error: context deadline exceeded";
        assert!(read(columns).contains(&"Error: context deadline exceeded".to_string()));
        assert!(read("报错 exit status 139，求助").contains(&"exit status 139".to_string()));
    }
    #[test]
    fn what_a_probe_says_is_a_probes_in_every_form() {
        for text in [
            r#"prober.go:121] "Probe failed" probeType="Readiness" pod="a/b" output="Get \"https://10.1.1.1/\": EOF""#,
            r#"Liveness probe for "web-0_default(1):web" failed (failure): Get http://10.2.0.4:80/: EOF"#,
            "Readiness probe failed: Get \"http://10.2.0.4:80/\":\n  dial tcp 10.2.0.4:80: connect: connection refused",
        ] {
            assert!(parts(text).iter().all(|part| part.about.probe), "{text}");
        }
        for row in ["  Warning  Failed  1m  kubelet  ", "shop  1m  Warning  Failed  pod/web-0  ", "message: "]
        {
            let rows = format!(
                "  Warning  Unhealthy  2m  kubelet  Liveness probe failed: dial tcp 10.0.0.1:80: i/o timeout\n\
                 {row}Error: secret \"db\" not found"
            );
            let read = parts(&rows);
            let free = |words: &str| read.iter().any(|part| !part.about.probe && part.text.contains(words));
            assert!(free("secret \"db\" not found") && !free("i/o timeout"), "{read:?}");
        }
    }
}
