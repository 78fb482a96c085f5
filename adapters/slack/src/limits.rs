//! What Slack takes. A message that breaks one of these is refused whole, with `invalid_blocks` or `msg_blocks_too_long`.
//!
//! Lengths are in characters; Slack does not say of which kind, and podwhy counts UTF-16 code units, which are never fewer.

/// Blocks of a message. <https://docs.slack.dev/reference/block-kit/blocks>
pub const BLOCKS: usize = 50;
/// Blocks of a modal or of App Home. <https://docs.slack.dev/reference/block-kit/blocks>
pub const VIEW_BLOCKS: usize = 100;
/// The text of a section. <https://docs.slack.dev/reference/block-kit/blocks/section-block>
pub const SECTION_TEXT: usize = 3000;
/// Fields of a section. <https://docs.slack.dev/reference/block-kit/blocks/section-block>
pub const FIELDS: usize = 10;
/// The text of one of them. <https://docs.slack.dev/reference/block-kit/blocks/section-block>
pub const FIELD_TEXT: usize = 2000;
/// The text of a header. <https://docs.slack.dev/reference/block-kit/blocks/header-block>
pub const HEADER: usize = 150;
/// Elements of a context block. <https://docs.slack.dev/reference/block-kit/blocks/context-block>
pub const CONTEXT_ELEMENTS: usize = 10;
/// Elements of an actions block. <https://docs.slack.dev/reference/block-kit/blocks/actions-block>
pub const ACTIONS: usize = 25;
/// The text of a button. <https://docs.slack.dev/reference/block-kit/block-elements/button-element>
pub const BUTTON_TEXT: usize = 75;
/// What a button carries. <https://docs.slack.dev/reference/block-kit/block-elements/button-element>
pub const BUTTON_VALUE: usize = 2000;
/// An `action_id`. <https://docs.slack.dev/reference/block-kit/block-elements/button-element>
pub const ACTION_ID: usize = 255;
/// The title of a confirmation. <https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object>
pub const CONFIRM_TITLE: usize = 100;
/// What it says. <https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object>
pub const CONFIRM_TEXT: usize = 300;
/// Its buttons. <https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object>
pub const CONFIRM_BUTTON: usize = 30;
/// The title of a modal. <https://docs.slack.dev/reference/views/modal-views>
pub const MODAL_TITLE: usize = 24;
/// Its buttons. <https://docs.slack.dev/reference/views/modal-views>
pub const MODAL_BUTTON: usize = 24;
/// What it is known by. <https://docs.slack.dev/reference/views/modal-views>
pub const CALLBACK_ID: usize = 255;
/// What it carries unseen. <https://docs.slack.dev/reference/views/modal-views>
pub const PRIVATE_METADATA: usize = 3000;
/// The label of an input. <https://docs.slack.dev/reference/block-kit/blocks/input-block>
pub const INPUT_LABEL: usize = 2000;
/// The most an input may take. <https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element>
pub const INPUT_LENGTH: usize = 3000;
/// A `block_id`. <https://docs.slack.dev/reference/block-kit/blocks/actions-block>
pub const BLOCK_ID: usize = 255;
/// The text of a message; a longer one is cut by Slack. <https://docs.slack.dev/reference/methods/chat.postMessage>
pub const TEXT: usize = 40_000;
/// The text of a message as Slack recommends it. <https://docs.slack.dev/reference/methods/chat.postMessage>
pub const TEXT_ADVISED: usize = 4_000;
/// A message's metadata as JSON, in bytes. <https://docs.slack.dev/messaging/message-metadata>
pub const METADATA: usize = 8_000;
/// All text in the blocks of a message. Slack documents none; about 12,000 with something for each block and element is
/// what its people name, and 11,341 have been refused: podwhy stays well below.
/// <https://github.com/slackapi/bolt-js/issues/2867>
pub const BLOCKS_TEXT: usize = 9_000;
