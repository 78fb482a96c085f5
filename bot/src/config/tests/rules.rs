//! What is said of rules of what podwhy does, and of groups that a chat adds.

use super::{file, lines};
use crate::config::{Risk, load};

const HEAD: &str = r#"
[[clusters]]
name = "prod"
[slack]
bot_token = { env = "A" }
app_token = { env = "B" }
[[people]]
slack = "U1"
user = "ann@example.com"
groups = ["podwhy:viewers"]
[remediation]
signing_key = { env = "C" }
of = ["*"]
"#;

fn problems_of(more: &str) -> Vec<String> {
    let written = file(&format!("{HEAD}{more}"));
    let told = lines(&written.inputs, load(&written.inputs));
    told.into_iter().map(|line| line.replace("FILE: ", "")).collect()
}

#[test]
fn a_rule_is_read_as_it_is_written() {
    let written = file(&format!(
        "{HEAD}{}",
        r#"
[[remediation.rules]]
name = "by day"
remedies = ["delete-pod"]
of = ["prod:payments"]
risk = "high"
approvers = ["ann@example.com"]
approver_groups = ["podwhy:editors"]
approvals = 3
self_approval = false
hours = "07:00-17:00"
typed_name = true
[[remediation.rules]]
approvals = 2
[[chat_groups]]
slack = "S1"
groups = ["podwhy:editors"]
"#
    ));
    let settings = load(&written.inputs).unwrap().settings;
    let rules = settings.remediation.unwrap().rules;
    assert_eq!(
        (rules[0].risk, rules[0].self_approval, rules[0].approvals),
        (Some(Risk::High), false, Some(3))
    );
    assert_eq!(rules[0].hours.map(|hours| (hours.from, hours.to)), Some((7 * 60, 17 * 60)));
    assert!(rules[1].self_approval && rules[1].remedies.is_empty() && rules[1].name.is_none());
    assert_eq!(settings.chat_groups[0].groups, ["podwhy:editors"]);
}

#[test]
fn what_is_wrong_with_a_rule_names_its_field() {
    let told = problems_of(
        r#"
approvals = 6
[[remediation.rules]]
name = "a"
of = ["prd:shop"]
approvals = 0
[[remediation.rules]]
name = "a"
risk = "medium"
hours = "9-17"
[[remediation.rules]]
approvers = ["ann@exmple.com"]
approver_groups = ["sre"]
remedies = []
[[remediation.rules]]
approvers = ["ann@example.com"]
approvals = 2
[[remediation.rules]]
remedies = ["uncordon"]
typed_name = false
approver = "ann"
"#,
    );
    let wanted = [
        "remediation.approvals: write a number from 1 to 5",
        "remediation.rules[0].of[0]: no cluster in clusters is named \"prd\"; did you mean \"prod\"?",
        "remediation.rules[0].approvals: write a number from 1 to 5",
        "remediation.rules[1].name: rules[0] is named \"a\" as well",
        "remediation.rules[1].risk: expected \"low\" or \"high\", found the text \"medium\"",
        "remediation.rules[1].hours: expected hours of the day such as \"22:00-06:00\", found the text \"9-17\": write HH:MM-HH:MM, as 22:00-06:00",
        "remediation.rules[2].approvers[0]: nobody in people has the user \"ann@exmple.com\"; did you mean \"ann@example.com\"?",
        "remediation.rules[2].approver_groups[0]: nobody in people or chat_groups has the group \"sre\"",
        "remediation.rules[2].remedies: it is empty; leave it out where it says nothing",
        "remediation.rules[3].approvals: 2 have to agree, and approvers lets 1",
        "remediation.rules[4].approver: unknown key; did you mean approvers?",
        "remediation.rules[4]: it asks for nothing: write approvers, approver_groups, approvals, self_approval = false, hours or typed_name = true",
    ];
    for wanted in wanted {
        assert!(told.iter().any(|line| line == wanted), "{wanted}\n{told:#?}");
    }
    assert_eq!(told.len(), wanted.len(), "{told:#?}");
}

#[test]
fn what_is_wrong_with_a_group_of_a_chat_names_its_field() {
    let told = problems_of(
        r#"
[[chat_groups]]
groups = ["podwhy:editors"]
[[chat_groups]]
slack = "S1"
discord = "9"
groups = ["system:masters", "sre "]
[[chat_groups]]
slack = "S2"
groups = []
[[chat_groups]]
slack = "S3"
"#,
    );
    let wanted = [
        "chat_groups[0]: it is of no chat: write slack or discord",
        "chat_groups[1].discord: there is no section [discord], so nobody is in it",
        "chat_groups[1].groups[0]: \"system:masters\" is Kubernetes' own: whoever manages the chat would give it away; list the people who are in it in people",
        "chat_groups[1].groups[1]: \"sre \" cannot be sent as a name: take the white space off it",
        "chat_groups[2].groups: it adds nothing",
        "chat_groups[3].groups: missing: write a list of texts",
    ];
    for wanted in wanted {
        assert!(told.iter().any(|line| line == wanted), "{wanted}\n{told:#?}");
    }
    assert_eq!(told.len(), wanted.len(), "{told:#?}");
}

#[test]
fn what_node_agents_do_takes_a_key_and_a_cluster_that_has_them() {
    let told = problems_of("remedies = [\"delete-pod\", \"remove-image\"]\n");
    let wanted = [
        "remediation.remedies: remove-image is done by node agents, and no cluster has any: write clusters.agents",
        "remediation.ticket_key: remove-image needs it: node agents do it by signed tickets",
    ];
    assert!(wanted.iter().all(|one| told.iter().any(|line| line.contains(one))), "{told:#?}");
    let own = "ticket_key = { env = \"D\" }\nremedies = [\"restart-kubelet\"]\n";
    let told = problems_of(own);
    assert!(told.len() == 1 && told[0].contains("restart-kubelet is done by node agents"), "{told:#?}");
    let head = HEAD.replace("name = \"prod\"\n", "name = \"prod\"\nagents = \"podwhy\"\n");
    assert!(load(&file(&format!("{head}{own}")).inputs).is_ok());
    let others = file(&format!("{HEAD}remedies = [\"delete-pod\"]\n"));
    assert!(load(&others.inputs).is_ok(), "nothing else takes either");
}
