//! How runtimes, shells and small init programs say that a program is not there.

use std::sync::LazyLock;

use regex::Regex;

use crate::launch::of_the_start;

/// What could not be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Missing {
    /// Its name, where the sentence gives it.
    pub command: Option<String>,
    /// A shell or script looked for it, so the container itself did start.
    pub by_shell: bool,
    /// The file itself may be there; what its first line or its header asks for is not.
    pub interpreter: bool,
    /// Nothing was named to be run.
    pub none_named: bool,
}

/// Sentences of runtimes, in the container's state or in an event about its start.
static RUNTIME: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compile(&[
        r#"(?i)exec: \\*"(?P<key>[^"\\]+)\\*": (?:executable file not found|stat [^\n]*: no such file|no such file or directory|file does not exist)"#,
        r"(?i)executable file [`'](?P<key>[^`'\n]+)[`'] not found",
        r"(?i)(?P<key>)open executable: no such file",
        r"(?i)container command '?(?P<key>[^'\n]+?)'? not found or does not exist",
        r#"(?i)error finding executable \\*"(?P<key>[^"\\\n]+)\\*" in path"#,
        // Windows: HCS cannot make the process
        r"(?i)(?P<key>)(?:CreateProcess|container process)[^\n]*the system cannot find the file specified",
    ])
});

static INTERPRETER: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compile(&[
        r#"(?im)exec user process caused:? \\*"?(?P<key>)no such file or directory"#,
        r"(?im)(?:^|: )exec (?P<key>[./][^\s:]*): no such file or directory",
        r"(?im)(?P<key>)\bbad interpreter: no such file|\bcannot execute: required file not found",
    ])
});

/// Sentences of whatever starts programs inside a container, at the end of its log.
static STARTERS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compile(&[
        r"(?im)\[FATAL tini \(\d+\)\] exec (?P<key>\S+) failed: no such file",
        r"(?im)^\[dumb-init\] (?P<key>\S+): no such file",
        r#"(?im)exec: "(?P<key>[^"\n]+)": (?:executable file not found|stat [^\n]*: no such file)"#,
    ])
});

/// What a shell writes before it ends with 127.
/// <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02>
static SHELL: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compile(&[
        r"(?im)^[^\n]*?: (?:line )?\d+: (?:exec: )?(?P<key>[^\s:]+): (?:command )?not found\s*$",
        r"(?im)^\S*sh: (?:exec: )?(?P<key>[^\s:]+): (?:command )?not found\s*$",
        r"(?im)^(?:/usr/bin/)?env: (?:can't execute )?['‘`]?(?P<key>[^'’:\s]+?)(?:\\r)?['’]?: no such file",
        r"(?im)failed to run command ['‘`](?P<key>[^'’\n]+)['’]: no such file",
        r"(?im)^[^\n]*: (?:line )?\d+: (?P<key>[^\s:]+): no such file or directory\s*$",
        r"(?im)^\S*sh: (?:\d+: )?(?:can't open|cannot open|0: can't open) '?(?P<key>[^\s':]+)'?",
    ])
});

/// `env: 'bash\r'`: the script's first line ends as Windows ends lines.
static CARRIAGE_RETURN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?m)env: [^\n]*(?:\\r|\r)['’]").ok());

fn compile(patterns: &[&str]) -> Vec<Regex> {
    patterns.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
}

/// What a runtime's sentence says is missing. A probe or hook that could not be run is none of the container's start.
pub(super) fn of_runtime(text: &str) -> Option<Missing> {
    let lower = text.to_ascii_lowercase();
    if lower.contains("exec failed") || lower.contains("lifecycle hook") {
        return None;
    }
    if lower.contains("no command specified") {
        return Some(Missing { none_named: true, ..Missing::default() });
    }
    if let Some(command) = of_the_start(&RUNTIME, text) {
        return Some(Missing { command: known(command), ..Missing::default() });
    }
    let command = first(&INTERPRETER, text)?;
    Some(Missing { command: known(command), interpreter: true, ..Missing::default() })
}

/// What a log's last lines say is missing, given the code that the program ended with.
pub(super) fn of_log(text: &str, exit_code: i32) -> Option<Missing> {
    // what a runtime or an engine says to the program is about another container
    let own = |line: &&str| {
        !["OCI runtime", "Error response from daemon", "runc create"].iter().any(|by| line.contains(by))
    };
    let end = crate::logs::tail(text).into_iter().filter(own).collect::<Vec<_>>().join("\n");
    if let Some(command) = first(&INTERPRETER, &end) {
        return Some(Missing { command: known(command), interpreter: true, ..Missing::default() });
    }
    let by_shell = |command: &str| Missing { command: known(command), by_shell: true, ..Missing::default() };
    if let Some(command) = first(&STARTERS, &end) {
        return Some(by_shell(command));
    }
    // only with its code: a script may go on after a command it did not find
    if exit_code != 127 {
        return None;
    }
    if CARRIAGE_RETURN.as_ref().is_some_and(|re| re.is_match(&end)) {
        return Some(Missing { interpreter: true, ..Missing::default() });
    }
    first(&SHELL, &end).map(by_shell)
}

fn first<'t>(patterns: &[Regex], text: &'t str) -> Option<&'t str> {
    patterns.iter().find_map(|re| Some(re.captures(text)?.name("key")?.as_str()))
}

