use super::*;

fn channel() -> (Channel, Instant) {
    let now = Instant::now();
    (Channel::new(now), now)
}

fn after(now: Instant, seconds: u64) -> Instant {
    now + Duration::from_secs(seconds)
}

/// What is done when, of outcomes in a row.
fn told(channel: &mut Channel, mut now: Instant, outcomes: &[Outcome]) -> Vec<(u64, Act)> {
    let began = now;
    let mut acts = Vec::new();
    for outcome in outcomes {
        let act = loop {
            if let Some(act) = channel.begin(now) {
                break act;
            }
            now += Duration::from_secs(1);
            assert!(now < began + Duration::from_secs(600), "nothing after {acts:?}");
        };
        acts.push(((now - began).as_secs(), act));
        channel.end(outcome.clone(), now);
    }
    for seconds in 0..600 {
        assert_eq!(channel.begin(after(now, seconds)), None, "nothing more after {acts:?}");
    }
    acts
}

fn found(messages: &[&str]) -> Outcome {
    Outcome::Found(messages.iter().map(|message| (*message).to_string()).collect())
}

#[test]
fn it_is_looked_for_and_posted_and_looked_for_again() {
    let (mut channel, now) = channel();
    let own = Outcome::Posted("m1".to_string());
    let acts =
        told(&mut channel, now, &[found(&[]), own, found(&["m1"]), found(&["m1"]), found(&["m1", "m2"])]);
    use Act::*;
    assert_eq!(acts, [(0, LookUp), (0, Post), (5, LookUp), (20, LookUp), (50, LookUp)]);
}

#[test]
fn another_replica_s_is_enough() {
    let (mut channel, now) = channel();
    assert_eq!(told(&mut channel, now, &[found(&["m1"])]), [(0, Act::LookUp)]);
}

#[test]
fn of_two_the_later_is_taken_away_by_whoever_posted_it() {
    let (mut channel, now) = channel();
    let own = Outcome::Posted("m2".to_string());
    let acts =
        told(&mut channel, now, &[found(&[]), own, found(&["m1", "m2"]), Outcome::Later, Outcome::Done]);
    assert_eq!(acts[3..], [(5, Act::TakeAway("m2".to_string())), (6, Act::TakeAway("m2".to_string()))]);
}

#[test]
fn one_that_does_not_show_yet_is_not_taken_for_the_later() {
    let (mut channel, now) = channel();
    let own = Outcome::Posted("m1".to_string());
    let acts =
        told(&mut channel, now, &[found(&[]), own, found(&["m2"]), found(&["m1", "m2"]), found(&["m1"])]);
    assert!(acts[2..].iter().all(|(_, act)| *act == Act::LookUp), "{acts:?}");
}

#[test]
fn a_post_without_an_answer_is_looked_for_until_it_must_have_shown() {
    let (mut channel, now) = channel();
    let lost = [found(&[]), Outcome::Unclear, found(&[]), found(&[]), found(&["m1"])];
    let acts = told(&mut channel, now, &lost);
    assert!(acts.iter().filter(|(_, act)| *act == Act::Post).count() == 1, "{acts:?}");
    let (mut channel, now) = (Channel::new(now), now);
    let lost: Vec<Outcome> =
        [found(&[]), Outcome::Unclear].into_iter().chain((0..4).map(|_| found(&[]))).collect();
    let own = [found(&[]), Outcome::Posted("m2".into()), found(&["m2"]), found(&["m2"]), found(&["m2"])];
    let acts = told(&mut channel, now, &[lost, own.to_vec()].concat());
    let posts: Vec<u64> = acts.iter().filter(|(_, act)| *act == Act::Post).map(|(at, _)| *at).collect();
    assert!(posts.len() == 2 && posts[1] >= GRACE.as_secs(), "{acts:?}");
}

#[test]
fn one_that_the_app_gave_back_from_before_shows_it_again() {
    let (mut channel, now) = channel();
    let own = Outcome::Posted("old".to_string());
    let looks = [found(&["old"]), found(&["old"])];
    let acts =
        told(&mut channel, now, &[[found(&[]), own, found(&[]), Outcome::Done].as_slice(), &looks].concat());
    assert_eq!(acts[3].1, Act::Show("old".to_string()));
}

#[test]
fn a_channel_that_is_refused_is_left_alone() {
    let (mut channel, now) = channel();
    assert_eq!(told(&mut channel, now, &[Outcome::Later, found(&[]), Outcome::Refused]).len(), 3);
}
