//! The command line.

mod args;
mod complete;
mod config;
mod live;
mod paint;
mod text;

use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{CommandFactory, Parser};
use podwhy_flow::UserError;
use podwhy_flow::ask::{diagnose, intake, render};
use podwhy_knowledge::redact::redact;
use podwhy_knowledge::{Kind, Lang, Verdict, World};
use serde::Serialize;

use args::{Args, Command, Format, Source};
use paint::Paint;

/// Nothing wrong.
const EXIT_WELL: u8 = 0;
/// Something fails, or no cause is known.
const EXIT_FAILING: u8 = 1;
/// The question could not be answered.
const EXIT_USAGE: u8 = 2;

/// Runs the command with the process's arguments.
pub fn main() -> ExitCode {
    // a shell that asks for completions is answered and the process ends
    clap_complete::CompleteEnv::with_factory(Args::command).complete();
    let args = Args::parse();
    let mut out = Vec::new();
    let code = match run(&args.command, &mut out) {
        Ok(code) => code,
        Err(error) => {
            // a person's mistake is told as it stands; a fault with what led to it
            match error.downcast_ref::<UserError>() {
                Some(user) => eprintln!("podwhy: {}", redact(&user.to_string())),
                None => eprintln!("podwhy: this is a fault of podwhy's own, please report it: {error:#}"),
            }
            return ExitCode::from(EXIT_USAGE);
        }
    };
    match io::stdout().write_all(&out).and_then(|()| io::stdout().flush()) {
        // whoever read the beginning has read enough
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("podwhy: cannot write the answer: {error}");
            ExitCode::from(EXIT_USAGE)
        }
        _ => ExitCode::from(code),
    }
}

/// Runs one command, writes its answer to `out` and returns the exit code.
fn run(command: &Command, out: &mut Vec<u8>) -> anyhow::Result<u8> {
    match command {
        Command::Why { target, namespace, watch, source, answer } => {
            let request =
                intake::intake(target, namespace.as_deref(), answer.lang()).map_err(anyhow::Error::from)?;
            let ask = || match &source.from {
                Some(_) => diagnose::diagnose(&read(source)?, &request).map_err(anyhow::Error::from),
                None => live::why(&source.cluster, &request),
            };
            let show = |out: &mut Vec<u8>| -> anyhow::Result<u8> {
                let diagnosed = ask()?;
                let why = render::why(&diagnosed, request.lang).context("rendering the answer")?;
                match answer.format() {
                    Format::Text => text::why(out, &Paint::stdout(), &why, request.lang)?,
                    format => structured(out, &why, format)?,
                }
                Ok(render::exit_code(diagnosed.diagnosis.verdict))
            };
            if *watch { live::watch(show) } else { show(out) }
        }
        Command::Dump { target, namespace, output, cluster } => {
            let request =
                intake::intake(target, namespace.as_deref(), Lang::En).map_err(anyhow::Error::from)?;
            let collected = live::collect(cluster, &request)?;
            let files = podwhy_files::write(&collected, output).map_err(UserError::from)?;
            writeln!(out, "{} files below {}", files.len(), output.display())?;
            let again = format!("podwhy why {} --from {}", request.target, output.display());
            writeln!(out, "Read them before you pass them on; ask them with: {again}")?;
            Ok(EXIT_WELL)
        }
        Command::Triage { namespace, flag, source, answer } => {
            if let (Some(named), Some(flag)) = (namespace, flag)
                && named != flag
            {
                let message = format!("the namespace is {named}, but -n says {flag}");
                return Err(UserError::Input(message).into());
            }
            let named = namespace.as_deref().or(flag.as_deref()).map(namespace_named).transpose()?;
            let world = match &source.from {
                Some(_) => read(source)?,
                None => live::failing(&source.cluster, named)?,
            };
            let namespace = named.map(|name| known_namespace(&world, name)).transpose()?;
            let triage =
                render::triage_answer(&world, namespace, answer.lang()).context("rendering the answer")?;
            match answer.format() {
                Format::Text => text::triage(out, &Paint::stdout(), &triage, answer.lang())?,
                format => structured(out, &triage, format)?,
            }
            Ok(if triage.groups.is_empty() { EXIT_WELL } else { EXIT_FAILING })
        }
        Command::Explain { text: words, answer } => {
            let pasted = pasted(words)?;
            if pasted.trim().is_empty() {
                let message = "nothing to explain: paste an event, a status or a log line";
                return Err(UserError::Input(message.to_string()).into());
            }
            let explained = render::explain(&pasted, answer.lang());
            match answer.format() {
                Format::Text => text::explain(out, &Paint::stdout(), &explained, answer.lang())?,
                format => structured(out, &explained, format)?,
            }
            let well = [Verdict::Healthy, Verdict::Expected].iter().any(|v| v.as_str() == explained.verdict);
            Ok(if well { EXIT_WELL } else { EXIT_FAILING })
        }
        Command::Config { command } => config::run(command, out),
    }
}

fn read(source: &Source) -> anyhow::Result<Arc<World>> {
    let path = source.from.as_deref().unwrap_or_default();
    let options = podwhy_files::Options { at: source.at, ..podwhy_files::Options::default() };
    let dump = podwhy_files::read(Path::new(path), &options).map_err(UserError::from)?;
    for warning in &dump.warnings {
        eprintln!("podwhy: warning: {}", redact(warning));
    }
    Ok(Arc::new(dump.world))
}

/// `shop`, `ns/shop`
fn namespace_named(typed: &str) -> Result<&str, UserError> {
    let (kind, name) = match typed.split_once('/') {
        Some((kind, rest)) => (Kind::from_word(kind), rest),
        None => (Some(Kind::Namespace), typed),
    };
    match kind {
        Some(Kind::Namespace) => Ok(name),
        _ => Err(UserError::Input(format!("triage takes a namespace, not {typed:?}"))),
    }
}

/// A namespace that holds nothing is mostly a typing mistake.
fn known_namespace<'a>(world: &World, name: &'a str) -> Result<&'a str, UserError> {
    if world.well > 0 || world.namespaces().any(|known| known == name) {
        return Ok(name);
    }
    let nearest = podwhy_knowledge::config::nearest(name, world.namespaces());
    let hint = nearest.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
    Err(UserError::Input(format!("namespace {name} not found{hint}")))
}

fn pasted(words: &[String]) -> anyhow::Result<String> {
    if words != ["-"] {
        return Ok(words.join(" "));
    }
    if io::stdin().is_terminal() {
        eprintln!("podwhy: paste the text, then end it with Ctrl-D");
    }
    let mut bytes = Vec::new();
    let limit = podwhy_knowledge::MAX_PASTED_TEXT as u64;
    io::stdin().take(limit).read_to_end(&mut bytes).context("reading standard input")?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn structured(out: &mut Vec<u8>, answer: &impl Serialize, format: Format) -> anyhow::Result<()> {
    let text = match format {
        Format::Yaml => serde_saphyr::to_string(answer).context("writing YAML")?,
        _ => format!("{}\n", serde_json::to_string_pretty(answer).context("writing JSON")?),
    };
    out.extend_from_slice(text.as_bytes());
    Ok(())
}
