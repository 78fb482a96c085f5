//! Tickets to the agents of nodes: made by podwhy itself, signed, in the cluster of the node; read until they have ended.

use std::time::Duration;

use http::Method;
use jiff::{SignedDuration, Timestamp};
use podwhy_api::ticket::{Action, Order, Phase, Status, Ticket};
use podwhy_api::{GROUP, TICKETS, VERSION};
use podwhy_flow::act::record;
use podwhy_flow::act::remedy::Remedy;
use podwhy_flow::ports::{ClusterError, TicketPhase, TicketState, Write, WriteError};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::connect::{Agents, LiveCluster};
use crate::paths;
use crate::request::{AS_JSON, Fail, Form, Requests};
use crate::rights::OF_AGENTS;
use crate::server::{Guard, Seen};

/// An agent has so long to begin. Its watch brings a ticket at once; it may be connecting anew.
const VALID: SignedDuration = SignedDuration::from_secs(60);

/// Tickets that ended so long ago are taken away. An agent remembers by itself what it has done.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// At most so many are taken away at once.
const MOST_REMOVED: usize = 20;

/// One as the cluster has it.
#[derive(Debug, Deserialize)]
struct Given {
    spec: Ticket,
    status: Option<Status>,
}

/// The tickets of one cluster.
#[derive(Clone, Debug)]
pub(crate) struct Tickets {
    requests: Requests,
    agents: Agents,
    cluster: String,
    guarded: Seen,
}

impl LiveCluster {
    pub(crate) fn tickets(&self) -> Tickets {
        let (requests, agents) = (self.requests.clone(), self.agents.clone());
        Tickets { requests, agents, cluster: self.name.clone(), guarded: self.guarded.clone() }
    }
}

impl Tickets {
    /// Gives the ticket, once. A dry run has everything checked and stores nothing.
    pub(crate) async fn give(
        &self,
        write: &Write,
        dry_run: bool,
        within: Duration,
    ) -> Result<(), WriteError> {
        let Some(key) = &self.agents.key else {
            return Err(WriteError::Refused("podwhy has no key for tickets to node agents".to_string()));
        };
        let order = order(write, Timestamp::now())
            .ok_or_else(|| WriteError::Refused("this is no remedy of a node agent".to_string()))?;
        self.guard(dry_run, within).await?;
        let object = object(&key.sign(order), &self.agents.namespace);
        let dry = if dry_run { "?dryRun=All" } else { "" };
        let path = format!("{}{dry}", paths::agents(&self.agents.namespace, TICKETS));
        let sent = self.requests.within(within).change(Method::POST, &path, Form::default(), &object).await;
        match sent {
            Ok(()) => {
                if !dry_run {
                    self.take_away_old();
                }
                Ok(())
            }
            // whoever made it, there is one: what became of it is looked up
            Err(Fail::Conflict) => Err(WriteError::Unclear("there is a ticket of it already".to_string())),
            Err(Fail::NotFound) => Err(WriteError::Refused(format!(
                "the cluster has no {TICKETS}.{GROUP}, or no namespace {}",
                self.agents.namespace
            ))),
            Err(fail) => Err(crate::write::meaning(fail, write.target())),
        }
    }

    /// Without the policies anybody's ticket and report would stand beside podwhy's. They are looked at in the dry run, which has no
    /// deadline, and comes before each write.
    async fn guard(&self, dry_run: bool, within: Duration) -> Result<(), WriteError> {
        if !dry_run && !self.guarded.is_seen() {
            return Err(WriteError::Refused("whether tickets are guarded was not looked at".to_string()));
        }
        match self.guarded.look(&self.requests.within(within), &OF_AGENTS).await {
            Ok(Guard::Stands) => Ok(()),
            Ok(Guard::Missing(lacking)) => Err(WriteError::Refused(lacking.to_string())),
            // not answered is not refused: it is tried again
            Err(Fail::Forbidden(why) | Fail::Unauthorized(why)) => Err(WriteError::Refused(why)),
            Err(fail) => Err(WriteError::Unclear(fail.error(&self.cluster).to_string())),
        }
    }

