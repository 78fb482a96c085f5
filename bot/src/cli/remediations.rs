//! `podwhy remediations`: what was offered to be done, who agreed, and what came of it.

use std::io::{self, Write};

use podwhy_flow::UserError;
use podwhy_flow::act::record::{Phase, Remediation};
use podwhy_flow::act::told::{Wanted, answer, list};
use podwhy_flow::act::words;
use podwhy_flow::answer::{RemediationAnswer, RemediationsAnswer, StepAnswer};
use podwhy_flow::ports::{ClusterError, ClusterRead, LedgerError, Remediations};
use podwhy_knowledge::Lang;
use podwhy_kubernetes::{LiveCluster, RemediationLedger};

use super::args::{Answer, ClusterArgs, Format};
use super::paint::{Paint, Style};
use super::{EXIT_WELL, Session, live};
use crate::clusters::connect;

/// What is asked for.
#[derive(Debug, clap::Args)]
pub struct Asked {
    /// Only this one, with its whole story.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Where podwhy keeps them; otherwise the configuration's incidents.namespace, otherwise the context's.
    #[arg(short = 'n', long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Also those that are over without anybody having agreed.
    #[arg(long, conflicts_with = "name")]
    pub all: bool,
    /// Only those of this phase, as `kubectl get remediations` shows it: Offered, Succeeded, Unclear …
    #[arg(long, value_name = "PHASE", value_parser = phase, conflicts_with = "name")]
    pub phase: Option<Phase>,
    /// The cluster.
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// The form.
    #[command(flatten)]
    pub answer: Answer,
}

fn phase(typed: &str) -> Result<Phase, String> {
    let is_meant = |phase: &&Phase| phase.as_str().eq_ignore_ascii_case(typed);
    Phase::ALL.iter().find(is_meant).copied().ok_or_else(|| {
        let known: Vec<&str> = Phase::ALL.iter().map(|phase| phase.as_str()).collect();
        format!("there are {}", known.join(", "))
    })
}

/// Runs the command.
pub fn run(session: &Session, asked: &Asked, out: &mut Vec<u8>) -> anyhow::Result<u8> {
    let (lang, format) = (session.lang(), asked.answer.format());
    let (namespace, known) = live::run(async {
        let cluster = connect(&session.settings, &asked.cluster.flags(), None).await?;
        let namespace = namespace(session, asked, &cluster);
        let ledger = RemediationLedger::new(&cluster, &namespace, "podwhy");
        let reading = live::in_time(&session.settings, cluster.name(), read(&ledger, asked.name.as_deref()));
        let told = |error| unreadable(error, cluster.name(), &namespace);
        let known = reading.await?.map_err(told)?;
        Ok((namespace, known))
    })?;
    if let Some(name) = &asked.name {
        let one = known.first().ok_or_else(|| nothing(name, &namespace))?;
        let told = answer(one, lang);
        match format {
            Format::Text => show_one(out, &Paint::stdout(), &told, lang)?,
            format => super::structured(out, &told, format)?,
        }
        return Ok(EXIT_WELL);
    }
    let told = list(&namespace, known, Wanted { phase: asked.phase, all: asked.all }, lang);
    match format {
        Format::Text => show(out, &Paint::stdout(), &told, lang)?,
        format => super::structured(out, &told, format)?,
    }
    Ok(EXIT_WELL)
}

fn namespace(session: &Session, asked: &Asked, cluster: &LiveCluster) -> String {
    let configured = session.settings.incidents.namespace.clone();
    let own = asked.namespace.clone().or(configured);
    own.unwrap_or_else(|| cluster.default_namespace().to_string())
}

async fn read(
    ledger: &RemediationLedger,
    name: Option<&str>,
) -> Result<Result<Vec<Remediation>, LedgerError>, UserError> {
    Ok(match name {
        Some(name) => ledger.get(name).await.map(Vec::from_iter),
        None => ledger.all().await,
    })
}

fn nothing(name: &str, namespace: &str) -> UserError {
    UserError::Input(format!(
        "there is no remediation {name:?} in namespace {namespace}; podwhy remediations -n {namespace} --all lists them"
    ))
}

fn unreadable(error: LedgerError, cluster: &str, namespace: &str) -> UserError {
    let cluster = cluster.to_string();
    match error {
        LedgerError::NotInstalled => UserError::Input(
            "this cluster does not know remediations: kubectl apply -f deploy/crds/remediations.yaml"
                .to_string(),
        ),
        LedgerError::Forbidden(why) => UserError::Unreadable(ClusterError::Forbidden {
            cluster,
            why: format!("it takes list and get on remediations.podwhy.dev in namespace {namespace}: {why}"),
        }),
        LedgerError::Unclear(why) => UserError::Unreadable(ClusterError::Unreachable { cluster, why }),
        error => UserError::Unreadable(ClusterError::Other { cluster, why: error.to_string() }),
    }
}

