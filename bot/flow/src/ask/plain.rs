//! An answer as plain text, to paste into a ticket or where nothing else can be shown. Not wrapped, no colours.

use std::fmt::Write;

use podwhy_knowledge::Lang;

use super::desk::Answer;
use crate::answer::{EventsAnswer, FindingAnswer, GapAnswer, LogsAnswer, TriageAnswer, WhyAnswer};
use crate::words;

/// Any answer.
pub fn plain(answer: &Answer, lang: Lang) -> String {
    let mut out = String::new();
    // writing to a String does not fail
    let _written = match answer {
        Answer::Why(why) => why_text(&mut out, why, lang),
        Answer::Explain(explained) => explain_text(&mut out, explained, lang),
        Answer::Triage(cluster, triage) => triage_text(&mut out, cluster, triage, lang),
        Answer::Logs(logs) => logs_text(&mut out, logs, lang),
        Answer::Events(events) => events_text(&mut out, events, lang),
        Answer::Unread(why) => writeln!(out, "{why}"),
        Answer::Help => out.write_str(words::help(lang)),
    };
    out
}

fn why_text(out: &mut String, why: &WhyAnswer, lang: Lang) -> std::fmt::Result {
    if let Some(target) = &why.target {
        writeln!(out, "{}  {}", words::verdict(&why.verdict, lang), target.shown())?;
    }
    for notice in &why.notices {
        writeln!(out, "\n{notice}")?;
    }
    for finding in &why.findings {
        finding_text(out, finding, lang)?;
    }
    if !why.changes.is_empty() {
        writeln!(out, "\n{}", words::CHANGED.of(lang))?;
    }
    for change in &why.changes {
        writeln!(out, "- {}", change.text)?;
    }
    gaps_text(out, &why.gaps, lang)
}

fn explain_text(out: &mut String, explained: &WhyAnswer, lang: Lang) -> std::fmt::Result {
    let known = explained.verdict != "unknown";
    writeln!(out, "{}", words::explained(known, explained.findings.len(), lang))?;
    for finding in &explained.findings {
        if known {
            writeln!(out, "\n{}\n{}", finding.summary, finding.cause)?;
        }
        writeln!(out, "\n{}\n{}", words::TO_BE_SURE.of(lang), finding.explanation)?;
        writeln!(out, "\n{}", words::BECAUSE_OF.of(lang))?;
        for evidence in &finding.evidence {
            writeln!(out, "    {}", evidence.text.replace('\n', "\n    "))?;
        }
    }
    Ok(())
}

fn finding_text(out: &mut String, finding: &FindingAnswer, lang: Lang) -> std::fmt::Result {
    writeln!(out, "\n{}", finding.summary)?;
    if let Some(confidence) = &finding.confidence {
        writeln!(
            out,
            "{} · {} · {}",
            finding.cause,
            words::confidence(confidence, lang),
            finding.blame.shown()
        )?;
    }
    if !finding.explanation.is_empty() {
        writeln!(out, "\n{}\n{}", words::MEANS.of(lang), finding.explanation)?;
    }
    if !finding.evidence.is_empty() {
        writeln!(out, "\n{}", words::EVIDENCE.of(lang))?;
    }
    for evidence in &finding.evidence {
        let at = evidence.at.as_deref().map(|at| format!(" · {at}")).unwrap_or_default();
        writeln!(out, "- {} · {}{at}", words::source(&evidence.source, lang), evidence.object)?;
        for line in evidence.text.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    if !finding.remedies.is_empty() {
        writeln!(out, "\n{}", words::TO_DO.of(lang))?;
    }
    for (number, remedy) in finding.remedies.iter().enumerate() {
        let risk = words::risk(&remedy.risk, lang).map(|risk| format!(" [{risk}]")).unwrap_or_default();
        writeln!(out, "{}. {}{risk}", number + 1, remedy.title)?;
        for line in remedy.command.iter().flat_map(|command| command.lines()) {
            writeln!(out, "    $ {line}")?;
        }
    }
    Ok(())
}

fn gaps_text(out: &mut String, gaps: &[GapAnswer], lang: Lang) -> std::fmt::Result {
    if gaps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", words::NOT_READ.of(lang))?;
    for gap in gaps {
        writeln!(out, "- {}", words::gap(gap, lang))?;
    }
    Ok(())
}

fn triage_text(out: &mut String, cluster: &str, triage: &TriageAnswer, lang: Lang) -> std::fmt::Result {
    let name = if cluster.is_empty() { String::new() } else { format!("{cluster}: ") };
    writeln!(out, "{name}{}", words::counts(triage, lang))?;
    for group in &triage.groups {
        writeln!(out, "\n{} × {} · {}", group.count, group.cause, group.blame.shown())?;
        writeln!(out, "{}", group.summary)?;
        for pod in &group.pods {
            writeln!(out, "- {}/{}", pod.namespace, pod.name)?;
        }
        if group.pods.is_empty() {
            for workload in &group.workloads {
                writeln!(out, "- {}", workload.shown())?;
            }
        }
    }
    gaps_text(out, &triage.gaps, lang)
}

fn logs_text(out: &mut String, logs: &LogsAnswer, lang: Lang) -> std::fmt::Result {
    writeln!(out, "{}", logs.target.shown())?;
    for log in &logs.logs {
        writeln!(out, "\n{}", words::log_heading(log, lang))?;
        for line in log.text.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    gaps_text(out, &logs.gaps, lang)
}

fn events_text(out: &mut String, events: &EventsAnswer, lang: Lang) -> std::fmt::Result {
    writeln!(out, "{}", events.target.shown())?;
    if events.events.is_empty() {
        writeln!(out, "\n{}", words::NO_EVENTS.of(lang))?;
    }
    for event in &events.events {
        let at = event.at.as_deref().map(|at| format!("{at} ")).unwrap_or_default();
        writeln!(out, "\n{at}{} · {}{}", event.reason, event.object, words::times(event.count))?;
        for line in event.text.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    gaps_text(out, &events.gaps, lang)
}
