//! The hands of a real node: systemd over D-Bus, the runtime over its socket.

use std::path::PathBuf;

use futures::FutureExt;
use futures::future::BoxFuture;
use podwhy_api::report::{Survival, Unit};
use podwhy_api::ticket::{Action, MOST_LINES, Order, Phase};
use podwhy_knowledge::redact::redact;

use crate::cri::{Cri, Removed};
use crate::eyes::{Host, journal};
use crate::numbers::Numbers;
use crate::orders::{Ended, Hands};
use crate::settings::Settings;
use crate::units::{Patience, RestartError, Role, Systemd, may_restart};

/// Where docker's configuration is on a node.
const DOCKER: &str = "etc/docker/daemon.json";

/// Acts on this node.
pub struct NodeHands {
    settings: Settings,
    host: Host,
    patience: Patience,
    numbers: Numbers,
}

impl NodeHands {
    /// As it was told.
    pub fn new(settings: &Settings, host: Host, numbers: Numbers) -> NodeHands {
        let patience = Patience { cooldown: settings.cooldown(), ..Patience::default() };
        NodeHands { settings: settings.clone(), host, patience, numbers }
    }

    /// The same, waiting otherwise.
    #[must_use]
    pub fn patient(self, patience: Patience) -> NodeHands {
        NodeHands { patience, ..self }
    }

    /// systemd, on a connection of its own.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub(super) async fn systemd(&self) -> Result<Systemd, String> {
        let connected = Systemd::connect(&self.settings.bus).await;
        connected.map_err(|why| format!("there is no systemd to ask: {why}"))
    }

    /// The unit that an action restarts; `None` where it restarts none.
    ///
    /// # Errors
    /// Why it cannot be done here.
    pub(super) async fn unit(&self, systemd: &Systemd, action: Action) -> Result<Option<String>, String> {
        let (names, role) = match action {
            Action::RestartKubelet => (self.settings.kubelets(), Role::Kubelet),
            Action::RestartRuntime => (self.settings.runtimes(), Role::Runtime),
            Action::RemoveImage => return Ok(None),
        };
        // of dockerd and its containerd, dockerd's: it is the one that the kubelet asks
        let found = match role {
            Role::Runtime => match systemd.find(&["docker.service"]).await {
                Ok(Some(docker)) => Ok(Some(docker)),
                _ => systemd.find(&names).await,
            },
            Role::Kubelet => systemd.find(&names).await,
        };
        let found = found.map_err(|why| why.to_string())?;
        let unit = found.ok_or_else(|| format!("systemd has none of {}", names.join(", ")))?;
        let own = &self.settings;
        match may_restart(&unit, &own.kubelet_units, &own.runtime_units) {
            Ok(is) if is == role => Ok(Some(unit)),
            Ok(_) => Err(format!("{unit} is not what this would restart")),
            Err(why) => Err(why.to_string()),
        }
    }

    /// Whether containers live on when the runtime's unit is restarted.
    pub(super) async fn survival(&self, systemd: &Systemd, unit: &str) -> Survival {
        systemd.survival(unit, &self.settings.host.join(DOCKER)).await
    }

    /// The runtime, where it can be asked.
    pub(super) fn cri(&self, endpoint: Option<&str>) -> Option<Cri> {
        let told = endpoint.map(|endpoint| PathBuf::from(endpoint.trim_start_matches("unix://")));
        let socket = self.settings.cri.clone().or(told).or_else(super::usual_socket)?;
        Some(Cri::new(&socket))
    }

    async fn restart(&self, order: &Order) -> Result<Ended, Ended> {
        let refused = |reason: &str, why: String| Ended::new(Phase::Refused, reason, why);
        let systemd = self.systemd().await.map_err(|why| refused("NotPossible", why))?;
        let unit = self.unit(&systemd, order.action).await.map_err(|why| refused("NotPossible", why))?;
        let unit = unit.ok_or_else(|| refused("NotPossible", "no unit is restarted by this".to_string()))?;
        if order.action == Action::RestartRuntime && !order.containers_may_die {
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
        let read = tokio::task::spawn_blocking(move || journal::last_lines(&host, &unit, MOST_LINES)).await;
        match read {
            Ok(Ok(seen)) => seen.found.into_iter().map(|line| line.text).collect(),
            Ok(Err(why)) => vec![redact(&format!("its journal cannot be read: {why}"))],
            Err(_) => Vec::new(),
        }
    }

    async fn remove(&self, order: &Order) -> Ended {
        let Some(image) = &order.image else {
            return Ended::new(Phase::Refused, "NotPossible", "no image is named");
        };
        let Some(cri) = self.cri(None) else {
            return Ended::new(Phase::Refused, "NotPossible", "no socket of a container runtime is found");
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
            if action == Action::RemoveImage {
                return match self.cri(None) {
                    Some(_) => Ok(None),
                    None => Err("no socket of a container runtime is found".to_string()),
                };
            }
            let systemd = self.systemd().await?;
            let Some(unit) = self.unit(&systemd, action).await? else { return Ok(None) };
            systemd.unit(&unit).await.map(Some).map_err(|why| why.to_string())
        }
        .boxed()
    }

    fn now<'a>(&'a self, unit: &'a str) -> BoxFuture<'a, Option<Unit>> {
        async move { self.systemd().await.ok()?.unit(unit).await.ok() }.boxed()
    }

    fn act<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Ended> {
        async move {
            let ended = match order.action {
                Action::RestartKubelet | Action::RestartRuntime => match self.restart(order).await {
                    Ok(ended) | Err(ended) => ended,
                },
                Action::RemoveImage => self.remove(order).await,
            };
            self.numbers.ended(order.action.as_str(), &format!("{:?}", ended.phase));
            ended
        }
        .boxed()
    }
}
