//! Each case gets its cause, from the whole catalogue; a near miss never its folder's for certain.

use podwhy_knowledge::{Confidence, Lang, diagnose, page};
use serde_json::Value;

use crate::load::cases;
use crate::recorded::recorded;

#[test]
fn every_case_is_answered_rightly() {
    let mut wrong = Vec::new();
    for case in cases() {
        let found = diagnose(&case.snapshot());
        let top = found.top();
        let got =
            (top.cause, top.confidence.map(|c| c.as_str()), top.container.as_deref(), top.blame.to_string());
        let mut fits = got.0 == case.expect.cause;
        fits &= case.expect.confidence.as_deref().is_none_or(|wanted| got.1 == Some(wanted));
        fits &= case.expect.container.as_deref().is_none_or(|wanted| got.2 == Some(wanted));
        fits &= case.expect.blame.as_deref().is_none_or(|wanted| got.3 == wanted);
        let next = found.findings.get(1).map(|f| f.cause);
        fits &= case.expect.next.as_deref().is_none_or(|wanted| next == Some(wanted));
        if !fits {
            wrong.push(format!("{}: expected {:?}, got {got:?}, then {next:?}", case.shown, case.expect));
        }
        let certain =
            found.findings.iter().any(|f| f.cause == case.cause && f.confidence == Some(Confidence::Certain));
        if case.near_miss && (certain || got.0 == case.cause) {
            wrong.push(format!("{}: a near miss of {} matches it", case.shown, case.cause));
        }
        let beside = found.findings.iter().any(|f| case.expect.beside.as_deref() == Some(f.cause));
        if case.expect.beside.is_some() && !beside {
            wrong.push(format!("{}: {:?} is not beside {}", case.shown, case.expect.beside, got.0));
        }
        if !case.near_miss && got.0 != case.cause && case.expect.beside.as_ref() != Some(&case.cause) {
            wrong.push(format!("{}: a case of {} is answered {}", case.shown, case.cause, got.0));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// A registry may be blamed that no object names: Docker Hub, where a reference names none. The reference is shown then.
#[test]
fn a_blamed_registry_is_that_of_an_image_shown() {
    // <https://github.com/distribution/reference/blob/main/normalize.go>
    let registry = |image: &str| match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host.to_string(),
        _ => "docker.io".to_string(),
    };
    let of_cases = cases().into_iter().map(|case| (case.shown.clone(), diagnose(&case.snapshot())));
    let of_recordings = recorded().iter().map(|case| {
        let own = |o: &Value| {
            let namespace = o["metadata"]["namespace"].as_str();
            namespace.is_none_or(|namespace| namespace == case.truth.namespace)
        };
        (case.shown(), diagnose(&case.snapshot(&case.cluster.world(own))))
    });
    let mut blamed = 0;
    for (shown, found) in of_cases.chain(of_recordings) {
        for finding in found.findings.iter().filter(|f| f.blame.kind == "Registry") {
            blamed += 1;
            let images = finding.evidence.iter().filter_map(|e| e.text.split_once(".image: "));
            let named = images.map(|(_, image)| registry(image)).any(|host| host == finding.blame.name);
            assert!(named, "{shown}: {} is of no image in {:?}", finding.blame, finding.evidence);
        }
    }
    assert!(blamed > 20, "only {blamed}");
}

#[test]
fn the_same_case_gives_the_same_bytes() {
    for case in cases() {
        let show = || {
            let found = diagnose(&case.snapshot());
            let pages: Vec<_> = Lang::ALL.iter().map(|lang| page(found.top(), *lang)).collect();
            format!("{found:?} {pages:?}")
        };
        assert_eq!(show(), show(), "{}", case.shown);
    }
}

/// The words people read, for one case of each cause: reviewed when they change.
#[test]
fn pages_read_as_reviewed() {
    for case in cases().into_iter().filter(|c| c.shown.ends_with("typical.yaml")) {
        let found = diagnose(&case.snapshot());
        let shown = found.findings.iter().find(|f| f.cause == case.cause).unwrap();
        let mut text = String::new();
        for lang in Lang::ALL {
            let page = page(shown, lang).unwrap();
            text.push_str(&format!("{}\n\n{}\n\n", page.summary, page.explanation));
            for remedy in page.remedies {
                text.push_str(&format!("{} ({}): {}\n", remedy.id, remedy.risk.as_str(), remedy.title));
                text.extend(
                    remedy.command.iter().flat_map(|c| c.lines()).map(|line| format!("    {line}\n")),
                );
            }
            text.push('\n');
        }
        for evidence in &shown.evidence {
            text.push_str(&format!(
                "{} · {}: {}\n",
                evidence.source.as_str(),
                evidence.object,
                evidence.text
            ));
        }
        insta::assert_snapshot!(case.cause.clone(), text);
    }
}