fn known(command: &str) -> Option<String> {
    let command = crate::redact::redact(command.trim());
    (!command.is_empty()).then(|| crate::evidence::cut(&command, 80))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runtime(text: &str) -> Option<String> {
        of_runtime(text)?.command
    }

    #[test]
    fn every_runtime_names_the_command() {
        let said = [
            r#"OCI runtime create failed: container_linux.go:349: starting container process caused "exec: \"servr\": executable file not found in $PATH": unknown"#,
            r#"failed to create shim task: runc create failed: unable to start container process: exec: "servr": stat servr: no such file or directory: unknown"#,
            "container create failed: executable file `servr` not found in $PATH: No such file or directory",
            "Container command 'servr' not found or does not exist..",
            r#"starting root container: error finding executable "servr" in PATH [/bin]: no such file or directory"#,
        ];
        for text in said {
            assert_eq!(runtime(text).as_deref(), Some("servr"), "{text}");
        }
    }

    #[test]
    fn what_is_run_inside_is_not_the_start() {
        assert_eq!(
            of_runtime(
                r#"OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH"#
            ),
            None
        );
        for helper in [
            r#"CreateContainerError: failed to create containerd container: get apparmor_parser version: exec: "apparmor_parser": executable file not found in $PATH"#,
            r#"OCI runtime create failed: unable to retrieve OCI runtime error (open /run/containerd/aa/log.json: no such file or directory): exec: "gpu-runtime": executable file not found in $PATH: unknown"#,
            r#"runc create failed: unable to start container process: error running prestart hook #0: exec: "gpu-hook": executable file not found in $PATH"#,
        ] {
            assert_eq!(of_runtime(helper), None, "{helper}");
        }
        assert_eq!(
            of_runtime(
                r#"error mounting "/a/volume-subpaths/b" to rootfs at "/c": no such file or directory"#
            ),
            None
        );
    }

    #[test]
    fn logs_tell_with_their_code() {
        let name = |text: &str, code: i32| of_log(text, code).and_then(|m| m.command);
        assert_eq!(name("go\n/run.sh: line 3: servr: command not found\n", 127).as_deref(), Some("servr"));
        assert_eq!(name("/bin/sh: 1: servr: not found\n", 127).as_deref(), Some("servr"));
        assert_eq!(name("sh: servr: not found\n", 127).as_deref(), Some("servr"));
        assert_eq!(name("/run.sh: line 3: servr: command not found\n", 1), None);
        assert_eq!(name("env: 'python': No such file or directory\n", 127).as_deref(), Some("python"));
        assert_eq!(
            name("[FATAL tini (7)] exec servr failed: No such file or directory\n", 127).as_deref(),
            Some("servr")
        );
        assert_eq!(
            name(
                "servr: error while loading shared libraries: libssl.so.3: cannot open shared object file: No such file or directory\n",
                127
            ),
            None
        );
        let other = "docker: Error response from daemon: OCI runtime create failed: exec: \"foo\": executable file not found in $PATH: unknown.\n";
        assert_eq!(of_log(other, 1), None);
        assert_eq!(
            of_log("/usr/bin/env: 'bash\\r': No such file or directory\n", 127)
                .map(|m| (m.interpreter, m.command)),
            Some((true, None))
        );
        assert_eq!(
            of_log("exec /entrypoint.sh: no such file or directory\n", 255).map(|m| m.interpreter),
            Some(true)
        );
    }
}
