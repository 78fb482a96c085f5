//! What Discord takes. A message that breaks one of these is refused whole, with 400 and error 50035.
//!
//! Lengths are in characters. Discord counts code points (<https://github.com/discord/discord-api-docs/issues/1315>), its
//! clients UTF-16 code units; podwhy counts the latter, which are never fewer.

/// A message's content, of a bot. <https://docs.discord.com/developers/resources/message#create-message>
pub const CONTENT: usize = 2000;
/// Embeds of a message. <https://docs.discord.com/developers/resources/message#create-message>
pub const EMBEDS: usize = 10;
/// An embed's title. <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>
pub const TITLE: usize = 256;
/// An embed's description. <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>
pub const DESCRIPTION: usize = 4096;
/// Fields of an embed. <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>
pub const FIELDS: usize = 25;
/// A field's name, which is not empty. <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>
pub const FIELD_NAME: usize = 256;
/// A field's value, which is not empty. <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>
pub const FIELD_VALUE: usize = 1024;
/// An embed's footer. <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>
pub const FOOTER: usize = 2048;
/// An embed's author. <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>
pub const AUTHOR: usize = 256;
/// Titles, descriptions, fields, footers and authors of all embeds of a message together.
/// <https://docs.discord.com/developers/resources/message#embed-object-embed-limits>
pub const EMBEDS_TEXT: usize = 6000;
/// Action rows of a message. <https://docs.discord.com/developers/components/reference#action-row>
pub const ROWS: usize = 5;
/// Buttons of a row. <https://docs.discord.com/developers/components/reference#action-row>
pub const BUTTONS: usize = 5;
/// A button's label. <https://docs.discord.com/developers/components/reference#button>
pub const LABEL: usize = 80;
/// A `custom_id`, unique in its message. <https://docs.discord.com/developers/components/reference#anatomy-of-a-component>
pub const CUSTOM_ID: usize = 100;
/// A dialog's title, which is not empty. <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>
pub const DIALOG_TITLE: usize = 45;
/// The label of a dialog's field, which is not empty. <https://docs.discord.com/developers/components/reference#text-input>
pub const FIELD_LABEL: usize = 45;
/// What stands in a dialog's field as long as it is empty. <https://docs.discord.com/developers/components/reference#text-input>
pub const PLACEHOLDER: usize = 100;
/// What a dialog consists of. <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>
pub const DIALOG_ROWS: usize = 5;
/// A thread's name, which is not empty. <https://docs.discord.com/developers/resources/channel#start-thread-from-message>
pub const THREAD_NAME: usize = 100;
/// A nonce, as a text. <https://docs.discord.com/developers/resources/message#create-message>
pub const NONCE: usize = 25;
