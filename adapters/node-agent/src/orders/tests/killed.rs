//! An agent that is ended in the middle: nothing is done twice, and nothing is left untold.

use std::time::Duration;

use podwhy_api::ticket::Phase;
use tokio::time::timeout;

use super::fakes::{Fakes, again, agent, order, ticket, unit};

/// An agent that is ended while it acts.
async fn killed(fakes: &Fakes) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fakes.inner().dies = true;
    fakes.inner().unit = Some(unit("aa", "active"));
    let agent = agent(folder.path(), fakes);
    timeout(Duration::from_secs(1), agent.came(&ticket(order("r-1")))).await.unwrap_err();
    assert_eq!((fakes.acted().len(), fakes.phases()), (1, vec![Phase::Begun]));
    fakes.inner().dies = false;
    folder
}

#[tokio::test(start_paused = true)]
async fn the_next_run_tells_that_it_is_not_clear_and_does_not_do_it_again() {
    let fakes = Fakes::default();
    let folder = killed(&fakes).await;
    let next = agent(folder.path(), &fakes);
    next.recover().await;
    assert_eq!(fakes.phases(), [Phase::Begun, Phase::Unclear]);
    next.came(&again(&ticket(order("r-1")), "Begun")).await;
    next.came(&ticket(order("r-1"))).await;
    assert_eq!(fakes.acted().len(), 1);
    drop(next);
    let third = agent(folder.path(), &fakes);
    third.recover().await;
    assert_eq!(fakes.acted().len(), 1);
    let told = fakes.told().len();
    third.came(&again(&ticket(order("r-1")), "Begun")).await;
    assert_eq!(fakes.told().len(), told + 1, "what the API server does not know is told again");
    assert_eq!(fakes.phases().last(), Some(&Phase::Unclear));
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_runs_as_another_invocation_was_restarted() {
    for (now, phase) in [
        (unit("bb", "active"), Phase::Done),
        (unit("aa", "active"), Phase::Unclear),
        (unit("bb", "failed"), Phase::Unclear),
        (unit("", "active"), Phase::Unclear),
    ] {
        let fakes = Fakes::default();
        let folder = killed(&fakes).await;
        fakes.inner().unit = Some(now.clone());
        agent(folder.path(), &fakes).recover().await;
        assert_eq!(fakes.phases().last(), Some(&phase), "{now:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_that_was_written_down_and_not_told_is_told_by_the_next_run() {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    let first = agent(folder.path(), &fakes);
    let told = ticket(order("r-1"));
    fakes.inner().away = 999;
    let ended = timeout(Duration::from_secs(60), first.came(&told)).await;
    assert!(ended.is_err(), "it is still being told when the process ends");
    drop(first);
    fakes.inner().fails.clear();
    let next = agent(folder.path(), &fakes);
    next.recover().await;
    next.came(&again(&told, "Begun")).await;
    assert_eq!(fakes.phases(), [Phase::Begun, Phase::Done]);
    assert_eq!(fakes.acted().len(), 1);
}
