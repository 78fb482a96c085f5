//! "Watch until well": a message is kept current until what it is about is well, by one replica.
//!
//! Nothing is stored: the message carries that it is watched, since when, for whom, and what it asks. Who watches claims each
//! [`LEASE`] before it begins; whoever finds a watched message whose lease nobody has (after a restart) takes it up, and whoever
//! finds that another has it leaves off.

mod lease;

use std::sync::Arc;
use std::time::Duration;

use podwhy_flow::chat::watching::{EVERY, Step, Watching};
use podwhy_flow::chat::{Accepted, Ask, Asker, Audience, Content, Intake, Question, Reply};
use podwhy_flow::words;
use tracing::{info, warn};

use super::Work;
use super::show::message_of;
use crate::inbound::{Click, Clicked};
use crate::mark::{Mark, Stage};
use crate::outbound::{CallError, Posted, Spot};
use crate::render::{self, State};
use lease::{Begun, Lease, Seat, number};
pub(crate) use lease::{LEASE, Watches};

/// A message to be watched.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    pub(crate) posted: Posted,
    /// The first message of its thread.
    pub(crate) thread: String,
    pub(crate) asker: Asker,
    pub(crate) line: String,
    pub(crate) mark: Mark,
}

impl Watched {
    /// Whether everyone who sees the message may see an answer. In a direct message everyone is the one who asked.
    fn is_open(&self, audience: Audience) -> bool {
        audience == Audience::Channel || self.asker.channel.is_none()
    }
}

