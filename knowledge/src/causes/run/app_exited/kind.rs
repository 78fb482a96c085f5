//! What kind of end it was, as far as the program's own words and its code tell: for the page only, never a proof.

use serde::Serialize;

use crate::container::ContainerView;
use crate::dependency::{Standing, look_up};
use crate::logs::names::hosts_in;
use crate::logs::{Class, Reading};
use crate::schedule::reason::Words;
use crate::snapshot::Snapshot;

/// One flag for each kind the page has words for.
#[derive(Default, Serialize)]
pub(super) struct Kind {
    /// The class in a word: `timeout`.
    class: Option<&'static str>,
    timeout: bool,
    unreachable: bool,
    tls: bool,
    auth: bool,
    permission: bool,
    read_only: bool,
    limits: bool,
    disk: bool,
    port_in_use: bool,
    database: bool,
    missing_library: bool,
    missing_variable: bool,
    arguments: bool,
    missing_file: bool,
    config: bool,
    memory: bool,
    missing_kind: bool,
    lost_lease: bool,
    panic: bool,
    exception: bool,
}

pub(super) fn kind(class: Option<Class>) -> Kind {
    let is = |wanted: Class| class == Some(wanted);
    Kind {
        class: class.map(Class::as_str),
        timeout: is(Class::Timeout),
        unreachable: is(Class::Unreachable),
        tls: is(Class::Tls),
        auth: is(Class::Auth),
        permission: is(Class::Permission),
        read_only: is(Class::ReadOnly),
        limits: is(Class::Limits),
        disk: is(Class::Disk),
        port_in_use: is(Class::PortInUse),
        database: is(Class::Database),
        missing_library: is(Class::MissingLibrary),
        missing_variable: is(Class::MissingVariable),
        arguments: is(Class::Arguments),
        missing_file: is(Class::MissingFile),
        config: is(Class::Config),
        memory: is(Class::Memory),
        missing_kind: is(Class::MissingKind),
        lost_lease: is(Class::LostLease),
        panic: is(Class::Panic),
        exception: is(Class::Exception),
    }
}

/// What a code says by custom of shells, runtimes and `sysexits.h`.
#[derive(Default, Serialize)]
pub(super) struct Code {
    /// 126: found, and not to be executed.
    code_not_executable: bool,
    /// 127: the shell found no such command.
    code_not_found: bool,
    /// 2 with a Go runtime's words, or a shell's misuse.
    code_go_panic: bool,
    /// 101 with a Rust runtime's.
    code_rust_panic: bool,
    /// 64 and 78 of `sysexits.h`.
    code_usage: bool,
    code_config: bool,
    /// 255: a code out of range, mostly -1.
    code_minus_one: bool,
    /// What Windows ends a process with, in its own words.
    windows: Option<Words>,
}

/// `NTSTATUS` values, and what a .NET runtime ends with after an exception nobody caught.
/// <https://learn.microsoft.com/openspecs/windows_protocols/ms-erref/596a1078-e883-4972-9bbc-49e60bebca55>
fn windows(exit_code: i32) -> Option<Words> {
    // the code is an unsigned number, of which Kubernetes keeps the bits
    let code = exit_code.cast_unsigned();
    let (en, zh) = match code {
        0xC000_0005 => ("an access violation: the program touched memory it may not", "非法内存访问"),
        0xC000_0135 => ("a DLL that the program needs was not found", "缺少程序所需的 DLL"),
        0xC000_0142 => ("a DLL of the program could not be initialised", "DLL 初始化失败"),
        0xC000_013A => ("the program was asked to end (CTRL_C)", "程序被要求退出（CTRL_C）"),
        0xC000_0409 => (
            "a stack overrun or another fault at which the program ends itself",
            "栈溢出等致命错误，程序自行终止",
        ),
        0xC000_00FD => ("a stack overflow", "栈溢出"),
        0xC000_0017 => ("not enough memory", "内存不足"),
        0xE043_4352 => (".NET: an exception nobody caught", ".NET 未捕获的异常"),
        _ => return None,
    };
    Some(Words::new(format!("0x{code:08X}: {en}"), format!("0x{code:08X}：{zh}")))
}

pub(super) fn code(exit_code: i32, class: Option<Class>) -> Code {
    let panic = class == Some(Class::Panic);
    Code {
        code_not_executable: exit_code == 126,
        code_not_found: exit_code == 127,
        code_go_panic: exit_code == 2 && panic,
        code_rust_panic: exit_code == 101,
        code_usage: exit_code == 64,
        code_config: exit_code == 78,
        code_minus_one: exit_code == 255,
        windows: windows(exit_code),
    }
}

/// The other party the program speaks of.
#[derive(Default, Serialize)]
pub(super) struct Party {
    /// `ledger:9000`
    target: Option<String>,
    variable: Option<String>,
    /// `payments/ledger`
    service: Option<String>,
    ready: Option<usize>,
    all: Option<usize>,
    /// The Service has no ready endpoints.
    nobody: bool,
}

pub(super) fn party(s: &Snapshot, container: &ContainerView<'_>, reading: Option<&Reading>) -> Party {
    let Some(reading) = reading.filter(|r| r.class.is_some_and(Class::is_about_a_dependency)) else {
        return Party::default();
    };
    let Some(host) = hosts_in(&reading.line).into_iter().next() else { return Party::default() };
    let dependency = look_up(s, container, &host);
    let service = match &dependency.standing {
        Standing::Service(service) => Some(service),
        _ => None,
    };
    Party {
        target: Some(dependency.shown()),
        service: service.map(|service| format!("{}/{}", service.namespace, service.name)),
        ready: service.and_then(|service| service.endpoints).map(|(ready, _)| ready),
        all: service.and_then(|service| service.endpoints).map(|(_, all)| all),
        nobody: service.is_some_and(|service| service.has_nobody()),
        variable: dependency.variable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_windows_ends_with_has_a_name() {
        let said = |code: i32| windows(code).map(|words| words.en);
        assert_eq!(
            said(-1_073_741_819).as_deref(),
            Some("0xC0000005: an access violation: the program touched memory it may not")
        );
        assert_eq!(said(-532_462_766).as_deref(), Some("0xE0434352: .NET: an exception nobody caught"));
        assert_eq!((said(-1), said(1), said(137)), (None, None, None));
    }
}
