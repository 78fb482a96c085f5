//! When a report is written. Pure.

use std::time::Duration;

use podwhy_api::report::{Outcome, Report};

/// Nothing is written more often.
const LEAST: Duration = Duration::from_secs(8);
/// While something is wrong the report says often that it still is: only a report that was made after a kubelet fell silent proves that the
/// machine lives.
const IN_TROUBLE: Duration = Duration::from_secs(45);
/// Else it is written this often, whether anything changed or not: one that is older is of an agent that is gone.
const ANYWAY: Duration = Duration::from_secs(5 * 60);

/// Whether this report is to be written, by what was written last and how long ago.
pub(super) fn is_due(last: Option<(&Report, Duration)>, report: &Report) -> bool {
    let Some((last, ago)) = last else { return true };
    if ago < LEAST {
        return false;
    }
    let anyway = if is_in_trouble(report) { IN_TROUBLE } else { ANYWAY };
    ago >= anyway || !report.tells_as(last)
}

fn is_in_trouble(report: &Report) -> bool {
    let silent = |outcome: Outcome| !matches!(outcome, Outcome::Answered | Outcome::NotYet);
    report.units.iter().any(|unit| unit.active != "active")
        || report.neighbours.iter().any(|one| silent(one.outcome))
        || report.containers.is_none()
}

#[cfg(test)]
mod tests {
    use podwhy_api::report::{Neighbour, Unit};

    use super::*;

    fn well() -> Report {
        let unit = Unit { name: "kubelet.service".into(), active: "active".into(), ..Unit::default() };
        Report { units: vec![unit], containers: Some(Vec::new()), ..Report::default() }
    }

    fn due(report: &Report, seconds: u64) -> bool {
        is_due(Some((&well(), Duration::from_secs(seconds))), report)
    }

    #[test]
    fn what_is_new_is_told_at_once_and_what_is_not_now_and_then() {
        assert!(is_due(None, &well()));
        assert!(!due(&well(), 299) && due(&well(), 300));
        let other = Report { kernel: "6.1".into(), ..well() };
        assert!(due(&other, 8) && !due(&other, 7));
    }

    #[test]
    fn while_something_is_wrong_it_is_said_often() {
        let mut stopped = well();
        stopped.units[0].active = "failed".into();
        let mut silent = well();
        silent.neighbours = vec![Neighbour { outcome: Outcome::TimedOut, ..Neighbour::default() }];
        let unanswered = Report { containers: None, ..well() };
        for report in [stopped, silent, unanswered] {
            let again = |seconds| is_due(Some((&report, Duration::from_secs(seconds))), &report);
            assert!(!again(44) && again(45), "{report:?}");
        }
    }
}
