//! The blocks, elements and objects of Block Kit as tables: their keys, and what may stand under each.
//!
//! After `@slack/types` 3.2 and <https://docs.slack.dev/reference/block-kit>. Left out is what a bot that only posts answers
//! has no use for: pickers, videos, cards. A client that sends one is told so.

/// What may stand under a key.
pub(super) enum Kind {
    /// A text object.
    Text { mrkdwn: bool, most: usize },
    /// A string.
    Str { least: usize, most: usize },
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// `http`, `https` or `mailto`; at most 3,000 characters.
    Url,
    /// A number without a fraction.
    Integer { least: i64, most: i64 },
    /// Any number.
    Number,
    /// `true` or `false`.
    Flag,
    /// An object without a `type`.
    Object(&'static Shape),
    /// An object that says by `type` which of these it is.
    Typed(&'static [&'static Shape]),
    /// Blocks, which are looked through by themselves.
    Blocks,
    /// A list.
    List { of: &'static Kind, least: usize, most: usize },
}

/// A key of an object.
pub(super) struct Field {
    pub key: &'static str,
    pub required: bool,
    pub kind: Kind,
}

/// An object: what `type` says of it, and its keys beside `type` and `block_id`.
pub(super) struct Shape {
    pub name: &'static str,
    pub fields: &'static [Field],
}

pub(super) const fn must(key: &'static str, kind: Kind) -> Field {
    Field { key, required: true, kind }
}

pub(super) const fn may(key: &'static str, kind: Kind) -> Field {
    Field { key, required: false, kind }
}

pub(super) const fn plain(most: usize) -> Kind {
    Kind::Text { mrkdwn: false, most }
}

const fn either(most: usize) -> Kind {
    Kind::Text { mrkdwn: true, most }
}

pub(super) const fn string(most: usize) -> Kind {
    Kind::Str { least: 1, most }
}

/// No limit of its own is known: the size of all blocks together bounds it.
pub(super) const UNBOUNDED: usize = usize::MAX;

const STYLE: Kind = Kind::OneOf(&["primary", "danger"]);

static CONFIRM: Shape = Shape {
    name: "confirmation dialog",
    fields: &[
        must("title", plain(100)),
        must("text", either(300)),
        must("confirm", plain(30)),
        must("deny", plain(30)),
        may("style", STYLE),
    ],
};

static OPTION: Shape = Shape {
    name: "option",
    fields: &[must("text", plain(75)), must("value", string(75)), may("description", plain(75))],
};

static OVERFLOW_OPTION: Shape = Shape {
    name: "option",
    fields: &[
        must("text", plain(75)),
        must("value", string(75)),
        may("description", plain(75)),
        may("url", Kind::Url),
    ],
};

static OPTION_GROUP: Shape = Shape {
    name: "option group",
    fields: &[
        must("label", plain(75)),
        must("options", Kind::List { of: &Kind::Object(&OPTION), least: 1, most: 100 }),
    ],
};

static BUTTON: Shape = Shape {
    name: "button",
    fields: &[
        must("text", plain(75)),
        may("action_id", string(255)),
        may("value", string(2000)),
        may("url", Kind::Url),
        may("style", STYLE),
        may("confirm", Kind::Object(&CONFIRM)),
        may("accessibility_label", string(75)),
    ],
};

static OVERFLOW: Shape = Shape {
    name: "overflow",
    fields: &[
        may("action_id", string(255)),
        must("options", Kind::List { of: &Kind::Object(&OVERFLOW_OPTION), least: 1, most: 5 }),
        may("confirm", Kind::Object(&CONFIRM)),
    ],
};

static STATIC_SELECT: Shape = Shape {
    name: "static_select",
    fields: &[
        may("action_id", string(255)),
        may("placeholder", plain(150)),
        may("options", Kind::List { of: &Kind::Object(&OPTION), least: 1, most: 100 }),
        may("option_groups", Kind::List { of: &Kind::Object(&OPTION_GROUP), least: 1, most: 100 }),
        may("initial_option", Kind::Object(&OPTION)),
        may("confirm", Kind::Object(&CONFIRM)),
        may("focus_on_load", Kind::Flag),
    ],
};

static SLACK_FILE: Shape =
    Shape { name: "slack file", fields: &[may("id", string(255)), may("url", Kind::Url)] };

static IMAGE_ELEMENT: Shape = Shape {
    name: "image",
    fields: &[
        may("image_url", Kind::Url),
        may("slack_file", Kind::Object(&SLACK_FILE)),
        must("alt_text", string(2000)),
    ],
};

/// Text objects where they are elements.
static PLAIN_TEXT: Shape =
    Shape { name: "plain_text", fields: &[must("text", string(3000)), may("emoji", Kind::Flag)] };

static MRKDWN: Shape =
    Shape { name: "mrkdwn", fields: &[must("text", string(3000)), may("verbatim", Kind::Flag)] };

pub(super) static SECTION: Shape = Shape {
    name: "section",
    fields: &[
        may("text", either(3000)),
        may("fields", Kind::List { of: &either(2000), least: 1, most: 10 }),
        may("accessory", Kind::Typed(&[&BUTTON, &OVERFLOW, &STATIC_SELECT, &IMAGE_ELEMENT])),
        may("expand", Kind::Flag),
    ],
};

pub(super) static HEADER: Shape = Shape { name: "header", fields: &[must("text", plain(150))] };

pub(super) static DIVIDER: Shape = Shape { name: "divider", fields: &[] };

pub(super) static CONTEXT: Shape = Shape {
    name: "context",
    fields: &[must(
        "elements",
        Kind::List { of: &Kind::Typed(&[&IMAGE_ELEMENT, &PLAIN_TEXT, &MRKDWN]), least: 1, most: 10 },
    )],
};

pub(super) static ACTIONS: Shape = Shape {
    name: "actions",
    fields: &[must(
        "elements",
        Kind::List { of: &Kind::Typed(&[&BUTTON, &OVERFLOW, &STATIC_SELECT]), least: 1, most: 25 },
    )],
};

pub(super) static IMAGE: Shape = Shape {
    name: "image",
    fields: &[
        may("image_url", Kind::Url),
        may("slack_file", Kind::Object(&SLACK_FILE)),
        must("alt_text", string(2000)),
        may("title", plain(2000)),
    ],
};

static MARKDOWN: Shape = Shape { name: "markdown", fields: &[must("text", string(12_000))] };

static RAW_TEXT: Shape = Shape { name: "raw_text", fields: &[must("text", string(UNBOUNDED))] };

static RAW_NUMBER: Shape =
    Shape { name: "raw_number", fields: &[must("value", Kind::Number), must("text", string(UNBOUNDED))] };

static COLUMN: Shape = Shape {
    name: "column setting",
    fields: &[may("align", Kind::OneOf(&["left", "center", "right"])), may("is_wrapped", Kind::Flag)],
};

static TABLE: Shape = Shape {
    name: "table",
    fields: &[
        must(
            "rows",
            Kind::List {
                of: &Kind::List {
                    of: &Kind::Typed(&[&RAW_TEXT, &RAW_NUMBER, &super::rich::RICH_TEXT]),
                    least: 1,
                    most: 20,
                },
                least: 1,
                most: 100,
            },
        ),
        may("column_settings", Kind::List { of: &Kind::Object(&COLUMN), least: 0, most: 20 }),
    ],
};

/// The blocks of a message.
pub(super) static MESSAGE: &[&Shape] =
    &[&ACTIONS, &CONTEXT, &DIVIDER, &HEADER, &IMAGE, &MARKDOWN, &super::rich::RICH_TEXT, &SECTION, &TABLE];

/// The blocks of App Home.
pub(super) static HOME: &[&Shape] =
    &[&ACTIONS, &CONTEXT, &DIVIDER, &HEADER, &IMAGE, &super::rich::RICH_TEXT, &SECTION];

/// What Slack has besides, and this fake does not.
pub(super) static NOT_HERE: &[&str] = &[
    "alert",
    "card",
    "carousel",
    "container",
    "context_actions",
    "data_table",
    "file",
    "input",
    "plan",
    "task_card",
    "video",
    "checkboxes",
    "datepicker",
    "datetimepicker",
    "radio_buttons",
    "timepicker",
    "workflow_button",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
    "rich_text_input",
    "plain_text_input",
];
