//! An answer → HTML: pure, every text escaped by the template.

pub(crate) mod acting;

use maud::{Markup, html};
use podwhy_flow::answer::{
    ChangeAnswer, EventAnswer, EventsAnswer, EvidenceAnswer, FindingAnswer, GapAnswer, GroupAnswer,
    LogAnswer, LogsAnswer, RemedyAnswer, TargetAnswer, TriageAnswer, WhyAnswer,
};
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::show::prose::{self as show, Paragraph, Span};
use podwhy_flow::words;
use podwhy_knowledge::Lang;

use self::acting::Fix;

/// Any answer, as one article.
pub fn answer(answer: &Answer, lang: Lang) -> String {
    with_fix(answer, &Fix::Nothing, lang)
}

/// The same, with what can be done by a button below an answer to `why`.
pub(crate) fn with_fix(answer: &Answer, fix: &Fix, lang: Lang) -> String {
    let markup = match answer {
        Answer::Why(answer) => why(answer, fix, lang),
        Answer::Explain(answer) => explain(answer, lang),
        Answer::Triage(cluster, answer) => triage(cluster, answer, lang),
        Answer::Logs(answer) => logs(answer, lang),
        Answer::Events(answer) => events(answer, lang),
        Answer::Unread(why) => html! { article.card data-verdict="unknown" { p { (why) } } },
        Answer::Help => help(lang),
    };
    markup.into_string()
}

fn why(answer: &WhyAnswer, fix: &Fix, lang: Lang) -> Markup {
    let has_commands = answer.findings.iter().any(|finding| !finding.remedies.is_empty());
    html! {
        article.card data-verdict=(answer.verdict) {
            header.card-head {
                span.verdict { (words::verdict(&answer.verdict, lang)) }
                @if let Some(target) = &answer.target {
                    " " span.subject { (target.kind) " " (target.place()) }
                    @if !target.cluster.is_empty() { " " span.cluster { (target.cluster) } }
                }
            }
            @for notice in &answer.notices { p.notice { (marked(notice)) } }
            @for (number, one) in answer.findings.iter().enumerate() {
                @if number == 1 { h4.also { (words::ALSO.of(lang)) } }
                (finding(one, number > 0, lang))
            }
            (acting::fix(fix, has_commands, lang))
            (changes(&answer.changes, lang))
            (gaps(&answer.gaps, lang))
            footer.card-actions {
                @if let Some(target) = &answer.target {
                    button.ask type="button" data-ask={ "why " (target.typed()) } { (lang.pick("Ask again", "再问一次")) }
                    " "
                }
                (copy_answer(lang))
            }
        }
    }
}

fn finding(finding: &FindingAnswer, other: bool, lang: Lang) -> Markup {
    let class = if other { "finding other" } else { "finding" };
    html! {
        section class=(class) {
            h3.summary { (finding.summary) }
            (facts(finding, lang))
            @if !finding.explanation.is_empty() {
                details.part.means open {
                    summary { (words::MEANS.of(lang)) }
                    (prose(&finding.explanation))
                }
            }
            (evidence(&finding.evidence, words::EVIDENCE.of(lang), lang))
            @if !finding.remedies.is_empty() {
                details.part.todo open {
                    summary { (words::TO_DO.of(lang)) }
                    ol { @for one in &finding.remedies { (remedy(one, lang)) } }
                }
            }
        }
    }
}

fn facts(finding: &FindingAnswer, lang: Lang) -> Markup {
    html! {
        @if let Some(confidence) = &finding.confidence {
            p.facts {
                code.cause { (finding.cause) } " "
                span.confidence data-confidence=(confidence) { (words::confidence(confidence, lang)) } " "
                span.blame { (finding.blame.shown()) }
                @if let Some(container) = &finding.container {
                    " " span.container { (lang.pick("container ", "容器 ")) (container) }
                }
            }
        }
    }
}

