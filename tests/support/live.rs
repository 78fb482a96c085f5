//! A cluster as podwhy itself asks it.

use std::path::Path;

use podwhy_kubernetes::{Connection, LiveCluster, Metrics, Source};

/// Over this kubeconfig's current context; the rest of the connection is the caller's. No request is made.
///
/// # Errors
/// When the kubeconfig cannot be read.
pub async fn live(kubeconfig: &Path, connection: Connection) -> anyhow::Result<LiveCluster> {
    let source = Source::Kubeconfig { file: Some(kubeconfig.to_path_buf()), context: None };
    Ok(LiveCluster::new(&Connection { source, ..connection }, Metrics::default()).await?)
}