fn show(out: &mut impl Write, paint: &Paint, told: &RemediationsAnswer, lang: Lang) -> io::Result<()> {
    if told.remediations.is_empty() {
        let none =
            lang.pick("Nothing was offered, or done, in namespace", "没有提出或执行过任何操作，命名空间：");
        writeln!(out, "{none} {}", told.namespace)?;
    }
    for (number, one) in told.remediations.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        head(out, paint, one, lang)?;
        write!(out, "{}", paint.wrap(&one.stands, "  ", "  ", Style::Plain))?;
        write!(out, "{}", paint.wrap(&facts(one, lang).join(" · "), "  ", "  ", Style::Dim))?;
    }
    if told.left_out > 0 {
        let left_out = told.left_out;
        let text = match lang {
            Lang::En => format!("{left_out} more that nobody agreed to: --all shows them"),
            Lang::Zh => format!("另有 {left_out} 项无人同意：用 --all 查看"),
        };
        writeln!(out, "\n{}", paint.style(Style::Dim, &text))?;
    }
    Ok(())
}

/// `HELPED  Delete failed pod search/ranker-…`
fn head(out: &mut impl Write, paint: &Paint, one: &RemediationAnswer, lang: Lang) -> io::Result<()> {
    let phase = Phase::ALL.iter().find(|phase| phase.as_str() == one.phase).copied().unwrap_or_default();
    let style = match phase {
        Phase::Succeeded => Style::Green,
        Phase::Failed | Phase::Partial | Phase::Unclear => Style::Red,
        _ => Style::Yellow,
    };
    let word = words::phase(phase, lang).to_uppercase();
    writeln!(out, "{}  {}", paint.style(style, &word), paint.style(Style::Bold, &one.title))
}

fn facts(one: &RemediationAnswer, lang: Lang) -> Vec<String> {
    let mut facts = vec![one.name.clone(), one.offered_at.clone(), one.cause.clone()];
    if let Some(asked) = &one.asked_by {
        facts.push(format!("{} {asked}", lang.pick("asked for by", "提出者")));
    }
    if !one.agreed.is_empty() {
        let users: Vec<&str> = one.agreed.iter().map(|agreed| agreed.user.as_str()).collect();
        facts.push(format!("{} {}", lang.pick("agreed:", "同意者"), users.join(", ")));
    }
    facts
}

fn show_one(out: &mut impl Write, paint: &Paint, one: &RemediationAnswer, lang: Lang) -> io::Result<()> {
    head(out, paint, one, lang)?;
    write!(out, "{}", paint.wrap(&one.stands, "", "", Style::Plain))?;
    let mut section = |title: &str, lines: Vec<String>| -> io::Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n{}", paint.style(Style::Bold, title))?;
        lines.iter().try_for_each(|line| write!(out, "{}", paint.wrap(line, "  ", "    ", Style::Plain)))
    };
    section(lang.pick("Why", "原因"), vec![format!("{} · {}", one.cause, one.blame.shown())])?;
    let targets = one.targets.iter().map(|target| {
        let result = target.result.as_deref().map(|result| format!(": {result}")).unwrap_or_default();
        let why = target.why.as_deref().map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{}{result}{why}  uid {}", target.shown(), target.uid)
    });
    section(lang.pick("What it changes", "更改的对象"), targets.collect())?;
    section(lang.pick("To know", "须知"), one.warnings.clone())?;
    let agreed = one.agreed.iter().map(|agreed| format!("{}  {} ({})", agreed.at, agreed.user, agreed.app));
    section(lang.pick("Who agreed", "同意者"), agreed.collect())?;
    let asked = one.asked_by.as_deref().unwrap_or("podwhy");
    let first = format!("{}  Offered · {asked}", one.offered_at);
    let steps = [first].into_iter().chain(one.steps.iter().map(step)).collect();
    section(lang.pick("What happened", "经过"), steps)?;
    writeln!(out, "\n{}", paint.style(Style::Dim, &facts(one, lang)[0]))
}

fn step(step: &StepAnswer) -> String {
    let why = step.why.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("{}  {} · {}{why}", step.at, step.phase, step.who)
}

#[cfg(test)]
mod tests;
