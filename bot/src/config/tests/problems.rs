//! What is said of what is wrong.

use super::{environment, file, lines, variables};
use crate::config::{Flag, load};

fn problems_of(text: &str) -> Vec<String> {
    let written = file(text);
    lines(&written.inputs, load(&written.inputs))
}

fn problems_of_variables(set: &[(&str, &str)]) -> Vec<String> {
    let inputs = variables(set);
    lines(&inputs, load(&inputs))
}

#[test]
fn unknown_keys_name_their_path_and_the_nearest_key() {
    let text = "[[clusters]]\nname = \"a\"\n[[clusters]]\nname = \"b\"\ncontxt = \"c\"\nnonsense = 1\n\
        [timeouts]\nrequest-timeout = \"5s\"\nTotal = \"5s\"\n[redakt]\npatterns = []\n";
    assert_eq!(
        problems_of(text),
        [
            "FILE: clusters[1].contxt: unknown key; did you mean context?",
            "FILE: clusters[1].nonsense: unknown key; the keys here are agents, context, in_cluster, kubeconfig, name, namespace, namespaces",
            "FILE: redakt: unknown key; did you mean redact?",
            "FILE: timeouts.Total: unknown key; did you mean total?",
            "FILE: timeouts.request-timeout: unknown key; did you mean request?",
        ]
    );
    assert_eq!(
        problems_of("\"a.b[3]\" = 1"),
        [
            "FILE: \"a.b[3]\": unknown key; the keys here are alertmanager, annotations, channels, chat_groups, clusters, default_cluster, digests, direct, discord, incidents, lang, pagerduty, pages, people, read, redact, remediation, routes, secrets, serve, slack, thresholds, time_zone, timeouts, webhooks"
        ]
    );
}

#[test]
fn wrong_types_say_what_was_expected_and_what_was_found() {
    for (text, problem) in [
        ("lang = 1", "lang: expected \"en\" or \"zh\", found the number 1"),
        ("lang = \"\"", "lang: expected \"en\" or \"zh\", found an empty text"),
        (
            "secrets = \"name\"",
            "secrets: expected \"none\", \"names\" or \"keys\", found the text \"name\"; did you mean \"names\"?",
        ),
        ("default_cluster = []", "default_cluster: expected a text, found a list"),
        ("default_cluster = \"\"", "default_cluster: expected a text, found an empty text"),
        ("timeouts = 10", "timeouts: expected a table, found the number 10"),
        ("clusters = \"prod\"", "clusters: expected a list of tables, found the text \"prod\""),
        ("clusters = [\"prod\"]", "clusters[0]: expected a table, found the text \"prod\""),
        ("clusters = [{}]", "clusters[0].name: missing: write a cluster name: one word"),
        (
            "clusters = [{name = \"a\", in_cluster = \"yes\"}]",
            "clusters[0].in_cluster: expected true or false, found the text \"yes\"",
        ),
        (
            "clusters = [{name = \"a b\"}]",
            "clusters[0].name: expected a cluster name: one word, found the text \"a b\"",
        ),
        (
            "clusters = [{name = \"a\", kubeconfig = \"~/.kube/a\"}]",
            "clusters[0].kubeconfig: expected a path, found the text \"~/.kube/a\": ~ is not expanded, write the whole path",
        ),
        (
            "clusters = [{name = \"a\", namespaces = [\"ok\", \"A\"]}]",
            "clusters[0].namespaces[1]: expected a namespace: lower-case letters, digits and -, at most 63, found the text \"A\"",
        ),
        (
            "timeouts.request = 10",
            "timeouts.request: expected a duration such as \"10s\" or \"1m30s\", found the number 10",
        ),
        (
            "timeouts.request = \"10\"",
            "timeouts.request: expected a duration such as \"10s\" or \"1m30s\", found the text \"10\"",
        ),
        (
            "redact.patterns = [\"a\", \"(b\"]",
            "redact.patterns[1]: expected a regular expression, found the text \"(b\": unclosed group",
        ),
        (
            "redact.patterns = [1.5]",
            "redact.patterns[0]: expected a regular expression, found the number 1.5",
        ),
    ] {
        assert_eq!(problems_of(text), [format!("FILE: {problem}")], "{text}");
    }
}

