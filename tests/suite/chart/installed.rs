//! The chart on a real API server: installed, upgraded, and taken away.

use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say};

use super::{folder, told};

const ANSWERS: &str = "config: {slack: {bot_token: {env: A}, app_token: {env: B}}}";
const ACTS: &str = r#"
bot: {replicas: 2}
rbac: {nodeActions: true}
crds: {remediations: true}
agent: {enabled: true}
config:
  slack: {bot_token: {env: A}, app_token: {env: B}}
  people: [{slack: U1, user: ann, groups: [sre]}, {slack: U2, user: "system:serviceaccount:default:deployer"}]
  remediation: {signing_key: {env: K}, of: ["*"], allow_privileged: ["system:serviceaccount:default:deployer"]}
"#;

fn helm(control_plane: &ControlPlane, arguments: &[&str], values: &str) -> String {
    let file = control_plane.folder().join("values.yaml");
    std::fs::write(&file, values).unwrap();
    let mut helm = control_plane.helm().unwrap();
    helm.args(arguments).args(["-n", "podwhy"]);
    if arguments[0] != "uninstall" {
        helm.arg("-f").arg(&file).arg(folder());
    }
    let output = helm.output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", told(&output));
    let text = told(&output);
    assert!(!text.to_lowercase().contains("warning"), "{text}");
    text
}

fn names(control_plane: &ControlPlane, kinds: &str) -> Vec<String> {
    let asked = ["get", kinds, "-A", "-o", "name", "-l", "app.kubernetes.io/instance=podwhy"];
    let (done, words) = control_plane.say(&asked).unwrap();
    assert!(done, "{words}");
    words.lines().filter(|line| line.contains('/')).map(str::to_string).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_installed_upgraded_and_taken_away() {
    let options = Options { kubectl: true, helm: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("the chart on a real API server", options) else { return };
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    server.ensure_namespace("podwhy").await.unwrap();
    for namespace in ["kube-system", "kube-node-lease", "default"] {
        server.ensure_namespace(namespace).await.unwrap();
    }
    let said = helm(&control_plane, &["install", "podwhy"], ANSWERS);
    assert!(said.contains("/podwhy setup"), "{said}");
    assert_eq!(names(&control_plane, "deployments,daemonsets"), ["deployment.apps/podwhy"]);

    let said = helm(&control_plane, &["upgrade", "podwhy"], ACTS);
    assert!(said.contains("pod-security.kubernetes.io/enforce=privileged"), "{said}");
    let workloads = names(&control_plane, "deployments,daemonsets,poddisruptionbudgets");
    assert_eq!(
        workloads,
        ["deployment.apps/podwhy", "daemonset.apps/podwhy-agent", "poddisruptionbudget.policy/podwhy"]
    );
    let (done, policies) = control_plane.say(&["get", "validatingadmissionpolicies", "-o", "name"]).unwrap();
    assert!(
        done && policies.contains("remediations.podwhy.dev") && policies.contains("nodetickets.podwhy.dev")
    );

    helm(&control_plane, &["upgrade", "podwhy"], ANSWERS);
    assert_eq!(names(&control_plane, "deployments,daemonsets"), ["deployment.apps/podwhy"]);
    helm(&control_plane, &["uninstall", "podwhy"], "");
    let left = names(
        &control_plane,
        "deployments,services,configmaps,serviceaccounts,networkpolicies,roles,rolebindings,clusterroles,clusterrolebindings",
    );
    assert!(left.is_empty(), "{left:?}");
    // what was kept by them stays with them
    let (done, kept) = control_plane.say(&["get", "crds", "-o", "name"]).unwrap();
    assert!(
        done && kept.contains("incidents.podwhy.dev") && kept.contains("remediations.podwhy.dev"),
        "{kept}"
    );
}
