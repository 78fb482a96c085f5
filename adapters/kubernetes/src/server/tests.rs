use http::Method;
use serde_json::json;

use super::*;
use crate::fake::{FakeApi, Fault};

const NAME: &str = "remediations.podwhy.dev";

fn api() -> FakeApi {
    let api = FakeApi::default();
    api.put(
        ADMISSION,
        json!({"kind": "APIResourceList", "resources": [{"name": "validatingadmissionpolicies"}]}),
    );
    api.put(
        &format!("{ADMISSION}/validatingadmissionpolicies/{NAME}"),
        json!({"spec": {"failurePolicy": "Fail", "validations": [{"expression": "x"}],
            "matchConstraints": {"namespaceSelector": {}, "objectSelector": {}, "resourceRules": [{"resources": ["remediations"]}]}}}),
    );
    api.put(
        &format!("{ADMISSION}/validatingadmissionpolicybindings/{NAME}"),
        json!({"spec": {"policyName": NAME, "validationActions": ["Deny", "Audit"]}}),
    );
    api
}

async fn asked(api: &FakeApi) -> Result<Guard, Fail> {
    guard(&api.requests(), &rights::OF_REMEDIATIONS).await
}

#[test]
fn versions_are_read_as_clouds_write_them_and_are_in_order() {
    let of = |major: &str, minor: &str| version(&Told { major: major.to_string(), minor: minor.to_string() });
    assert_eq!(of("1", "29+"), Some(Version { major: 1, minor: 29 }));
    assert_eq!(of("1", "30").map(|version| version.to_string()), Some("1.30".to_string()));
    assert_eq!(of("", "x"), None);
    assert!(of("1", "9") < Some(Version::ANSWERS) && of("2", "0") > Some(Version::REMEDIATIONS));
}

#[tokio::test(start_paused = true)]
async fn the_guard_stands_where_policy_and_binding_deny() {
    assert_eq!(asked(&api()).await, Ok(Guard::Stands));
}

#[tokio::test(start_paused = true)]
async fn whatever_is_missing_or_loose_is_said() {
    let binding = format!("{ADMISSION}/validatingadmissionpolicybindings/{NAME}");
    let loose = |spec: Value| {
        let api = api();
        api.put(&binding, json!({"spec": spec}));
        api
    };
    let ignores = api();
    let policy = format!("{ADMISSION}/validatingadmissionpolicies/{NAME}");
    ignores.put(&policy, json!({"spec": {"failurePolicy": "Ignore"}}));
    let narrow = api();
    narrow.put(
        &policy,
        json!({"spec": {"failurePolicy": "Fail", "validations": [{"expression": "x"}], "matchConstraints":
            {"namespaceSelector": {"matchLabels": {"a": "b"}}, "resourceRules": [{"resources": ["remediations"]}]}}}),
    );
    let idle = api();
    idle.put(&policy, json!({"spec": {"failurePolicy": "Fail", "validations": []}}));
    let bare = FakeApi::default();
    bare.put(ADMISSION, json!({"resources": [{"name": "validatingadmissionpolicies"}]}));
    let old = FakeApi::default();
    old.put(ADMISSION, json!({"resources": [{"name": "validatingwebhookconfigurations"}]}));
    for (api, wanted) in [
        (FakeApi::default(), "has no ValidatingAdmissionPolicy v1"),
        (old, "has no ValidatingAdmissionPolicy v1"),
        (bare, "there is no ValidatingAdmissionPolicy remediations"),
        (ignores, "lets everything in"),
        (narrow, "leaves something out"),
        (idle, "leaves something out"),
        (loose(json!({"policyName": NAME, "validationActions": ["Warn"]})), "does not deny"),
        (loose(json!({"policyName": "other", "validationActions": ["Deny"]})), "does not deny"),
        (
            loose(json!({"policyName": NAME, "validationActions": ["Deny"],
                "matchResources": {"namespaceSelector": {"matchLabels": {"a": "b"}}}})),
            "does not deny",
        ),
    ] {
        match asked(&api).await {
            Ok(Guard::Missing(lacking)) => assert!(lacking.why.contains(wanted), "{lacking}"),
            other => panic!("{wanted}: {other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_say_is_no_answer() {
    let api = api();
    api.fails(Method::GET, Fault::Refuses(500));
    assert!(asked(&api).await.is_err());
}
