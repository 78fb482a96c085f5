//! The hands of a real node: systemd over D-Bus, the runtime over its socket.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use podwhy_api::report::{Survival, Unit};
use podwhy_api::ticket::{Action, MOST_LINES, Order, Phase};
use podwhy_knowledge::redact::redact;
use tokio::time::timeout;

use super::socket;
use crate::cri::{Cri, Removed};
use crate::eyes::{Host, journal};
use crate::numbers::Numbers;
use crate::orders::{Ended, Hands};
use crate::settings::Settings;
use crate::units::{Patience, RestartError, Role, Systemd, may_restart};

/// Where docker's configuration is on a node.
const DOCKER: &str = "etc/docker/daemon.json";

/// The last lines of a unit are not waited for any longer: its disk may be what is wrong.
const LINES: Duration = Duration::from_secs(30);

/// Acts on this node.
pub struct NodeHands {
    settings: Settings,
    host: Host,
    patience: Patience,
    numbers: Numbers,
    /// Where the kubelet has its runtime, by its configuration as it was last read.
    endpoint: Mutex<Option<String>>,
}

impl NodeHands {
    /// As it was told.
    pub fn new(settings: &Settings, host: Host, numbers: Numbers) -> NodeHands {
        let patience = Patience { cooldown: settings.cooldown(), ..Patience::default() };
        NodeHands { settings: settings.clone(), host, patience, numbers, endpoint: Mutex::default() }
    }

    /// systemd, on a connection of its own.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) async fn systemd(&self) -> Result<Systemd, String> {
        let connected = Systemd::connect(&self.settings.bus).await;
        connected.map_err(|why| format!("there is no systemd to ask: {why}"))
    }

    /// The unit of this node that has this role.
    ///
    /// # Errors
    /// Why it has none that may be restarted.
    pub(super) async fn unit(&self, systemd: &Systemd, role: Role) -> Result<String, String> {
        let mut names = match role {
            Role::Kubelet => self.settings.kubelets(),
            Role::Runtime => self.settings.runtimes(),
        };
        // what somebody has named comes first as it is
        if role == Role::Runtime && self.settings.runtime_units.is_empty() {
            names.insert(0, kubelets_own(self.endpoint().as_deref()));
        }
        let found = systemd.find(&names).await.map_err(|why| why.to_string())?;
        let unit = found.ok_or_else(|| format!("systemd has none of {}", names.join(", ")))?;
        let own = &self.settings;
        match may_restart(&unit, &own.kubelet_units, &own.runtime_units) {
            Ok(is) if is == role => Ok(unit),
            Ok(_) => Err(format!("{unit} is not what this would restart")),
            Err(why) => Err(why.to_string()),
        }
    }

    /// Whether containers live on when the runtime's unit is restarted.
    pub(super) async fn survival(&self, systemd: &Systemd, unit: &str) -> Survival {
        systemd.survival(unit, &self.settings.host.join(DOCKER)).await
    }

    /// Where the kubelet has its runtime. Of one that names none now, such as one that is down, what it named before stays.
    pub(super) fn learn(&self, endpoint: Option<&str>) {
        if let Some(endpoint) = endpoint {
            *self.endpoint.lock().unwrap_or_else(PoisonError::into_inner) = Some(endpoint.to_string());
        }
    }

    fn endpoint(&self) -> Option<String> {
        self.endpoint.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The runtime: the one that was named, the kubelet's, or a usual one.
    ///
    /// # Errors
    /// That there is none to ask.
    pub(super) fn cri(&self) -> Result<Cri, String> {
        let socket = self.socket().ok_or("no socket of a container runtime is found")?;
        Ok(Cri::new(&socket))
    }

    fn socket(&self) -> Option<PathBuf> {
        let named = self.settings.cri.clone();
        named.or_else(|| socket::find(self.endpoint().as_deref(), &self.settings.host))
    }

    async fn restart(&self, order: &Order, role: Role) -> Result<Ended, Ended> {
        let refused = |reason: &str, why: String| Ended::new(Phase::Refused, reason, why);
        let systemd = self.systemd().await.map_err(|why| refused("NotPossible", why))?;
        let unit = self.unit(&systemd, role).await.map_err(|why| refused("NotPossible", why))?;
        if role == Role::Runtime && !order.containers_may_die {
            // read again now: what was reported when people agreed may have been changed since
            let survival = self.survival(&systemd, &unit).await;
            if survival.survive != Some(true) {
                let why = format!(
                    "its containers would end with it ({}), and nobody agreed to that",
                    survival.because
                );
                return Err(refused("ContainersDie", why));
            }
        }
        match systemd.restart(&unit, self.patience).await {
            Ok(restarted) => {
                let message = format!("{unit} was restarted and runs");
                let (before, after) = (Some(restarted.before), Some(restarted.after));
                Ok(Ended { before, after, ..Ended::new(Phase::Done, "", message) })
            }
            Err(error) => Err(self.failed(&unit, error).await),
        }
    }

    async fn failed(&self, unit: &str, error: RestartError) -> Ended {
        let mut ended = Ended::new(error.phase(), error.word(), &error);
        match error {
            RestartError::Failed { before, after, .. } => {
                (ended.before, ended.after) = (Some(*before), after.map(|after| *after));
                ended.lines = self.last_lines(unit).await;
            }
            RestartError::Unclear { before, .. } => ended.before = Some(*before),
            _ => {}
        }
        ended
    }

    /// What the unit said last: why it did not start.
    async fn last_lines(&self, unit: &str) -> Vec<String> {
        let (host, unit) = (self.host.clone(), unit.to_string());
        let read = tokio::task::spawn_blocking(move || journal::last_lines(&host, &unit, MOST_LINES));
        match timeout(LINES, read).await {
            Ok(Ok(Ok(seen))) => seen.found.into_iter().map(|line| line.text).collect(),
            Ok(Ok(Err(why))) => vec![redact(&format!("its journal cannot be read: {why}"))],
            Ok(Err(_)) => Vec::new(),
            Err(_) => vec![format!("its journal was not read within {} s", LINES.as_secs())],
        }
    }

    async fn remove(&self, order: &Order) -> Ended {
        let Some(image) = &order.image else {
            return Ended::new(Phase::Refused, "NotPossible", "no image is named");
        };
        let cri = match self.cri() {
            Ok(cri) => cri,
            Err(why) => return Ended::new(Phase::Refused, "NotPossible", why),
        };
        match cri.remove_image(image).await {
            Ok(Removed::Image { id, containers }) => {
                let message = match containers.len() {
                    0 => format!("image {image} ({id}) was removed"),
                    count => {
                        format!("image {image} ({id}) was removed, with {count} containers that had ended")
                    }
                };
                Ended::new(Phase::Done, "", message)
            }
            Ok(Removed::Gone) => Ended::new(Phase::Done, "Gone", format!("there is no image {image}")),
            Err(error) => Ended::new(error.phase(), error.word(), format!("image {image}: {error}")),
        }
    }
}

