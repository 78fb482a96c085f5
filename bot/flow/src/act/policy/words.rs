//! What people read of a rule that is in the way.

use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean_name;

use super::requirements::Denied;
use super::rule::Approvers;
use crate::act::words::NOT_HERE;
use crate::hours::{Hours, time_of_day, zone_name};
use crate::words::{Words, more};

/// To whoever pressed.
pub const NOT_COUNTED: Words = Words("Nothing was counted.", "未计入。");

/// At most this many of those who may agree are named.
const LISTED: usize = 5;

const STRICTER: Words = Words(
    "The configuration asks for more by now than when this was offered; ask again with `fix`.",
    "配置现在的要求高于提出该操作时；请再次使用 `fix`。",
);

impl Denied {
    /// Which rule is in the way, and what it asks for.
    pub fn told(&self, lang: Lang) -> String {
        let said = |english: String, chinese: String| lang.pick(&english, &chinese).to_string();
        clean_name(&match self {
            Denied::NotListed => NOT_HERE.of(lang).to_string(),
            Denied::Stricter { rule: None } => STRICTER.of(lang).to_string(),
            Denied::Stricter { rule: Some(rule) } => said(
                format!(
                    "Rule “{rule}” asks for more by now than when this was offered; ask again with `fix`."
                ),
                format!("规则“{rule}”现在的要求高于提出该操作时；请再次使用 `fix`。"),
            ),
            Denied::Hours { rule, hours: Hours { from, to, zone } } => {
                let (from, to, zone) = (time_of_day(*from), time_of_day(*to), zone_name(zone));
                said(
                    format!("Rule “{rule}” lets this be done only between {from} and {to} ({zone})."),
                    format!("规则“{rule}”只允许在 {from}–{to}（{zone}）执行此操作。"),
                )
            }
            Denied::Approvers { rule, user, approvers } => {
                let who = who(approvers, lang);
                said(
                    format!("Rule “{rule}” does not let {user} agree to this: {who} may."),
                    format!("规则“{rule}”不允许 {user} 同意此操作：可同意者为 {who}。"),
                )
            }
            Denied::Requester { rule } => said(
                format!("Rule “{rule}” lets nobody agree to what they asked for: somebody else has to."),
                format!("规则“{rule}”不允许提出者本人同意，须由其他人同意。"),
            ),
        })
    }
}

/// `ann@example.com, group podwhy:sre`
fn who(approvers: &Approvers, lang: Lang) -> String {
    let groups = approvers.groups.iter().map(|group| format!("{} {group}", lang.pick("group", "组")));
    let all: Vec<String> = approvers.users.iter().cloned().chain(groups).collect();
    let beyond = all.len().saturating_sub(LISTED);
    let mut listed: Vec<String> = all.into_iter().take(LISTED).collect();
    if beyond > 0 {
        listed.push(more(beyond, lang));
    }
    listed.join(", ")
}
