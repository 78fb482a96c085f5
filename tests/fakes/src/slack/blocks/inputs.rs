//! Modals, and what is typed in them.

use super::rich::RICH_TEXT;
use super::shapes::{
    ACTIONS, CONTEXT, DIVIDER, HEADER, IMAGE, Kind, SECTION, Shape, may, must, plain, string,
};

/// A string that may be empty.
const fn any(most: usize) -> Kind {
    Kind::Str { least: 0, most }
}

static PLAIN_TEXT_INPUT: Shape = Shape {
    name: "plain_text_input",
    fields: &[
        may("action_id", string(255)),
        may("initial_value", any(3000)),
        may("multiline", Kind::Flag),
        may("min_length", Kind::Integer { least: 0, most: 3000 }),
        may("max_length", Kind::Integer { least: 1, most: 3000 }),
        may("focus_on_load", Kind::Flag),
        may("placeholder", plain(150)),
    ],
};

static INPUT: Shape = Shape {
    name: "input",
    fields: &[
        must("label", plain(2000)),
        must("element", Kind::Typed(&[&PLAIN_TEXT_INPUT])),
        may("hint", plain(2000)),
        may("optional", Kind::Flag),
        may("dispatch_action", Kind::Flag),
    ],
};

/// A modal itself. <https://docs.slack.dev/reference/views/modal-views>
pub(super) static MODAL_VIEW: Shape = Shape {
    name: "modal",
    fields: &[
        must("title", plain(24)),
        must("blocks", Kind::Blocks),
        may("submit", plain(24)),
        may("close", plain(24)),
        may("private_metadata", any(3000)),
        may("callback_id", any(255)),
        may("external_id", any(255)),
        may("clear_on_close", Kind::Flag),
        may("notify_on_close", Kind::Flag),
    ],
};

/// The blocks of a modal.
pub(super) static MODAL: &[&Shape] =
    &[&ACTIONS, &CONTEXT, &DIVIDER, &HEADER, &IMAGE, &INPUT, &RICH_TEXT, &SECTION];
