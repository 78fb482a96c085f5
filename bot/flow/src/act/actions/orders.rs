//! What is typed about actions: `fix`, `approvals`, `history`, `freeze`, `unfreeze`.

use std::fmt::Debug;
use std::sync::Arc;

use podwhy_knowledge::Lang;

use super::super::freeze;
use super::super::record::{Phase, Remediation};
use super::super::story::Shown;
use super::super::words;
use super::Actions;
use crate::ask::order::{Lasts, Order};
use crate::incident::policy::Spot;
use crate::incident::reach::Reach;
use crate::incident::words::NOT_A_PERSON;
use crate::incident::{Change, Incident};
use crate::ports::{ClusterRead, KubernetesUser, Ordered};

/// At most this many of a list.
const LISTED: usize = 10;

impl<C: ClusterRead + Debug> Actions<C> {
    pub(super) async fn ordered(
        &self,
        ordered: &Ordered,
        user: Option<&KubernetesUser>,
        lang: Lang,
    ) -> Result<String, String> {
        match (&ordered.order, user) {
            (Order::Approvals, _) => self.approvals(ordered, lang).await,
            (Order::History, _) => self.history(ordered, lang).await,
            (_, None) => Err(NOT_A_PERSON.of(lang).to_string()),
            (Order::Fix(target), Some(user)) => {
                let channel = ordered.asker.channel.clone();
                let channel =
                    channel.ok_or_else(|| crate::words::NOT_CONFIGURED_HERE.of(lang).to_string())?;
                let to = Spot { platform: ordered.asker.platform, channel };
                let shown = Shown { to, thread: ordered.thread.clone(), lang };
                self.fix(ordered, target, user, &shown).await
            }
            (Order::Freeze(lasts), Some(user)) => self.freeze(&user.name, *lasts, lang).await,
            (Order::Unfreeze, Some(_)) => self.unfreeze(lang).await,
            _ => Err(words::NOTHING_TO_OFFER.of(lang).to_string()),
        }
    }

    pub(in super::super) async fn freeze(
        &self,
        by: &str,
        lasts: Lasts,
        lang: Lang,
    ) -> Result<String, String> {
        let now = self.clock.now();
        let record = freeze::record(by, now.checked_add(lasts.duration()).unwrap_or(now), now);
        let decide = |known: &[Arc<Incident>]| match known.iter().find(|one| one.name == record.name) {
            None => vec![Change::Create(Box::new(record.clone()))],
            Some(own) if own.status.muted_until == record.status.muted_until => Vec::new(),
            Some(own) => {
                let mut after = Incident::clone(own);
                after.status.muted_until = record.status.muted_until;
                after.status.muted_by.clone_from(&record.status.muted_by);
                vec![Change::Update(Box::new(after))]
            }
        };
        self.store.write(decide).await.map_err(|_| words::NOT_NOW.of(lang).to_string())?;
        Ok(words::frozen(by, record.status.muted_until, lang))
    }

    pub(in super::super) async fn unfreeze(&self, lang: Lang) -> Result<String, String> {
        if freeze::of(&self.store.incidents(), self.clock.now()).is_none() {
            return Err(words::NOT_FROZEN.of(lang).to_string());
        }
        let decide = |known: &[Arc<Incident>]| {
            let own = known.iter().filter(|one| one.spec.root_cause.cause == crate::incident::name::FREEZE);
            own.map(|one| Change::Remove(one.name.clone())).collect()
        };
        self.store.write(decide).await.map_err(|_| words::NOT_NOW.of(lang).to_string())?;
        Ok(words::UNFROZEN.of(lang).to_string())
    }

    async fn approvals(&self, ordered: &Ordered, lang: Lang) -> Result<String, String> {
        let waiting = self.waiting(&ordered.reach, lang).await?;
        Ok(list(&waiting, words::NOTHING_WAITS.of(lang), lang))
    }

    async fn history(&self, ordered: &Ordered, lang: Lang) -> Result<String, String> {
        Ok(list(&self.done(&ordered.reach, lang).await?, words::NOTHING_DONE.of(lang), lang))
    }

    /// What waits for somebody, the latest first.
    pub(in super::super) async fn waiting(
        &self,
        reach: &Reach,
        lang: Lang,
    ) -> Result<Vec<Remediation>, String> {
        let now = self.clock.now();
        self.all(reach, |one| one.status.phase == Phase::Offered && now < one.spec.expires_at(), lang).await
    }

    /// What was done, or not, the latest first.
    pub(in super::super) async fn done(&self, reach: &Reach, lang: Lang) -> Result<Vec<Remediation>, String> {
        let was = |one: &Remediation| !one.status.approvals.is_empty() || one.status.executing.is_some();
        self.all(reach, was, lang).await
    }

    /// What can still come of something, the latest first.
    pub(in super::super) async fn going_on(
        &self,
        reach: &Reach,
        lang: Lang,
    ) -> Result<Vec<Remediation>, String> {
        let now = self.clock.now();
        let is_late = |one: &Remediation| one.status.phase == Phase::Offered && now >= one.spec.expires_at();
        self.all(reach, |one| !one.status.phase.is_over() && !is_late(one), lang).await
    }

    async fn all(
        &self,
        reach: &Reach,
        wanted: impl Fn(&Remediation) -> bool,
        lang: Lang,
    ) -> Result<Vec<Remediation>, String> {
        let all = self.executor.remediations.all().await.map_err(|_| words::NOT_NOW.of(lang).to_string())?;
        let shows = |one: &Remediation| {
            let visible = reach.0.get(&one.spec.root_cause.cluster);
            let mut targets = one.spec.plan.targets.iter();
            visible.is_some_and(|visible| {
                targets.all(|target| target.namespace.is_empty() || visible.shows(&target.namespace))
            })
        };
        let mut own: Vec<Remediation> = all.into_iter().filter(|one| wanted(one)).filter(shows).collect();
        own.sort_by_key(|one| std::cmp::Reverse(one.spec.offered_at));
        Ok(own)
    }
}

fn list(own: &[Remediation], none: &str, lang: Lang) -> String {
    if own.is_empty() {
        return none.to_string();
    }
    let line =
        |one: &Remediation| format!("• {}: {}", words::title(&one.spec, lang), words::stands(one, lang));
    let mut lines: Vec<String> = own.iter().take(LISTED).map(line).collect();
    if own.len() > LISTED {
        lines.push(crate::words::more(own.len() - LISTED, lang));
    }
    lines.join("\n")
}
