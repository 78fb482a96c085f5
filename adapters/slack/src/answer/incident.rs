//! A button below an incident: done by whoever keeps incidents, and told to the one who pressed.

use std::sync::Arc;

use podwhy_flow::ports::{IncidentClicks, Said, TextFile};
use podwhy_flow::words;
use tracing::warn;

use super::Work;
use crate::inbound::Pressed;
use crate::mark::{Mark, Stage};
use crate::outbound::Spot;
use crate::render;

impl Work {
    pub(super) async fn incident(&self, pressed: &Pressed) -> &'static str {
        let incidents = match self.keeper(pressed).await {
            Ok(incidents) => incidents,
            Err(outcome) => return outcome,
        };
        let done = tokio::time::timeout(self.patience, incidents.clicked(pressed.click.clone())).await;
        let (told, outcome) = match done {
            Ok(Ok(Said { text, file: None })) => (text, "done"),
            Ok(Ok(Said { text, file: Some(file) })) => {
                let sent = self.send(pressed, &file).await;
                let sent = if sent { words::FILE_IN_DIRECT } else { words::FILE_NOT_SENT };
                (format!("{text}\n\n{}", sent.of(self.lang)), "done")
            }
            Ok(Err(why)) => (why, "refused"),
            Err(_) => {
                let button = pressed.click.button.as_str();
                warn!(button, incident = pressed.click.incident, "a button of an incident took too long");
                (words::too_late(self.patience, self.lang), "too-late")
            }
        };
        self.tell(pressed, &told).await;
        outcome
    }

    /// Whoever keeps incidents, where one may ask. Where not, it is told.
    pub(super) async fn keeper(&self, pressed: &Pressed) -> Result<&Arc<dyn IncidentClicks>, &'static str> {
        if !self.channels.contains(&pressed.place.channel) {
            self.tell(pressed, words::NOT_CONFIGURED_HERE.of(self.lang)).await;
            return Err("elsewhere");
        }
        let Some(incidents) = &self.incidents else {
            self.tell(pressed, words::NO_INCIDENTS_HERE.of(self.lang)).await;
            return Err("no-incidents");
        };
        Ok(incidents)
    }

    /// Puts a file into the direct messages of the one who pressed: what only one person sees in a channel takes none. Whether it
    /// stands there.
    async fn send(&self, pressed: &Pressed, file: &TextFile) -> bool {
        let person = Spot { channel: pressed.place.person.clone(), thread: None };
        let mark = Mark::new(Stage::Done, &pressed.place.person, self.clock.now(), self.lang);
        let about = format!("{} {}", words::DUMP_OF.of(self.lang), pressed.click.incident);
        let sent = match self.outbound.post(&person, &render::note(&about), &mark).await {
            // by the person's id it is found which channel that is
            Ok(posted) => {
                let spot = Spot { channel: posted.channel, thread: None };
                self.outbound.upload(&spot, &file.name, &file.text).await
            }
            Err(error) => Err(error),
        };
        sent.inspect_err(|error| warn!(%error, "a person was not sent a file")).is_ok()
    }

    pub(super) async fn tell(&self, pressed: &Pressed, text: &str) {
        self.whisper(&pressed.place, &render::note(text)).await;
    }
}

#[cfg(test)]
mod tests;
