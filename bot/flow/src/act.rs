//! What is done to a cluster after a person pressed a button.

pub mod dead;
