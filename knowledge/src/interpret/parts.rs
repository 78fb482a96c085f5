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
    /// The scheduler counts nodes.
    pub scheduler: bool,
    /// A Service's name is looked up, and no image is pulled.
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
            probe: says(&["liveness probe ", "readiness probe ", "startup probe "])
                && says(&["probe failed: ", "probe error: ", "probe errored"]),
            hook: says(&["lifecycle hook ("]),
            scheduler: says(&["nodes are available"]),
            service_name: !pull && says(&["lookup "]) && says(&[".svc ", ".svc:", ".svc.cluster.local"]),
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
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
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
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    text.contains("extract layer") || text.contains("register layer")
}

/// The lines, the whole, and the whole on one line, for a message may be wrapped; then, where there are such, what the
/// quotes of a program, the columns of `kubectl` and the words of people hide.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let collapsed = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut forms: Vec<Cow<'_, str>> = text.lines().map(Cow::Borrowed).collect();
    forms.push(Cow::Borrowed(text));
    forms.push(Cow::Owned(collapsed));
    forms.extend(fields(text).map(Cow::Owned));
    if text.contains('\\') {
        let plain = unescaped(text);
        forms.extend(plain.lines().map(|line| Cow::Owned(line.to_string())));
        forms.push(Cow::Owned(plain));
    }
    let cut = |line: &'_ str| line.contains("  ") || !line.is_ascii();
    forms.extend(text.lines().filter(|line| cut(line)).flat_map(pieces).map(Cow::Borrowed));
    // of several lines, one may be a probe's and another what the text is about
    let longest = text.lines().map(str::len).max().unwrap_or(0);
    let about = |form: &str| {
        let about = About::of(form);
        About { probe: about.probe && form.len() <= longest, ..about }
    };
    forms.into_iter().map(|text| Part { about: about(&text), text }).collect()
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
}
