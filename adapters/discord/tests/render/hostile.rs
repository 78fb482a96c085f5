//! Whatever the text is: within the limits, nothing mentions anybody, what is missing is said to be, and what was asked
//! is read back as it was.

use jiff::Timestamp;
use podwhy_discord::render::{self, Marked, Message, State};
use podwhy_flow::chat::{Content, Reply};
use podwhy_knowledge::redact::clean;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::{gallery, replies, seen, valid};

fn since() -> Timestamp {
    Timestamp::from_second(1_777_886_280).unwrap()
}

fn states(note: String) -> [State; 4] {
    [State::Answer, State::Watching { since: since() }, State::Over { note }, State::Interrupted]
}

/// Some hostile messages, always the same ones, for the judges.
pub fn samples() -> Vec<(String, Message)> {
    let mut runner = TestRunner::deterministic();
    let replies: Vec<Reply> =
        (0..60).map(|_| replies::replies().new_tree(&mut runner).unwrap().current()).collect();
    let messages = replies.iter().enumerate().flat_map(|(number, reply)| {
        [
            (format!("hostile-{number}"), render::message(reply, State::Answer)),
            (format!("hostile-{number}-commands"), render::commands(reply)),
        ]
    });
    messages.collect()
}

/// Without what the renderer may lay out anew.
fn bare(text: &str) -> String {
    clean(text).chars().filter(|c| !c.is_whitespace() && !matches!(c, '`' | 'ˋ' | '*')).collect()
}

fn assert_what_is_missing_is_said(reply: &Reply, message: &Message) {
    let seen = seen::message(message);
    let bare_seen = bare(&seen);
    let missing = replies::said(reply).into_iter().find(|text| !bare_seen.contains(&bare(text)));
    let marked = seen.contains("… cut") || seen.contains("……已截断");
    assert!(missing.is_none() || marked, "{missing:?} is not in\n{seen}");
    let button = seen.contains("[ All evidence ]") || seen.contains("[ 全部证据 ]");
    assert!(!marked || button || render::needs_file(reply), "what was cut is not to be had:\n{seen}");
}

proptest! {
    #![proptest_config(Config { cases: 64, failure_persistence: None, ..Config::default() })]

    #[test]
    fn every_reply_is_valid(reply in replies::replies(), note in replies::text()) {
        for state in states(note.clone()) {
            let message = render::message(&reply, state.clone());
            valid::assert_message("message", &message);
            if state == State::Answer {
                assert_what_is_missing_is_said(&reply, &message);
            }
            let marked = render::state_of(&gallery::body(&message));
            match state {
                State::Watching { since } => assert_eq!(marked, Some(Marked::Watching { since })),
                _ => assert_ne!(marked, Some(Marked::Looking)),
            }
        }
        valid::assert_message("commands", &render::commands(&reply));
        render::everything(&reply);
    }

    #[test]
    fn a_text_of_our_own_is_valid(text in replies::text()) {
        valid::assert_message("looking", &render::looking(&text, Some(&text)));
        valid::assert_message("note", &render::note(&text));
    }

    #[test]
    fn what_was_asked_is_read_back(line in replies::text(), since in 1i64..4_000_000_000) {
        let since = Timestamp::from_second(since).unwrap();
        let looking = render::looking("…", Some(&line));
        prop_assert_eq!(render::state_of(&gallery::body(&looking)), Some(Marked::Looking));
        let reply = crate::cases::reply(Content::Fault("1".to_string()), Some(&line), podwhy_knowledge::Lang::En);
        let watched = render::message(&reply, State::Watching { since });
        prop_assert_eq!(render::state_of(&gallery::body(&watched)), Some(Marked::Watching { since }));
        let done = render::message(&reply, State::Answer);
        // a message has buttons where it can carry what they ask, and only there
        let carried = !done.components.is_empty();
        for message in [looking, watched, done] {
            let read = render::line_of(&gallery::body(&message));
            prop_assert_eq!(read, carried.then(|| line.clone()));
        }
        prop_assert!(carried || line.trim().is_empty() || line.len() > 150);
    }
}