    /// How the ticket of a Remediation stands.
    pub(crate) async fn given(&self, remediation_uid: &str) -> Result<Option<TicketState>, ClusterError> {
        let list = paths::agents(&self.agents.namespace, TICKETS);
        let path = format!("{list}/{}", paths::escape(&Order::name_of(remediation_uid)));
        let object = match self.requests.json::<Value>(&path).await {
            Ok(object) => object,
            Err(Fail::NotFound) => return Ok(None),
            Err(fail) => return Err(fail.error(&self.cluster)),
        };
        let unread = |why: &dyn std::fmt::Display| ClusterError::Other {
            cluster: self.cluster.clone(),
            why: format!("the ticket cannot be read: {why}"),
        };
        let given: Given = serde_json::from_value(object).map_err(|error| unread(&error))?;
        if given.spec.order.remediation_uid != remediation_uid {
            return Err(unread(&"it is of another Remediation"));
        }
        Ok(Some(state(given)))
    }

    /// Nothing waits for it, and the next ticket tries again.
    fn take_away_old(&self) {
        let (requests, list) = (self.requests.clone(), paths::agents(&self.agents.namespace, TICKETS));
        tokio::spawn(async move {
            let Ok(all) = requests.whole(&format!("{list}?limit={}", paths::PAGE), AS_JSON).await else {
                return;
            };
            let now = Timestamp::now();
            for name in all.iter().filter_map(|object| old(object, now)).take(MOST_REMOVED) {
                let path = format!("{list}/{}", paths::escape(&name));
                if let Err(fail) = requests.delete(&path).await {
                    tracing::warn!(name, why = fail.outcome(), "an old ticket could not be taken away");
                }
            }
        });
    }
}

fn order(write: &Write, now: Timestamp) -> Option<Order> {
    let Write::Ticket { target, remedy, ticket, remediation, remediation_uid } = write else { return None };
    let action = match remedy {
        Remedy::RestartKubelet => Action::RestartKubelet,
        Remedy::RestartRuntime => Action::RestartRuntime,
        Remedy::RemoveImage => Action::RemoveImage,
        _ => return None,
    };
    let record::Ticket { image, containers_may_die, .. } = ticket.clone();
    // whole seconds: nobody compares less
    let issued_at = Timestamp::from_second(now.as_second()).unwrap_or(now);
    Some(Order {
        node: target.name.clone(),
        node_uid: target.uid.clone(),
        action,
        image,
        containers_may_die,
        remediation: remediation.clone(),
        remediation_uid: remediation_uid.clone(),
        issued_at,
        expires_at: issued_at.checked_add(VALID).unwrap_or(issued_at),
    })
}

fn object(ticket: &Ticket, namespace: &str) -> Value {
    json!({
        "apiVersion": format!("{GROUP}/{VERSION}"),
        "kind": "NodeTicket",
        "metadata": {"name": ticket.order.name(), "namespace": namespace},
        "spec": ticket,
    })
}

fn state(given: Given) -> TicketState {
    let until = given.spec.order.expires_at;
    let Some(status) = given.status else {
        return TicketState { phase: TicketPhase::Waits, said: String::new(), until };
    };
    let phase = match status.phase {
        Phase::Begun => TicketPhase::Begun,
        Phase::Done => TicketPhase::Done,
        Phase::Refused => TicketPhase::Refused,
        Phase::Failed => TicketPhase::Failed,
        Phase::Unclear => TicketPhase::Unclear,
    };
    let last = status.lines.last().map(|line| format!("; its last line: {line}")).unwrap_or_default();
    TicketState { phase, said: format!("{}{last}", status.message), until }
}

fn old(object: &Value, now: Timestamp) -> Option<String> {
    let expired: Timestamp = object.pointer("/spec/expiresAt")?.as_str()?.parse().ok()?;
    let name = object.pointer("/metadata/name")?.as_str()?;
    (now.duration_since(expired) > KEPT).then(|| name.to_string())
}

#[cfg(test)]
mod crd;
#[cfg(test)]
mod tests;