impl Work {
    pub(super) async fn watch_clicked(
        self: &Arc<Self>,
        click: &Click,
        message: &Clicked,
        accepted: &Accepted,
    ) -> &'static str {
        let lang = accepted.lang;
        if message.is_ephemeral || !self.is_open(&click.place, accepted.audience) {
            let note = render::note(words::NOT_WATCHABLE.of(lang));
            self.whisper(&click.place, &note).await;
            return "answered";
        }
        let reply = self.answered(accepted).await;
        if !self.is_for_all(click, accepted, &reply) || reply.answers().is_empty() {
            self.whisper(&click.place, &message_of(&reply)).await;
            return "answered";
        }
        let stage = if reply.can_be_watched() { Stage::Watching } else { Stage::Done };
        let mark = self.mark(stage, &click.place, lang).asks(Some(&click.line));
        if stage == Stage::Done {
            let _edited = self.logged(self.outbound.edit(&message.posted, &message_of(&reply), &mark).await);
            return "answered";
        }
        let thread = click.place.thread.clone().unwrap_or_else(|| message.posted.ts.clone());
        let (posted, asker, line) = (message.posted.clone(), click.asker.clone(), click.line.clone());
        let watched = Watched { posted, thread, asker, line, mark };
        match self.take_up(watched.clone(), Some(reply)).await {
            Ok(()) => "answered",
            Err(Refusal::Others) => "watched-already",
            Err(Refusal::TooMany) => {
                let note = render::note(words::TOO_MANY_WATCHES.of(lang));
                self.whisper(&click.place, &note).await;
                "busy"
            }
            Err(Refusal::NotShown(error)) => {
                let no_member = error.is_no_member();
                let text = if no_member { words::INVITE } else { words::WATCH_ENDED };
                self.whisper(&click.place, &render::note(text.of(lang))).await;
                "answered"
            }
        }
    }

    /// Takes a message's watch up, if it is this replica's to watch. With the reply that is to be shown first.
    pub(crate) async fn take_up(
        self: &Arc<Self>,
        watched: Watched,
        first: Option<Reply>,
    ) -> Result<(), Refusal> {
        let seat = match self.watches.begin(&watched.posted, &self.metrics) {
            Ok(seat) => seat,
            Err(Begun::Already) => return Err(Refusal::Others),
            Err(Begun::TooMany) => return Err(Refusal::TooMany),
        };
        let Lease::Own(lease) = self.first_lease(&watched.posted).await else {
            return Err(Refusal::Others);
        };
        let watching = Watching::new(watched.mark.since);
        let mut watch = Watch { watching, last: None, watched, lease, is_own: true, _seat: seat };
        if let Some(reply) = first {
            // the first reply is always news
            let _changed = watch.watching.step(&reply, self.clock.now());
            if let Err(error) = self.show_watched(&mut watch, reply).await {
                self.ended(&watch);
                return Err(Refusal::NotShown(error));
            }
        }
        let work = self.clone();
        tokio::spawn(async move { work.watch(watch).await });
        Ok(())
    }

    async fn watch(self: Arc<Self>, mut watch: Watch) {
        let every = Duration::try_from(EVERY).unwrap_or(LEASE / 4);
        let mut stop = self.stop.clone();
        // a message that is taken up is looked at as soon as its turn comes
        while stop.sleep(every).await {
            match self.next_lease(&mut watch).await {
                Lease::Own(_) => {}
                Lease::Others => break,
                Lease::Unknown => continue,
            }
            if self.look(&mut watch).await {
                break;
            }
        }
        self.ended(&watch);
    }

    /// One look; whether it was the last.
    async fn look(&self, watch: &mut Watch) -> bool {
        let question = Question {
            asker: watch.watched.asker.clone(),
            ask: Ask::Line(watch.watched.line.clone()),
            thread: None,
        };
        let reply = match self.read(&question) {
            Intake::Now(reply) => reply,
            // what has become private is not shown to everyone any more
            Intake::Soon(accepted) if !watch.watched.is_open(accepted.audience) => Reply {
                lang: accepted.lang,
                audience: Audience::Asker,
                content: Content::Refused {
                    why: words::WATCH_ENDED.of(accepted.lang).into(),
                    channels: Vec::new(),
                },
                line: None,
                fix: false,
            },
            Intake::Soon(accepted) => self.answered(&accepted).await,
        };
        let step = watch.watching.step(&reply, self.clock.now());
        let shown = match step {
            Step::Same => return false,
            Step::Changed if reply.answers().is_empty() => return false,
            Step::Changed => self.show_watched(watch, reply).await,
            Step::Well | Step::GaveUp => {
                self.over(watch, reply, step == Step::Well).await;
                return true;
            }
        };
        match shown {
            Ok(()) => false,
            // whoever took the message away wants it watched no longer
            Err(error) if error.is_gone() || error.is_no_member() => true,
            Err(error) => {
                warn!(%error, "a watched message could not be edited");
                false
            }
        }
    }

    async fn show_watched(&self, watch: &mut Watch, reply: Reply) -> Result<(), CallError> {
        let state = State::Watching { since: watch.watched.mark.since };
        let message = render::message(&reply, state);
        watch.last = Some(reply);
        self.outbound.edit(&watch.watched.posted, &message, &watch.watched.mark).await
    }

    /// Shows that it is over, and tells it in the thread.
    async fn over(&self, watch: &Watch, reply: Reply, is_well: bool) {
        let (watched, now) = (&watch.watched, self.clock.now());
        let lang = watched.mark.lang;
        let note = if is_well {
            let minutes = now.duration_since(watched.mark.since).as_mins().max(1);
            words::well_after(minutes, lang)
        } else {
            words::WATCH_ENDED.of(lang).to_string()
        };
        // what is no answer is not for everyone: the last one that was stays
        let reply = if reply.answers().is_empty() { watch.last.clone().unwrap_or(reply) } else { reply };
        let done = watched.mark.becomes(Stage::Done, now);
        let message = if reply.answers().is_empty() {
            render::note(&note)
        } else {
            render::message(&reply, State::Over { note: note.clone() })
        };
        let edited = self.outbound.edit(&watched.posted, &message, &done).await;
        if !self.logged(edited) {
            return;
        }
        let spot = Spot { channel: watched.posted.channel.clone(), thread: Some(watched.thread.clone()) };
        let told = Mark::new(Stage::Done, &watched.asker.person, now, lang);
        let _told = self.logged(self.outbound.post(&spot, &render::note(&note), &told).await.map(drop));
    }

    fn ended(&self, watch: &Watch) {
        self.watches.keep_lease(&watch.watched.posted, watch.lease, number(self.clock.now()));
        info!("a message is no longer watched");
    }

    fn logged(&self, result: Result<(), CallError>) -> bool {
        if let Err(error) = &result {
            warn!(%error, "a watched message could not be changed");
        }
        result.is_ok()
    }
}

/// One message while it is watched.
struct Watch {
    watched: Watched,
    watching: Watching,
    /// The last reply that was shown.
    last: Option<Reply>,
    /// The last lease this replica asked for, and whether it is known to have it.
    lease: i64,
    is_own: bool,
    _seat: Seat,
}

/// Why a watch was not taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is watched already.
    Others,
    TooMany,
    NotShown(CallError),
}

#[cfg(test)]
mod tests;
