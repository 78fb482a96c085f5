use podwhy_flow::answer::{AgreedAnswer, BlameAnswer, NeedsAnswer};

use super::*;

fn one(phase: &str) -> RemediationAnswer {
    RemediationAnswer {
        name: "remove-finalizer-1".to_string(),
        phase: phase.to_string(),
        title: "Remove a finalizer of shop/<b>".to_string(),
        stands: "2 people have to agree".to_string(),
        remedy: "remove-finalizer".to_string(),
        cluster: "playground".to_string(),
        cause: "finalizer-stuck".to_string(),
        blame: BlameAnswer {
            kind: "Pod".to_string(),
            namespace: Some("shop".to_string()),
            name: "a".to_string(),
        },
        targets: vec![ChangedAnswer {
            kind: "Pod".to_string(),
            namespace: Some("shop".to_string()),
            name: "a".to_string(),
            uid: "1".to_string(),
            result: None,
            why: None,
        }],
        warnings: vec!["⚠ look twice".to_string()],
        needs: NeedsAnswer { approvals: 2, typed_name: true },
        asked_by: Some("ann".to_string()),
        offered_at: "2026-11-24T09:00:00Z".to_string(),
        expires_at: "2026-11-24T09:15:00Z".to_string(),
        agreed: Vec::new(),
        steps: Vec::new(),
    }
}

fn people() -> Vec<KubernetesUser> {
    let groups = vec!["podwhy:editors".to_string(), "podwhy:operators".to_string()];
    vec![KubernetesUser { name: "ann".to_string(), groups }]
}

#[test]
fn what_could_be_done_is_offered_by_its_key() {
    let found = vec![Found { key: "k/1".to_string(), told: one("Offered") }];
    let below = Fix::Found { found, target: "playground:shop/a".to_string(), people: people() };
    let shown = fix(&below, true, Lang::En).into_string();
    for part in [
        "data-act=\"offer\" data-key=\"k/1\" data-target=\"playground:shop/a\"",
        "<option value=\"ann\">ann (editors, operators)</option>",
        "Remove a finalizer of shop/&lt;b&gt;",
        "⚠ look twice",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("data-live") && !shown.contains("data-act=\"agree\""), "{shown}");
    assert!(below.text(Lang::Zh).starts_with("\n修复\n• "), "{}", below.text(Lang::Zh));
}

#[test]
fn what_waits_has_buttons_and_what_is_over_has_none() {
    let waits = item(&one("Offered"), None, Lang::En);
    assert!(waits.contains("data-act=\"agree\" data-typed=\"a\"") && waits.contains("data-live"), "{waits}");
    for phase in ["Approved", "Executing", "Verifying"] {
        let shown = item(&one(phase), None, Lang::En);
        assert!(!shown.contains("data-act") && shown.contains("data-live"), "{shown}");
    }
    for phase in ["Succeeded", "Failed", "Unclear", "Expired", "Declined", "Superseded", "Partial"] {
        let shown = item(&one(phase), None, Lang::En);
        assert!(!shown.contains("data-act") && !shown.contains("data-live"), "{shown}");
        assert!(!shown.contains("look twice"), "nobody has to decide any more: {shown}");
    }
}

#[test]
fn the_story_names_each_person_once() {
    let agreed = |user: &str| AgreedAnswer {
        user: user.to_string(),
        app: "console".to_string(),
        at: "2026-11-24T09:01:00Z".to_string(),
    };
    let step = |phase: &str, who: &str| StepAnswer {
        phase: phase.to_string(),
        at: "2026-11-24T09:02:00Z".to_string(),
        who: who.to_string(),
        why: Some("its <i> dry run".to_string()),
    };
    let mut told = one("Failed");
    told.agreed = vec![agreed("ann"), agreed("bob")];
    told.steps = vec![step("Approved", "bob"), step("Failed", "podwhy/00ff")];
    told.targets[0].result = Some("NotDone".to_string());
    told.targets[0].why = Some("a budget".to_string());
    let shown = item(&told, None, Lang::En);
    assert_eq!(shown.matches("· bob").count(), 1, "{shown}");
    assert_eq!(shown.matches("· ann").count(), 2, "she asked, and agreed: {shown}");
    assert!(shown.contains("· podwhy: its &lt;i&gt; dry run"), "{shown}");
    assert!(shown.contains("not changed: a budget"), "{shown}");
}

#[test]
fn over_a_real_cluster_it_says_where_the_buttons_are() {
    let shown = fix(&Fix::Elsewhere, true, Lang::En).into_string();
    assert!(
        shown.contains("nobody signs in") && shown.contains("<code>podwhy console --playground</code>"),
        "{shown}"
    );
    assert_eq!(fix(&Fix::Elsewhere, false, Lang::En).into_string(), "");
    assert_eq!(fix(&Fix::Nothing, true, Lang::En).into_string(), "");
}
