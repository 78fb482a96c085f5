//! Every rule of the fake Discord, shown by a client that breaks it: it is refused as Discord would, and it is written down.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

#[path = "../discord_client/mod.rs"]
mod client;
mod interactions;
mod messages;
mod requests;
mod sockets;

use std::collections::BTreeSet;

use client::{Bench, setup};
use futures::future::BoxFuture;
use podwhy_fakes::discord::Rule;

/// A client that breaks one rule.
struct Case {
    rule: Rule,
    /// What it does.
    what: &'static str,
    /// Does it, and checks the answer.
    deed: fn(Bench) -> BoxFuture<'static, anyhow::Result<()>>,
}

const fn case(
    rule: Rule,
    what: &'static str,
    deed: fn(Bench) -> BoxFuture<'static, anyhow::Result<()>>,
) -> Case {
    Case { rule, what, deed }
}

fn has_schema() -> bool {
    std::env::var_os("PODWHY_SHARED").is_some_and(|folder| !folder.is_empty())
}

/// Runs each against a fake of its own: that rule was broken, and no other.
async fn run(cases: &[Case]) {
    for case in cases {
        if case.rule == Rule::Schema && !has_schema() {
            println!("left out: {}: PODWHY_SHARED is not set", case.what);
            continue;
        }
        let bench = Bench::start(setup()).await.unwrap();
        assert_eq!(bench.fake.violations(), [], "{}: at the start", case.what);
        let done = (case.deed)(bench.clone()).await;
        assert!(done.is_ok(), "{}: {:#}", case.what, done.unwrap_err());
        let violations = bench.fake.violations();
        // most of what is too long is so by the schema, too
        let judged = violations.iter().filter(|v| v.rule == case.rule || v.rule != Rule::Schema);
        let rules: BTreeSet<Rule> = judged.map(|violation| violation.rule).collect();
        assert_eq!(rules, BTreeSet::from([case.rule]), "{}: {violations:#?}", case.what);
        assert!(violations.iter().all(|v| v.client == "bot" && !v.detail.is_empty()), "{violations:?}");
    }
}

#[tokio::test]
async fn requests_are_refused() {
    run(requests::CASES).await;
}

#[tokio::test]
async fn messages_are_refused() {
    run(messages::CASES).await;
}

#[tokio::test]
async fn interactions_are_refused() {
    run(interactions::CASES).await;
}

#[tokio::test]
async fn sockets_are_refused() {
    run(sockets::CASES).await;
}

#[test]
fn every_rule_has_a_client_that_breaks_it() {
    let all = [requests::CASES, messages::CASES, interactions::CASES, sockets::CASES];
    let shown: BTreeSet<Rule> = all.iter().flat_map(|cases| cases.iter()).map(|case| case.rule).collect();
    assert_eq!(shown, BTreeSet::from(Rule::ALL));
}
