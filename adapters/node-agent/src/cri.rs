//! The container runtime, over its CRI socket: what it holds is listed, and an image is removed.
//!
//! - [`Cri::containers`], [`Cri::running`], [`Cri::version`], [`Cri::ready`]: what the runtime itself says.
//! - [`Cri::remove_image`]: an image nobody uses goes, with the dead containers that are left of it.
//!
//! <https://github.com/kubernetes/cri-api/blob/master/pkg/apis/runtime/v1/api.proto>

mod client;
mod containers;
mod images;
mod messages;
mod outcome;
mod remove;

pub use client::{Cri, CriError};
pub use containers::Ready;
pub use outcome::{RemoveError, Removed, User};
