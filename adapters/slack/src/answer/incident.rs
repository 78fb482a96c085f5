//! A button below an incident: done by whoever keeps incidents, and told to the one who pressed.

use podwhy_flow::words;
use tracing::warn;

use super::Work;
use crate::inbound::Pressed;
use crate::render;

impl Work {
    pub(super) async fn incident(&self, pressed: &Pressed) -> &'static str {
        if !self.channels.contains(&pressed.place.channel) {
            self.tell(pressed, words::NOT_CONFIGURED_HERE.of(self.lang)).await;
            return "elsewhere";
        }
        let Some(incidents) = &self.incidents else {
            self.tell(pressed, words::NO_INCIDENTS_HERE.of(self.lang)).await;
            return "no-incidents";
        };
        let done = tokio::time::timeout(self.patience, incidents.clicked(pressed.click.clone())).await;
        let (told, outcome) = match done {
            Ok(Ok(told)) => (told, "done"),
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

    async fn tell(&self, pressed: &Pressed, text: &str) {
        self.whisper(&pressed.place, &render::note(text)).await;
    }
}

#[cfg(test)]
mod tests;
