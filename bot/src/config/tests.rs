//! The configuration as a whole: what outranks what, and where it is found.

mod outgoing;
mod problems;
mod rules;
mod secrets;

use std::path::PathBuf;
use std::time::Duration;

use podwhy_knowledge::Lang;

use super::{ConfigError, Environment, Inputs, Loaded, Secrets, Settings, load};

/// A file in a folder that lives as long as this.
struct Written {
    _folder: tempfile::TempDir,
    inputs: Inputs,
}

fn file(text: &str) -> Written {
    named("podwhy.toml", text)
}

fn named(name: &str, text: &str) -> Written {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    Written { _folder: folder, inputs: Inputs { file: Some(file), ..Inputs::default() } }
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn variables(variables: &[(&str, &str)]) -> Inputs {
    Inputs { environment: environment(variables), ..Inputs::default() }
}

/// The problems' lines, with `FILE` for the file.
fn lines<T>(inputs: &Inputs, loaded: Result<Loaded<T>, ConfigError>) -> Vec<String> {
    let Err(ConfigError::Problems(problems)) = loaded else { panic!("no problems were found") };
    let path = inputs.file.as_ref().map(|path| path.display().to_string());
    let shorten =
        |line: String| path.as_ref().map_or(line.clone(), |path| line.replace(path.as_str(), "FILE"));
    problems.iter().map(|problem| shorten(problem.to_string())).collect()
}

#[test]
fn without_any_source_the_defaults_are_in_force() {
    let loaded = load(&Inputs::default()).unwrap();
    assert_eq!(loaded.settings, Settings::default());
    assert_eq!(loaded.file, None);
    assert_eq!(loaded.settings.timeouts.request, Duration::from_secs(10));
    assert_eq!(loaded.settings.timeouts.total, Duration::from_secs(30));
    assert_eq!((loaded.settings.lang, loaded.settings.secrets), (Lang::En, Secrets::None));
}

#[test]
fn each_source_outranks_the_ones_before_it() {
    let Written { _folder, mut inputs } =
        file("lang = \"zh\"\nsecrets = \"keys\"\n[timeouts]\nrequest = \"2s\"\ntotal = \"20s\"");
    let seconds = |inputs: &Inputs| {
        let timeouts = load(inputs).unwrap().settings.timeouts;
        (timeouts.request.as_secs(), timeouts.total.as_secs())
    };
    assert_eq!(seconds(&inputs), (2, 20));
    inputs.environment = environment(&[("PODWHY__TIMEOUTS__REQUEST", "3s"), ("PODWHY__SECRETS", "names")]);
    assert_eq!(seconds(&inputs), (3, 20));
    assert_eq!(load(&inputs).unwrap().settings.secrets, Secrets::Names);
    let inputs = inputs.with_flag("--timeout", "timeouts.request", Some("4s".to_string()));
    assert_eq!(seconds(&inputs), (4, 20));
    let report = load(&inputs).unwrap().report().unwrap();
    for line in [
        "lang = \"zh\"  # from /",
        "secrets = \"names\"  # from environment variable PODWHY__SECRETS",
        "request = \"4s\"  # from flag --timeout",
        "total = \"20s\"  # from /",
        "patterns = []  # default",
    ] {
        assert!(report.contains(line), "{line} is not in\n{report}");
    }
}

#[test]
fn variables_are_read_as_what_belongs_there() {
    let inputs = variables(&[
        ("PODWHY__LANG", "zh"),
        ("PODWHY__REDACT__PATTERNS", "ACME-[0-9]{2,6}\n\n  secret-\\w+\n"),
        // set by Kubernetes where a Service is named podwhy
        ("PODWHY_SERVICE_HOST", "10.0.0.1"),
        ("PODWHY_PORT_80_TCP", "tcp://10.0.0.1:80"),
    ]);
    let settings = load(&inputs).unwrap().settings;
    assert_eq!(settings.lang, Lang::Zh);
    let patterns: Vec<&str> =
        settings.redact.patterns.iter().map(|pattern| pattern.regex().as_str()).collect();
    assert_eq!(patterns, ["ACME-[0-9]{2,6}", "secret-\\w+"]);
}

#[test]
fn a_file_that_is_named_must_be_there_and_one_that_is_not_need_not() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().to_str().unwrap();
    let missing = format!("{home}/none.toml");
    let by_flag = Inputs { file: Some(PathBuf::from(&missing)), ..Inputs::default() };
    let error = load(&by_flag).unwrap_err().to_string();
    assert!(
        error.starts_with(&format!("{missing}: cannot read the configuration file named by --config: ")),
        "{error}"
    );
    let error = load(&variables(&[("PODWHY_CONFIG", &missing)])).unwrap_err().to_string();
    assert!(error.contains("named by PODWHY_CONFIG"), "{error}");
    let usual = variables(&[("HOME", home), ("PODWHY_CONFIG", "")]);
    assert_eq!(load(&usual).unwrap().file, None);

    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    let in_home = write(".config/podwhy/config.toml", "lang = \"zh\"");
    let in_xdg = write("xdg/podwhy/config.toml", "lang = \"zh\"");
    let other = write("other.toml", "lang = \"zh\"");
    assert_eq!(load(&usual).unwrap().file, Some(in_home.clone()));
    assert_eq!(load(&usual).unwrap().settings.lang, Lang::Zh);
    let xdg = format!("{home}/xdg");
    assert_eq!(load(&variables(&[("HOME", home), ("XDG_CONFIG_HOME", &xdg)])).unwrap().file, Some(in_xdg));
    assert_eq!(load(&variables(&[("HOME", home), ("XDG_CONFIG_HOME", "xdg")])).unwrap().file, Some(in_home));
    let named = variables(&[("HOME", home), ("PODWHY_CONFIG", other.to_str().unwrap())]);
    assert_eq!(load(&named).unwrap().file, Some(other));
}

