//! Whatever the text is: within the limits, nothing mentions anybody, and what is missing is said to be.

use jiff::Timestamp;
use podwhy_flow::answer::{BlameAnswer, GroupAnswer, TriageAnswer};
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Content, Reply};
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean;
use podwhy_slack::render::{self, Message, State};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use crate::{cases, replies, seen, valid};

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

/// A question to all clusters, answered by more than fit: each with long names of everything.
#[test]
fn many_clusters_with_long_names_fit_into_one_message() {
    let name = || "n".repeat(400);
    let blame = BlameAnswer { kind: name(), namespace: None, name: name() };
    let group = GroupAnswer {
        cause: name(),
        confidence: Some(name()),
        blame,
        summary: name(),
        count: 9,
        pods: Vec::new(),
        workloads: Vec::new(),
    };
    let triage = TriageAnswer {
        taken_at: name(),
        failing: 9,
        expected: 0,
        healthy: 0,
        groups: vec![group; 9],
        gaps: Vec::new(),
    };
    let answers = vec![(Some("x".repeat(200)), Answer::Triage(name(), triage)); 9];
    let reply = cases::reply(Content::Several(answers), None, Lang::En);
    let message = render::message(&reply, State::Answer);
    valid::assert_message("message", &message);
    let seen = seen::message(&message);
    assert!(seen.contains("3 more") && seen.contains("7 more"), "what is left out is counted:\n{seen}");
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
