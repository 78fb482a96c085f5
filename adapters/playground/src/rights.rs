//! Who may do what: RBAC over the objects of the simulated cluster.
//!
//! The playground has no authentication: a caller who impersonates nobody is its owner, who may do everything.
//!
//! # When not
//! No node authoriser, no webhooks, no check that nobody grants more than they have.

mod asked;
mod default;
mod impersonate;
mod review;
mod rules;

pub(crate) use asked::check;
pub(crate) use default::defaults;
pub(crate) use impersonate::caller;
pub(crate) use review::review;

/// Who makes a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Whoever runs the playground.
    Owner,
    User(User),
}

/// A user as an authenticator would have found it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) groups: Vec<String>,
}

/// What somebody wants to do. Of a request about no resource only `verb` and `path` are set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) resource: String,
    pub(crate) sub: String,
    /// Empty for all, and for kinds without.
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) path: Option<String>,
}
