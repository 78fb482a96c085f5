//! The first half: from a question to an answer.
//!
//! Reads as it happens: [`intake`] makes a request of what was typed, [`collect`] is what was read for it, [`diagnose`] finds what it means in the cluster
//! and why it fails, [`render`] puts it into words.

pub mod intake;

pub mod collect;

pub mod diagnose;

pub mod render;
