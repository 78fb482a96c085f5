use super::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// Made-up credentials in the shapes of real ones.
const CANARY: &str = "c4n4ryS3cretV4lue9";

#[test]
fn credentials_are_taken_out() {
    for text in [
        format!("Authorization: Bearer {CANARY}"),
        format!("authorization=Basic {CANARY}=="),
        format!("postgres://app:{CANARY}@db:5432/shop"),
        format!("app:{CANARY}@tcp(db:3306)/shop"),
        format!("PASSWORD={CANARY}"),
        format!("db.password: '{CANARY}'"),
        format!("\"apiKey\": \"{CANARY}\""),
        format!("AWS_SECRET_ACCESS_KEY={CANARY}"),
        format!("--token {CANARY} --verbose"),
        format!("--db-password={CANARY}"),
        format!("?key={CANARY}&x=1"),
        format!("-----BEGIN RSA PRIVATE KEY-----\n{CANARY}\n-----END RSA PRIVATE KEY-----"),
        format!("-----BEGIN PRIVATE KEY-----\n{CANARY}"),
        format!("eyJhbGciOiJIUzI1NiJ9.{CANARY}.{CANARY}"),
        format!("xoxb-123456789-{CANARY}"),
        format!("ghp_{CANARY}abcdefgh"),
    ] {
        let out = redact(&text);
        assert!(!out.contains(CANARY), "{text} -> {out}");
        assert!(out.contains(REDACTED), "{text} -> {out}");
    }
}

/// The quick look must never spare a text that a pattern would have caught.
#[test]
fn the_quick_look_misses_nothing() {
    let made: Vec<String> = SHAPES
        .iter()
        .chain(NAMED)
        .flat_map(|pattern| {
            let strategy = proptest::string::string_regex(
                &pattern.replace(r"\b", "").replace(r"|\z", "").replace("(?:^|", "(?:"),
            )
            .unwrap();
            let mut runner = proptest::test_runner::TestRunner::deterministic();
            (0..50).map(move |_| strategy.new_tree(&mut runner).unwrap().current()).collect::<Vec<_>>()
        })
        .collect();
    for text in made {
        let caught = SHAPES_RE.iter().chain(NAMED_RE.iter()).any(|re| re.is_match(&text));
        assert!(!caught || MAYBE.as_ref().unwrap().is_match(&text), "{text}");
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
    assert_eq!(redact("a\u{1b}[31mred\u{202e}\u{200b}b\r\nc\td"), "a\u{fffd}[31mred\u{fffd}\u{fffd}b\nc\td");
}

proptest! {
    #[test]
    fn redacting_twice_changes_nothing(text in "\\PC{0,80}") {
        let once = redact(&text);
        prop_assert_eq!(redact(&once), once);
    }

    #[test]
    fn no_named_value_survives(
        before in "[a-z ]{0,12}",
        name in "(DB_)?(PASSWORD|password|token|api_key|client-secret)",
        join in "(=|: |:|=\"|: ')",
        value in "[A-Za-z0-9+/]{12,30}",
    ) {
        let quote = if join.ends_with('"') { "\"" } else if join.ends_with('\'') { "'" } else { "" };
        let text = format!("{before} {name}{join}{value}{quote} after");
        let out = redact(&text);
        prop_assert!(!out.contains(&value), "{} -> {}", text, out);
    }
}
