//! What of the chart is written from elsewhere: the table of rights, definitions, policies, rules, the schema of values.

use std::fmt::Write;

use podwhy::config::{Inputs, RemedyWord, load, schema};
use podwhy::needs;
use podwhy_kubernetes::rights::{self, Need, Place, Right};
use podwhy_tests::recordings::repository;
use serde_json::{Value, json};

use super::committed;

const HEAD: &str = "{{/* Generated from adapters/kubernetes/src/rights.rs; do not edit. UPDATE_EXPECT=1 cargo test -p podwhy-tests chart */}}\n";

fn assert_current(file: &str, wanted: &str) {
    let message = format!("{file}: run UPDATE_EXPECT=1 cargo test -p podwhy-tests chart");
    assert_eq!(committed(file, wanted), wanted, "{message}");
}

fn read(file: &str) -> String {
    std::fs::read_to_string(repository().join(file)).unwrap()
}

/// `namespaces`, `kube-system`
fn word(place: Place) -> String {
    match place {
        Place::Namespaces => "namespaces".to_string(),
        Place::Cluster => "cluster".to_string(),
        Place::Everywhere => "everywhere".to_string(),
        Place::In(namespace) => namespace.to_string(),
        Place::Own => "own".to_string(),
        Place::Agents => "agents".to_string(),
    }
}

fn defined(place: Place, rights: &[Right]) -> String {
    let mut text = format!("{{{{- define \"podwhy.rights.{}\" -}}}}\n", word(place));
    let mut open: Option<&Vec<Need>> = None;
    let mut told = "";
    for right in rights.iter().filter(|right| right.place == place) {
        if open != Some(&right.needs) {
            if open.is_some() {
                text += "{{- end }}\n";
            }
            let needs: Vec<String> = right.needs.iter().map(|need| format!(".{}", need.word())).collect();
            let condition = match needs.as_slice() {
                [one] => one.clone(),
                several => format!("or {}", several.join(" ")),
            };
            let _always = writeln!(text, "{{{{- if {condition} }}}}");
            open = Some(&right.needs);
            told = "";
        }
        if right.rule.why != told {
            let _always = writeln!(text, "# {}", right.rule.why);
            told = right.rule.why;
        }
        let rule = &right.rule;
        for (key, words) in [
            ("- apiGroups", &vec![rule.group]),
            ("  resources", &rule.resources),
            ("  verbs", &rule.verbs),
            ("  resourceNames", &rule.names),
        ] {
            if !words.is_empty() {
                let _always =
                    writeln!(text, "{key}: {}", json!(words).to_string().replace("\",\"", "\", \""));
            }
        }
    }
    if open.is_some() {
        text += "{{- end }}\n";
    }
    text + "{{- end }}\n\n"
}

fn places() -> Vec<Place> {
    let system = rights::system_namespaces().into_iter().map(Place::In);
    [Place::Namespaces, Place::Everywhere, Place::Cluster, Place::Own, Place::Agents]
        .into_iter()
        .chain(system)
        .collect()
}

/// Remedies by their words, and what each takes; the usual ones.
fn remedies() -> Value {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, "[remediation]\nsigning_key = { env = \"K\" }\nof = [\"shop\"]\n[[people]]\nslack = \"U1\"\nuser = \"ann\"\n")
        .unwrap();
    let inputs = Inputs { file: Some(file), ..Inputs::default() };
    let usual = load(&inputs).unwrap().settings.remediation.unwrap().remedies;
    let all =
        schema().as_value().pointer("/$defs/RemedyWord/oneOf").and_then(Value::as_array).unwrap().clone();
    let words = all.iter().map(|word| word["const"].clone());
    let needs = words.filter_map(|word| {
        let remedy: RemedyWord = serde_json::from_value(word.clone()).unwrap();
        Some((word.as_str()?.to_string(), json!(needs::of(remedy)?.word())))
    });
    json!({"usual": usual, "needs": needs.collect::<serde_json::Map<_, _>>()})
}

