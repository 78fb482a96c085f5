//! "Approve…", "The machine is off…": a dialog is opened at once. What is typed into it comes back as a click of its own.

use podwhy_flow::incident::words::NOT_NOW;
use tracing::warn;

use super::Work;
use crate::inbound::Dialog;
use crate::render;

impl Work {
    pub(super) async fn dialog(&self, dialog: &Dialog) -> &'static str {
        if let Err(outcome) = self.keeper(&dialog.pressed).await {
            return outcome;
        }
        let lang = dialog.lang.unwrap_or(self.lang);
        let view = render::dialog(dialog.form, &dialog.about, &dialog.carried().text(), lang);
        match self.outbound.open(&dialog.trigger, dialog.since, view).await {
            Ok(()) => "dialog",
            Err(error) if error.is_exchanged() => "duplicate",
            Err(error) => {
                warn!(%error, "a dialog could not be opened");
                self.tell(&dialog.pressed, NOT_NOW.of(lang)).await;
                "not-shown"
            }
        }
    }
}

#[cfg(test)]
mod tests;
