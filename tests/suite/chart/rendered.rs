//! What the chart renders: valid, as narrow as it says, and refused where it would be wrong.

use serde_json::Value;

use super::{committed, folder, helm, objects, template, told};

/// All that can be switched on.
const FULL: &str = r#"
bot:
  replicas: 3
  files: [{name: ticket, secret: podwhy-ticket-key, mountPath: /etc/podwhy/ticket}, {name: tls, configMap: tls, mountPath: /etc/podwhy/tls}]
  env: [{name: HTTPS_PROXY, value: "http://proxy:3128"}]
  podAnnotations: {a: b}
  podLabels: {c: d}
  nodeSelector: {e: f}
  tolerations: [{operator: Exists}]
  affinity: {nodeAffinity: {}}
  priorityClassName: high
imagePullSecrets: [{name: registry}]
image: {digest: "sha256:0123456789012345678901234567890123456789012345678901234567890123"}
rbac: {nodeActions: true}
crds: {remediations: true}
monitoring: {serviceMonitor: true, rules: true, labels: {release: prometheus}}
networkPolicy:
  from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}]
  egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{protocol: TCP, port: 3128}]}]
agent: {enabled: true, allow: [restart-kubelet, remove-image]}
config:
  slack: {bot_token: {env: A}, app_token: {env: B}}
  people: [{slack: U1, user: ann, groups: [sre]}]
  alertmanager: {listen: "0.0.0.0:8443", tls_cert: /etc/podwhy/tls/tls.crt, tls_key: {file: /etc/podwhy/tls/tls.key}, bearer_token: {env: C}}
  remediation: {signing_key: {env: K}, ticket_key: {file: /etc/podwhy/ticket/ticket.key}, of: ["*"], per_hour: 3, remedies: [delete-pod, remove-finalizer, delete-node, restart-kubelet]}
"#;

fn all(values: &str) -> Option<Vec<Value>> {
    Some(objects(&template(helm("what the chart renders")?, values, &[]).unwrap()))
}

fn of<'o>(objects: &'o [Value], kind: &str) -> Vec<&'o Value> {
    objects.iter().filter(|object| object["kind"] == kind).collect()
}

#[test]
fn helm_finds_nothing_to_say() {
    for values in ["", FULL] {
        let Some(mut helm) = helm("helm lint") else { return };
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("values.yaml");
        std::fs::write(&file, values).unwrap();
        let output = helm
            .env("HOME", home.path())
            .args(["lint", "--strict", "-f"])
            .arg(&file)
            .arg(folder())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", told(&output));
    }
}

#[test]
fn nothing_is_for_everything_and_secrets_are_asked_for() {
    for (values, secrets) in [("", false), (FULL, false), ("config: {secrets: names}", true)] {
        let Some(objects) = all(values) else { return };
        for role in
            objects.iter().filter(|object| ["Role", "ClusterRole"].iter().any(|kind| object["kind"] == *kind))
        {
            for rule in role["rules"].as_array().unwrap() {
                let words = rule.to_string();
                assert!(!words.contains('*'), "{words}");
                let impersonates = rule["verbs"].as_array().unwrap().iter().any(|verb| verb == "impersonate");
                let named = rule["resourceNames"].as_array().is_some_and(|names| !names.is_empty());
                assert!(!impersonates || named, "{words}");
                assert!(secrets || !words.contains("\"secrets\""), "{words}");
            }
        }
        assert_eq!(objects.iter().any(|object| object.to_string().contains("\"secrets\"")), secrets);
    }
}