#[test]
fn rules_between_keys_are_checked() {
    for (text, problem) in [
        (
            "clusters = [{name = \"a\"}, {name = \"a\"}]",
            "clusters[1].name: clusters[0] is named \"a\" as well",
        ),
        (
            "clusters = [{name = \"a\", in_cluster = true, context = \"c\"}]",
            "clusters[0].context: with in_cluster = true no kubeconfig is read; leave out context or in_cluster",
        ),
        (
            "clusters = [{name = \"a\", in_cluster = true, kubeconfig = \"/k\"}]",
            "clusters[0].kubeconfig: with in_cluster = true no kubeconfig is read; leave out kubeconfig or in_cluster",
        ),
        (
            "clusters = [{name = \"a\", namespaces = []}]",
            "clusters[0].namespaces: the list is empty; leave it out when the identity has rights in every namespace",
        ),
        (
            "clusters = [{name = \"a\", namespace = \"x\", namespaces = [\"y\"]}]",
            "clusters[0].namespace: \"x\" is not among clusters[0].namespaces",
        ),
        (
            "default_cluster = \"prodd\"\nclusters = [{name = \"prod\"}]",
            "default_cluster: no cluster in clusters is named \"prodd\"; did you mean \"prod\"?",
        ),
        (
            "default_cluster = \"x\"\nclusters = [{name = \"prod\"}, {name = \"test\"}]",
            "default_cluster: no cluster in clusters is named \"x\"; they are prod, test",
        ),
        (
            "default_cluster = \"x\"",
            "default_cluster: no cluster in clusters is named \"x\": clusters is empty",
        ),
        (
            "timeouts.request = \"1m\"",
            "timeouts.total: 30s in all is shorter than timeouts.request, 1m for one request",
        ),
    ] {
        assert_eq!(problems_of(text), [format!("FILE: {problem}")], "{text}");
    }
    let good = file(
        "default_cluster = \"b\"\nclusters = [{name = \"a\", in_cluster = true}, {name = \"b\", context = \"c\", kubeconfig = \"/k\", namespace = \"x\", namespaces = [\"x\"]}]",
    );
    assert_eq!(load(&good.inputs).unwrap().settings.clusters.len(), 2);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_unknown_keys_first() {
    let mut written = file(
        "default_cluster = \"x\"\nlang = \"de\"\nlangg = \"de\"\nclusters = [{name = \"a\"}, {name = \"a\", contxt = 1}]\n",
    );
    written.inputs.environment = environment(&[("PODWHY__TIMEOUTS__REQUEST", "soon"), ("PODWHY__X", "1")]);
    written.inputs.flags = vec![Flag { flag: "--secrets", key: "secrets", value: "all".to_string() }];
    let lines = lines(&written.inputs, load(&written.inputs));
    assert_eq!(
        lines,
        [
            "FILE: clusters[1].contxt: unknown key; did you mean context?",
            "FILE: langg: unknown key; did you mean lang?",
            "environment variable PODWHY__X: x: unknown key; the keys here are alertmanager, annotations, channels, chat_groups, clusters, default_cluster, digests, direct, discord, incidents, lang, pagerduty, pages, people, read, redact, remediation, routes, secrets, serve, slack, thresholds, time_zone, timeouts, webhooks",
            "FILE: lang: expected \"en\" or \"zh\", found the text \"de\"",
            "environment variable PODWHY__TIMEOUTS__REQUEST: timeouts.request: expected a duration such as \"10s\" or \"1m30s\", found the text \"soon\"",
            "flag --secrets: secrets: expected \"none\", \"names\" or \"keys\", found the text \"all\"",
            "FILE: clusters[1].name: clusters[0] is named \"a\" as well",
            "FILE: default_cluster: no cluster in clusters is named \"x\"; they are a",
        ]
    );
    let shown = podwhy_flow::UserError::from(load(&written.inputs).unwrap_err()).to_string();
    assert!(shown.starts_with("the configuration has 8 problems\n"));
    assert_eq!(shown.lines().count(), 9);
}

#[test]
fn wrong_variables_are_named() {
    for (name, problem) in [
        ("PODWHY__TIMEOUTS__REQUST", "timeouts.requst: unknown key; did you mean PODWHY__TIMEOUTS__REQUEST?"),
        ("PODWHY__lang", "lang: unknown key; did you mean PODWHY__LANG?"),
        ("PODWHY__LANG__X", "lang: there are no keys below it"),
        ("PODWHY__TIMEOUTS", "timeouts: it is a table; set one of its keys: request, total"),
        ("PODWHY__CLUSTERS", "clusters: a list of tables fits in no variable or flag; write it in the file"),
        (
            "PODWHY__CLUSTERS__0__NAME",
            "clusters: the items of a list cannot be set one by one; write them in the file",
        ),
        (
            "PODWHY__TIMEOUTS__TOTAL",
            "timeouts.total: expected a duration such as \"10s\" or \"1m30s\", found the text \"x\"",
        ),
    ] {
        assert_eq!(
            problems_of_variables(&[(name, "x")]),
            [format!("environment variable {name}: {problem}")]
        );
    }
}

#[test]
fn what_must_hold_of_the_chats_is_told() {
    let written = file(
        r#"
[[clusters]]
name = "prod"
[[clusters]]
name = "dev"
[slack]
bot_token = { env = "A" }
[[channels]]
app = "slack"
id = "C1"
read = ["shop", "prd:shop", "prod:Shop"]
[[channels]]
app = "slack"
id = "C1"
read = ["prod:shop"]
cluster = "dev"
namespace = "pay"
[[channels]]
app = "discord"
id = "1"
read = ["dev:*"]
[[direct]]
read = ["dev:*"]
[[people]]
user = "ann"
"#,
    );
    let shown = lines(&written.inputs, load(&written.inputs));
    for wanted in [
        "FILE: slack: write app_token for Socket Mode, or signing_secret where Slack sends its requests over HTTP",
        "FILE: channels[0].read[0]: several clusters could be meant: write prod:shop",
        "FILE: channels[0].read[1]: no cluster in clusters is named \"prd\"; did you mean \"prod\"?",
        "FILE: channels[1].id: channels[0] is the same channel",
        "FILE: channels[1].cluster: \"dev\" is not among channels[1].read",
        "FILE: channels[1].namespace: \"pay\" is not among channels[1].read",
        "FILE: channels[2].app: there is no section [discord], so this channel is never heard",
        "FILE: direct[0]: it names nobody: write slack, discord or groups",
        "FILE: people[0]: it has no id in any chat: write slack or discord",
    ] {
        assert!(shown.iter().any(|line| line == wanted), "{wanted}\n{shown:#?}");
    }
    let area = shown.iter().find(|line| line.contains("channels[0].read[2]")).unwrap();
    assert!(area.contains("expected a namespace of a cluster"), "{area}");
    assert_eq!(shown.len(), 10, "{shown:#?}");
}

#[test]
fn what_must_hold_of_thresholds_annotations_and_digests_is_told() {
    let written = file(
        r#"
time_zone = "berlin"
[[clusters]]
name = "prod"
[[clusters]]
name = "dev"
[thresholds]
not_ready = "30s"
restarts = 60
restarts_within = "10m"
causes = ["oom-kiled=5m", "oom-killed=never", "oom-killed"]
[[thresholds.namespaces]]
of = ["prd:shop"]
failed = "sometimes"
restarts_within = "never"
[[annotations]]
of = []
[[annotations]]
of = ["prod:*"]
channels = ["a=slack:C1", "a=slack:C2", "irc:x"]
runbook_hosts = ["https://wiki"]
[[digests]]
app = "discord"
channel = "1"
of = ["prod:*"]
at = []
days = ["monday"]
"#,
    );
    let shown = lines(&written.inputs, load(&written.inputs));
    let wanted = [
        "thresholds.causes[2]: expected a cause and its duration such as \"oom-killed=30m\", found the text \"oom-killed\": write CAUSE=DURATION, as oom-killed=30m",
        "thresholds.namespaces[0].failed: expected a duration such as \"5m\", or \"never\", found the text \"sometimes\"",
        "annotations[1].channels[2]: expected a channel such as \"team-shop=slack:C0123456789\", found the text \"irc:x\": the app is slack or discord",
        "digests[0].days[0]: expected \"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\" or \"sun\", found the text \"monday\"; did you mean \"mon\"?",
        "thresholds.not_ready: a cluster's clock may be off by a minute: write 1m or longer",
        "thresholds.restarts: write a number from 1 to 50",
        "thresholds.causes[0]: there is no cause \"oom-kiled\"; did you mean \"oom-killed\"?",
        "thresholds.namespaces[0].restarts_within: expected a duration such as \"10s\" or \"1m30s\", found the text \"never\"",
        "thresholds.namespaces[0].of[0]: no cluster in clusters is named \"prd\"; did you mean \"prod\"?",
        "annotations[0].of: it names no namespace; write [\"*\"] for all",
        "annotations[0]: it allows nothing: write channels, runbook_hosts or mute = true",
        "annotations[1].channels[0]: there is no section [slack], so nothing can be told here",
        "annotations[1].channels[1]: there is no section [slack], so nothing can be told here",
        "annotations[1].channels[1]: \"a\" is another channel already",
        "annotations[1].runbook_hosts[0]: write a host as it stands in a URL, as wiki.example.com",
        "digests[0].app: there is no section [discord], so nothing can be told here",
        "digests[0].at: it names no time, so it is never posted",
        "time_zone: expected a time zone such as \"Europe/Berlin\", found the text \"berlin\": did you mean \"Europe/Berlin\"?",
    ];
    for wanted in wanted.map(|line| format!("FILE: {line}")) {
        assert!(shown.contains(&wanted), "{wanted}\n{shown:#?}");
    }
    assert_eq!(shown.len(), wanted.len(), "{shown:#?}");
}
