//! What a test asks for, and what it does where that is not here.

use std::io::Write;

use super::{Binaries, ControlPlane, Missing, Program, start};

/// What a control plane consists of. The default is an API server and its store.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The oldest kube-apiserver the tests know, in the place of the newest. The rest stays the newest: kwok plays
    /// kubelets for it as well, while so new a scheduler binds nothing there and is refused.
    pub oldest: bool,
    /// Log every request, for [`ControlPlane::requests`].
    pub audit: bool,
    /// Keep the admission plugin that gives pods their service account. Pods are refused until the namespace has one,
    /// which the controller manager makes.
    pub service_account_admission: bool,
    /// Start kube-scheduler.
    pub scheduler: bool,
    /// Start kube-controller-manager.
    pub controller_manager: bool,
    /// Start kwok: every node becomes ready, every pod bound to one runs.
    pub kwok: bool,
    /// The test runs kubectl.
    pub kubectl: bool,
    /// The test runs Helm.
    pub helm: bool,
    /// More flags for kube-apiserver.
    pub apiserver_arguments: Vec<String>,
}

impl Options {
    /// With all that makes a cluster live: scheduler, controller manager, kwok.
    #[must_use]
    pub fn cluster() -> Self {
        Self { scheduler: true, controller_manager: true, kwok: true, ..Self::default() }
    }

    /// Where its programs are.
    ///
    /// # Errors
    /// When one is not here.
    pub(super) fn find(&self) -> Result<Binaries, Missing> {
        let binaries = Binaries::find()?;
        let binaries = if self.oldest { binaries.with_oldest()? } else { binaries };
        binaries.require(&self.programs())?;
        Ok(binaries)
    }

    /// The variable that makes it a failure, by `1`, when a program is not here.
    fn required(&self) -> &'static str {
        if self.oldest { "REQUIRE_OLDEST_APISERVER" } else { "REQUIRE_APISERVER" }
    }

    /// What has to be here for it.
    fn programs(&self) -> Vec<Program> {
        let wanted = [
            (true, Program::Etcd),
            (true, Program::KubeApiserver),
            (self.kubectl, Program::Kubectl),
            (self.scheduler, Program::KubeScheduler),
            (self.controller_manager, Program::KubeControllerManager),
            (self.kwok, Program::Kwok),
            (self.helm, Program::Helm),
        ];
        wanted.into_iter().filter_map(|(wanted, program)| wanted.then_some(program)).collect()
    }
}

/// The control plane, or None after a line on standard error that says what was left out and why.
///
/// # Panics
/// When it does not start, and with `REQUIRE_APISERVER=1` (`REQUIRE_OLDEST_APISERVER=1` for [`Options::oldest`]) also
/// when its programs are not here.
#[expect(clippy::panic, reason = "only tests call it, and what is required must not be left out")]
pub fn control_plane_or_say(test: &str, options: Options) -> Option<ControlPlane> {
    match options.find() {
        Ok(binaries) => match start::start(&binaries, &options) {
            Ok(control_plane) => Some(control_plane),
            Err(error) => panic!("{test}: {error:#}"),
        },
        Err(missing) if std::env::var(options.required()).is_ok_and(|value| value == "1") => {
            panic!("{test}: {missing}")
        }
        Err(missing) => {
            // past the harness, which shows nothing that a passing test prints
            drop(writeln!(std::io::stderr(), "left out: {test}: {missing}"));
            None
        }
    }
}
