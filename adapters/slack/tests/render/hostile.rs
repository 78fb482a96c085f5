//! Whatever the text is: within the limits, nothing mentions anybody, and what is missing is said to be.

use jiff::Timestamp;
use podwhy_flow::chat::Reply;
use podwhy_knowledge::redact::clean;
use podwhy_slack::render::{self, Message, State};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::{replies, seen, valid};

fn states(note: String) -> [State; 4] {
    let since = Timestamp::UNIX_EPOCH;
    [State::Answer, State::Watching { since }, State::Over { note }, State::Interrupted]
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
    clean(text).chars().filter(|c| !c.is_whitespace() && !matches!(c, '│' | '`' | '*' | '•')).collect()
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
        }
        valid::assert_message("commands", &render::commands(&reply));
        valid::assert_home("home", &render::home(&reply));
        render::everything(&reply);
    }

    #[test]
    fn a_text_of_our_own_is_valid(text in replies::text()) {
        valid::assert_message("looking", &render::looking(&text));
        valid::assert_message("note", &render::note(&text));
    }
}
