//! A remediation as a page or a program is told it: cleaned, and nothing of it secret.

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::{clean_name, redact};

use super::record::{Outcome, Phase, Remediation, Result as Of, Spec, Status, Target};
use super::{reasons, words};
use crate::answer::{
    AgreedAnswer, BlameAnswer, ChangedAnswer, NeedsAnswer, RemediationAnswer, RemediationsAnswer, StepAnswer,
};
use crate::incident::record::Blamed;

/// One of them, whole.
pub fn answer(one: &Remediation, lang: Lang) -> RemediationAnswer {
    let (spec, status) = (&one.spec, &one.status);
    let changed = spec.plan.targets.iter().enumerate().map(|(place, target)| {
        let own = status.outcomes.iter().find(|outcome| outcome.target as usize == place);
        changed(target, own, lang)
    });
    let agreed = status.approvals.iter().map(|approval| AgreedAnswer {
        user: clean_name(&approval.user),
        app: approval.platform.as_str().to_string(),
        at: shown(approval.at),
    });
    let steps = status.history.iter().map(|step| StepAnswer {
        phase: step.phase.as_str().to_string(),
        at: shown(step.at),
        who: clean_name(&step.who),
        why: said(&step.why, lang),
    });
    RemediationAnswer {
        name: clean_name(&one.name),
        phase: status.phase.as_str().to_string(),
        title: words::title(spec, lang),
        stands: words::stands(one, lang),
        remedy: spec.plan.remedy.as_str().to_string(),
        cluster: clean_name(&spec.root_cause.cluster),
        cause: clean_name(&spec.root_cause.cause),
        blame: blame(&spec.root_cause.blame),
        targets: changed.collect(),
        warnings: spec.plan.warnings.iter().map(|warning| words::warning(warning, lang)).collect(),
        needs: NeedsAnswer { approvals: spec.floor.approvals, typed_name: spec.floor.typed_name },
        asked_by: spec.asked_by.as_deref().map(clean_name),
        offered_at: shown(spec.offered_at),
        expires_at: shown(spec.expires_at()),
        agreed: agreed.collect(),
        steps: steps.collect(),
    }
}

/// What could be offered, as it would stand.
pub fn proposal(spec: &Spec, lang: Lang) -> RemediationAnswer {
    let none = String::new;
    let one = Remediation {
        name: none(),
        uid: none(),
        version: none(),
        spec: spec.clone(),
        status: Status::default(),
    };
    RemediationAnswer { stands: words::needed(spec.floor, lang), ..answer(&one, lang) }
}

/// Which are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only those of this phase.
    pub phase: Option<Phase>,
    /// Also those that are over without anybody having agreed.
    pub all: bool,
}

/// A list of them, the latest first.
pub fn list(namespace: &str, mut known: Vec<Remediation>, wanted: Wanted, lang: Lang) -> RemediationsAnswer {
    known.retain(|one| wanted.phase.is_none_or(|phase| phase == one.status.phase));
    let before = known.len();
    let is_untouched = |one: &Remediation| {
        let over = matches!(one.status.phase, Phase::Expired | Phase::Superseded);
        over && one.status.approvals.is_empty()
    };
    known.retain(|one| wanted.all || wanted.phase.is_some() || !is_untouched(one));
    known.sort_by(|a, b| (b.spec.offered_at, &a.name).cmp(&(a.spec.offered_at, &b.name)));
    RemediationsAnswer {
        namespace: clean_name(namespace),
        left_out: before - known.len(),
        remediations: known.iter().map(|one| answer(one, lang)).collect(),
    }
}

fn changed(target: &Target, outcome: Option<&Outcome>, lang: Lang) -> ChangedAnswer {
    let result = outcome.map(|outcome| match outcome.result {
        Of::Done => "Done",
        Of::NotDone => "NotDone",
        Of::Unclear => "Unclear",
    });
    ChangedAnswer {
        kind: clean_name(&target.kind),
        namespace: Some(clean_name(&target.namespace)).filter(|own| !own.is_empty()),
        name: clean_name(&target.name),
        uid: clean_name(&target.uid),
        result: result.map(str::to_string),
        why: outcome.and_then(|outcome| said(&outcome.why, lang)),
    }
}

fn blame(blamed: &Blamed) -> BlameAnswer {
    BlameAnswer {
        kind: clean_name(&blamed.kind),
        namespace: blamed.namespace.as_deref().map(clean_name),
        name: clean_name(&blamed.name),
    }
}

fn said(why: &str, lang: Lang) -> Option<String> {
    (!why.is_empty()).then(|| clean_name(&redact(&reasons::told(why, lang))))
}

/// To the second: nobody compares less.
fn shown(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::super::machine::testing::remediation;
    use super::*;

    fn of(name: &str, phase: Phase, minutes: i64) -> Remediation {
        let mut one = remediation();
        one.name = name.to_string();
        one.status.phase = phase;
        one.spec.offered_at += jiff::SignedDuration::from_mins(minutes);
        one
    }

    fn listed(wanted: Wanted) -> (Vec<String>, usize) {
        let known = vec![
            of("waits", Phase::Offered, 3),
            of("forgotten", Phase::Expired, 2),
            of("helped", Phase::Succeeded, 1),
        ];
        let list = list("podwhy", known, wanted, Lang::En);
        (list.remediations.into_iter().map(|one| one.name).collect(), list.left_out)
    }

    #[test]
    fn what_nobody_touched_is_counted_and_shown_when_asked_for() {
        let wanted = Wanted::default();
        assert_eq!(listed(wanted), (vec!["waits".into(), "helped".into()], 1));
        let all = listed(Wanted { all: true, ..wanted });
        assert_eq!(all, (vec!["waits".into(), "forgotten".into(), "helped".into()], 0));
        let expired = listed(Wanted { phase: Some(Phase::Expired), ..wanted });
        assert_eq!(expired, (vec!["forgotten".into()], 0));
    }

    #[test]
    fn what_a_server_said_is_cleaned() {
        let mut one = of("a", Phase::Failed, 0);
        one.status.outcomes = vec![Outcome::of(0, Of::NotDone, "no\nAKIAIOSFODNN7EXAMPLE".to_string())];
        let told = answer(&one, Lang::En);
        assert_eq!(told.targets[0].result.as_deref(), Some("NotDone"));
        let why = told.targets[0].why.as_deref().unwrap_or_default();
        assert!(
            why.starts_with("no") && !why.contains('\n') && !why.contains("AKIAIOSFODNN7EXAMPLE"),
            "{why}"
        );
        assert!(told.is_over() && !answer(&remediation(), Lang::En).is_over());
    }

    #[test]
    fn over_is_what_the_machine_says() {
        for phase in Phase::ALL {
            assert_eq!(answer(&of("a", phase, 0), Lang::En).is_over(), phase.is_over(), "{phase:?}");
        }
    }
}
