//! The kubelet that runs, by its entry below `/proc`.

use super::Host;

/// More processes than a node has.
const MOST_PROCESSES: usize = 100_000;
/// <https://man7.org/linux/man-pages/man2/execve.2.html> allows more; a kubelet's line has some hundreds of bytes.
const MOST_BYTES: u64 = 128 * 1024;

/// Programs that are a kubelet, or hold one: alone, k3s, MicroK8s, and kubelets before 1.19 in hyperkube.
const PROGRAMS: [&str; 6] = ["kubelet", "k3s-server", "k3s-agent", "k3s", "kubelite", "hyperkube"];

/// A kubelet that runs.
pub struct Running {
    /// The program's name: `kubelet`, `k3s-agent`.
    pub program: String,
    /// Its command line, without the program.
    pub arguments: Vec<String>,
}

impl Running {
    /// Whether it is k3s, which gives its kubelet flags of its own.
    pub fn is_k3s(&self) -> bool {
        self.program.starts_with("k3s")
    }
}

/// The kubelet, or why it was not found.
pub fn find(host: &Host) -> (Option<Running>, Option<String>) {
    let names = match host.names("/proc", MOST_PROCESSES) {
        Ok((names, _)) => names,
        Err(error) => return (None, Some(format!("/proc: {error}"))),
    };
    let mut pids: Vec<u32> = names.iter().filter_map(|name| name.parse().ok()).collect();
    pids.sort_unstable();
    if pids.is_empty() {
        // an empty folder in the place of the node's: whether a kubelet runs is not known
        return (None, Some("/proc: it shows no processes".to_string()));
    }
    let programs = pids.iter().filter_map(|pid| {
        let rank = rank(host, *pid)?;
        (!is_pods(host, *pid)).then_some((rank, *pid))
    });
    let Some((rank, pid)) = programs.min() else {
        return (None, Some("no kubelet runs: what its command line says is not known".to_string()));
    };
    match host.read(&format!("/proc/{pid}/cmdline"), MOST_BYTES) {
        Ok(line) => {
            let words = line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
            let program = PROGRAMS.get(rank).copied().unwrap_or_default().to_string();
            (
                Some(Running { program, arguments: words.skip(1).filter(|word| !word.is_empty()).collect() }),
                None,
            )
        }
        Err(error) => (None, Some(format!("the kubelet's command line: {error}"))),
    }
}

/// Which of the programs it is. A process that has ended meanwhile is none.
fn rank(host: &Host, pid: u32) -> Option<usize> {
    let comm = host.text(&format!("/proc/{pid}/comm"), 64).ok()?;
    PROGRAMS.iter().position(|program| *program == comm.trim())
}

/// A pod may call its process what it likes. No kubelet runs in its own pods' cgroups; one whose cgroup is not told is
/// not trusted either.
fn is_pods(host: &Host, pid: u32) -> bool {
    host.text(&format!("/proc/{pid}/cgroup"), 64 * 1024).map_or(true, |groups| groups.contains("kubepods"))
}
