//! The first half: from a question to an answer.
//!
//! Reads as it happens: [`command`] reads a chat's line ([`order`] what is wanted of incidents), [`intake`] makes a request of a target, [`collect`] is what was read
//! for it, [`diagnose`] finds what it means in the cluster and why it fails, [`render`] puts it into words,
//! [`told`] shows logs and events; [`past`] answers for what is gone; [`within`] is as far as a question reaches, and [`conceal`]
//! takes out what it must not name. [`desk`] does all of it for the clusters of one chat; [`plain`] is an answer as text to paste.

pub mod command;

pub mod desk;

pub mod order;

pub mod intake;

pub mod collect;

pub mod conceal;

pub mod diagnose;

pub mod render;

pub(crate) mod makers;

pub(crate) mod owner;

pub mod past;

pub mod told;

pub mod within;

pub mod plain;