impl Hands for NodeHands {
    fn before(&self, action: Action) -> BoxFuture<'_, Result<Option<Unit>, String>> {
        async move {
            let Some(role) = restarted(action) else { return self.cri().map(|_| None) };
            let systemd = self.systemd().await?;
            let unit = self.unit(&systemd, role).await?;
            systemd.unit(&unit).await.map(Some).map_err(|why| why.to_string())
        }
        .boxed()
    }

    fn now<'a>(&'a self, unit: &'a str) -> BoxFuture<'a, Option<Unit>> {
        async move { self.systemd().await.ok()?.unit(unit).await.ok() }.boxed()
    }

    fn act<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Ended> {
        async move {
            let ended = match restarted(order.action) {
                Some(role) => match self.restart(order, role).await {
                    Ok(ended) | Err(ended) => ended,
                },
                None => self.remove(order).await,
            };
            self.numbers.ended(order.action.as_str(), &format!("{:?}", ended.phase));
            ended
        }
        .boxed()
    }
}

/// Whose unit an action restarts; `None` for one that is the runtime's own to do.
pub(super) fn restarted(action: Action) -> Option<Role> {
    match action {
        Action::RestartKubelet => Some(Role::Kubelet),
        Action::RestartRuntime => Some(Role::Runtime),
        Action::RemoveImage => None,
    }
}

/// The unit of the runtime that the kubelet asks, of several on one node. Where it is not known, dockerd's: of dockerd and its containerd
/// it is the one.
fn kubelets_own(endpoint: Option<&str>) -> &'static str {
    match endpoint {
        Some(endpoint) if endpoint.contains("crio") => "crio.service",
        Some(endpoint) if endpoint.contains("containerd") => "containerd.service",
        _ => "docker.service",
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn hands(more: &[&str]) -> NodeHands {
        let own = ["podwhy-agent", "--node", "a", "--namespace", "podwhy", "--host", "/no/such/root"];
        let settings = Settings::try_parse_from(own.iter().chain(more)).unwrap();
        NodeHands::new(&settings, Host::at("/no/such/root"), Numbers::default())
    }

    #[test]
    fn the_socket_that_was_named_is_taken_as_it_is_and_else_the_kubelets() {
        let named = hands(&["--cri", "/host/run/my.sock"]);
        named.learn(Some("unix:///run/crio/crio.sock"));
        assert_eq!(named.socket(), Some("/host/run/my.sock".into()));
        let own = hands(&[]);
        own.learn(Some("unix:///var/run/other/other.sock"));
        assert_eq!(own.socket(), Some("/run/other/other.sock".into()));
        own.learn(None);
        assert_eq!(own.socket(), Some("/run/other/other.sock".into()), "of a kubelet that is down it stays");
    }

    #[test]
    fn of_two_runtimes_it_is_the_kubelets_that_is_restarted() {
        for (endpoint, unit) in [
            (Some("unix:///run/containerd/containerd.sock"), "containerd.service"),
            (Some("unix:///var/run/crio/crio.sock"), "crio.service"),
            (Some("unix:///run/cri-dockerd.sock"), "docker.service"),
            (None, "docker.service"),
        ] {
            assert_eq!(kubelets_own(endpoint), unit, "{endpoint:?}");
        }
    }
}
