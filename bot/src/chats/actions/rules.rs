//! The section `remediation` → the policy of what is done.

use podwhy_flow::UserError;
use podwhy_flow::act::policy::{Approvers, Policy, Rule};
use podwhy_flow::act::remedy::{Floor, Remedy, Risk};
use podwhy_flow::chat::policy::Policy as Chats;

use super::super::policy::areas;
use crate::config;

/// The policy over clusters of these names, its hours by the clocks of a zone.
///
/// # Errors
/// [`UserError`] when a list names a cluster that is not one of them.
pub(super) fn policy(
    own: &config::Remediation,
    chats: &Chats,
    clusters: &[&str],
    zone: &config::Zone,
) -> Result<Policy, UserError> {
    let rules = own.rules.iter().enumerate().map(|(index, own)| rule(own, index, clusters, zone));
    let added = chats.chat_groups.iter();
    let added = added.flat_map(|own| own.groups.iter().map(|group| (own.platform, group.clone())));
    Ok(Policy {
        areas: areas(&own.of, "remediation.of", clusters)?,
        remedies: own.remedies.iter().copied().map(remedy).collect(),
        protected: areas(&own.protected, "remediation.protected", clusters)?,
        floor: Floor { approvals: own.approvals, typed_name: own.typed_name },
        rules: rules.collect::<Result<_, _>>()?,
        addable: added.collect(),
        frozen: own.frozen,
        per_hour: own.per_hour,
        allow_privileged: own.allow_privileged.clone(),
    })
}

fn rule(own: &config::Rule, index: usize, clusters: &[&str], zone: &config::Zone) -> Result<Rule, UserError> {
    let approvers = Approvers { users: own.approvers.clone(), groups: own.approver_groups.clone() };
    Ok(Rule {
        name: own.name.clone().unwrap_or_else(|| (index + 1).to_string()),
        remedies: own.remedies.iter().copied().map(remedy).collect(),
        areas: areas(&own.of, &format!("remediation.rules[{index}].of"), clusters)?,
        risk: own.risk.map(|risk| match risk {
            config::Risk::Low => Risk::Low,
            config::Risk::High => Risk::High,
        }),
        floor: Floor { approvals: own.approvals.unwrap_or(1), typed_name: own.typed_name },
        approvers: (approvers != Approvers::default()).then_some(approvers),
        no_self_approval: !own.self_approval,
        hours: own.hours.map(|hours| hours.in_zone(zone)),
    })
}

fn remedy(word: config::RemedyWord) -> Remedy {
    match word {
        config::RemedyWord::DeleteFailedPods => Remedy::DeleteFailedPods,
        config::RemedyWord::DeletePod => Remedy::DeletePod,
        config::RemedyWord::Uncordon => Remedy::Uncordon,
        config::RemedyWord::RolloutRestart => Remedy::RolloutRestart,
        config::RemedyWord::RollBack => Remedy::RollBack,
        config::RemedyWord::RemoveFinalizer => Remedy::RemoveFinalizer,
        config::RemedyWord::TaintOutOfService => Remedy::TaintOutOfService,
        config::RemedyWord::UntaintOutOfService => Remedy::UntaintOutOfService,
        config::RemedyWord::ForceDelete => Remedy::ForceDelete,
        config::RemedyWord::DeleteNode => Remedy::DeleteNode,
        config::RemedyWord::RestartKubelet => Remedy::RestartKubelet,
        config::RemedyWord::RestartRuntime => Remedy::RestartRuntime,
        config::RemedyWord::RemoveImage => Remedy::RemoveImage,
    }
}
