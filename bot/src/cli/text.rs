//! Answers for people at a terminal.

use std::io::{self, Write};

use podwhy_flow::answer::{BlameAnswer, EvidenceAnswer, FindingAnswer, GapAnswer, TriageAnswer, WhyAnswer};
use podwhy_flow::words;
use podwhy_knowledge::Lang;

use super::paint::{Paint, Style, WIDTH};

/// The answer to `why`.
pub fn why(out: &mut impl Write, paint: &Paint, answer: &WhyAnswer, lang: Lang) -> io::Result<()> {
    let (word, style) = verdict(&answer.verdict, lang);
    if let Some(target) = &answer.target {
        writeln!(out, "{}  {}", paint.style(style, word), paint.style(Style::Bold, &target.shown()))?;
    }
    for notice in &answer.notices {
        writeln!(out)?;
        write!(out, "{}", paint.wrap(notice, "", "", Style::Plain))?;
    }
    for (index, finding) in answer.findings.iter().enumerate() {
        if index == 1 {
            writeln!(out, "\n{}", paint.style(Style::Bold, words::ALSO.of(lang)))?;
        }
        writeln!(out)?;
        show_finding(out, paint, finding, lang)?;
    }
    if !answer.changes.is_empty() {
        section(out, paint, words::CHANGED.of(lang))?;
    }
    for change in &answer.changes {
        write!(out, "{}", paint.wrap(&change.text, "  ", "    ", Style::Plain))?;
    }
    show_gaps(out, paint, &answer.gaps, lang)
}

/// The answer to `explain`.
pub fn explain(out: &mut impl Write, paint: &Paint, answer: &WhyAnswer, lang: Lang) -> io::Result<()> {
    let known = answer.verdict != "unknown";
    let title = words::explained(known, answer.findings.len(), lang);
    writeln!(out, "{}", paint.style(Style::Bold, title))?;
    for finding in &answer.findings {
        writeln!(out)?;
        if known {
            write!(out, "{}", paint.wrap(&finding.summary, "", "", Style::Bold))?;
            writeln!(out, "{}", paint.style(Style::Dim, &label(finding)))?;
        }
        section(out, paint, words::TO_BE_SURE.of(lang))?;
        write!(out, "{}", paint.wrap(&finding.explanation, "  ", "  ", Style::Plain))?;
        section(out, paint, words::BECAUSE_OF.of(lang))?;
        for evidence in &finding.evidence {
            write!(out, "{}", paint.wrap_hard(&evidence.text, "  ", "  ", Style::Plain))?;
        }
    }
    Ok(())
}

/// The answer to `triage`.
pub fn triage(out: &mut impl Write, paint: &Paint, answer: &TriageAnswer, lang: Lang) -> io::Result<()> {
    let counts = words::counts(answer, lang);
    let style = if answer.groups.is_empty() { Style::Green } else { Style::Red };
    writeln!(out, "{}  {}", paint.style(style, &counts), paint.style(Style::Dim, &answer.taken_at))?;
    for group in &answer.groups {
        writeln!(out)?;
        let confidence = group.confidence.as_deref().unwrap_or("-");
        let head = format!("{:>4} × {}", group.count, group.cause);
        let blame = group.blame.shown();
        let label = format!("{confidence} · {blame}");
        if head.chars().count() + label.chars().count() + 2 <= WIDTH {
            writeln!(out, "{}  {}", paint.style(Style::Bold, &head), paint.style(Style::Dim, &label))?;
        } else {
            writeln!(out, "{}", paint.style(Style::Bold, &head))?;
            write!(out, "{}", paint.wrap(&label, "       ", "       ", Style::Dim))?;
        }
        write!(out, "{}", paint.wrap(&group.summary, "       ", "       ", Style::Plain))?;
        let names: Vec<String> = if group.pods.is_empty() {
            group.workloads.iter().map(BlameAnswer::shown).collect()
        } else {
            group.pods.iter().map(|p| format!("{}/{}", p.namespace, p.name)).collect()
        };
        write!(out, "{}", paint.wrap(&shortened(&names, lang), "       ", "       ", Style::Dim))?;
    }
    show_gaps(out, paint, &answer.gaps, lang)
}

