//! `podwhy version`: what this is, and of what it was built.

use std::io::Write;

use serde::Serialize;

use super::args::Format;
use super::{EXIT_WELL, structured};

/// The facts of a build.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Build {
    version: &'static str,
    /// The sources; `unknown` where they were no repository.
    commit: &'static str,
    /// The platform it runs on.
    target: &'static str,
    /// `release` or `debug`
    profile: &'static str,
    rustc: &'static str,
    /// What it was built with.
    features: Vec<&'static str>,
    /// How many causes it knows.
    causes: usize,
    /// The version of podwhy's own resources.
    resources: String,
    /// The oldest Kubernetes it is for: to answer, to keep incidents, to act.
    kubernetes: Kubernetes,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kubernetes {
    answers: String,
    incidents: String,
    remediations: String,
}

fn build() -> Build {
    use podwhy_kubernetes::Version;
    let features = [
        ("chat", cfg!(feature = "chat")),
        ("console", cfg!(feature = "console")),
        ("mcp", cfg!(feature = "mcp")),
    ];
    Build {
        version: env!("CARGO_PKG_VERSION"),
        commit: env!("PODWHY_BUILD_COMMIT"),
        target: env!("PODWHY_BUILD_TARGET"),
        profile: env!("PODWHY_BUILD_PROFILE"),
        rustc: env!("PODWHY_BUILD_RUSTC"),
        features: features.into_iter().filter_map(|(name, is_in)| is_in.then_some(name)).collect(),
        causes: podwhy_knowledge::causes::catalogue().count(),
        resources: format!("{}/{}", podwhy_api::GROUP, podwhy_api::VERSION),
        kubernetes: Kubernetes {
            answers: Version::ANSWERS.to_string(),
            incidents: Version::INCIDENTS.to_string(),
            remediations: Version::REMEDIATIONS.to_string(),
        },
    }
}

/// Prints them.
pub fn run(format: Format, out: &mut Vec<u8>) -> anyhow::Result<u8> {
    let build = build();
    if format != Format::Text {
        structured(out, &build, format)?;
        return Ok(EXIT_WELL);
    }
    let Kubernetes { answers, incidents, remediations } = &build.kubernetes;
    writeln!(out, "podwhy {}", build.version)?;
    for (what, value) in [
        ("commit", build.commit.to_string()),
        ("built by", format!("{}, {}", build.rustc, build.profile)),
        ("built for", build.target.to_string()),
        ("with", build.features.join(", ")),
        ("knows", format!("{} causes", build.causes)),
        ("resources", build.resources.clone()),
        ("Kubernetes", format!("{answers} to answer, {incidents} to keep incidents, {remediations} to act")),
    ] {
        writeln!(out, "{what:<11} {}", if value.is_empty() { "nothing more" } else { &value })?;
    }
    Ok(EXIT_WELL)
}
