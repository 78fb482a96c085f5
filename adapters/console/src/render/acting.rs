//! What can be done, is being done, and was done → HTML.

use maud::{Markup, html};
use podwhy_flow::act::record::Phase;
use podwhy_flow::act::words as act;
use podwhy_flow::answer::{ChangedAnswer, RemediationAnswer, StepAnswer};
use podwhy_flow::ports::{Found, KubernetesUser};
use podwhy_knowledge::Lang;

use super::marked;

/// What stands below an answer.
#[derive(Debug)]
pub(crate) enum Fix {
    /// Nothing.
    Nothing,
    /// That it is done elsewhere.
    Elsewhere,
    /// What could be done, or goes on.
    Found {
        /// Each of it.
        found: Vec<Found>,
        /// About what, as it is typed.
        target: String,
        /// Whom the reader can act as.
        people: Vec<KubernetesUser>,
    },
}

impl Fix {
    /// The same in lines, to be copied.
    pub(crate) fn text(&self, lang: Lang) -> String {
        let Fix::Found { found, .. } = self else { return String::new() };
        let line = |one: &Found| format!("• {}: {}\n", one.told.title, one.told.stands);
        let lines: String = found.iter().map(line).collect();
        if lines.is_empty() { lines } else { format!("\n{}\n{lines}", title(lang)) }
    }
}

fn title(lang: Lang) -> &'static str {
    lang.pick("Fix", "修复")
}

/// Below the findings; `has_commands`: whether one of them says what to do.
pub(super) fn fix(fix: &Fix, has_commands: bool, lang: Lang) -> Markup {
    html! {
        @match fix {
            Fix::Elsewhere if has_commands => p.no-buttons { (marked(act::NO_BUTTONS.of(lang))) },
            Fix::Found { found, target, people } if !found.is_empty() => section.fix {
                (head(title(lang), people, lang))
                @for one in found { (markup(&one.told, offer(one, target), lang)) }
            },
            _ => {},
        }
    }
}

fn offer<'a>(one: &'a Found, target: &'a str) -> Option<(&'a str, &'a str)> {
    (!one.key.is_empty()).then_some((one.key.as_str(), target))
}

fn head(title: &str, people: &[KubernetesUser], lang: Lang) -> Markup {
    html! {
        div.fix-head {
            h4 { (title) }
            label.acting-as {
                span { (lang.pick("Acting as", "操作身份")) } " "
                select.person { @for person in people { option value=(person.name) { (shown(person)) } } }
            }
        }
    }
}

/// `ann (editors, operators)`: the groups say what one may do.
fn shown(person: &KubernetesUser) -> String {
    let groups = person.groups.iter().map(|group| group.trim_start_matches("podwhy:"));
    format!("{} ({})", person.name, groups.collect::<Vec<_>>().join(", "))
}

/// Several of them, as one article.
pub(crate) fn card(title: &str, all: &[RemediationAnswer], people: &[KubernetesUser], lang: Lang) -> String {
    let markup = html! {
        article.card data-verdict="healthy" {
            section.fix {
                (head(title, people, lang))
                @for one in all { (markup(one, None, lang)) }
            }
        }
    };
    markup.into_string()
}

/// What was done, in one sentence.
pub(crate) fn sentence(text: &str) -> String {
    html! { article.card data-verdict="healthy" { p.notice.said { (text) } } }.into_string()
}

/// One of them; of one that could be offered, by which key and about what.
pub(crate) fn item(one: &RemediationAnswer, offer: Option<(&str, &str)>, lang: Lang) -> String {
    markup(one, offer, lang).into_string()
}

fn markup(one: &RemediationAnswer, offer: Option<(&str, &str)>, lang: Lang) -> Markup {
    let phase = Phase::ALL.iter().copied().find(|phase| phase.as_str() == one.phase).unwrap_or_default();
    // what has not changed is not shown anew: the reader may be in the middle of it
    let stand = format!("{}:{}:{}", one.phase, one.agreed.len(), lang.tag());
    let is_live = offer.is_none() && !one.is_over();
    html! {
        div.action data-name=(one.name) data-phase=(one.phase) data-stand=(stand) data-live[is_live] tabindex="-1" {
            p.action-head {
                @if offer.is_none() { span.phase data-phase=(one.phase) { (act::phase(phase, lang)) } " " }
                span.action-title { (one.title) }
            }
            @if one.targets.len() > 1 { ul.changed { @for target in &one.targets { li { code { (target.shown()) } } } } }
            @if !one.is_over() { @for warning in &one.warnings { p.warning { (warning) } } }
            p.stands { (one.stands) }
            (left(one, lang))
            @if offer.is_none() { (steps(one, lang)) }
            div.action-buttons { (buttons(one, phase, offer, lang)) }
            p.action-error role="alert" {}
        }
    }
}

fn left(one: &RemediationAnswer, lang: Lang) -> Markup {
    let is_left = |target: &&ChangedAnswer| target.result.as_deref().is_some_and(|result| result != "Done");
    let left: Vec<&ChangedAnswer> = one.targets.iter().filter(is_left).collect();
    html! {
        @if !left.is_empty() {
            ul.left {
                @for target in left {
                    li {
                        code { (target.shown()) } " " (lang.pick("not changed", "未更改"))
                        @if let Some(why) = &target.why { ": " (why) }
                    }
                }
            }
        }
    }
}

fn buttons(one: &RemediationAnswer, phase: Phase, offer: Option<(&str, &str)>, lang: Lang) -> Markup {
    let typed = one.targets.first().filter(|_| one.needs.typed_name).map(|target| target.name.as_str());
    html! {
        @if let Some((key, target)) = offer {
            button.offer.primary type="button" data-act="offer" data-key=(key) data-target=(target) {
                (lang.pick("Offer this", "提出此操作"))
            }
        } @else if phase == Phase::Offered {
            button.agree.primary type="button" data-act="agree" data-typed=[typed] { (lang.pick("Agree …", "同意……")) }
            " "
            button.decline type="button" data-act="decline" { (lang.pick("Decline", "拒绝")) }
        }
    }
}

fn steps(one: &RemediationAnswer, lang: Lang) -> Markup {
    let asked = one.asked_by.as_deref().unwrap_or("podwhy");
    let agreed = one.agreed.iter().filter(|agreed| {
        // whose agreement was the last one needed began a phase, which is told below
        !one.steps.iter().any(|step| step.phase == "Approved" && step.who == agreed.user)
    });
    html! {
        details.part.steps open {
            summary { (lang.pick("What happened", "经过")) }
            ol {
                (line(&one.offered_at, lang.pick("offered", "提出"), asked, None))
                @for agreed in agreed { (line(&agreed.at, lang.pick("agreed", "同意"), &agreed.user, None)) }
                @for step in one.steps.iter().filter(|step| step.phase != "Offered") { (told(step, lang)) }
            }
        }
    }
}

fn told(step: &StepAnswer, lang: Lang) -> Markup {
    let phase = Phase::ALL.iter().copied().find(|phase| phase.as_str() == step.phase).unwrap_or_default();
    // which run of podwhy it was tells a reader nothing
    let who = step.who.split('/').next().unwrap_or_default();
    line(&step.at, act::phase(phase, lang), who, step.why.as_deref())
}

fn line(at: &str, what: &str, who: &str, why: Option<&str>) -> Markup {
    html! {
        li {
            time datetime=(at) { (at) } " " span.step { (what) } " · " (who)
            @if let Some(why) = why { ": " (why) }
        }
    }
}

#[cfg(test)]
mod tests;
