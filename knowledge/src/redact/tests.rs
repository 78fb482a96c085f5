use super::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// Made-up credentials in the shapes of real ones.
const CANARY: &str = "c4n4ryS3cretV4lue9";

fn secrets() -> Vec<String> {
    let c = CANARY;
    vec![
        format!("Authorization: Bearer {c}"),
        format!("\"Authorization\": \"Bearer {c}\""),
        format!("Authorization: ApiKey {c}"),
        format!("authorization=Basic {c}=="),
        format!("Authorization: AWS4-HMAC-SHA256 Credential=x/2013, Signature={c}"),
        format!("curl -u admin:{c} http://x"),
        format!("postgres://app:{c}@db:5432/shop"),
        format!("postgres://app:p@ss{c}@db:5432/shop"),
        format!("redis://:{c}@redis:6379/0"),
        format!("https://{c}@github.com/org/repo.git"),
        format!("app:{c}@tcp(db:3306)/shop"),
        format!("app:p@{c}@tcp(db:3306)/shop"),
        format!("PASSWORD={c}"),
        format!("db.password: '{c}'"),
        format!("\"apiKey\": \"{c}\""),
        format!("{{\\\"password\\\":\\\"{c}\\\"}}"),
        format!("\"password\": \"ab\\\"{c}\""),
        format!("password: |\n  {c}"),
        format!("AWS_SECRET_ACCESS_KEY={c}"),
        format!("SECRET_KEY_BASE={c}"),
        format!("API_TOKEN_1={c}"),
        format!("TOKEN_PROD={c}"),
        format!("password1={c}"),
        format!("DB_PASS={c}"),
        format!("?sig={c}&se=1"),
        format!("?X-Amz-Signature={c}&x=1"),
        format!("{{\"auths\":{{\"r\":{{\"auth\":\"{c}\"}}}}}}"),
        format!("--token {c} --verbose"),
        format!("--token -{c}"),
        format!("--db.password {c}"),
        format!("--db_password {c}"),
        format!("--db-password={c}"),
        format!("[\"--password\", \"{c}\"]"),
        format!("- --password\n- {c}"),
        format!("?key={c}&x=1"),
        format!("-----BEGIN RSA PRIVATE KEY-----\n{c}\n-----END RSA PRIVATE KEY-----"),
        format!("-----BEGIN PRIVATE KEY-----\n{c}"),
        format!("{c}{c}{c}\n{c}\n-----END RSA PRIVATE KEY-----"),
        format!("eyJhbGciOiJIUzI1NiJ9.{c}.{c}"),
        format!("xoxb-123456789-{c}"),
        format!("ghp_{c}abcdefgh"),
    ]
}

#[test]
fn credentials_are_taken_out() {
    for text in secrets() {
        let out = redact(&text);
        assert!(!out.contains(CANARY), "{text} -> {out}");
        assert!(out.contains(REDACTED), "{text} -> {out}");
        assert_eq!(redact(&out), out, "{text}");
    }
}

/// The quick look must never spare a text that a rule would have caught.
#[test]
fn the_quick_look_misses_nothing() {
    for pattern in shapes::SHAPES {
        let plain = pattern.replace(r"\b", "").replace(r"|\z", "");
        let strategy = proptest::string::string_regex(&plain).unwrap();
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        for _ in 0..50 {
            let text = strategy.new_tree(&mut runner).unwrap().current();
            assert!(shapes::maybe(&text) || shapes::redact(&text) == text, "{text}");
        }
    }
    for text in secrets() {
        assert!(shapes::maybe(&text), "{text}");
    }
}

#[test]
fn the_clusters_own_sentences_stay() {
    for text in [
        "secret \"payments-db\" not found",
        "couldn't find key region in ConfigMap shop/rates-config",
        "MountVolume.SetUp failed for volume \"k\" : configmap references non-existent config key: REPLICAS",
        "Failed to pull image \"registry.lab:5004/team/app:v1\": manifest unknown: manifest unknown",
        "0/4 nodes are available: 1 node(s) had taint {dedicated: batch}, that the pod didn't tolerate.",
        "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.",
        "MountVolume.SetUp failed for volume \"token\" : secret \"token\" not found",
        "failed to list *v1.Secret: secrets is forbidden: User \"system:node:a\" cannot list",
        "failed to authorize: authorization: server message: insufficient_scope: authorization failed",
        "FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (regcred)",
        "invalid token: unexpected character at 3",
        "spec.containers[0].env[0].valueFrom.secretKeyRef.key: Required value",
        "taint key=dedicated:NoSchedule",
        "401 basic authentication required",
        "secret: not found",
        "registry.lab:5000/team/app@sha256:4f5e2d1c",
        "https://registry.lab:5000/v2/team/app@sha256:4f5e2d1c",
        "spec.containers[app].env[DB_PASSWORD]",
        "failed to authorize: failed to fetch anonymous token: unexpected status from GET request: 401 Unauthorized",
        "MountVolume.SetUp failed for volume \"t\" : failed to fetch token: serviceaccounts \"web\" not found",
        "couldn't find key api-key in Secret shop/payments",
        "secret: \"payments\" not found",
        "authorization: authorization failed",
        "http://10.0.0.1:8080/healthz",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn hostile_characters_are_made_visible() {
    assert_eq!(
        redact("a\u{1b}[31mred\u{1b}[2J\u{202e}\u{200b}b\r\nc\td"),
        "ared\u{fffd}[2J\u{fffd}\u{fffd}b\nc\td"
    );
    assert_eq!(clean_name("a\nb\u{2028}"), "a\u{fffd}b\u{fffd}");
}

proptest! {
    #[test]
    fn redacting_twice_changes_nothing(
        text in "((\\PC{0,12})(password|token|--secret|Authorization|key|https://u|sig)(=|: |:|\\s|\": \")(\\PC{0,12})){1,3}",
    ) {
        let once = redact(&text);
        prop_assert_eq!(redact(&once), once);
    }

    #[test]
    fn no_named_value_survives(
        before in "[a-z ]{0,12}",
        name in "(DB_)?(PASSWORD|password|token|api_key|client-secret)",
        join in "(=|: |:|=\"|: ')",
        // a word of letters alone is told from prose by where it stands: tested above
        value in "[A-Za-z+/]{5,14}[0-9][A-Za-z0-9+/]{6,15}",
    ) {
        let quote = if join.ends_with('"') { "\"" } else if join.ends_with('\'') { "'" } else { "" };
        let text = format!("{before} {name}{join}{value}{quote} after");
        let out = redact(&text);
        prop_assert!(!out.contains(&value), "{} -> {}", text, out);
    }
}
