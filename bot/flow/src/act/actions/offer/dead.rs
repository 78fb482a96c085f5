//! A node that may be dead: the proof is made first, and what it lacks is told in the place of an offer.

use std::fmt::Debug;

use podwhy_knowledge::{Confidence, Kind, Lang, Target as Asked};

use super::super::super::dead::Warning;
use super::super::super::execute::Acted;
use super::super::super::plan::dead::{Dead, offers};
use super::super::super::plan::withheld::{Why, Withheld};
use super::super::super::plan::{Offerable, is_ready, target};
use super::super::super::remedy::Remedy;
use super::super::Actions;
use crate::ask::diagnose::{Diagnosed, ask};
use crate::ask::intake::Request;
use crate::ask::within::Within;
use crate::ports::ClusterRead;

/// The cause under which a node is looked at here.
const LOST: &str = "node-lost";

const OF_THE_DEAD: [Remedy; 3] = [Remedy::TaintOutOfService, Remedy::ForceDelete, Remedy::DeleteNode];

/// What can be offered about a node, with the node's own diagnosis: its pods may go meanwhile.
pub(super) struct OfNode {
    pub(super) diagnosed: Diagnosed,
    pub(super) all: Vec<Result<Offerable, Withheld>>,
}

impl<C: ClusterRead + Debug> Actions<C> {
    /// `None` where no node is lost, or nothing may be done about one. For who may see the whole cluster: pods of every namespace are
    /// named.
    pub(super) async fn about_dead(&self, own: &C, diagnosed: &Diagnosed) -> Option<OfNode> {
        let acted = self.executor.clusters.get(own.name())?;
        OF_THE_DEAD.iter().find(|remedy| self.policy.allows(**remedy, own.name(), ""))?;
        let lost = diagnosed.diagnosis.findings.iter().find(|one| one.cause == LOST)?;
        let asked =
            Asked { cluster: None, namespace: None, kind: Some(Kind::Node), name: lost.blame.name.clone() };
        let request = Request { target: asked, lang: Lang::En };
        let withheld = |why| {
            let of = format!("Node {}", lost.blame.name);
            vec![Err(Withheld { remedy: Remedy::TaintOutOfService, of, why })]
        };
        let node = match ask(own, &request, &Within::ALL).await {
            Ok(node) => node,
            Err(error) => {
                let (diagnosed, all) = (diagnosed.clone(), withheld(Why::NotRead(error.to_string())));
                return Some(OfNode { diagnosed, all });
            }
        };
        let all = match self.proved(acted, &node).await {
            Ok(all) => all,
            Err(why) => withheld(why),
        };
        Some(OfNode { diagnosed: node, all })
    }

    async fn proved(
        &self,
        acted: &Acted,
        diagnosed: &Diagnosed,
    ) -> Result<Vec<Result<Offerable, Withheld>>, Why> {
        let is_certain = |confidence: Option<Confidence>| confidence == Some(Confidence::Certain);
        let mut findings = diagnosed.diagnosis.findings.iter();
        let lost = findings.find(|one| one.cause == LOST && is_certain(one.confidence));
        let node = lost.and_then(|lost| diagnosed.snapshot.world.nodes.get(&lost.blame.name));
        let (Some(lost), Some(node), Some(proving)) = (lost, node, &acted.dead) else {
            return Err(Why::NotDead(Vec::new()));
        };
        // one that is back, and marked still
        if is_ready(node) {
            return Ok(Vec::new());
        }
        let target = target(node).ok_or_else(|| Why::NotDead(Vec::new()))?;
        let proof = proving.at_offer(&target, self.clock.now()).await;
        if !proof.is_open() {
            return Err(Why::NotDead(proof.said()));
        }
        let not_read = |error: crate::ports::ClusterError| Why::NotRead(error.to_string());
        let on = acted.nodes.on_node(&target.name).await.map_err(not_read)?;
        let minor = acted.nodes.minor_version().await.map_err(not_read)?;
        let twice = Warning::of(&diagnosed.snapshot);
        let dead = Dead { node, target, on, minor, twice, checklist: proof.said() };
        Ok(offers(&dead, lost))
    }
}
