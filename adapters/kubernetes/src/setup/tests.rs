use super::*;

#[test]
fn a_right_is_told_as_kubectl_says_it() {
    let rule = Rule {
        group: "apps",
        resources: vec!["deployments"],
        verbs: vec!["get", "list"],
        names: Vec::new(),
        why: "",
    };
    let words: Vec<String> = each(&rule, "shop").iter().map(told).collect();
    assert_eq!(words, ["get deployments.apps", "list deployments.apps"]);
    let (namespace, name) = service_account("system:serviceaccount:ci:deployer").unwrap();
    let account = impersonate("serviceaccounts", Some(namespace), name);
    assert_eq!(told(&account), "impersonate serviceaccounts/deployer");
    assert_eq!((account.namespace.as_deref(), service_account("ann").is_none()), (Some("ci"), true));
}

#[test]
fn what_is_missing_says_what_to_do_and_what_cannot_be_there_does_not() {
    let lacking = |why: &str, todo: Option<&str>| {
        Guard::Missing(Lacking { why: why.to_string(), todo: todo.map(str::to_string) })
    };
    let missing = lacking("there is no policy x", Some("kubectl apply -f y.yaml"));
    let check = guarded("the guard", Ok(missing));
    assert_eq!(check, Check::missing("the guard", "there is no policy x", "kubectl apply -f y.yaml"));
    let never = lacking("the API server has no ValidatingAdmissionPolicy v1", None);
    assert!(guarded("the guard", Ok(never)).is_well());
    assert!(guarded("the guard", Ok(Guard::Stands)).is_well());
    assert!(answers(Version { major: 1, minor: 19 }).is_well());
}
