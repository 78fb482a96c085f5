//! What people read of a proof: the verdict, the checklist, what is missing. Plain text; names and whatever came from outside are
//! cleaned, redacted and cut here, and escaped by each chat's renderer.

mod machine;
mod people;
mod silence;

#[cfg(test)]
mod tests;

use std::time::Duration;

use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::redact;

use super::attestation::AttestationError;
use super::judge::{Line, Mark, Missing, Proof, Route, Verdict};
use super::signal::Why;
use crate::show::text::{line as one_line, shorten};
use crate::words::Words;

/// At most so much of a name or a reason.
const LONGEST: usize = 160;

/// Where the power is known by the cloud's taint alone.
pub const WAS_OFF: Words = Words(
    "The cloud said that the machine was off. Nothing here shows that it still is.",
    "云平台曾报告该机器已关机；这里没有证据表明它现在仍未开机。",
);

/// The verdict, in one line or two.
pub fn verdict(proof: &Proof, lang: Lang) -> String {
    match &proof.verdict {
        Verdict::Confirmed { route, was_off_only } => {
            let route = match route {
                Route::A => lang.pick(
                    "Confirmed dead: it is silent, its neighbours get no answer, and its power is off.",
                    "已确认宕机：节点无任何响应，相邻节点探测均超时，且电源已关闭。",
                ),
                Route::B => lang.pick(
                    "Confirmed dead: it is silent and its power is off. No neighbour could be asked.",
                    "已确认宕机：节点无任何响应，且电源已关闭；没有可供询问的相邻节点。",
                ),
            };
            if *was_off_only { format!("{route}\n{}", WAS_OFF.of(lang)) } else { route.to_string() }
        }
        Verdict::Refused(_) => lang
            .pick(
                "Refused: the node cannot be taken for dead. See what is marked ✗.",
                "已拒绝：不能认定该节点已宕机，请看标有 ✗ 的项。",
            )
            .to_string(),
        Verdict::NotConfirmed(_) => lang
            .pick(
                "Not confirmed: nothing speaks against it, but it is not proved.",
                "尚未确认：没有相反的迹象，但证据不足。",
            )
            .to_string(),
    }
}

/// The checklist, one line for each input: `✓ Ready: Unknown for 7 min`.
pub fn checklist(proof: &Proof, lang: Lang) -> Vec<String> {
    proof.checklist.iter().map(|one| line(one, lang)).collect()
}

/// One line of it.
pub fn line(line: &Line, lang: Lang) -> String {
    let mark = match line.mark {
        Mark::Holds => "✓",
        Mark::Refuses => "✗",
        Mark::Absent => "–",
    };
    format!("{mark} {}", found(&line.why, lang))
}

/// What was found, without its mark: as a refusal says it.
pub fn found(why: &Why, lang: Lang) -> String {
    match why {
        Why::Node(node) => silence::node(node, lang),
        Why::Ready(ready) => silence::ready(*ready, lang),
        Why::Lease(lease) => silence::lease(lang.pick("Lease", "Lease"), lease, lang),
        Why::AgentLease(lease) => silence::lease(lang.pick("Agent's Lease", "代理的 Lease"), lease, lang),
        Why::Crowd(crowd) => silence::crowd(*crowd, lang),
        Why::Witnesses(all) => machine::witnesses(*all, lang),
        Why::Neighbour(name, one) => machine::neighbour(name, *one, lang),
        Why::MoreNeighbours(count) => match lang {
            Lang::En => format!("Neighbours: and {count} more"),
            Lang::Zh => format!("相邻节点：另有 {count} 个"),
        },
        Why::Power(power) => machine::power(power, lang),
        Why::Taint(taint) => machine::taint(taint, lang),
        Why::Attested(by, what) => people::attested(by, what, lang),
        Why::NobodyAttested => {
            lang.pick("Attestation: nobody has given one", "人工证明：尚无人提供").to_string()
        }
    }
}

/// What is missing, and what to do about it.
pub fn missing(missing: Missing, lang: Lang) -> String {
    people::missing(missing, lang)
}

/// Why somebody's word was not taken, for the dialog in which they gave it.
pub fn not_taken(error: AttestationError, lang: Lang) -> &'static str {
    people::not_taken(error, lang)
}

/// A name or a reason from outside: on one line, without credentials, cut.
pub(super) fn said(text: &str) -> String {
    shorten(&one_line(&redact(text)), LONGEST, str::to_string).text
}

/// `45 s`, `7 min`, `2 h 5 min`
fn span(lasts: Duration, lang: Lang) -> String {
    let seconds = lasts.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    match (hours, minutes, lang) {
        (0, 0..2, Lang::En) => format!("{seconds} s"),
        (0, 0..2, Lang::Zh) => format!("{seconds} 秒"),
        (0, _, Lang::En) => format!("{minutes} min"),
        (0, _, Lang::Zh) => format!("{minutes} 分钟"),
        (_, _, Lang::En) => format!("{hours} h {minutes} min"),
        (_, _, Lang::Zh) => format!("{hours} 小时 {minutes} 分钟"),
    }
}
