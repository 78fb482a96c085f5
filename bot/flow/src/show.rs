//! What every chat's renderer needs before it knows its app: texts that are cut without breaking them, pages taken apart, and
//! room that is shared out.

pub mod prose;
pub mod room;
pub mod text;
pub mod time;