#[test]
fn what_is_no_toml_is_told_by_place_and_without_its_text() {
    let written = file("lang = \"en\"\nbot_token = \"hunter2\nx = 1");
    let error = load(&written.inputs).unwrap_err().to_string();
    assert!(error.contains("podwhy.toml:2:") && error.contains("not TOML"), "{error}");
    assert!(!error.contains("hunter2") && !error.contains('\n'), "{error}");
    let twice = file("lang = \"en\"\nlang = \"zh\"");
    assert!(load(&twice.inputs).unwrap_err().to_string().contains(":2:1: not TOML: duplicate key"));
}

#[test]
fn a_file_that_says_json_is_read_as_that() {
    let written = named("podwhy.json", r#"{"lang": "zh", "timeouts": {"total": "1m30s"}}"#);
    let settings = load(&written.inputs).unwrap().settings;
    assert_eq!((settings.lang, settings.timeouts.total), (Lang::Zh, Duration::from_secs(90)));
    let toml = named("podwhy.json", "lang = \"hunter2\"");
    let error = load(&toml.inputs).unwrap_err().to_string();
    assert!(
        error.contains("podwhy.json:1:1: not JSON: expected value") && !error.contains("hunter2"),
        "{error}"
    );
    let list = named("podwhy.json", "[\"hunter2\"]");
    let error = load(&list.inputs).unwrap_err().to_string();
    assert!(error.contains("podwhy.json") && !error.contains("hunter2"), "{error}");
    let unknown = named("podwhy.json", r#"{"langs": "zh"}"#);
    assert!(load(&unknown.inputs).unwrap_err().to_string().contains("lang"));
}

#[test]
fn the_report_is_a_file_that_gives_the_same_settings() {
    let text = "default_cluster = \"b\"\nsecrets = \"keys\"\nclusters = [{name = \"a\", in_cluster = true}, {name = \"b\", context = \"q\\\"\\u007f\", namespaces = [\"x\", \"y\"]}]\nredact.patterns = ['a\\d{1,3}\"']\ntimeouts.total = \"1h30m\"";
    let written = file(text);
    let loaded = load(&written.inputs).unwrap();
    let reported = file(&loaded.report().unwrap());
    let again = load(&reported.inputs).unwrap();
    assert_eq!(again.settings, loaded.settings);
}
