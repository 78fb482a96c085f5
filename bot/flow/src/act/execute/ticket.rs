//! A ticket to the agent of a node: whether it was given, whether it was obeyed, and whether its node is well again.

use jiff::SignedDuration;

use super::super::machine::Help;
use super::super::out_of_service::is_ready;
use super::super::record::{Remediation, Result as Of};
use super::super::remedy::Remedy;
use super::{Executor, NotNow};
use crate::ports::{ClusterError, TicketPhase};

/// An agent begins nothing later than this after a ticket's end, by its own clock and podwhy's, which may be half a minute apart, and
/// with a request that is under way: it says that it begins before it does, or it does not begin.
const TAKEN_WITHIN: SignedDuration = SignedDuration::from_mins(1);

impl Executor {
    /// Whether a ticket without an answer was given: it is there, or it is not.
    pub(super) async fn was_given(&self, one: &Remediation) -> Result<Of, NotNow> {
        let acted = self.acted(one)?;
        let found = acted.nodes.ticket(&one.uid).await.map_err(not_now)?;
        Ok(if found.is_some() { Of::Done } else { Of::NotDone })
    }

    /// What came of it, where that is known by now without a diagnosis; `None` once it was obeyed.
    pub(super) async fn obeyed(&self, one: &Remediation, is_over: bool) -> Result<Option<Obeyed>, NotNow> {
        if !one.spec.plan.remedy.needs_agent() {
            return Ok(None);
        }
        let node = one.spec.plan.targets.first().map(|node| node.name.as_str()).unwrap_or_default();
        let Some(ticket) = self.acted(one)?.nodes.ticket(&one.uid).await.map_err(not_now)? else {
            let why = format!("the ticket is gone, and what the agent of Node {node} did is not known");
            return Ok(Some(Obeyed::Ended(Help::Unclear { why })));
        };
        let not_done = |why, touched| Some(Obeyed::Ended(Help::NotDone { why, touched }));
        Ok(match ticket.phase {
            TicketPhase::Done => None,
            TicketPhase::Waits if self.clock.now().duration_since(ticket.until) < TAKEN_WITHIN => {
                Some(Obeyed::NotYet)
            }
            TicketPhase::Waits => {
                not_done(format!("the agent of Node {node} did not take the ticket in time"), false)
            }
            TicketPhase::Begun if is_over => {
                let why = format!("the agent of Node {node} began, and has not said how it ended");
                Some(Obeyed::Ended(Help::Unclear { why }))
            }
            TicketPhase::Begun => Some(Obeyed::NotYet),
            TicketPhase::Refused => not_done(ticket.said, false),
            TicketPhase::Failed => not_done(ticket.said, true),
            TicketPhase::Unclear => Some(Obeyed::Ended(Help::Unclear { why: ticket.said })),
        })
    }

    /// Why the node of a ticket is not well again, if so: its kubelet has to say that it is ready.
    pub(super) async fn not_ready(&self, one: &Remediation) -> Result<Option<String>, NotNow> {
        if !matches!(one.spec.plan.remedy, Remedy::RestartKubelet | Remedy::RestartRuntime) {
            return Ok(None);
        }
        let Some(node) = one.spec.plan.targets.first() else { return Ok(None) };
        let object = self.read(one, node).await?;
        let is_well = object.is_some_and(|object| is_ready(&object));
        Ok((!is_well).then(|| format!("Node {} is not ready", node.name)))
    }
}

/// Where a ticket stands that was not obeyed yet.
pub(super) enum Obeyed {
    /// Its agent is asked again.
    NotYet,
    /// That is all there will be.
    Ended(Help),
}

fn not_now(error: ClusterError) -> NotNow {
    NotNow::Cluster(error.to_string())
}
