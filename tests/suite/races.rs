//! Two people who click at once, three replicas, each killed, stopped or not answered between any two steps, on a real API server: what
//! was approved is done once.

mod stopped;
pub use stopped::evicted;
mod tampered;

use podwhy_tests::control_plane::control_plane_or_say;
use podwhy_tests::races::{self, Broken, Options};

/// As many as fit into the suite; `tests/bench/races` does ten thousand.
const ROUNDS: u32 = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_approved_is_done_once_or_said_to_be_unclear() {
    let folder = tempfile::tempdir().unwrap();
    let servers = races::servers(folder.path()).unwrap();
    let Some(control_plane) = control_plane_or_say("races", servers) else { return };
    let options = Options { rounds: ROUNDS, seed: 9, lanes: 8, broken: None };
    let report = races::run(&control_plane, folder.path(), options).await.unwrap();
    assert_eq!(report.faults, Vec::<String>::new(), "{report:#?}");
    // a test that hit nothing proves nothing
    assert_eq!(report.rounds, ROUNDS);
    assert!(report.written > ROUNDS / 3 && report.kills > ROUNDS / 3, "{report:#?}");
    assert!(report.stops > ROUNDS / 3 && report.lost > ROUNDS / 3 && report.taken_over > 10, "{report:#?}");
    for phase in ["Succeeded", "Failed", "Declined", "Expired", "Superseded", "Unclear"] {
        assert!(report.phases.contains_key(phase), "none is {phase}: {report:#?}");
    }
}

/// What happens when is the machine's pace as well as the seed: so often sixty rounds are tried with each broken bot.
const TRIES: u64 = 6;

/// A judge that says nothing about a broken bot says nothing about a whole one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_bot_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let servers = races::servers(folder.path()).unwrap();
    let Some(control_plane) = control_plane_or_say("races of a broken bot", servers) else { return };
    let seen = [
        (100, Broken::TakesAnyVersion, "written 2 times"),
        (200, Broken::Repeats, "written 2 times"),
        (300, Broken::LosesTime, "told as not done, and it was"),
    ];
    for (first, broken, wanted) in seen {
        let mut is_noticed = false;
        for seed in first..first + TRIES {
            let options = Options { rounds: 60, seed, lanes: 8, broken: Some(broken) };
            let report = races::run(&control_plane, folder.path(), options).await.unwrap();
            is_noticed = report.faults.iter().any(|fault| fault.contains(wanted));
            if is_noticed {
                break;
            }
        }
        assert!(is_noticed, "{broken:?} is not noticed");
    }
}
