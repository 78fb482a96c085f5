//! Who presses what, where and when: two at once mostly, some twice, some against it, some too late.

use std::time::Duration;

use podwhy_flow::act::actions::Acting;
use podwhy_flow::chat::Platform;
use podwhy_flow::chat::question::Asker;
use podwhy_flow::incident::Button;
use podwhy_flow::ports::Click;
use podwhy_knowledge::Lang;
use tokio::time::sleep;

use super::{Round, Slot};
use crate::dice::Dice;
use crate::races::lane::People;

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(in crate::races) struct Press {
    /// Of [`People::ALL`].
    pub(in crate::races) person: usize,
    /// Which replica the app asks.
    pub(super) replica: usize,
    pub(in crate::races) button: Button,
    pub(super) after: Duration,
    /// Whether they press again where nothing was answered.
    pub(super) again: bool,
}

/// Those of a round: in a quiet one everybody agrees.
pub(super) fn presses(dice: &mut Dice, is_quiet: bool) -> Vec<Press> {
    let mut all = Vec::new();
    let mut press = |person: usize, button: Button, dice: &mut Dice| {
        let after = Duration::from_millis(if dice.hits(60) { 0 } else { dice.below(25) });
        let replica = dice.below(3) as usize;
        all.push(Press { person, replica, button, after, again: dice.hits(70) });
    };
    press(0, Button::Approve, dice);
    if is_quiet || dice.hits(90) {
        press(1, Button::Approve, dice);
    }
    if !is_quiet && dice.hits(20) {
        press(0, Button::Approve, dice);
    }
    if !is_quiet && dice.hits(15) {
        press(2, Button::Decline, dice);
    }
    all
}

impl Press {
    /// Pressed: what was said, if anything was.
    pub(super) async fn by(&self, round: &Round<'_>, slots: &[Slot<'_>]) -> Option<Result<String, String>> {
        sleep(self.after).await;
        let said = self.once(round, &slots[self.replica]).await;
        if said.is_some() || !self.again {
            return said;
        }
        sleep(Duration::from_millis(2)).await;
        self.once(round, &slots[(self.replica + 1) % slots.len()]).await
    }

    async fn once(&self, round: &Round<'_>, slot: &Slot<'_>) -> Option<Result<String, String>> {
        let run = slot.current();
        let user = People::users().swap_remove(self.person);
        let person = format!("U-{}", user.name);
        let channel = Some("C0OPS".to_string());
        let asker = Asker { platform: Platform::Slack, channel, person, groups: Vec::new() };
        let click = Click {
            button: self.button,
            incident: round.offer.name.clone(),
            asker,
            shown_name: user.name.clone(),
            typed: None,
            attests: None,
        };
        tokio::select! {
            said = run.actions.pressed(&click, &user, Lang::En) => Some(said),
            () = run.life.died() => None,
        }
    }
}
