//! The command line.

mod args;
mod complete;
mod config;
#[cfg(feature = "console")]
mod console;
mod live;
#[cfg(feature = "chat")]
mod manifest;
#[cfg(feature = "mcp")]
mod mcp;
mod paint;
mod paper;
mod remediations;
#[cfg(feature = "chat")]
mod serve;
#[cfg(feature = "chat")]
mod setup;
mod text;
mod version;

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{CommandFactory, Parser};
use podwhy_flow::UserError;
use podwhy_flow::ask::intake::Request;
use podwhy_flow::ask::{desk, diagnose, intake, render};
use podwhy_knowledge::redact::redact;
use podwhy_knowledge::{Kind, Lang, Verdict, World};
use serde::Serialize;

use args::{Args, ClusterArgs, Command, Format, Source};
use paint::Paint;

use crate::config::{Inputs, Settings, load};
use crate::pages;
#[cfg(feature = "console")]
use crate::start::ConsoleOptions;

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

/// Whether these are the words of a command line, its first being the command itself; else the reason. Nothing is run.
///
/// # Errors
/// What would be said of it.
pub fn is_a_line<'w>(words: impl Iterator<Item = &'w str>) -> Result<(), String> {
    match Args::try_parse_from(words) {
        Ok(_) => Ok(()),
        Err(error) if !error.use_stderr() => Ok(()),
        Err(error) => Err(error.to_string().lines().next().unwrap_or_default().to_string()),
    }
}

/// Runs one command, writes its answer to `out` and returns the exit code.
fn run(command: &Command, out: &mut Vec<u8>) -> anyhow::Result<u8> {
    match command {
        Command::Why { target, namespace, watch, source, answer } => {
            let session = Session::new(source.cluster.config.clone(), answer.flag())?;
            let request = session.request(target, namespace.as_deref())?;
            let show = |out: &mut Vec<u8>| session.why(&request, source, answer.format(), out);
            if *watch { live::watch(show) } else { show(out) }
        }
        Command::Triage { namespace, flag, source, answer } => {
            let session = Session::new(source.cluster.config.clone(), answer.flag())?;
            if let (Some(named), Some(flag)) = (namespace, flag)
                && named != flag
            {
                let message = format!("the namespace is {named}, but -n says {flag}");
                return Err(UserError::Input(message).into());
            }
            let named = namespace.as_deref().or(flag.as_deref()).map(namespace_named).transpose()?;
            session.triage(named, source, answer.format(), out)
        }
        Command::Explain { text, answer } => {
            Session::new(None, answer.flag())?.explain(text, answer.format(), out)
        }
        Command::Dump { target, namespace, output, cluster } => {
            let session = Session::new(cluster.config.clone(), None)?;
            let request = session.request(target, namespace.as_deref())?;
            dump(&session, &request, cluster, output, out)
        }
        #[cfg(feature = "console")]
        Command::Console { port, playground, no_open, lang, cluster } => {
            let session = Session::new(cluster.config.clone(), lang.map(args::LangArg::word))?;
            let options = ConsoleOptions {
                port: *port,
                playground: *playground,
                flags: cluster.flags(),
                on_new_link: None,
            };
            console::run(session.settings, options, *no_open)
        }
        #[cfg(feature = "chat")]
        Command::Serve { playground, cluster, elsewhere } => {
            let session = Session::new(cluster.config.clone(), None)?;
            let chats = elsewhere.options()?;
            let options = crate::ServeOptions { playground: *playground, flags: cluster.flags(), chats };
            serve::run(session.settings, options)
        }
        #[cfg(feature = "mcp")]
        Command::Mcp { source } => {
            let session = Session::new(source.cluster.config.clone(), None)?;
            mcp::run(session.settings, source)
        }
        #[cfg(feature = "chat")]
        Command::Setup(asked) => setup::run(asked, out),
        #[cfg(feature = "chat")]
        Command::Manifest { app } => manifest::run(app, out),
        Command::Remediations(asked) => {
            let session = Session::new(asked.cluster.config.clone(), asked.answer.flag())?;
            remediations::run(&session, asked, out)
        }
        Command::Config { command } => config::run(command, out),
        Command::Version { output } => version::run(*output, out),
        Command::Completion { shell, name } => paper::completion(*shell, name, out),
        Command::Man { folder } => paper::man(folder.as_deref(), out),
    }
}

