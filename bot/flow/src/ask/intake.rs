//! What was typed → a request.

use podwhy_knowledge::{Lang, Target};

use crate::error::UserError;

/// A question about one pod or workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What is asked about.
    pub target: Target,
    /// The language of the answer.
    pub lang: Lang,
}

/// Reads a target, with the namespace of `-n` or of a chat's setting.
///
/// # Errors
/// [`UserError::Target`] when it is not written as one, or names another namespace than `-n`.
pub fn intake(target: &str, namespace: Option<&str>, lang: Lang) -> Result<Request, UserError> {
    let target = target.parse::<Target>()?.in_namespace(namespace)?;
    Ok(Request { target, lang })
}
