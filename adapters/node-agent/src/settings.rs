//! What the agent is told when it is started: flags, or variables of its environment.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use jiff::SignedDuration;
use podwhy_api::seal::Keys;
use podwhy_api::ticket::Action;
use thiserror::Error;

use crate::units::{KUBELETS, RUNTIMES, is_service};

/// The agent of podwhy on a node: it reports what it sees, and obeys podwhy's signed tickets, as far as it was switched on.
#[derive(Clone, Debug, Parser)]
#[command(name = "podwhy-agent", version)]
pub struct Settings {
    /// The node it runs on, by the downward API.
    #[arg(long, env = "NODE_NAME", value_name = "NAME")]
    pub node: String,
    /// The namespace it runs in, by the downward API: its tickets, its report and its Lease are there.
    #[arg(long, env = "POD_NAMESPACE", value_name = "NAMESPACE")]
    pub namespace: String,
    /// What it does when a ticket says so: restart-kubelet, restart-runtime, remove-image. Without it, nothing.
    #[arg(long, env = "PODWHY_AGENT_ALLOW", value_name = "ACTION", value_delimiter = ',', value_parser = action)]
    pub allow: Vec<Action>,
    /// The folder with the public keys whose tickets are obeyed: one file in PEM for each, at most two.
    #[arg(long, env = "PODWHY_AGENT_KEYS", value_name = "FOLDER", default_value = "/etc/podwhy/keys")]
    pub keys: PathBuf,
    /// The folder in which it writes down what it has done, on the node's own disk.
    #[arg(long, env = "PODWHY_AGENT_STATE", value_name = "FOLDER", default_value = "/var/lib/podwhy-agent")]
    pub state: PathBuf,
    /// Where the node's own file system is.
    #[arg(long, env = "PODWHY_AGENT_HOST", value_name = "FOLDER", default_value = "/host")]
    pub host: PathBuf,
    /// The D-Bus address of the node's systemd.
    #[arg(
        long,
        env = "PODWHY_AGENT_BUS",
        value_name = "ADDRESS",
        default_value = "unix:path=/run/dbus/system_bus_socket"
    )]
    pub bus: String,
    /// The container runtime's socket, as a path from here. Without it, where the kubelet has it, below the node's file system.
    #[arg(long, env = "PODWHY_AGENT_CRI", value_name = "PATH")]
    pub cri: Option<PathBuf>,
    /// Other names of the kubelet's unit.
    #[arg(long, env = "PODWHY_AGENT_KUBELET_UNITS", value_name = "UNIT", value_delimiter = ',', value_parser = unit)]
    pub kubelet_units: Vec<String>,
    /// Other names of the container runtime's unit.
    #[arg(long, env = "PODWHY_AGENT_RUNTIME_UNITS", value_name = "UNIT", value_delimiter = ',', value_parser = unit)]
    pub runtime_units: Vec<String>,
    /// So many tickets are begun within an hour.
    #[arg(long, env = "PODWHY_AGENT_PER_HOUR", value_name = "NUMBER", default_value_t = 6)]
    pub per_hour: usize,
    /// A unit that was started less long ago, in seconds, is not restarted.
    #[arg(long, env = "PODWHY_AGENT_COOLDOWN", value_name = "SECONDS", default_value_t = 600)]
    pub cooldown: u32,
    /// Where it tells, on loopback only, whether it is well, and its numbers. Without it, it listens on nothing.
    #[arg(long, env = "PODWHY_AGENT_HEALTH", value_name = "ADDRESS", value_parser = loopback)]
    pub health: Option<SocketAddr>,
}

