//! The configuration's receivers outside the chats → where the courier goes.

use std::sync::Arc;

use podwhy_flow::UserError;
use podwhy_flow::incident::Receiver;
use podwhy_flow::incident::courier::{Destination, Tally};
use podwhy_flow::ports::{Clock, Outlet};
use podwhy_outgoing::{Address, PagerDuty, StartError, Webhook};
use secrecy::SecretString;

use super::super::policy::areas;
use super::policy::severity;
use crate::config::{self, Environment, SecretSource, Settings};

/// All of them, over clusters of these names.
///
/// # Errors
/// [`UserError`] when a credential or an authority's certificate cannot be read, an address will not do, or a list names a cluster
/// that is not one of them.
pub(in super::super) fn destinations(
    settings: &Settings,
    environment: &Environment,
    clusters: &[&str],
    clock: &Clock,
) -> Result<Vec<Destination>, UserError> {
    let reading = Reading { settings, environment, clusters };
    let webhooks = settings.webhooks.iter().enumerate();
    let webhooks = webhooks.map(|(at, one)| reading.webhook(&format!("webhooks[{at}]"), one, clock));
    let pagerduty = settings.pagerduty.iter().enumerate();
    let pagerduty = pagerduty.map(|(at, one)| reading.pagerduty(&format!("pagerduty[{at}]"), one));
    webhooks.chain(pagerduty).collect()
}

struct Reading<'s> {
    settings: &'s Settings,
    environment: &'s Environment,
    clusters: &'s [&'s str],
}

impl Reading<'_> {
    fn webhook(&self, key: &str, one: &config::Webhook, clock: &Clock) -> Result<Destination, UserError> {
        let mut keys = vec![self.secret(&one.signing_key, &format!("{key}.signing_key"))?];
        if let Some(other) = &one.other_signing_key {
            keys.push(self.secret(other, &format!("{key}.other_signing_key"))?);
        }
        let unread = |error: std::io::Error| UserError::Input(format!("{key}.ca: cannot be read: {error}"));
        let authority = one.ca.as_ref().map(std::fs::read).transpose().map_err(unread)?;
        let address = address(key, &one.url)?;
        let made = Webhook::new(address, keys, authority.as_deref(), clock.clone());
        let outlet: Arc<dyn Outlet> = Arc::new(made.map_err(|error| wrong(key, &error))?);
        let receiver = Receiver {
            name: one.name.clone(),
            areas: areas(&one.of, &format!("{key}.of"), self.clusters)?,
            severity: severity(one.severity),
            causes: one.causes.iter().cloned().collect(),
            wakes: false,
            lang: self.settings.lang,
        };
        Ok(Destination { receiver, outlet, tally: Arc::<Tally>::default() })
    }

    fn pagerduty(&self, key: &str, one: &config::PagerDuty) -> Result<Destination, UserError> {
        let routing_key = self.secret(&one.routing_key, &format!("{key}.routing_key"))?;
        let made = PagerDuty::new(address(key, &one.url)?, routing_key);
        let outlet: Arc<dyn Outlet> = Arc::new(made.map_err(|error| wrong(key, &error))?);
        let receiver = Receiver {
            name: one.name.clone(),
            areas: areas(&one.of, &format!("{key}.of"), self.clusters)?,
            severity: severity(one.severity),
            causes: one.causes.iter().cloned().collect(),
            wakes: true,
            lang: self.settings.lang,
        };
        Ok(Destination { receiver, outlet, tally: Arc::<Tally>::default() })
    }

    fn secret(&self, source: &SecretSource, key: &str) -> Result<SecretString, UserError> {
        source.read(key, self.environment).map_err(UserError::from)
    }
}

fn address(key: &str, url: &str) -> Result<Address, UserError> {
    Address::parse(url).map_err(|error| wrong(&format!("{key}.url"), &error))
}

fn wrong(key: &str, error: &StartError) -> UserError {
    UserError::Input(format!("{key}: {error}"))
}
