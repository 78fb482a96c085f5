//! Rich text: the one block whose texts hold no markup, and so need no escaping.
//! <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>

use super::shapes::{Kind, Shape, UNBOUNDED, may, must, string};

static STYLE: Shape = Shape {
    name: "style",
    fields: &[
        may("bold", Kind::Flag),
        may("italic", Kind::Flag),
        may("strike", Kind::Flag),
        may("code", Kind::Flag),
        may("underline", Kind::Flag),
        may("highlight", Kind::Flag),
        may("client_highlight", Kind::Flag),
        may("unlink", Kind::Flag),
    ],
};

static TEXT: Shape =
    Shape { name: "text", fields: &[must("text", string(UNBOUNDED)), may("style", Kind::Object(&STYLE))] };

static LINK: Shape = Shape {
    name: "link",
    fields: &[
        must("url", Kind::Url),
        may("text", string(UNBOUNDED)),
        may("unsafe", Kind::Flag),
        may("style", Kind::Object(&STYLE)),
    ],
};

static USER: Shape =
    Shape { name: "user", fields: &[must("user_id", string(255)), may("style", Kind::Object(&STYLE))] };

static CHANNEL: Shape =
    Shape { name: "channel", fields: &[must("channel_id", string(255)), may("style", Kind::Object(&STYLE))] };

static USERGROUP: Shape = Shape {
    name: "usergroup",
    fields: &[must("usergroup_id", string(255)), may("style", Kind::Object(&STYLE))],
};

static EMOJI: Shape = Shape {
    name: "emoji",
    fields: &[
        must("name", string(255)),
        may("unicode", string(255)),
        may("url", Kind::Url),
        may("style", Kind::Object(&STYLE)),
    ],
};

static DATE: Shape = Shape {
    name: "date",
    fields: &[
        must("timestamp", Kind::Integer { least: 0, most: i64::MAX }),
        must("format", string(UNBOUNDED)),
        may("url", Kind::Url),
        may("fallback", string(UNBOUNDED)),
        may("style", Kind::Object(&STYLE)),
    ],
};

static BROADCAST: Shape = Shape {
    name: "broadcast",
    fields: &[
        must("range", Kind::OneOf(&["here", "channel", "everyone"])),
        may("style", Kind::Object(&STYLE)),
    ],
};

static COLOR: Shape =
    Shape { name: "color", fields: &[must("value", string(255)), may("style", Kind::Object(&STYLE))] };

static INLINE: Kind =
    Kind::Typed(&[&TEXT, &LINK, &USER, &CHANNEL, &USERGROUP, &EMOJI, &DATE, &BROADCAST, &COLOR]);

const BORDER: Kind = Kind::Integer { least: 0, most: 1 };

static SECTION: Shape = Shape {
    name: "rich_text_section",
    fields: &[must("elements", Kind::List { of: &INLINE, least: 1, most: UNBOUNDED })],
};

static LIST: Shape = Shape {
    name: "rich_text_list",
    fields: &[
        must("style", Kind::OneOf(&["bullet", "ordered"])),
        must("elements", Kind::List { of: &Kind::Typed(&[&SECTION]), least: 1, most: UNBOUNDED }),
        may("indent", Kind::Integer { least: 0, most: 8 }),
        may("offset", Kind::Integer { least: 0, most: i64::MAX }),
        may("border", BORDER),
    ],
};

static PREFORMATTED: Shape = Shape {
    name: "rich_text_preformatted",
    fields: &[
        must("elements", Kind::List { of: &Kind::Typed(&[&TEXT, &LINK]), least: 1, most: UNBOUNDED }),
        may("border", BORDER),
        may("language", string(255)),
    ],
};

static QUOTE: Shape = Shape {
    name: "rich_text_quote",
    fields: &[must("elements", Kind::List { of: &INLINE, least: 1, most: UNBOUNDED }), may("border", BORDER)],
};

pub(super) static RICH_TEXT: Shape = Shape {
    name: "rich_text",
    fields: &[must(
        "elements",
        Kind::List { of: &Kind::Typed(&[&SECTION, &LIST, &PREFORMATTED, &QUOTE]), least: 1, most: UNBOUNDED },
    )],
};
