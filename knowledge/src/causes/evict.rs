//! The kubelet, the scheduler or a controller removed the pod.

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[];