/// The settings a command runs under.
struct Session {
    settings: Settings,
}

impl Session {
    /// Reads the configuration; a `--lang` of the line comes before it.
    fn new(file: Option<PathBuf>, lang: Option<String>) -> anyhow::Result<Session> {
        let inputs = Inputs::of_process(file).with_flag("--lang", "lang", lang);
        let settings = load(&inputs).map_err(UserError::from)?.settings;
        let patterns = settings.redact.patterns.iter().map(|pattern| pattern.regex().clone()).collect();
        podwhy_knowledge::redact::also_redact(patterns);
        settings.pages.as_deref().map(pages::use_folder).transpose()?;
        Ok(Session { settings })
    }

    fn lang(&self) -> Lang {
        self.settings.lang
    }

    fn request(&self, target: &str, namespace: Option<&str>) -> anyhow::Result<Request> {
        intake::intake(target, namespace, self.lang()).map_err(anyhow::Error::from)
    }

    fn why(
        &self,
        request: &Request,
        source: &Source,
        format: Format,
        out: &mut Vec<u8>,
    ) -> anyhow::Result<u8> {
        let diagnosed = match &source.from {
            Some(path) => diagnose::diagnose(&read(path, source)?, request)?,
            None => live::why(&self.settings, &source.cluster, request)?,
        };
        let why = render::why(&diagnosed, request.lang).context("rendering the answer")?;
        match format {
            Format::Text => text::why(out, &Paint::stdout(), &why, request.lang)?,
            format => structured(out, &why, format)?,
        }
        Ok(render::exit_code(diagnosed.diagnosis.verdict))
    }

    fn triage(
        &self,
        namespace: Option<&str>,
        source: &Source,
        format: Format,
        out: &mut Vec<u8>,
    ) -> anyhow::Result<u8> {
        let world = match &source.from {
            Some(path) => read(path, source)?,
            None => live::failing(&self.settings, &source.cluster, namespace)?,
        };
        let namespace = namespace.map(|name| desk::known_namespace(&world, name)).transpose()?;
        let triage =
            render::triage_answer(&world, |name| namespace.is_none_or(|named| named == name), self.lang())
                .context("rendering the answer")?;
        match format {
            Format::Text => text::triage(out, &Paint::stdout(), &triage, self.lang())?,
            format => structured(out, &triage, format)?,
        }
        Ok(if triage.groups.is_empty() { EXIT_WELL } else { EXIT_FAILING })
    }

    fn explain(&self, words: &[String], format: Format, out: &mut Vec<u8>) -> anyhow::Result<u8> {
        let pasted = pasted(words)?;
        if pasted.trim().is_empty() {
            let message = "nothing to explain: paste an event, a status or a log line";
            return Err(UserError::Input(message.to_string()).into());
        }
        let explained = render::explain(&pasted, self.lang());
        match format {
            Format::Text => text::explain(out, &Paint::stdout(), &explained, self.lang())?,
            format => structured(out, &explained, format)?,
        }
        let well = [Verdict::Healthy, Verdict::Expected].iter().any(|v| v.as_str() == explained.verdict);
        Ok(if well { EXIT_WELL } else { EXIT_FAILING })
    }
}

fn dump(
    session: &Session,
    request: &Request,
    cluster: &ClusterArgs,
    folder: &Path,
    out: &mut Vec<u8>,
) -> anyhow::Result<u8> {
    let collected = live::collect(&session.settings, cluster, request)?;
    let files = podwhy_files::write(&collected, folder).map_err(UserError::from)?;
    writeln!(out, "{} files below {}", files.len(), folder.display())?;
    let again = format!("podwhy why {} --from {}", request.target, folder.display());
    writeln!(out, "Read them before you pass them on; ask them with: {again}")?;
    Ok(EXIT_WELL)
}

fn read(path: &str, source: &Source) -> anyhow::Result<Arc<World>> {
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
