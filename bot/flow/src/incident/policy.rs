//! Where incidents are told, to whom, and what is not told: as the configuration says it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use podwhy_knowledge::Lang;

use super::alert::Severity;
use super::record::Incident;
use crate::chat::Platform;
use crate::chat::policy::Area;
use crate::hours::Hours;

/// A channel of an app.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// In which app.
    pub platform: Platform,
    /// Its id.
    pub channel: String,
}

/// What goes to a channel. An incident goes to every route that fits; a channel is told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The channel.
    pub to: Spot,
    /// Where something fails; empty for anywhere.
    pub areas: Vec<Area>,
    /// At least this severe.
    pub severity: Severity,
    /// Of these causes; empty for any.
    pub causes: BTreeSet<String>,
    /// With these labels on an alert of it; empty for any, and for what no alert told.
    pub labels: BTreeMap<String, String>,
    /// Whom to call for severe ones, in the app's own form.
    pub mention: Option<String>,
    /// Whether podwhy's own watch opens incidents here, in `areas`.
    pub watch: bool,
    /// When nobody is called.
    pub quiet: Option<Hours>,
    /// The language here.
    pub lang: Lang,
}

/// What may be done about by buttons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixes {
    /// Where.
    pub areas: Vec<Area>,
    /// About which causes.
    pub causes: BTreeSet<&'static str>,
}

impl Fixes {
    /// Whether something may be done about an incident: it is looked for when somebody asks.
    pub fn fit(&self, incident: &Incident) -> bool {
        let root_cause = &incident.status.root_cause;
        let namespaces = incident.status.members.iter().map(|member| member.namespace.as_str());
        let own = root_cause.blame.namespace.as_deref().unwrap_or_default();
        let mut namespaces = namespaces.chain([own]);
        namespaces.any(|namespace| self.holds(&root_cause.cluster, namespace, &root_cause.cause))
    }

    /// Whether something may be done about this cause there; what is in no namespace needs the whole cluster.
    pub fn holds(&self, cluster: &str, namespace: &str, cause: &str) -> bool {
        let holds = |area: &Area| match namespace {
            "" => area.cluster == cluster && area.namespace.is_none(),
            namespace => area.holds(cluster, namespace),
        };
        self.causes.contains(cause) && self.areas.iter().any(holds)
    }
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Where incidents go.
    pub routes: Vec<Route>,
    /// Channels an annotation may name, each with where that is allowed: what fails there and is annotated so goes to it, too.
    pub annotated: Vec<Route>,
    /// Alerts without a Kubernetes cause are posted if their severity label is one of these, or they have none.
    pub post_undiagnosed: BTreeSet<String>,
    /// Whether alerts that are told nowhere are noted, for a digest.
    pub counts_untold: bool,
    /// As long as all must be well before an incident is resolved: longer than the longest back-off of a restart (5 minutes).
    pub settle: Duration,
    /// Within this time after it was resolved an incident is opened again instead of a new one.
    pub reopen: Duration,
    /// At most this many new threads a channel within `storm_window`; and as many are split out of "many failures" again.
    pub storm_threads: usize,
    /// See `storm_threads`.
    pub storm_window: Duration,
    /// A severe one nobody took is called out once more after this; `None` for never.
    pub remind: Option<Duration>,
    /// One call a channel within this time.
    pub mention_window: Duration,
    /// Resolved incidents are kept in the ledger for as long.
    pub keep: Duration,
    /// How much evidence stays with an incident.
    pub excerpts: Excerpts,
    /// What has a button to be done about.
    pub fixes: Fixes,
    /// Hosts whose https links may stand in a message: `runbooks.example.com`, `*.example.com`, with `:8443` for another port.
    pub runbook_hosts: Vec<String>,
}

/// How much evidence an incident keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excerpts {
    /// At most so many pieces, the newest: no more than [`MOST_KEPT`].
    ///
    /// [`MOST_KEPT`]: super::record::MOST_KEPT
    pub most: usize,
    /// The longest of them, in bytes.
    pub longest: usize,
}

impl Default for Excerpts {
    fn default() -> Self {
        Excerpts { most: super::record::MOST_KEPT, longest: 400 }
    }
}

impl Default for Policy {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Policy {
            routes: Vec::new(),
            annotated: Vec::new(),
            post_undiagnosed: ["critical", "page"].map(str::to_string).into(),
            counts_untold: false,
            settle: minutes(10),
            reopen: minutes(60),
            storm_threads: 5,
            storm_window: minutes(5),
            remind: Some(minutes(15)),
            mention_window: minutes(5),
            keep: minutes(7 * 24 * 60),
            excerpts: Excerpts::default(),
            fixes: Fixes::default(),
            runbook_hosts: Vec::new(),
        }
    }
}
