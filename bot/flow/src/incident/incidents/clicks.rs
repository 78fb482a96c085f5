//! What the buttons below incidents do.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::SignedDuration;
use podwhy_knowledge::Lang;
use tokio::time::sleep;
use tracing::warn;

use super::Incidents;
use crate::act::words::NO_ACTIONS;
use crate::ask::order::Order;
use crate::incident::Button;
use crate::incident::book::Book;
use crate::incident::dump::command;
use crate::incident::policy::Spot;
use crate::incident::reach::Reach;
use crate::incident::record::Incident;
use crate::incident::vote_words as voted;
use crate::incident::wanted::{PARENT, find};
use crate::incident::words::{self, NO_INCIDENT, NOT_A_PERSON, NOT_NOW};
use crate::ports::{Click, ClusterRead, IncidentClicks, KubernetesUser, Ordered, Said};

/// A button mutes for as long.
const MUTE_FOR: SignedDuration = SignedDuration::from_hours(1);

/// So often, and so far apart, it is looked for the id of a message that is being written down.
const LOOKS: u32 = 50;
const LOOK_EVERY: Duration = Duration::from_millis(100);

impl<C: ClusterRead + std::fmt::Debug> IncidentClicks for Incidents<C> {
    fn clicked<'a>(&'a self, click: Click) -> BoxFuture<'a, Result<Said, String>> {
        Box::pin(async move { self.press(&click).await })
    }
}

impl<C: ClusterRead + std::fmt::Debug> Incidents<C> {
    async fn press(&self, click: &Click) -> Result<Said, String> {
        let lang = self.chats.lang(&click.asker);
        let user = self.chats.user(&click.asker).ok_or_else(|| NOT_A_PERSON.of(lang).to_string())?;
        if click.button.acts() {
            let Some(acting) = &self.acting else { return Err(NO_ACTIONS.of(lang).to_string()) };
            return acting.pressed(click, &user, lang).await.map(Said::from);
        }
        let incident =
            self.store.incident(&click.incident).ok_or_else(|| NO_INCIDENT.of(lang).to_string())?;
        if click.button == Button::Fix {
            return self.fix(&incident, click, &user, lang).await.map(Said::from);
        }
        let (by, now, name) = (user.name.clone(), self.clock.now(), click.incident.as_str());
        let decide = |book: &mut Book| match click.button {
            Button::Take => book.take(name, &by, now),
            Button::Mute => book.mute(name, now.checked_add(MUTE_FOR).unwrap_or(now), &by, now),
            Button::Right => book.vote(name, true, &by, now),
            Button::Wrong => book.vote(name, false, &by, now),
            // what is done is told by whoever does it
            Button::Fix | Button::Approve | Button::ApproveTyped | Button::Attest | Button::Decline => {
                Vec::new()
            }
        };
        if let Err(error) = self.write(decide).await {
            warn!(%error, incident = name, "a button could not be obeyed");
            return Err(NOT_NOW.of(lang).to_string());
        }
        match click.button {
            Button::Right => Ok(self.voted(&incident, &by, true, lang).into()),
            Button::Wrong => {
                let text = self.voted(&incident, &by, false, lang);
                Ok(self.dumped(&incident, click, text, lang).await)
            }
            button => Ok(words::done(button, lang).to_string().into()),
        }
    }

    /// What can be done about the first of what fails that may be read is offered below the incident.
    async fn fix(
        &self,
        incident: &Incident,
        click: &Click,
        user: &KubernetesUser,
        lang: Lang,
    ) -> Result<String, String> {
        let (Some(acting), Some(reaches)) = (&self.acting, &self.reaches) else {
            return Err(NO_ACTIONS.of(lang).to_string());
        };
        let reached = reaches.reach(incident, &click.asker).await;
        let (target, within) = reached.ok_or_else(|| words::NOTHING_READABLE.of(lang).to_string())?;
        let parent = self.parent(click).await;
        let cluster = incident.status.root_cause.cluster.clone();
        let ordered = Ordered {
            order: Order::Fix(target),
            asker: click.asker.clone(),
            thread: parent,
            reach: Reach(BTreeMap::from([(cluster, within.visible)])),
            incident: Some(incident.name.clone()),
        };
        acting.obey(&ordered, Some(user), lang).await
    }

    /// The message that was clicked on. It stands a moment before its id is written down.
    async fn parent(&self, click: &Click) -> Option<String> {
        let spot = Spot { platform: click.asker.platform, channel: click.asker.channel.clone()? };
        for _ in 0..LOOKS {
            let incident = self.store.incident(&click.incident)?;
            let parent = find(&incident.status.posts, PARENT, &spot);
            match parent.and_then(|post| post.message.clone()) {
                Some(message) => return Some(message),
                None => sleep(LOOK_EVERY).await,
            }
        }
        None
    }

    /// Counts a vote and says so; `incident` is as it was before.
    fn voted(&self, incident: &Incident, by: &str, right: bool, lang: Lang) -> String {
        let button = if right { Button::Right } else { Button::Wrong };
        let before = incident.status.vote_of(by);
        let counts =
            self.store.incident(&incident.name).is_some_and(|now| now.status.vote_of(by) == Some(right));
        if counts && before != Some(right) {
            self.store.counts().votes.add(&incident.status.root_cause.cause, right);
        }
        match (counts, before) {
            (false, _) => voted::ENOUGH.of(lang).to_string(),
            (true, Some(before)) if before == right => voted::ALREADY.of(lang).to_string(),
            (true, Some(_)) => voted::moved(right, lang).to_string(),
            (true, None) => words::done(button, lang).to_string(),
        }
    }

    /// With what the diagnosis saw, for whoever looks into why it is wrong.
    async fn dumped(&self, incident: &Incident, click: &Click, text: String, lang: Lang) -> Said {
        let file = match &self.dumps {
            Some(dumps) => dumps.dump(incident, &click.asker).await,
            None => None,
        };
        let offer = match (&file, command(incident)) {
            (Some(_), command) => voted::dump(command.as_deref(), lang),
            (None, Some(command)) => voted::no_dump(&command, lang),
            (None, None) => return text.into(),
        };
        Said { text: format!("{text}\n\n{offer}"), file }
    }
}

#[cfg(test)]
mod tests;