#[test]
fn the_bot_is_nobody_on_its_node_and_writes_nowhere() {
    let Some(objects) = all(FULL) else { return };
    let deployments = of(&objects, "Deployment");
    let pod = &deployments[0]["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
    assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
    assert_eq!(container["securityContext"]["capabilities"]["drop"][0], "ALL");
    assert!(container["image"].as_str().unwrap().contains("@sha256:"), "{container}");
    assert!(pod.get("hostNetwork").is_none() && pod.get("hostPID").is_none());
    for volume in pod["volumes"].as_array().unwrap() {
        assert!(volume.get("hostPath").is_none() && volume.get("emptyDir").is_none(), "{volume}");
    }
    assert!(container["volumeMounts"].as_array().unwrap().iter().all(|mount| mount["readOnly"] == true));
    assert_eq!(of(&objects, "PodDisruptionBudget").len(), 1);
    assert_eq!(of(&objects, "NetworkPolicy").len(), 2);
    assert_eq!(of(&objects, "ServiceMonitor").len(), 1);
    assert_eq!(of(&objects, "PrometheusRule")[0]["spec"]["groups"][0]["name"], "podwhy");
}

#[test]
fn the_configuration_is_what_the_values_say() {
    let Some(objects) = all(FULL) else { return };
    let map = of(&objects, "ConfigMap")[0]["data"]["podwhy.json"].as_str().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("podwhy.json");
    std::fs::write(&file, map).unwrap();
    let inputs = podwhy::config::Inputs { file: Some(file), ..podwhy::config::Inputs::default() };
    let settings = podwhy::config::load(&inputs).unwrap().settings;
    assert_eq!(settings.serve.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(settings.clusters[0].agents.as_deref(), Some("podwhy"));
    assert_eq!(settings.remediation.unwrap().per_hour, 3);
}

#[test]
fn an_agent_that_is_not_asked_for_is_not_there() {
    let Some(objects) = all("") else { return };
    assert!(of(&objects, "DaemonSet").is_empty() && of(&objects, "Deployment").is_empty());
    let definitions: Vec<String> = of(&objects, "CustomResourceDefinition")
        .iter()
        .map(|crd| crd["metadata"]["name"].to_string())
        .collect();
    assert_eq!(definitions, ["\"incidents.podwhy.dev\""]);
}

#[test]
fn what_would_be_wrong_is_refused_with_its_name() {
    for (values, wanted) in [
        ("bot: {replicas: 4}", "replicas"),
        ("bot: {replica: 2}", "replica"),
        ("config: {slak: {}}", "slak"),
        ("config: {slack: {bot_token: xoxb-1}}", "bot_token"),
        ("agent: {allow: [reboot]}", "allow"),
        ("config: {clusters: [{name: a, context: b}]}", "in_cluster: true"),
        ("config: {clusters: [{name: a, context: b}, {name: c, in_cluster: true}]}", "in_cluster: true"),
        ("image: {digest: latest}", "digest"),
        ("rbac: {namespaces: [shop]}\nconfig: {clusters: [{name: a, in_cluster: true}]}", "rbac.namespaces"),
        ("agent: {enabled: true}\nconfig: {clusters: [{name: a, in_cluster: true}]}", "agent.enabled"),
        ("config: {incidents: {namespace: other}}", "config.incidents.namespace"),
    ] {
        let Some(helm) = helm("what the chart refuses") else { return };
        let refused = template(helm, values, &[]).unwrap_err();
        assert!(refused.contains(wanted), "{values}: {refused}");
    }
}

#[test]
fn the_plain_manifests_are_the_charts() {
    for name in ["bot", "agent"] {
        let values =
            std::fs::read_to_string(folder().join(format!("../manifests/{name}.values.yaml"))).unwrap();
        let Some(helm) = helm("the plain manifests") else { return };
        let head = format!(
            "# helm template podwhy deploy/chart -n podwhy -f deploy/manifests/{name}.values.yaml\n\
             # UPDATE_EXPECT=1 cargo test -p podwhy-tests chart writes it anew.\n"
        );
        let current = head + &template(helm, &values, &[]).unwrap();
        let file = format!("deploy/manifests/{name}.yaml");
        assert_eq!(
            committed(&file, &current),
            current,
            "{file}: run UPDATE_EXPECT=1 cargo test -p podwhy-tests chart"
        );
    }
}
