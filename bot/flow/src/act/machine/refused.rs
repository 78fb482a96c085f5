//! Why something cannot happen to a Remediation.

use thiserror::Error;

use super::super::record::Phase;

/// Why not. The words are for logs; what people read is rendered from the variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum Refused {
    /// It has ended.
    #[error("it has ended: {}", .0.as_str())]
    Over(Phase),
    /// It is in a phase in which this does not happen.
    #[error("it is {}", .0.as_str())]
    Not(Phase),
    /// The offer is over.
    #[error("the offer is over")]
    Expired,
    /// It is not yet time.
    #[error("it is too early")]
    TooEarly,
    /// This person agreed already.
    #[error("this person agreed already")]
    Twice,
    /// Whoever asked for it can only be the first who agrees.
    #[error("whoever asked for it is not the second who agrees")]
    Requester,
    /// The name that has to be typed was not.
    #[error("the name was not typed")]
    NotTyped,
    /// Nobody's word is asked for.
    #[error("nobody's word is asked for")]
    NoWord,
    /// Enough people gave their word.
    #[error("enough people gave their word")]
    Enough,
    /// Too few people agreed.
    #[error("too few people agreed")]
    TooFew,
    /// It was begun before.
    #[error("it was begun before")]
    Begun,
    /// Another replica does it.
    #[error("another replica does it")]
    NotYours,
    /// What became of some of its targets is left out.
    #[error("what became of some of it is left out")]
    NotAll,
}