#[test]
fn the_rights_are_the_codes() {
    let rights = rights::all();
    let mut text = HEAD.to_string();
    for place in places() {
        text += &defined(place, &rights);
    }
    let acting: Vec<&str> =
        Need::ALL.iter().filter(|need| need.is_of_acting()).map(|need| need.word()).collect();
    let system: serde_json::Map<String, Value> = rights::system_namespaces()
        .into_iter()
        .map(|namespace| (namespace.to_string(), json!(format!("podwhy.rights.{namespace}"))))
        .collect();
    for (name, value) in
        [("podwhy.acting", json!(acting)), ("podwhy.system", json!(system)), ("podwhy.remedies", remedies())]
    {
        let _always = writeln!(text, "{{{{- define \"{name}\" -}}}}\n{value}\n{{{{- end }}}}\n");
    }
    assert_current("deploy/chart/templates/_rights.tpl", &format!("{}\n", text.trim_end()));
}

/// A file of the repository as a template that is rendered under a condition.
fn conditional(condition: &str, source: &str, text: &str) -> String {
    assert!(!text.contains("{{"), "{source}");
    format!(
        "{{{{- if {condition} }}}}\n# Generated from {source}; do not edit. UPDATE_EXPECT=1 cargo test -p podwhy-tests chart\n{}\n{{{{- end }}}}\n",
        text.trim_end()
    )
}

/// Definitions stay when the release goes: with one goes all that was kept by it.
fn kept(definition: &str) -> String {
    let kept = definition.replacen(
        "metadata:\n",
        "metadata:\n  annotations:\n    helm.sh/resource-policy: keep\n",
        1,
    );
    assert_ne!(kept, definition);
    kept
}

#[test]
fn definitions_and_policies_are_the_repositorys() {
    let agents = ".Values.agent.enabled";
    for (name, files, condition) in [
        ("incidents", &["incidents"][..], ".Values.crds.incidents".to_string()),
        ("remediations", &["remediations"], ".Values.crds.remediations".to_string()),
        ("agents", &["nodetickets", "nodereports"], format!("or .Values.crds.remediations {agents}")),
    ] {
        let files: Vec<String> = files.iter().map(|file| format!("deploy/crds/{file}.yaml")).collect();
        let all: Vec<String> = files.iter().map(|file| kept(&read(file))).collect();
        let wanted = conditional(&condition, &files.join(" and "), &all.join("---\n"));
        assert_current(&format!("deploy/chart/templates/crds-{name}.yaml"), &wanted);
    }
    for (name, condition) in [
        ("remediations", ".Values.crds.remediations".to_string()),
        ("agents", format!("or .Values.crds.remediations {agents}")),
    ] {
        let account = if name == "agents" { "podwhy.bot" } else { "podwhy.remediator" };
        let file = format!("deploy/policies/{name}.yaml");
        let own = conditional(&condition, &file, &read(&file))
            .replace(
                "system:serviceaccount:podwhy:podwhy-agent",
                "system:serviceaccount:{{ .Release.Namespace }}:{{ include \"podwhy.agent\" . }}",
            )
            .replace("system:serviceaccount:podwhy:podwhy", &format!("{{{{ include \"{account}\" . }}}}"));
        assert_current(&format!("deploy/chart/templates/policies-{name}.yaml"), &own);
    }
    assert_current("deploy/chart/files/rules.yaml", &read("deploy/prometheus/rules.yaml"));
}

#[test]
fn the_schema_of_values_knows_the_configuration() {
    let mut values: Value = serde_json::from_str(include_str!("values.schema.json")).unwrap();
    let mut config = serde_json::to_value(schema()).unwrap();
    // references begin at the root
    values["$defs"] = config["$defs"].take();
    for key in ["$schema", "$defs", "title"] {
        config.as_object_mut().unwrap().remove(key);
    }
    values["properties"]["config"] = config;
    assert_current("deploy/chart/values.schema.json", &format!("{values:#}\n"));
}

#[test]
fn the_chart_is_of_the_codes_version() {
    let version = env!("CARGO_PKG_VERSION");
    let chart = read("deploy/chart/Chart.yaml");
    assert!(chart.contains(&format!("\nversion: {version}\nappVersion: {version}\n")), "{chart}");
}