/// Why the agent cannot start as it was told.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The folder of keys cannot be read.
    #[error("--keys {path}: {why}")]
    Keys {
        /// The folder, or a file in it.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl Settings {
    /// What it does at all.
    pub fn allowed(&self) -> BTreeSet<Action> {
        self.allow.iter().copied().collect()
    }

    /// The names a kubelet's unit may have, the likeliest first.
    pub fn kubelets(&self) -> Vec<&str> {
        self.kubelet_units.iter().map(String::as_str).chain(KUBELETS).collect()
    }

    /// The names a runtime's unit may have, the likeliest first.
    pub fn runtimes(&self) -> Vec<&str> {
        self.runtime_units.iter().map(String::as_str).chain(RUNTIMES).collect()
    }

    /// For how long a unit is left alone after its start.
    pub fn cooldown(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.cooldown))
    }

    /// The keys in its folder; `None` where nothing is allowed, for then none is needed.
    ///
    /// # Errors
    /// [`SettingsError`] where one is needed and there is none, or one is no key.
    pub fn keys(&self) -> Result<Option<Keys>, SettingsError> {
        if self.allow.is_empty() {
            return Ok(None);
        }
        let of = |path: &PathBuf| {
            let path = path.clone();
            move |why: String| SettingsError::Keys { path, why }
        };
        let folder = std::fs::read_dir(&self.keys).map_err(|why| of(&self.keys)(why.to_string()))?;
        let mut pems = Vec::new();
        for entry in folder {
            let path = entry.map_err(|why| of(&self.keys)(why.to_string()))?.path();
            // what Kubernetes makes of a Secret has folders beside, which begin with two dots
            let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if !is_hidden {
                pems.push(std::fs::read_to_string(&path).map_err(|why| of(&path)(why.to_string()))?);
            }
        }
        let keys = Keys::from_pems(pems.iter().map(String::as_str));
        keys.map(Some).map_err(|why| of(&self.keys)(why.to_string()))
    }
}

fn action(word: &str) -> Result<Action, String> {
    let found = Action::ALL.into_iter().find(|action| action.as_str() == word);
    let known = || Action::ALL.map(Action::as_str).join(", ");
    found.ok_or_else(|| format!("{word} is no action; known are {}", known()))
}

fn unit(name: &str) -> Result<String, String> {
    if is_service(name) {
        return Ok(name.to_string());
    }
    Err(format!("{name} is no name of a service, as kubelet.service is"))
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr =
        text.parse().map_err(|_| format!("{text} is no address, as 127.0.0.1:9090 is"))?;
    match address.ip().is_loopback() {
        true => Ok(address),
        false => Err(format!("{address} is not on loopback, and this agent listens nowhere else")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAiojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=\n-----END PUBLIC KEY-----\n";

    fn told(more: &[&str]) -> Result<Settings, String> {
        let own = ["podwhy-agent", "--node", "a", "--namespace", "podwhy"];
        Settings::try_parse_from(own.iter().chain(more)).map_err(|error| error.to_string())
    }

    #[test]
    fn it_does_nothing_and_listens_on_nothing_unless_it_is_told_to() {
        let settings = told(&[]).unwrap();
        assert!(settings.allowed().is_empty() && settings.health.is_none());
        assert!(settings.keys().unwrap().is_none(), "and needs no key");
        let settings = told(&["--allow", "restart-kubelet,remove-image"]).unwrap();
        assert_eq!(settings.allowed(), [Action::RestartKubelet, Action::RemoveImage].into());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (more, why) in [
            (["--allow", "reboot"], "reboot is no action; known are restart-kubelet"),
            (["--health", "0.0.0.0:9090"], "not on loopback"),
            (["--kubelet-units", "kubelet; reboot"], "no name of a service"),
        ] {
            let said = told(&more).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn keys_are_files_of_a_folder_as_a_secret_is_mounted() {
        let folder = tempfile::tempdir().unwrap();
        let with = |settings: &Settings| settings.keys().map(|keys| keys.unwrap().ids().count());
        let path = folder.path().to_str().unwrap();
        let settings = told(&["--allow", "restart-kubelet", "--keys", path]).unwrap();
        assert!(with(&settings).unwrap_err().to_string().contains("no key is given"));
        std::fs::create_dir(folder.path().join("..2026_05_04")).unwrap();
        std::fs::write(folder.path().join("new.pem"), PUBLIC).unwrap();
        assert_eq!(with(&settings).unwrap(), 1);
        std::fs::write(folder.path().join("old.pem"), "none").unwrap();
        assert!(with(&settings).unwrap_err().to_string().contains("no Ed25519 public key"));
    }
}
