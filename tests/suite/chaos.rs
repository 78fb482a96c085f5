//! The whole bot, killed and stopped at random between fake apps and a real API server.

use podwhy_tests::chaos::{self, CALM};
use podwhy_tests::control_plane::{Options, control_plane_or_say};

use crate::terminal::binary;

/// As many as fit into the suite; `tests/bench/chaos` does two hundred.
const ROUNDS: u32 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_killed_when_each_message_stands_once() {
    let options = Options { kubectl: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("a bot that is killed", options) else { return };
    let options = chaos::Options { podwhy: binary("podwhy"), rounds: ROUNDS, seed: 8, logs: None };
    let report = chaos::run(&control_plane, &options).await.unwrap();
    assert_eq!(report.faults, Vec::<String>::new(), "{CALM:?} after the last fault: {report:#?}");
    // a test that hit nothing proves nothing
    assert!(report.kills == ROUNDS && report.stops == 2 && report.failovers == 2, "{report:#?}");
    assert!(report.between >= 5, "{report:#?}");
}
