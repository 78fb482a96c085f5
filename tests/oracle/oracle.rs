//! podwhy's re-run of the scheduling against the real kube-scheduler: fits or does not fit, the counts by reason, and
//! each smallest change. `PODWHY_ORACLE_PODS` says for how many Pending pods.

#![allow(clippy::unwrap_used, reason = "a test")]

use podwhy_oracle::control_plane::control_plane_or_say;
use podwhy_oracle::generate::{cluster, shared};
use podwhy_oracle::judge::{Score, judge};

/// In every run.
const PODS: usize = 60;

/// After so many disagreements the rest would say nothing new.
const MOST_WRONG: usize = 20;

/// Clusters that a disagreement was found in once come first; then the numbers from 1 on.
const SEEDS: &[u64] = &[];

#[test]
fn the_scheduler_agrees() {
    let Some(plane) = control_plane_or_say("the_scheduler_agrees").unwrap() else {
        return;
    };
    let wanted = std::env::var("PODWHY_ORACLE_PODS").ok().and_then(|text| text.parse().ok()).unwrap_or(PODS);
    for (list, object) in shared() {
        plane.api.create(&list, &object).unwrap();
    }
    let mut score = Score::default();
    let one = std::env::var("PODWHY_ORACLE_SEED").ok().and_then(|text| text.parse().ok());
    let numbers: Box<dyn Iterator<Item = u64>> = match one {
        Some(seed) => Box::new(std::iter::once(seed)),
        None => Box::new(SEEDS.iter().copied().chain(1..)),
    };
    for seed in numbers {
        let cluster = cluster(seed);
        let known = score.wrong.len();
        judge(&plane.api, &cluster, &mut score, wanted).unwrap();
        if score.wrong.len() > known {
            println!("seed {seed}:\n{}", cluster.yaml());
        }
        if score.pending >= wanted || score.wrong.len() > MOST_WRONG {
            break;
        }
    }
    println!(
        "{} Pending and {} placed pods, {} disagreements; changes proven: {:?}, {} one step smaller not enough; reasons: {:?}",
        score.pending,
        score.placed,
        score.wrong.len(),
        score.proven,
        score.smaller,
        score.reasons
    );
    score.right().unwrap();
}
