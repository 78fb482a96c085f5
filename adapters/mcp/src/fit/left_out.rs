//! How much of an answer stays, and a count of what does not.

use std::collections::BTreeMap;

use podwhy_flow::show::text::{Keep, excerpt, units};
use podwhy_knowledge::Lang;

/// What an answer has many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// Of a triage.
    Groups,
    /// Pods and workloads of a group.
    Members,
    /// Of a diagnosis.
    Findings,
    /// Of a finding.
    Evidence,
    /// Of a finding.
    Remedies,
    /// What was not read.
    Gaps,
    /// The causes a gap could hide.
    Hidden,
    /// What changed, and notices.
    Changes,
    /// Of any text, its end.
    Texts,
}

impl Part {
    /// So many stay at first; of texts, units.
    fn at_first(self) -> usize {
        match self {
            Part::Groups | Part::Gaps => 64,
            Part::Changes => 32,
            // few: that there is another group tells more than that there is another pod of this one
            Part::Members | Part::Hidden | Part::Findings | Part::Evidence | Part::Remedies => 16,
            Part::Texts => 4096,
        }
    }

    /// So many stay always.
    fn at_least(self) -> usize {
        match self {
            Part::Texts => 128,
            _ => 1,
        }
    }

    fn named(self, lang: Lang) -> &'static str {
        match self {
            Part::Groups => lang.pick("groups", "个分组"),
            Part::Members => lang.pick("pods and workloads", "个 Pod 和工作负载"),
            Part::Findings => lang.pick("findings", "个结论"),
            Part::Evidence => lang.pick("pieces of evidence", "条证据"),
            Part::Remedies => lang.pick("remedies", "条建议"),
            Part::Gaps => lang.pick("gaps", "项未读内容"),
            Part::Hidden => lang.pick("causes that gaps could hide", "个可能被掩盖的原因"),
            Part::Changes => lang.pick("changes", "项变更"),
            Part::Texts => lang.pick("ends of texts", "段文字的末尾"),
        }
    }
}

/// What one round leaves out.
#[derive(Debug)]
pub(super) struct LeftOut {
    round: u32,
    counted: BTreeMap<Part, usize>,
}

impl LeftOut {
    /// Each round keeps half of what the one before it kept.
    pub(super) fn of_round(round: u32) -> LeftOut {
        LeftOut { round, counted: BTreeMap::new() }
    }

    fn most(&self, part: Part) -> usize {
        (part.at_first() >> self.round).max(part.at_least())
    }

    fn count(&mut self, part: Part, number: usize) {
        if number > 0 {
            *self.counted.entry(part).or_default() += number;
        }
    }

    /// Lists have what tells most first.
    pub(super) fn list<T>(&mut self, part: Part, list: &mut Vec<T>) {
        let most = self.most(part);
        self.count(part, list.len().saturating_sub(most));
        list.truncate(most);
    }

    pub(super) fn text(&mut self, text: &mut String) {
        let most = self.most(Part::Texts);
        if units(text) > most {
            *text = excerpt(text, Keep::First, usize::MAX, most).text;
            self.count(Part::Texts, 1);
        }
    }

    pub(super) fn command(&mut self, command: &mut Option<String>) {
        let most = self.most(Part::Texts);
        if command.take_if(|command| units(command) > most).is_some() {
            self.count(Part::Texts, 1);
        }
    }

    /// In words, for whoever reads the answer.
    pub(super) fn told(&self, lang: Lang) -> String {
        let parts = self.counted.iter();
        match lang {
            Lang::En => {
                let parts: Vec<String> =
                    parts.map(|(part, number)| format!("{number} {}", part.named(lang))).collect();
                let parts = parts.join(", ");
                format!(
                    "This answer was too large and is cut. Left out: {parts}. Verdict and counts are of the whole; ask about one namespace or object for the rest."
                )
            }
            Lang::Zh => {
                let parts: Vec<String> =
                    parts.map(|(part, number)| format!("{number} {}", part.named(lang))).collect();
                let parts = parts.join("、");
                format!(
                    "回答过长，已截断。省略了：{parts}。结论和计数仍以全部内容为准；其余部分请按命名空间或对象查询。"
                )
            }
        }
    }
}
