//! Somebody agrees, or says no: who they are was found out before; what they may do is asked here, in the target's cluster.

use std::fmt::Debug;

use podwhy_knowledge::Lang;
use tracing::warn;

use super::super::effect::access;
use super::super::machine::{Event, next};
use super::super::policy::words::NOT_COUNTED;
use super::super::privileged::doubted;
use super::super::record::{Approval, Phase, Remediation};
use super::super::words;
use super::Actions;
use crate::incident::Button;
use crate::incident::words::done;
use crate::ports::{Access, Click, ClusterRead, KubernetesUser, LedgerError};

/// Two people may press at once: one of them reads again.
const TRIES: u32 = 4;

impl<C: ClusterRead + Debug> Actions<C> {
    pub(in super::super) async fn press(
        &self,
        click: &Click,
        user: &KubernetesUser,
        lang: Lang,
    ) -> Result<String, String> {
        for _ in 0..TRIES {
            let one = self.known(&click.incident, lang).await?;
            let event = match click.button {
                Button::Approve | Button::ApproveTyped => {
                    self.may_agree(&one, user, lang).await?;
                    Event::Approve(self.approval(&one, click, user))
                }
                Button::Attest => Event::Attest(self.attested(&one, click, user, lang)?),
                _ => Event::Decline { who: user.name.clone(), why: String::new() },
            };
            let now = self.clock.now();
            let status = next(&one.spec, &one.status, &event, now)
                .map_err(|refused| words::refused(refused, &one, lang))?;
            let before = one.status.history.len();
            let mut after = Remediation { status, ..one };
            if let Some(proof) = self.proof(&after, None).await {
                after.status.checklist = proof.said();
            }
            match self.executor.remediations.save(&after).await {
                Ok(saved) => {
                    self.store.counts().steps.came(before, &saved);
                    self.tell(&saved).await;
                    let done = (click.button == Button::Attest).then(|| done(click.button, lang).to_string());
                    return Ok(done.unwrap_or_else(|| words::stands(&saved, lang)));
                }
                // its own answer may have been lost: what stands then says so
                Err(LedgerError::Conflict | LedgerError::Unclear(_)) => {}
                Err(error) => {
                    warn!(%error, remediation = click.incident, "a button of an offer could not be obeyed");
                    return Err(words::NOT_NOW.of(lang).to_string());
                }
            }
        }
        Err(words::NOT_NOW.of(lang).to_string())
    }

    async fn known(&self, name: &str, lang: Lang) -> Result<Remediation, String> {
        self.one(name, lang).await?.ok_or_else(|| words::NO_OFFER.of(lang).to_string())
    }

    /// One as it stands; `None` where there is none of this name.
    pub(in super::super) async fn one(&self, name: &str, lang: Lang) -> Result<Option<Remediation>, String> {
        self.executor.remediations.get(name).await.map_err(|error| {
            warn!(%error, remediation = name, "an offer could not be read");
            words::NOT_NOW.of(lang).to_string()
        })
    }

    fn approval(&self, one: &Remediation, click: &Click, user: &KubernetesUser) -> Approval {
        let approval = Approval {
            user: user.name.clone(),
            platform: click.asker.platform,
            person: click.asker.person.clone(),
            added_groups: self.executor.added(user),
            typed: click.typed.as_deref().map(|typed| typed.trim().to_string()),
            at: self.clock.now(),
            seal: String::new(),
        };
        self.executor.sealer.seal(one, approval)
    }

    /// Whether nothing is in the way, and this person has every right that it takes, but not every right there is.
    async fn may_agree(&self, one: &Remediation, user: &KubernetesUser, lang: Lang) -> Result<(), String> {
        if one.status.phase != Phase::Offered {
            return Err(words::stands(one, lang));
        }
        if let Some(frozen) = self.frozen() {
            return Err(words::frozen(&frozen.by, frozen.until, lang));
        }
        let needs = self.policy.requirements(&one.spec);
        let counts = needs.may_begin(&one.spec, self.clock.now());
        counts
            .and_then(|()| needs.may_agree(&one.spec, user))
            .map_err(|denied| format!("{} {}", denied.told(lang), NOT_COUNTED.of(lang)))?;
        let all = self.executor.remediations.all().await.map_err(|_| words::NOT_NOW.of(lang).to_string())?;
        if let Some(why) = self.hindered(one, &all, lang) {
            return Err(why);
        }
        let acted = self.executor.clusters.get(&one.spec.root_cause.cluster);
        let acted = acted.ok_or_else(|| words::NO_OFFER.of(lang).to_string())?;
        let no_rights = |error| {
            warn!(%error, user = user.name, "a person's rights could not be asked for");
            words::NO_RIGHTS_NOW.of(lang).to_string()
        };
        if let Some(doubted) = doubted(user, &self.policy.allow_privileged)
            && acted.write.may(&doubted, &Access::everything()).await.map_err(no_rights)?
        {
            return Err(words::privileged(&user.name, lang));
        }
        for access in one.spec.plan.targets.iter().map(|target| access(&one.spec, target)) {
            if !acted.write.may(user, &access).await.map_err(no_rights)? {
                return Err(words::may_not(&user.name, &access.told(), lang));
            }
        }
        self.is_dead_enough(one, user, lang).await
    }
}
