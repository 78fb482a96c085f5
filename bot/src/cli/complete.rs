//! Completion of names from the cluster: `source <(COMPLETE=bash podwhy)`.
//!
//! A shell waits for it at every tab, so it is given a second and then nothing. The flags of the line being typed are
//! not known here: the current context is asked.

use std::ffi::OsStr;
use std::time::Duration;

use clap_complete::CompletionCandidate;
use podwhy_flow::ports::ClusterRead;

use super::live;
use crate::clusters::{Flags, connect};
use crate::config::{Inputs, load};

const PATIENCE: Duration = Duration::from_secs(1);

/// Namespaces.
pub fn namespaces(typed: &OsStr) -> Vec<CompletionCandidate> {
    candidates(typed, names(None))
}

/// `NAMESPACE/NAME` once a namespace is typed, before that namespaces and the names in the context's own.
pub fn targets(typed: &OsStr) -> Vec<CompletionCandidate> {
    let text = typed.to_string_lossy();
    let found = match text.split_once('/') {
        Some((namespace, _)) => {
            names(Some(namespace.to_string())).into_iter().map(|name| format!("{namespace}/{name}")).collect()
        }
        None => {
            let mut found: Vec<String> = names(None).into_iter().map(|name| format!("{name}/")).collect();
            found.extend(names(Some(String::new())));
            found
        }
    };
    candidates(typed, found)
}

/// The kubeconfig's contexts.
pub fn contexts(typed: &OsStr) -> Vec<CompletionCandidate> {
    candidates(typed, podwhy_kubernetes::contexts(None).unwrap_or_default())
}

fn candidates(typed: &OsStr, names: Vec<String>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    names.into_iter().filter(|name| name.starts_with(&*typed)).map(CompletionCandidate::new).collect()
}

/// The namespaces, or the pods of one (empty: the context's own). Nothing when the cluster does not answer.
fn names(pods_of: Option<String>) -> Vec<String> {
    // a configuration that is wrong is told when a command runs
    let settings = load(&Inputs::of_process(None)).map(|loaded| loaded.settings).unwrap_or_default();
    let asked = live::run(async {
        let cluster = connect(&settings, &Flags::default(), None).await?;
        let listed = tokio::time::timeout(PATIENCE, cluster.names(pods_of.as_deref())).await;
        Ok(listed.unwrap_or_default())
    });
    asked.unwrap_or_default()
}
