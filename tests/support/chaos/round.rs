//! One round after the other: something fails, the apps fail, the bot is killed.

use std::time::Duration;

use podwhy_fakes::discord::Route;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::judge;
use super::replica::Replica;
use super::town::{Town, deliver};
use super::trouble::Trouble;
use super::{CALM, Report};
use crate::control_plane::eventually;
use crate::dice::Dice;

const PATIENCE: Duration = Duration::from_secs(60);

/// A bot that was just started may take so long until it posts.
const SOON: Duration = Duration::from_secs(20);

pub(super) struct Rounds<'t> {
    town: &'t Town,
    dice: Dice,
    troubles: Vec<Trouble>,
    alerts: JoinSet<anyhow::Result<()>>,
    replica: Replica,
    /// The name of the one that runs.
    name: usize,
    report: Report,
}

impl<'t> Rounds<'t> {
    pub(super) async fn new(town: &'t Town, dice: Dice) -> anyhow::Result<Rounds<'t>> {
        let replica = town.replica(0)?;
        leads(&replica).await?;
        let (alerts, report) = (JoinSet::new(), Report::default());
        Ok(Rounds { town, dice, troubles: Vec::new(), alerts, replica, name: 0, report })
    }

    /// Of ten rounds one stops the leader, one has another bot take over, four cut between an app and the ledger, and four kill
    /// at any moment.
    pub(super) async fn one(&mut self, round: u32) -> anyhow::Result<()> {
        match round % 10 {
            3 => self.stopped().await?,
            8 => self.replaced().await?,
            0 | 2 | 5 | 7 => self.cut_between().await?,
            _ => self.killed_anytime().await?,
        }
        self.report.doubled_before =
            self.report.doubled_before.max(judge::doubles(self.town, &self.troubles));
        Ok(())
    }

    /// Something else fails from now on; of what failed before, something may be over.
    async fn happen(&mut self) -> anyhow::Result<()> {
        let trouble = self.fresh().await?;
        self.send(trouble.alert(false));
        if self.troubles.len() > 6 && self.dice.hits(50) {
            // those that come after it were sent later, so this one was taken by now or will be before its end
            let old = self.dice.below(self.troubles.len() as u64 - 6) as usize;
            if let Some(alert) = self.troubles[old].alert(true) {
                self.settled().await?;
                self.troubles[old].is_over = true;
                self.send(Some(alert));
            }
        }
        Ok(())
    }

    async fn fresh(&mut self) -> anyhow::Result<Trouble> {
        let trouble = Trouble::new(self.troubles.len());
        self.town.break_down(&trouble).await?;
        self.troubles.push(trouble.clone());
        Ok(trouble)
    }

    fn send(&mut self, alert: Option<Value>) {
        if let Some(alert) = alert {
            self.alerts.spawn(deliver(self.replica.address, alert));
        }
    }

    /// All alerts were taken.
    async fn settled(&mut self) -> anyhow::Result<()> {
        while let Some(taken) = self.alerts.join_next().await {
            taken??;
        }
        Ok(())
    }

    /// The app has a message, the answer never comes, and the bot is killed while it waits for it.
    async fn cut_between(&mut self) -> anyhow::Result<()> {
        let before = self.town.slack.requests().len();
        self.town.slack.chaos().lose_response("chat.postMessage");
        self.happen().await?;
        let unanswered = |state: &podwhy_fakes::slack::State| {
            let calls = state.requests().get(before..).unwrap_or_default();
            let lost = calls.iter().any(|call| call.method == "chat.postMessage" && call.answer.is_none());
            lost.then_some(())
        };
        // a bot that was never asked to post has nothing to lose
        let lost = self.town.slack.wait_for(SOON, unanswered).await;
        let name = self.name;
        self.replica.kill()?;
        self.report.kills += 1;
        self.report.between += u32::from(lost.is_ok() && self.town.has_lost_a_receipt().await?);
        self.replica = self.town.replica(name)?;
        leads(&self.replica).await
    }

    async fn killed_anytime(&mut self) -> anyhow::Result<()> {
        self.fail();
        self.happen().await?;
        // any moment will do, and the machine's own pace makes it a different one each time
        sleep(Duration::from_millis(self.dice.below(4_000))).await;
        self.kill().await
    }

    /// Something goes wrong in an app, or not.
    fn fail(&mut self) {
        let (slack, discord) = (self.town.slack.chaos(), &self.town.discord);
        let late = if self.dice.hits(40) { 8 } else { 0 };
        slack.show_late(Duration::from_secs(late));
        match self.dice.below(7) {
            0 => slack.rate_limit("chat.postMessage", 1, 3),
            1 => slack.cut("chat.postMessage", 2),
            2 => slack.drop_sockets(),
            3 => discord.lose_response(Route::CreateMessage),
            4 => discord.forget_nonces(),
            5 => discord.drop_gateways(),
            _ => slack.fail("chat.update", 500, 2),
        }
    }

    /// Kills it, and starts it again under its name.
    async fn kill(&mut self) -> anyhow::Result<()> {
        self.replica.kill()?;
        self.report.kills += 1;
        self.replica = self.town.replica(self.name)?;
        leads(&self.replica).await
    }

    /// A bot of the other name, beside the one that leads.
    async fn other(&mut self) -> anyhow::Result<Replica> {
        // those who send to the one that leads would wait for it for ever
        self.settled().await?;
        let other = self.town.replica(1 - self.name)?;
        other.is_up(PATIENCE).await?;
        Ok(other)
    }

    fn hand_over(&mut self, to: Replica) -> Replica {
        self.name = 1 - self.name;
        std::mem::replace(&mut self.replica, to)
    }

    /// It is stopped where it is, another one leads, it goes on without knowing, and is killed.
    async fn stopped(&mut self) -> anyhow::Result<()> {
        let other = self.other().await?;
        self.replica.signal("STOP")?;
        leads(&other).await?;
        let mut stopped = self.hand_over(other);
        self.happen().await?;
        sleep(Duration::from_millis(self.dice.below(3_000))).await;
        stopped.signal("CONT")?;
        self.report.stops += 1;
        sleep(Duration::from_millis(self.dice.below(3_000))).await;
        stopped.kill()?;
        self.report.kills += 1;
        Ok(())
    }

    /// It is killed, and one of another name goes on.
    async fn replaced(&mut self) -> anyhow::Result<()> {
        let other = self.other().await?;
        self.fail();
        let trouble = self.fresh().await?;
        sleep(Duration::from_millis(self.dice.below(3_000))).await;
        self.hand_over(other).kill()?;
        self.report.kills += 1;
        self.send(trouble.alert(false));
        leads(&self.replica).await?;
        self.report.failovers += 1;
        Ok(())
    }

    /// Nothing goes wrong any more: within [`CALM`] all has to be right.
    pub(super) async fn calm(mut self) -> anyhow::Result<Report> {
        self.town.slack.chaos().show_late(Duration::ZERO);
        self.town.discord.mend();
        let begun = Instant::now();
        self.settled().await?;
        let troubles = &self.troubles;
        let right = eventually("all is right", CALM, async || {
            Ok(judge::faults(self.town, troubles).is_empty().then_some(()))
        });
        self.report.calm_after = right.await.is_ok().then(|| begun.elapsed());
        self.report.faults = judge::faults(self.town, troubles);
        self.town.keep_calls().await?;
        self.report.told = self.troubles.len();
        Ok(self.report)
    }
}

async fn leads(replica: &Replica) -> anyhow::Result<()> {
    eventually("the bot leads", PATIENCE, async || Ok(replica.leads().await.then_some(()))).await
}