/// At most this many names of a group are shown; the JSON answer has them all.
const MAX_NAMES: usize = 6;

fn shortened(names: &[String], lang: Lang) -> String {
    let shown = names.iter().take(MAX_NAMES).cloned().collect::<Vec<_>>().join(", ");
    match (names.len().saturating_sub(MAX_NAMES), lang) {
        (0, _) => shown,
        (more, Lang::En) => format!("{shown} and {more} more"),
        (more, Lang::Zh) => format!("{shown}，另有 {more} 个"),
    }
}

fn verdict(verdict: &str, lang: Lang) -> (&'static str, Style) {
    let style = match verdict {
        "failing" => Style::Red,
        "healthy" => Style::Green,
        _ => Style::Yellow,
    };
    (words::verdict(verdict, lang), style)
}

fn show_finding(out: &mut impl Write, paint: &Paint, finding: &FindingAnswer, lang: Lang) -> io::Result<()> {
    write!(out, "{}", paint.wrap(&finding.summary, "", "", Style::Bold))?;
    if finding.confidence.is_some() {
        writeln!(out, "{}", paint.style(Style::Dim, &label(finding)))?;
    }
    if !finding.explanation.is_empty() {
        section(out, paint, words::MEANS.of(lang))?;
        write!(out, "{}", paint.wrap(&finding.explanation, "  ", "  ", Style::Plain))?;
    }
    if !finding.evidence.is_empty() {
        section(out, paint, words::EVIDENCE.of(lang))?;
    }
    for evidence in &finding.evidence {
        show_evidence(out, paint, evidence)?;
    }
    if !finding.remedies.is_empty() {
        section(out, paint, words::TO_DO.of(lang))?;
    }
    for (number, remedy) in finding.remedies.iter().enumerate() {
        let careful = words::risk(&remedy.risk, lang)
            .map(|risk| lang.pick(" [", "［").to_string() + risk + lang.pick("]", "］"))
            .unwrap_or_default();
        let lead = format!("  {}. ", number + 1);
        write!(out, "{}", paint.wrap(&format!("{}{careful}", remedy.title), &lead, "     ", Style::Plain))?;
        for line in remedy.command.iter().flat_map(|command| command.lines()) {
            // a command is not wrapped: it is pasted
            writeln!(out, "     {}", paint.style(Style::Bold, &format!("$ {line}")))?;
        }
    }
    Ok(())
}

fn show_evidence(out: &mut impl Write, paint: &Paint, evidence: &EvidenceAnswer) -> io::Result<()> {
    let at = evidence.at.as_deref().map(|at| format!("  {at}")).unwrap_or_default();
    let place = format!("  {} · {}{at}", evidence.source, evidence.object);
    write!(out, "{}", paint.wrap(&place, "", "    ", Style::Dim))?;
    write!(out, "{}", paint.wrap_hard(&evidence.text, "    ", "    ", Style::Plain))
}

fn show_gaps(out: &mut impl Write, paint: &Paint, gaps: &[GapAnswer], lang: Lang) -> io::Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    section(out, paint, words::NOT_READ.of(lang))?;
    for gap in gaps {
        let text = words::gap(gap, lang);
        write!(out, "{}", paint.wrap(&text, "  ", "    ", Style::Dim))?;
    }
    Ok(())
}

fn section(out: &mut impl Write, paint: &Paint, title: &str) -> io::Result<()> {
    writeln!(out, "\n{}", paint.style(Style::Bold, title))
}

/// `oom-killed · certain · Deployment shop/cart`
fn label(finding: &FindingAnswer) -> String {
    let blame = &finding.blame;
    let mut parts = vec![finding.cause.clone()];
    parts.extend(finding.confidence.clone());
    if !blame.name.is_empty() {
        parts.push(blame.shown());
    }
    parts.join(" · ")
}
