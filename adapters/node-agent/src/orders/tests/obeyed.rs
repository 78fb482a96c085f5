//! A good ticket is obeyed once, whatever fails on the way.

use jiff::SignedDuration;
use podwhy_api::ticket::Phase;

use super::super::*;
use super::fakes::{Fakes, again, agent, now, order, ticket};

#[tokio::test(start_paused = true)]
async fn it_is_told_that_it_begins_and_how_it_ended() {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    let agent = agent(folder.path(), &fakes);
    let told = ticket(order("r-1"));
    agent.came(&told).await;
    assert_eq!(fakes.acted(), ["r-1"]);
    let begun = (told.name.clone(), Some("7".to_string()), Phase::Begun, String::new());
    let done = (told.name.clone(), None, Phase::Done, String::new());
    assert_eq!(fakes.told(), [begun, done], "that it begins is told of the version that was read");
    for status in ["Begun", "Done", "Refused"] {
        agent.came(&again(&told, status)).await;
    }
    assert_eq!(fakes.acted(), ["r-1"], "however often it comes");
}

/// A watch may bring an object as it was before its status was written.
#[tokio::test(start_paused = true)]
async fn an_old_sight_of_a_ticket_that_was_obeyed_is_no_second_one() {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    let agent = agent(folder.path(), &fakes);
    let told = ticket(order("r-1"));
    agent.came(&told).await;
    agent.came(&told).await;
    assert_eq!(fakes.acted(), ["r-1"]);
    assert_eq!(fakes.phases(), [Phase::Begun, Phase::Done, Phase::Done], "what came of it stays told");
    assert!(fakes.refused().is_empty());
}

#[tokio::test(start_paused = true)]
async fn tickets_of_other_nodes_are_nothing_to_it() {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    let mut other = order("r-1");
    other.node = "worker-4".into();
    agent(folder.path(), &fakes).came(&ticket(other)).await;
    assert!(fakes.acted().is_empty() && fakes.told().is_empty());
    assert!(fakes.refused().is_empty(), "each agent sees those of all");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_touched_before_the_api_server_knows_that_it_begins() {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    let not_now = || TellError::NotNow("no answer".into());
    fakes.inner().fails = [not_now(), not_now()].into();
    agent(folder.path(), &fakes).came(&ticket(order("r-1"))).await;
    assert_eq!((fakes.acted().len(), fakes.phases()), (1, vec![Phase::Begun, Phase::Done]));
    // somebody changed it, or an answer was lost: who begins is not known, so nobody does
    let fakes = Fakes::default();
    fakes.inner().fails = [not_now(), TellError::Never("it was changed meanwhile".into())].into();
    let folder = tempfile::tempdir().unwrap();
    agent(folder.path(), &fakes).came(&ticket(order("r-1"))).await;
    assert_eq!((fakes.acted().len(), fakes.phases()), (0, vec![Phase::Refused]));
    assert_eq!(fakes.told()[0].3, "NotTold");
}

#[tokio::test(start_paused = true)]
async fn an_api_server_that_is_away_is_told_later() {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    let agent = agent(folder.path(), &fakes);
    fakes.inner().node_uid = [Err(TellError::NotNow("away".into())), Ok("n-1".into())].into();
    fakes.inner().away = 9;
    agent.came(&ticket(order("r-1"))).await;
    assert_eq!(fakes.phases(), [Phase::Begun, Phase::Done]);
    assert_eq!(fakes.acted().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_done_here_is_refused_before_it_begins() {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    fakes.inner().impossible = Some("there is no systemd to ask".into());
    let agent = agent(folder.path(), &fakes);
    agent.came(&ticket(order("r-1"))).await;
    let told = fakes.told();
    assert_eq!((told.len(), told[0].2, told[0].3.as_str()), (1, Phase::Refused, "NotPossible"));
    fakes.inner().impossible = None;
    agent.came(&ticket(order("r-2"))).await;
    assert_eq!(fakes.acted(), ["r-2"]);
}

#[tokio::test(start_paused = true)]
async fn so_many_an_hour_and_no_more() {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    let agent = agent(folder.path(), &fakes);
    for uid in ["r-1", "r-2", "r-3", "r-4"] {
        agent.came(&ticket(order(uid))).await;
    }
    assert_eq!(fakes.acted(), ["r-1", "r-2", "r-3"]);
    assert_eq!(fakes.refused(), ["TooMany"]);
    assert!(agent.journal().begun_since(now() + SignedDuration::from_secs(1)) == 0);
}
