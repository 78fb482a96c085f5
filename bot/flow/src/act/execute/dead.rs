//! A dead node: whether it still is, and what has become of what stood on it.

use podwhy_knowledge::Lang;

use super::super::dead::proving::node_of;
use super::super::dead::{Verdict, words};
use super::super::effect::stands;
use super::super::out_of_service::is_on;
use super::super::record::{Remediation, Target};
use super::super::remedy::Remedy;
use super::{Executor, NotNow};
use crate::ports::PodOnNode;

impl Executor {
    /// Why a node is not taken for dead any more, if so.
    ///
    /// # Errors
    /// [`NotNow::Cluster`] while it is not proved by what *this* process sees: a replica that leads since a minute has watched for one.
    pub(super) async fn alive(&self, one: &Remediation) -> Result<Option<String>, NotNow> {
        if !one.spec.plan.remedy.needs_dead_node() {
            return Ok(None);
        }
        let Some(dead) = &self.acted(one)?.dead else {
            return Ok(Some("nothing here can prove a node dead".to_string()));
        };
        let Some(proof) = dead.of(one, None, self.clock.now()).await else {
            return Ok(Some("no node is named".to_string()));
        };
        match &proof.verdict {
            Verdict::Confirmed { .. } => Ok(None),
            Verdict::Refused(signs) => {
                let signs: Vec<String> = signs.iter().map(|sign| words::found(sign, Lang::En)).collect();
                Ok(Some(format!("the node is not confirmed dead any more: {}", signs.join("; "))))
            }
            Verdict::NotConfirmed(_) => Err(NotNow::Cluster(proof.lacks(Lang::En).join("; "))),
        }
    }

    /// By what a remedy of a node was seen to have been done, or what is seen instead; `None` of any other.
    pub(super) async fn node_helped(
        &self,
        one: &Remediation,
    ) -> Result<Option<Result<String, String>>, NotNow> {
        let node = node_of(one).or_else(|| one.spec.plan.targets.first().cloned());
        let Some(node) = node else { return Ok(None) };
        Ok(match one.spec.plan.remedy {
            Remedy::TaintOutOfService => Some(self.emptied(one, &node).await?),
            Remedy::ForceDelete => Some(self.all_gone(one, "the pods are removed").await?),
            Remedy::DeleteNode => Some(self.all_gone(one, "the Node object is gone").await?),
            Remedy::UntaintOutOfService => {
                let object = self.read(one, &node).await?;
                let is_marked = object.is_some_and(|object| stands(&node, Some(&object)) && is_on(&object));
                Some(if is_marked {
                    Err("it is still marked out of service".to_string())
                } else {
                    Ok(format!("Node {} is in service again", node.name))
                })
            }
            _ => None,
        })
    }

    /// Whether the mark has done what it is for: the pods are gone, and the volumes detached.
    async fn emptied(&self, one: &Remediation, node: &Target) -> Result<Result<String, String>, NotNow> {
        let on = self.acted(one)?.nodes.on_node(&node.name).await;
        let on = on.map_err(|error| NotNow::Cluster(error.to_string()))?;
        let (stay, go): (Vec<&PodOnNode>, Vec<&PodOnNode>) = on.pods.iter().partition(|pod| pod.tolerates);
        let go: Vec<&PodOnNode> = go.into_iter().filter(|pod| !pod.is_mirror && !pod.is_over).collect();
        if let Some(first) = go.first() {
            let (count, name) = (go.len(), &first.pod.name);
            return Ok(Err(format!("{count} of its pods are still there, {name} among them")));
        }
        if let Some(first) = on.attachments.first() {
            let count = on.attachments.len();
            return Ok(Err(format!("{count} of its volumes are still attached, {first} among them")));
        }
        let stay: Vec<&str> = stay.iter().map(|pod| pod.pod.name.as_str()).collect();
        let stay = if stay.is_empty() {
            String::new()
        } else {
            format!("; these tolerate the mark and stay: {}", stay.join(", "))
        };
        Ok(Ok(format!(
            "its pods are gone and its volumes are detached{stay}; take the mark away when the node is back"
        )))
    }

    async fn all_gone(&self, one: &Remediation, gone: &str) -> Result<Result<String, String>, NotNow> {
        for target in &one.spec.plan.targets {
            let object = self.read(one, target).await?;
            if stands(target, object.as_ref()) {
                return Ok(Err(format!("{} {} is still there", target.kind, target.name)));
            }
        }
        Ok(Ok(gone.to_string()))
    }
}
