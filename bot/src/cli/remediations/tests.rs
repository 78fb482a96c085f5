use podwhy_flow::answer::{AgreedAnswer, BlameAnswer, ChangedAnswer, NeedsAnswer};

use super::*;

fn one() -> RemediationAnswer {
    let at = |minute: u32| format!("2026-11-24T09:{minute:02}:00Z");
    let step = |phase: &str, minute: u32, who: &str, why: Option<&str>| StepAnswer {
        phase: phase.to_string(),
        at: at(minute),
        who: who.to_string(),
        why: why.map(str::to_string),
    };
    RemediationAnswer {
        name: "delete-failed-pods-1".to_string(),
        phase: "Succeeded".to_string(),
        title: "Delete failed pod prod:search/ranker-1".to_string(),
        stands: "Done, and it helped. Deployment ranker is healthy".to_string(),
        remedy: "delete-failed-pods".to_string(),
        cluster: "prod".to_string(),
        cause: "evicted-memory".to_string(),
        blame: BlameAnswer { kind: "Node".to_string(), namespace: None, name: "worker-3".to_string() },
        targets: vec![ChangedAnswer {
            kind: "Pod".to_string(),
            namespace: Some("search".to_string()),
            name: "ranker-1".to_string(),
            uid: "6f6a".to_string(),
            result: Some("Done".to_string()),
            why: None,
        }],
        warnings: vec!["⚠ Not ready either, of the same owner: ranker-2".to_string()],
        needs: NeedsAnswer { approvals: 1, typed_name: false },
        asked_by: Some("ann".to_string()),
        offered_at: at(0),
        expires_at: at(15),
        agreed: vec![AgreedAnswer { user: "bob".to_string(), app: "slack".to_string(), at: at(1) }],
        steps: vec![
            step("Approved", 1, "bob", None),
            step("Executing", 2, "podwhy-0", None),
            step("Succeeded", 3, "podwhy-0", Some("Deployment ranker is healthy")),
        ],
    }
}

fn written(show: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    show(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_list_has_who_asked_and_who_agreed() {
    let told = RemediationsAnswer { namespace: "podwhy".to_string(), remediations: vec![one()], left_out: 2 };
    let text = written(|out| show(out, &Paint::stdout(), &told, Lang::En));
    assert_eq!(
        text,
        "\
HELPED  Delete failed pod prod:search/ranker-1
  Done, and it helped. Deployment ranker is healthy
  delete-failed-pods-1 · 2026-11-24T09:00:00Z · evicted-memory · asked for by
  ann · agreed: bob

2 more that nobody agreed to: --all shows them
"
    );
    let none = RemediationsAnswer { remediations: Vec::new(), left_out: 0, ..told };
    let text = written(|out| show(out, &Paint::stdout(), &none, Lang::Zh));
    assert_eq!(text, "没有提出或执行过任何操作，命名空间： podwhy\n");
}

#[test]
fn one_has_its_whole_story() {
    let text = written(|out| show_one(out, &Paint::stdout(), &one(), Lang::En));
    assert_eq!(
        text,
        "\
HELPED  Delete failed pod prod:search/ranker-1
Done, and it helped. Deployment ranker is healthy

Why
  evicted-memory · Node worker-3

What it changes
  Pod search/ranker-1: Done  uid 6f6a

To know
  ⚠ Not ready either, of the same owner: ranker-2

Who agreed
  2026-11-24T09:01:00Z  bob (slack)

What happened
  2026-11-24T09:00:00Z  Offered · ann
  2026-11-24T09:01:00Z  Approved · bob
  2026-11-24T09:02:00Z  Executing · podwhy-0
  2026-11-24T09:03:00Z  Succeeded · podwhy-0: Deployment ranker is healthy

delete-failed-pods-1
"
    );
}

#[test]
fn a_phase_is_named_as_kubectl_shows_it() {
    assert_eq!(phase("unclear"), Ok(Phase::Unclear));
    assert!(phase("Done").unwrap_err().contains("Succeeded"));
}

#[test]
fn what_cannot_be_read_says_what_it_takes() {
    let told = |error| unreadable(error, "prod", "podwhy").to_string();
    assert!(told(LedgerError::NotInstalled).contains("deploy/crds/remediations.yaml"));
    let forbidden = told(LedgerError::Forbidden("ann cannot list".to_string()));
    assert!(
        forbidden.contains("remediations.podwhy.dev in namespace podwhy: ann cannot list"),
        "{forbidden}"
    );
    assert!(told(LedgerError::Unclear("no route".to_string())).contains("no route"));
}
