use super::*;

fn bot() -> Bot {
    Bot { namespace: "ops".into(), account: "bot".into() }
}

fn target(needs: &[Need]) -> Target {
    Target {
        needs: needs.iter().copied().chain([Need::Read]).collect(),
        reads_cluster: true,
        acts_in_cluster: true,
        ..Target::default()
    }
}

fn of(target: &Target, users: &[&str], groups: &[&str]) -> String {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    bot().target(&Impersonated { users: names(users), groups: names(groups) }, target).join("---\n")
}

fn objects(text: &str) -> Vec<serde_json::Value> {
    serde_saphyr::from_multiple(text).unwrap()
}

#[test]
fn impersonate_is_for_the_names_that_are_configured() {
    let names = ["zoë", "ann\"\\: #", "ann@example.com"];
    let objects = objects(&of(&target(&[Need::Act]), &names, &["运维", "sre"]));
    let impersonate: Vec<_> = objects[0]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|rule| rule["verbs"][0] == "impersonate")
        .collect();
    assert_eq!(impersonate.len(), 2);
    let sorted = ["ann\"\\: #", "ann@example.com", "zoë"];
    assert_eq!(impersonate[0]["resourceNames"], serde_json::json!(sorted));
    assert_eq!(impersonate[1]["resourceNames"], serde_json::json!(["sre", "运维"]));
    assert_eq!(objects[1]["subjects"][0]["namespace"], "ops");
}

#[test]
fn what_a_remedy_takes_is_granted_only_where_it_is_configured() {
    let bare = of(&target(&[Need::Act]), &[], &[]);
    let all = of(&target(&[Need::Act, Need::DeadNodes, Need::Revisions, Need::Controllers]), &[], &[]);
    for word in ["watch", "customresourcedefinitions"] {
        assert!(!bare.contains(word) && all.contains(word), "{word}");
    }
    assert!(!all.contains('*') && !all.contains("secrets"), "{all}");
}

#[test]
fn without_names_there_is_no_rule_for_every_name() {
    let acts = target(&[Need::Act]);
    assert!(!of(&acts, &[], &[]).contains("impersonate"));
    let users_only = of(&acts, &["ann"], &[]);
    assert!(users_only.contains("\"users\"") && !users_only.contains("\"groups\""), "{users_only}");
}

#[test]
fn a_service_account_that_is_allowed_is_named_in_its_namespace() {
    let objects = objects(&of(&target(&[Need::Act]), &["ann", "system:serviceaccount:ci:deployer"], &[]));
    assert_eq!(objects[0]["rules"][0]["resourceNames"], serde_json::json!(["ann"]));
    let named = |object: &&serde_json::Value| object["metadata"]["name"] == "podwhy-serviceaccounts";
    let role = objects.iter().find(named).unwrap();
    assert_eq!((&role["kind"], &role["metadata"]["namespace"]), (&"Role".into(), &"ci".into()));
    assert_eq!(role["rules"][0]["resources"][0], "serviceaccounts");
    assert_eq!(role["rules"][0]["resourceNames"], serde_json::json!(["deployer"]));
}

#[test]
fn with_some_namespaces_the_cluster_role_has_nothing_of_namespaces() {
    let needs = &[Need::Chat, Need::Act, Need::Revisions, Need::Controllers, Need::DeadNodes];
    let limited = Target { namespaces: vec!["shop".into(), "pay".into()], ..target(needs) };
    let objects = objects(&of(&limited, &["ann"], &[]));
    let cluster: Vec<&serde_json::Value> =
        objects.iter().filter(|object| object["kind"] == "ClusterRole").collect();
    assert_eq!(cluster.len(), 1);
    let text = cluster[0].to_string();
    for word in ["pods", "configmaps", "replicasets", "events", "leases"] {
        assert!(!text.contains(&format!("\"{word}\"")), "{word}: {text}");
    }
    let roles: Vec<String> = objects
        .iter()
        .filter(|object| object["kind"] == "Role" && object["metadata"]["name"] == "podwhy")
        .map(|object| object["metadata"]["namespace"].to_string())
        .collect();
    assert_eq!(roles, ["\"shop\"", "\"pay\""]);
}

#[test]
fn what_is_not_of_a_namespace_can_be_left_out_in_parts() {
    let needs = &[Need::Act, Need::DeadNodes];
    let of = |reads_cluster, acts_in_cluster| {
        let target =
            Target { namespaces: vec!["shop".into()], reads_cluster, acts_in_cluster, ..target(needs) };
        of(&target, &["ann"], &[])
    };
    let neither = of(false, false);
    assert!(!neither.contains("ClusterRole\n") && !neither.contains("kube-system"), "{neither}");
    let acts = of(false, true);
    assert!(acts.contains("impersonate") && acts.contains("subjectaccessreviews"), "{acts}");
    assert!(!acts.contains("storageclasses"), "{acts}");
    let reads = of(true, false);
    assert!(reads.contains("storageclasses") && !reads.contains("impersonate"), "{reads}");
    assert!(!reads.contains("subjectaccessreviews"), "{reads}");
}
