//! Whether containers live on when the runtime's unit is restarted.

use std::path::Path;
use std::time::Duration;

use podwhy_api::report::Survival;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::bus::{Systemd, UnitError};
use super::docker::live_restore;
use super::seen::Seen;

/// Whether, and by what.
type Known = (Option<bool>, String);

const DOCKER: &str = "docker.service";

/// A small file is read in no time.
const WITHIN: Duration = Duration::from_secs(5);

impl Systemd {
    /// Whether containers live on when this unit is restarted. `daemon_json` is docker's configuration, where it is read from here. How many
    /// run is for the runtime to say: it is left open.
    ///
    /// Units that systemd restarts along with it count as well.
    pub async fn survival(&self, runtime: &str, daemon_json: &Path) -> Survival {
        let (survive, because) = match self.survives(runtime, daemon_json).await {
            Ok(known) => known,
            Err(error) => (None, error.to_string()),
        };
        Survival { survive, because, running: None }
    }

    async fn survives(&self, runtime: &str, daemon_json: &Path) -> Result<Known, UnitError> {
        let seen = self.seen(runtime).await?;
        let own = self.alone(&seen, daemon_json).await?;
        if seen.unit.name == DOCKER || !seen.along.iter().any(|unit| unit == DOCKER) {
            return Ok(own);
        }
        let docker = self.seen(DOCKER).await?;
        if docker.unit.active != "active" {
            return Ok(own);
        }
        let (survive, because) = self.alone(&docker, daemon_json).await?;
        Ok(worse(own, (survive, format!("docker is restarted along with it: {because}"))))
    }

    async fn alone(&self, seen: &Seen, daemon_json: &Path) -> Result<Known, UnitError> {
        let said = |error: zbus::Error| UnitError::Unreachable(error.to_string());
        let service = self.service(&seen.path).await.map_err(said)?;
        match seen.unit.name.as_str() {
            // it is only a translator: <https://mirantis.github.io/cri-dockerd/>
            "cri-docker.service" => Ok((Some(true), "cri-dockerd holds no containers".to_string())),
            DOCKER => {
                let commands = service.exec_start().await.map_err(said)?;
                let args: Vec<String> = commands.into_iter().flat_map(|(_, args, ..)| args).collect();
                let (config, started) = (daemon_json.to_path_buf(), seen.started);
                // a disk that hangs keeps whoever asks it
                let read = spawn_blocking(move || live_restore(&config, &args, started));
                let hangs = || (None, "daemon.json was not read in time".to_string());
                Ok(timeout(WITHIN, read).await.ok().and_then(Result::ok).unwrap_or_else(hangs))
            }
            "crio.service" => {
                let mode = service.kill_mode().await.map_err(said)?;
                let main = service.main_pid().await.map_err(said)?;
                let processes = service.get_processes().await.map_err(said)?;
                let others = processes.iter().filter(|(_, pid, _)| *pid != main).count();
                Ok(with_conmon(&mode, others))
            }
            _ => Ok(by_kill_mode(&service.kill_mode().await.map_err(said)?)),
        }
    }
}

/// containerd's shims are in its unit's cgroup, and containers end with their shims. Of that cgroup `process` and `none` kill no more than
/// the main process; `mixed` kills the rest after it, `control-group` all at once.
/// <https://www.freedesktop.org/software/systemd/man/latest/systemd.kill.html#KillMode=>,
/// <https://github.com/containerd/containerd/blob/main/containerd.service>
fn by_kill_mode(mode: &str) -> Known {
    match mode {
        "process" | "none" => (Some(true), format!("KillMode={mode}")),
        "control-group" | "mixed" => (Some(false), format!("KillMode={mode}")),
        _ => (None, "its KillMode is none that is known".to_string()),
    }
}

/// CRI-O moves its monitors out of its unit's cgroup, so that its KillMode does not reach them. Not every version and cgroup manager of its
/// does so: what is in there is looked at.
/// <https://github.com/cri-o/cri-o/blob/main/docs/crio.conf.5.md> (`monitor_cgroup`)
fn with_conmon(mode: &str, others: usize) -> Known {
    match by_kill_mode(mode) {
        (Some(false), because) if others == 0 => {
            (Some(true), format!("{because}, and nothing but CRI-O is in its unit"))
        }
        (Some(false), because) => (None, format!("{because}, and more than CRI-O is in its unit")),
        known => known,
    }
}

/// That they die is sure, whatever else is not known.
fn worse(one: Known, other: Known) -> Known {
    let rank = |known: &Known| match known.0 {
        Some(false) => 0,
        None => 1,
        Some(true) => 2,
    };
    if rank(&other) < rank(&one) { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shims_live_on_where_only_the_main_process_is_killed() {
        assert_eq!(by_kill_mode("process"), (Some(true), "KillMode=process".to_string()));
        assert_eq!(by_kill_mode("none").0, Some(true));
        assert_eq!(by_kill_mode("control-group").0, Some(false));
        assert_eq!(by_kill_mode("mixed"), (Some(false), "KillMode=mixed".to_string()));
        assert_eq!(by_kill_mode("of the future").0, None);
    }

    #[test]
    fn conmon_lives_on_where_it_is_not_in_the_unit() {
        assert_eq!(with_conmon("control-group", 0).0, Some(true));
        assert_eq!(with_conmon("control-group", 3).0, None);
        assert_eq!(with_conmon("process", 3).0, Some(true));
    }

    #[test]
    fn the_worse_of_two_counts() {
        let known = |survive| (survive, String::new());
        assert_eq!(worse(known(Some(true)), known(None)).0, None);
        assert_eq!(worse(known(None), known(Some(false))).0, Some(false));
        assert_eq!(worse(known(Some(false)), known(Some(true))).0, Some(false));
    }
}