fn evidence(list: &[EvidenceAnswer], title: &str, lang: Lang) -> Markup {
    html! {
        @if !list.is_empty() {
            details.part.evidence open {
                summary { (title) }
                ol {
                    @for one in list {
                        li {
                            p.where {
                                span.source { (words::source(&one.source, lang)) } " "
                                span.object { (one.object) }
                                @if let Some(at) = &one.at { " " time datetime=(at) { (at) } }
                            }
                            pre.excerpt { (one.text) }
                        }
                    }
                }
            }
        }
    }
}

fn remedy(remedy: &RemedyAnswer, lang: Lang) -> Markup {
    html! {
        li.remedy data-risk=(remedy.risk) {
            p.remedy-title { (marked(&remedy.title)) }
            @if let Some(command) = &remedy.command {
                div.command {
                    pre { code { (command) } }
                    button.copy type="button" { (lang.pick("Copy", "复制")) }
                }
            }
            @if let Some(risk) = words::risk(&remedy.risk, lang) { p.risk { (risk) } }
        }
    }
}

fn changes(changes: &[ChangeAnswer], lang: Lang) -> Markup {
    html! {
        @if !changes.is_empty() {
            section.changes {
                h4 { (words::CHANGED.of(lang)) }
                ul { @for change in changes { li { (change.text) } } }
            }
        }
    }
}

fn gaps(gaps: &[GapAnswer], lang: Lang) -> Markup {
    html! {
        @if !gaps.is_empty() {
            section.gaps {
                h4 { (words::NOT_READ.of(lang)) }
                ul { @for gap in gaps { li { (words::gap(gap, lang)) } } }
            }
        }
    }
}

fn explain(answer: &WhyAnswer, lang: Lang) -> Markup {
    let known = answer.verdict != "unknown";
    html! {
        article.card data-verdict=(answer.verdict) {
            header.card-head {
                span.subject { (words::explained(known, answer.findings.len(), lang)) }
            }
            @for (number, one) in answer.findings.iter().enumerate() {
                section class=(if number > 0 { "finding other" } else { "finding" }) {
                    @if known {
                        h3.summary { (one.summary) }
                        (facts(one, lang))
                    }
                    details.part.means open {
                        summary { (words::TO_BE_SURE.of(lang)) }
                        (prose(&one.explanation))
                    }
                    (evidence(&one.evidence, words::BECAUSE_OF.of(lang), lang))
                }
            }
            footer.card-actions { (copy_answer(lang)) }
        }
    }
}

fn logs(answer: &LogsAnswer, lang: Lang) -> Markup {
    let log = |log: &LogAnswer| EvidenceAnswer {
        source: "log".to_string(),
        object: words::log_heading(log, lang),
        at: None,
        text: log.text.clone(),
    };
    told(&answer.target, "logs", answer.logs.iter().map(log).collect(), &answer.gaps, lang)
}

fn events(answer: &EventsAnswer, lang: Lang) -> Markup {
    let event = |event: &EventAnswer| EvidenceAnswer {
        source: "event".to_string(),
        object: format!("{} · {}{}", event.reason, event.object, words::times(event.count)),
        at: event.at.clone(),
        text: event.text.clone(),
    };
    told(&answer.target, "events", answer.events.iter().map(event).collect(), &answer.gaps, lang)
}

fn told(
    target: &TargetAnswer,
    command: &str,
    told: Vec<EvidenceAnswer>,
    unread: &[GapAnswer],
    lang: Lang,
) -> Markup {
    html! {
        article.card data-verdict="unknown" {
            header.card-head { span.subject { (command) " " (target.shown()) } }
            section.finding {
                @if told.is_empty() { p { (words::NO_EVENTS.of(lang)) } }
                @else { (evidence(&told, command, lang)) }
            }
            (gaps(unread, lang))
            footer.card-actions {
                button.ask type="button" data-ask={ (command) " " (target.typed()) } { (words::ASK_AGAIN.of(lang)) }
                " " (copy_answer(lang))
            }
        }
    }
}

