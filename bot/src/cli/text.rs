//! Answers for people at a terminal.

use std::io::{self, Write};

use podwhy_flow::answer::{EvidenceAnswer, FindingAnswer, GapAnswer, TriageAnswer, WhyAnswer};
use podwhy_knowledge::Lang;

use super::paint::{Paint, Style};

/// The answer to `why`.
pub fn why(out: &mut impl Write, paint: &Paint, answer: &WhyAnswer, lang: Lang) -> io::Result<()> {
    let (word, style) = verdict(&answer.verdict, lang);
    if let Some(target) = &answer.target {
        let cluster = if target.cluster.is_empty() { String::new() } else { format!("{}:", target.cluster) };
        let name = format!("{} {cluster}{}/{}", target.kind, target.namespace, target.name);
        writeln!(out, "{}  {}", paint.style(style, word), paint.style(Style::Bold, &name))?;
    }
    for (index, finding) in answer.findings.iter().enumerate() {
        if index == 1 {
            writeln!(out, "\n{}", paint.style(Style::Bold, lang.pick("Also", "另外")))?;
        }
        writeln!(out)?;
        show_finding(out, paint, finding, lang)?;
    }
    show_gaps(out, paint, &answer.gaps, lang)
}

/// The answer to `explain`.
pub fn explain(out: &mut impl Write, paint: &Paint, answer: &WhyAnswer, lang: Lang) -> io::Result<()> {
    let known = answer.verdict != "unknown";
    let title = match (known, answer.findings.len()) {
        (false, _) => lang.pick("This text speaks of no cause podwhy knows.", "这段文字不指向任何已知原因。"),
        (true, 1) => lang.pick("This can mean:", "这可能是："),
        (true, _) => lang.pick("This can mean, most likely first:", "这可能是（可能性从大到小）："),
    };
    writeln!(out, "{}", paint.style(Style::Bold, title))?;
    for finding in &answer.findings {
        writeln!(out)?;
        if known {
            write!(out, "{}", paint.wrap(&finding.summary, "", "", Style::Bold))?;
            writeln!(out, "{}", paint.style(Style::Dim, &label(finding)))?;
        }
        section(out, paint, lang.pick("To be sure", "如何确认"))?;
        write!(out, "{}", paint.wrap(&finding.explanation, "  ", "  ", Style::Plain))?;
        section(out, paint, lang.pick("Because of", "依据"))?;
        for evidence in &finding.evidence {
            write!(out, "{}", paint.wrap_hard(&evidence.text, "  ", "  ", Style::Plain))?;
        }
    }
    Ok(())
}

/// The answer to `triage`.
pub fn triage(out: &mut impl Write, paint: &Paint, answer: &TriageAnswer, lang: Lang) -> io::Result<()> {
    let counts = match lang {
        Lang::En => format!(
            "{} failing, {} expected not to run, {} well",
            answer.failing, answer.expected, answer.healthy
        ),
        Lang::Zh => format!(
            "{} 个失败，{} 个本就不应运行，{} 个正常",
            answer.failing, answer.expected, answer.healthy
        ),
    };
    let style = if answer.groups.is_empty() { Style::Green } else { Style::Red };
    writeln!(out, "{}  {}", paint.style(style, &counts), paint.style(Style::Dim, &answer.taken_at))?;
    for group in &answer.groups {
        writeln!(out)?;
        let confidence = group.confidence.as_deref().unwrap_or("-");
        let head = format!("{:>4} × {}", group.count, group.cause);
        let blame = object(&group.blame.kind, group.blame.namespace.as_deref(), &group.blame.name);
        let label = format!("{confidence} · {blame}");
        writeln!(out, "{}  {}", paint.style(Style::Bold, &head), paint.style(Style::Dim, &label))?;
        write!(out, "{}", paint.wrap(&group.summary, "       ", "       ", Style::Plain))?;
        let names: Vec<String> = if group.pods.is_empty() {
            group.workloads.iter().map(|w| object(&w.kind, w.namespace.as_deref(), &w.name)).collect()
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
    match verdict {
        "failing" => (lang.pick("FAILING", "失败"), Style::Red),
        "healthy" => (lang.pick("HEALTHY", "正常"), Style::Green),
        "expected" => (lang.pick("EXPECTED", "符合预期"), Style::Yellow),
        _ => (lang.pick("UNKNOWN", "原因未知"), Style::Yellow),
    }
}

fn show_finding(out: &mut impl Write, paint: &Paint, finding: &FindingAnswer, lang: Lang) -> io::Result<()> {
    write!(out, "{}", paint.wrap(&finding.summary, "", "", Style::Bold))?;
    if finding.confidence.is_some() {
        writeln!(out, "{}", paint.style(Style::Dim, &label(finding)))?;
    }
    section(out, paint, lang.pick("What it means", "含义"))?;
    write!(out, "{}", paint.wrap(&finding.explanation, "  ", "  ", Style::Plain))?;
    if !finding.evidence.is_empty() {
        section(out, paint, lang.pick("Evidence", "证据"))?;
    }
    for evidence in &finding.evidence {
        show_evidence(out, paint, evidence)?;
    }
    if !finding.remedies.is_empty() {
        section(out, paint, lang.pick("What to do", "怎么办"))?;
    }
    for (number, remedy) in finding.remedies.iter().enumerate() {
        let careful = match remedy.risk.as_str() {
            "two-approvals" => lang.pick(" [dangerous: two people]", "［危险：需两人同意］"),
            _ => "",
        };
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
    section(out, paint, lang.pick("Not read", "未能读取"))?;
    for gap in gaps {
        let hides = if gap.could_hide.is_empty() {
            String::new()
        } else {
            format!("{} {}", lang.pick(": could hide", "：可能掩盖"), gap.could_hide.join(", "))
        };
        let text = format!("{} ({}){hides}", gap.what, gap.why);
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
        parts.push(object(&blame.kind, blame.namespace.as_deref(), &blame.name));
    }
    parts.join(" · ")
}

fn object(kind: &str, namespace: Option<&str>, name: &str) -> String {
    match namespace {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}
