//! Somebody gives their word that a machine is off: who they are was found out before, and what they say is kept with its seal.

use std::fmt::Debug;

use jiff::SignedDuration;
use podwhy_knowledge::Lang;

use super::super::dead::attestation::{Attestation, AttestationError};
use super::super::dead::{Proof, words as told};
use super::super::record::{Attested, Remediation};
use super::super::words;
use super::Actions;
use crate::ports::{Click, ClusterRead, KubernetesUser};

impl<C: ClusterRead + Debug> Actions<C> {
    /// What was said in the dialog, sealed.
    pub(super) fn attested(
        &self,
        one: &Remediation,
        click: &Click,
        user: &KubernetesUser,
        lang: Lang,
    ) -> Result<Attested, String> {
        let now = self.clock.now();
        let said = click.attests.as_ref().ok_or_else(|| words::NO_OFFER.of(lang).to_string())?;
        let minutes =
            said.minutes_ago.trim().parse::<i64>().ok().filter(|minutes| (0..=60).contains(minutes));
        let minutes = minutes.ok_or_else(|| words::NO_MINUTES.of(lang).to_string())?;
        let not_taken = |error: AttestationError| told::not_taken(error, lang).to_string();
        let at = now.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(now);
        let word = Attestation::new(&user.name, &said.how, at, now).map_err(not_taken)?;
        let attested = Attested {
            user: user.name.clone(),
            platform: click.asker.platform,
            person: click.asker.person.clone(),
            how: word.how,
            established_at: at,
            at: now,
            seal: String::new(),
        };
        Ok(self.executor.sealer.seal_word(one, attested))
    }

    /// Whether the node is dead, now and as if this person agreed as well; `None` where that is no matter.
    pub(super) async fn proof(&self, one: &Remediation, also: Option<&str>) -> Option<Proof> {
        let dead = self.executor.clusters.get(&one.spec.root_cause.cluster)?.dead.as_ref()?;
        dead.of(one, also, self.clock.now()).await
    }

    /// Whether this person's approval may count for a dead node: people may complete the proof until the last of them agrees.
    pub(super) async fn is_dead_enough(
        &self,
        one: &Remediation,
        user: &KubernetesUser,
        lang: Lang,
    ) -> Result<(), String> {
        if !one.spec.plan.remedy.needs_dead_node() {
            return Ok(());
        }
        let Some(proof) = self.proof(one, Some(&user.name)).await else {
            return Err(words::not_dead(&[], lang));
        };
        let is_last = one.status.approvals.len() + 1 >= one.spec.floor.approvals as usize;
        if proof.is_confirmed() || (proof.is_open() && !is_last) {
            return Ok(());
        }
        Err(words::not_dead(&proof.lacks(lang), lang))
    }
}
