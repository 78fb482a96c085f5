use futures::future::BoxFuture;
use jiff::Timestamp;
use podwhy_knowledge::{Blame, Lang};

use super::super::finalizers::{Whose, whose};
use super::super::machine::testing::remediation;
use super::super::record::{Caution, Phase, Plan, Target, Warning};
use super::super::remedy::{Circumstances, Remedy};
use super::super::story::bulletin;
use super::*;
use crate::ports::{ClusterError, ControllerPart};

/// Answers the same each time, if it is asked for everything of Kueue.
#[derive(Debug)]
struct Search(Result<Vec<String>, ClusterError>);

impl ClusterSearch for Search {
    fn parts_of<'a>(
        &'a self,
        parts: &'a [ControllerPart],
    ) -> BoxFuture<'a, Result<Vec<String>, ClusterError>> {
        assert_eq!(parts.len(), 7, "{parts:?}");
        Box::pin(async move { self.0.clone() })
    }
}

fn now() -> Timestamp {
    "2026-11-26T10:00:30Z".parse().unwrap()
}

fn candidate() -> Candidate {
    let finalizer = "kueue.x-k8s.io/managed".to_string();
    let Whose::Of(controller) = whose(&finalizer) else { panic!("not known") };
    let target =
        Target { kind: "Pod".into(), namespace: "shop".into(), name: "report-1".into(), uid: "u-1".into() };
    let plan = Plan {
        remedy: Remedy::RemoveFinalizer,
        targets: vec![target],
        finalizer: None,
        revision: None,
        node: None,
        ticket: None,
        checklist: Vec::new(),
        warnings: vec![Warning { caution: Caution::CleanupSkipped, names: vec!["Kueue".into()] }],
        verify_seconds: 120,
    };
    let blame = Blame::namespaced("Pod", "shop", "report-1");
    let offerable =
        Offerable { cause: "finalizer-stuck".into(), blame, plan, circumstances: Circumstances::default() };
    Candidate { offerable, finalizer, controller }
}

async fn looked(answer: Result<Vec<String>, ClusterError>) -> Result<Offerable, Withheld> {
    first_look(&Search(answer), candidate(), &Clock::new(now)).await
}

#[tokio::test]
async fn what_is_found_nowhere_is_offered_with_what_was_looked_for() {
    let offered = looked(Ok(Vec::new())).await.unwrap();
    let orphaned = offered.plan.finalizer.unwrap();
    assert_eq!((orphaned.name.as_str(), orphaned.controller.as_str()), ("kueue.x-k8s.io/managed", "Kueue"));
    assert!(orphaned.absent.contains(&"CustomResourceDefinition workloads.kueue.x-k8s.io".to_string()));
    assert_eq!((orphaned.looked_at, orphaned.again_at()), (now(), "2026-11-26T10:01:30Z".parse().unwrap()));
}

#[tokio::test]
async fn what_is_there_or_cannot_be_seen_is_told_and_not_offered() {
    let there = vec!["Deployment kueue-system/kueue-controller-manager".to_string()];
    let why = looked(Ok(there)).await.unwrap_err();
    let said = why.lines(Lang::En).join("\n");
    assert!(said.contains("Kueue is installed (Deployment kueue-system/kueue-controller-manager)"), "{said}");
    assert!(why.lines(Lang::Zh).join("\n").contains("Kueue 仍在集群中"));
    let words = "apiservices.apiregistration.k8s.io is forbidden: User \"podwhy\" cannot list resource";
    for error in [
        ClusterError::Forbidden { cluster: "prod".into(), why: words.into() },
        ClusterError::Unreachable { cluster: "prod".into(), why: words.into() },
    ] {
        let said = looked(Err(error)).await.unwrap_err().lines(Lang::En).join("\n");
        assert!(said.contains("could not be seen in the whole cluster") && said.contains(words), "{said}");
    }
}

#[tokio::test]
async fn the_card_shows_the_finalizer_its_controller_and_what_was_not_found() {
    let mut one = remediation();
    one.spec.plan = looked(Ok(Vec::new())).await.unwrap().plan;
    let shown = bulletin(&one, Lang::En, false);
    assert!(shown.title.starts_with("Remove finalizer kueue.x-k8s.io/managed of pod "), "{}", shown.title);
    let text = shown.lines.join("\n");
    for part in [
        "Kueue would take kueue.x-k8s.io/managed off. Nothing of it was found in the cluster at 2026-11-26 10:00 UTC",
        "• APIService v1beta1.visibility.kueue.x-k8s.io",
        "• Lease c1f6bfd2.kueue.x-k8s.io",
        "may stay behind: Kueue",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(shown.buttons[0], "approve-typed");
    one.status.phase = Phase::Approved;
    assert!(bulletin(&one, Lang::En, false).summary.contains("it begins after the second look"));
    let chinese = bulletin(&one, Lang::Zh, false);
    assert!(chinese.title.contains("移除 finalizer kueue.x-k8s.io/managed（Pod "), "{}", chinese.title);
    assert!(chinese.lines.join("\n").contains("应由 Kueue 移除"));
}