fn triage(cluster: &str, answer: &TriageAnswer, lang: Lang) -> Markup {
    let seen = answer.failing + answer.expected + answer.healthy > 0 || answer.gaps.is_empty();
    let verdict = match (answer.failing, seen) {
        (0, true) => "healthy",
        (0, false) => "unknown",
        _ => "failing",
    };
    html! {
        article.card.triage data-verdict=(verdict) {
            header.card-head {
                span.verdict { (answer.failing) " " (lang.pick("failing", "个失败")) } " "
                span.subject {
                    (answer.expected) " " (lang.pick("expected not to run", "个本就不应运行")) " · "
                    (answer.healthy) " " (lang.pick("well", "个正常"))
                }
                @if !cluster.is_empty() { " " span.cluster { (cluster) } }
            }
            ol.groups { @for one in &answer.groups { (group(cluster, one, lang)) } }
            (gaps(&answer.gaps, lang))
            footer.card-actions { (copy_answer(lang)) }
        }
    }
}

fn group(cluster: &str, group: &GroupAnswer, lang: Lang) -> Markup {
    let prefix = words::cluster_prefix(cluster);
    html! {
        li.group {
            h3.summary { (group.summary) }
            p.facts {
                code.cause { (group.cause) } " "
                @if let Some(confidence) = &group.confidence {
                    span.confidence data-confidence=(confidence) { (words::confidence(confidence, lang)) } " "
                }
                span.blame { (group.blame.shown()) } " "
                span.count { (group.count) }
            }
            ul.pods {
                @for pod in &group.pods {
                    @let name = format!("{}/{}", pod.namespace, pod.name);
                    li { button.ask type="button" data-ask={ "why " (prefix) (name) } { (name) } }
                }
                @if group.pods.is_empty() {
                    @for workload in &group.workloads {
                        li {
                            button.ask type="button" data-ask={ "why " (prefix) (workload.typed()) } { (workload.shown()) }
                        }
                    }
                }
            }
        }
    }
}

fn help(lang: Lang) -> Markup {
    html! {
        article.card data-verdict="healthy" {
            header.card-head { span.subject { (lang.pick("What can be asked", "可以问什么")) } }
            section.finding {
                ul.help {
                    @for line in words::help(lang).lines() {
                        @let (what, why) = line.split_once(" — ").unwrap_or((line, ""));
                        li { code { (what) } " " (why) }
                    }
                }
            }
        }
    }
}

fn copy_answer(lang: Lang) -> Markup {
    html! { button.copy-answer type="button" { (lang.pick("Copy as text", "复制为文本")) } }
}

/// Paragraphs and lists, as the pages write them.
fn prose(text: &str) -> Markup {
    let paragraphs = show::prose(text);
    let is_item = |paragraph: &Paragraph| matches!(paragraph, Paragraph::Item(_));
    html! {
        div.prose {
            @for group in paragraphs.chunk_by(|one, next| is_item(one) && is_item(next)) {
                @match group {
                    [Paragraph::Text(text)] => p { (marked(text)) },
                    items => ul {
                        @for item in items {
                            @let (Paragraph::Item(text) | Paragraph::Text(text)) = item;
                            li { (marked(text)) }
                        }
                    },
                }
            }
        }
    }
}

/// What stands between backquotes is code.
fn marked(text: &str) -> Markup {
    html! {
        @for span in show::spans(text) {
            @match span {
                Span::Words(words) => (words),
                Span::Code(code) => code { (code) },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backquotes_are_code_where_they_come_in_pairs() {
        assert_eq!(marked("a `b` c").into_string(), "a <code>b</code> c");
        assert_eq!(marked("a ` <b>").into_string(), "a ` &lt;b&gt;");
    }

    #[test]
    fn paragraphs_and_lists_are_told_apart() {
        let shown = prose("One.\n- a\n- b\n  `c`\n\nTwo\nlines.").into_string();
        assert_eq!(
            shown,
            "<div class=\"prose\"><p>One.</p><ul><li>a</li><li>b <code>c</code></li></ul><p>Two lines.</p></div>"
        );
    }
}
