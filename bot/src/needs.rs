//! What the configuration has podwhy do, as far as it takes rights.

use std::collections::BTreeSet;

use podwhy_kubernetes::rights::Need;

use crate::config::{Claims, Cluster, ReadAs, RemedyWord, Secrets, Settings};

/// In one of its clusters; `None` where the configuration lists none, and podwhy asks the one it runs in.
pub fn needs(settings: &Settings, cluster: Option<&Cluster>) -> BTreeSet<Need> {
    let has_agents = cluster.is_some_and(|own| own.agents.is_some());
    let remediation = settings.remediation.as_ref();
    let acts = remediation.is_some();
    let signs = remediation.is_some_and(|own| own.ticket_key.is_some());
    let chats = settings.slack.is_some() || settings.discord.is_some();
    let mut needs: BTreeSet<Need> = [
        (Need::Read, true),
        (Need::Secrets, settings.secrets != Secrets::None),
        (Need::Chat, chats),
        (Need::Watch, settings.routes.iter().any(|route| route.watch)),
        (Need::Persons, settings.read.r#as == ReadAs::Person),
        (Need::Claims, settings.serve.claims == Claims::Leases),
        (Need::Incidents, crate::chats::tells(settings)),
        (Need::Act, acts),
        (Need::Agents, has_agents),
        (Need::Tickets, has_agents && signs),
    ]
    .into_iter()
    .filter_map(|(need, is_needed)| is_needed.then_some(need))
    .collect();
    needs.extend(remediation.into_iter().flat_map(|own| &own.remedies).filter_map(|remedy| of(*remedy)));
    if has_agents && needs.contains(&Need::DeadNodes) {
        needs.insert(Need::Witnesses);
    }
    needs
}

/// What a remedy takes beside acting itself.
pub fn of(remedy: RemedyWord) -> Option<Need> {
    match remedy {
        RemedyWord::RollBack => Some(Need::Revisions),
        RemedyWord::RemoveFinalizer => Some(Need::Controllers),
        RemedyWord::TaintOutOfService | RemedyWord::ForceDelete | RemedyWord::DeleteNode => {
            Some(Need::DeadNodes)
        }
        RemedyWord::DeleteFailedPods
        | RemedyWord::DeletePod
        | RemedyWord::Uncordon
        | RemedyWord::RolloutRestart
        | RemedyWord::UntaintOutOfService
        | RemedyWord::RestartKubelet
        | RemedyWord::RestartRuntime
        | RemedyWord::RemoveImage => None,
    }
}
