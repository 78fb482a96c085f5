//! Where alerts are taken: their routes, and their own listener where one is configured.

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use podwhy_alertmanager::payload::Clusters;
use podwhy_alertmanager::tls::Source;
use podwhy_alertmanager::{Credentials, Metrics, Options, SecureListener, Tls};
use podwhy_flow::UserError;
use podwhy_flow::incident::Incidents;
use podwhy_kubernetes::LiveCluster;
use prometheus_client::registry::Registry;
use secrecy::ExposeSecret;

use crate::config::{Environment, SecretSource, Settings};

/// The alerts' endpoint, where one is configured.
///
/// # Errors
/// [`UserError`] when a credential cannot be read.
pub(super) fn routes(
    settings: &Settings,
    environment: &Environment,
    clusters: &[String],
    incidents: &Arc<Incidents<LiveCluster>>,
    registry: &mut Registry,
) -> Result<Option<(Router, Metrics)>, UserError> {
    let Some(section) = &settings.alertmanager else { return Ok(None) };
    let read = |source: &SecretSource, key: &str| source.read(key, environment).map_err(UserError::from);
    let credentials = match (&section.bearer_token, &section.user, &section.password) {
        (Some(token), ..) => Credentials::Bearer(read(token, "alertmanager.bearer_token")?),
        (None, Some(user), Some(password)) => {
            Credentials::Basic { user: user.clone(), password: read(password, "alertmanager.password")? }
        }
        // its own listener takes nobody else
        (None, None, None) if section.listen.is_some() && section.client_ca.is_some() => {
            Credentials::Certificate
        }
        _ => {
            return Err(UserError::Input(
                "alertmanager: write bearer_token, or user and password, or client_ca".to_string(),
            ));
        }
    };
    let default = settings.default_cluster.clone().or_else(|| clusters.first().cloned()).unwrap_or_default();
    let known = Clusters {
        known: clusters.to_vec(),
        label: section.cluster_label.clone(),
        always: section.cluster.clone(),
        default,
    };
    let metrics = Metrics::default();
    metrics.register(registry);
    let options = Options::new(credentials, known);
    let router = podwhy_alertmanager::router(options, Arc::clone(incidents) as _, metrics.clone());
    Ok(Some((router, metrics)))
}

/// Opens it with the alerts' routes; without one they are handed back, to be served beside the others.
///
/// # Errors
/// [`UserError`] when its certificates cannot be used, or its address is taken.
pub(super) async fn listen(
    settings: &Settings,
    environment: &Environment,
    alerts: Option<(Router, Metrics)>,
) -> Result<(Option<SecureListener>, Option<Router>), UserError> {
    let Some((routes, metrics)) = alerts else { return Ok((None, None)) };
    let section = settings.alertmanager.as_ref();
    let Some((section, listen)) = section.and_then(|section| Some((section, section.listen?))) else {
        return Ok((None, Some(routes)));
    };
    let (Some(certificate), Some(key)) = (&section.tls_cert, &section.tls_key) else {
        let message = "alertmanager.listen needs tls_cert and tls_key: alerts are taken there over TLS";
        return Err(UserError::Input(message.to_string()));
    };
    let tls = Tls {
        certificate: file(certificate),
        key: secret(key, environment),
        client_ca: section.client_ca.as_deref().map(file),
        client_names: section.client_names.clone(),
    };
    let open = SecureListener::open(listen, tls, routes, metrics).await;
    let open = open.map_err(|error| UserError::Input(format!("alertmanager.listen: {error}")))?;
    tracing::info!(address = %open.address(), "alerts are taken over TLS");
    Ok((Some(open), None))
}

fn file(path: &Path) -> Source {
    let path = path.to_path_buf();
    Arc::new(move || std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display())))
}

fn secret(source: &SecretSource, environment: &Environment) -> Source {
    let (source, environment) = (source.clone(), environment.clone());
    Arc::new(move || {
        let read = source.read("alertmanager.tls_key", &environment);
        read.map(|key| key.expose_secret().as_bytes().to_vec()).map_err(|error| error.to_string())
    })
}
