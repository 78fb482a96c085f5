//! What people read of an incident. Times are told as they are ("since 15:04"), never as they pass ("for 5 minutes"): a text
//! changes only when something did.

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean_name;

use super::card::Button;
use super::fixed::{Fixed, How};
use super::name::{ALERT, MANY_FAILURES, UNKNOWN};
use super::record::{Blamed, Incident, Member, RootCause};
use super::unreachable::CLUSTER;
pub use crate::show::time::{lasted, moment};
use crate::words::{Words, cluster_prefix};

/// In the place of the id where no cause is known.
pub const NO_CAUSE: Words = Words("no known cause", "原因未知");
/// In the place of the id where an alert has no cause in Kubernetes.
pub const NOT_KUBERNETES: Words = Words("no Kubernetes cause found", "未发现 Kubernetes 层面的原因");
/// In the place of the id where many incidents share a thread.
pub const MANY: Words = Words("many failures", "大量故障");
/// On the button of one who takes an incident.
pub const TAKE: Words = Words("I'm on it", "我来处理");
/// On the button that keeps an incident silent.
pub const MUTE: Words = Words("Mute 1 h", "静音 1 小时");
/// On the button that says the diagnosis is right.
pub const RIGHT: Words = Words("Right diagnosis", "诊断正确");
/// On the button that says it is wrong.
pub const WRONG: Words = Words("Wrong diagnosis", "诊断有误");
/// On the button by which someone asks what can be done about an incident.
pub const FIX: Words = Words("Fix…", "修复…");
/// Where whoever asks may not read what fails.
pub const NOTHING_READABLE: Words = Words(
    "Nothing of this incident may be read here by you: nothing is offered.",
    "你在此处无权查看该事件的任何对象，因此不提供操作。",
);
/// On the button by which someone agrees to what is to be done.
pub const APPROVE: Words = Words("Approve", "同意");
/// The same, where a dialog follows.
pub const APPROVE_TYPED: Words = Words("Approve…", "同意…");
/// On the button by which someone says no to it.
pub const DECLINE: Words = Words("Decline", "拒绝");
/// Above what is asked once more before an approval counts.
pub const APPROVE_THIS: Words = Words("Approve this?", "确认同意？");
/// On the button that leaves a dialog without doing anything.
pub const CANCEL: Words = Words("Cancel", "取消");
/// On the button by which someone gives their word that a machine is off; a dialog follows.
pub const ATTEST: Words = Words("The machine is off…", "机器已关机…");
/// Above that dialog.
pub const ATTEST_THIS: Words = Words("Your word that it is off", "证明该机器已关机");
/// On the button that sends it off.
pub const ATTEST_SEND: Words = Words("It is off", "确认已关机");
/// Above its field for how that is known…
pub const ATTEST_HOW: Words = Words("How do you know?", "如何确认的？");
/// …and in it.
pub const ATTEST_HOW_HINT: Words = Words("BMC, console, hands on the machine", "BMC、控制台、现场检查");
/// Above its field for when that was.
pub const ATTEST_WHEN: Words = Words("Minutes since you saw it (0 to 10)", "几分钟前确认的？（0 到 10）");
/// Below its fields.
pub const ATTEST_NOTE: Words = Words(
    "Say only what you saw yourself. Wherever it is proof, it counts from somebody who approves nothing here.",
    "请只填写亲自确认的情况。作为证据时，只有不参与同意的人的证明才有效。",
);
/// Above the field for a name; what is typed has to be the same.
pub const TYPE_NAME: Words = Words("Type the name of what is changed", "请输入被更改对象的名称");
/// Where someone is called once more.
pub const NOBODY_YET: Words = Words("Nobody is on it yet.", "尚无人处理。");
/// In the thread, when it fails again.
pub const AGAIN: Words = Words("It fails again.", "故障再次出现。");

/// `Deployment prod:shop/cart`
pub fn blamed(root_cause: &RootCause) -> String {
    let Blamed { kind, namespace, name } = &root_cause.blame;
    let namespace = namespace.as_deref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let cluster = cluster_prefix(&root_cause.cluster);
    // a cluster is in none
    let cluster = if kind == CLUSTER { String::new() } else { cluster };
    clean_name(&format!("{kind} {cluster}{namespace}{name}"))
}

/// `3 pods`, `2 objects`; of incidents in a common thread, `7 root causes`.
pub fn count(incident: &Incident, entries: usize, lang: Lang) -> String {
    if incident.status.root_cause.cause == MANY_FAILURES {
        return match (entries, lang) {
            (1, Lang::En) => "1 root cause".to_string(),
            (_, Lang::En) => format!("{entries} root causes"),
            (_, Lang::Zh) => format!("{entries} 个根本原因"),
        };
    }
    let failing = incident.status.failing;
    let only_pods = incident.status.members.iter().all(|member| member.kind == "Pod");
    match (only_pods, failing, lang) {
        (true, 1, Lang::En) => "1 pod".to_string(),
        (true, _, Lang::En) => format!("{failing} pods"),
        (true, _, Lang::Zh) => format!("{failing} 个 Pod"),
        (false, 1, Lang::En) => "1 object".to_string(),
        (false, _, Lang::En) => format!("{failing} objects"),
        (false, _, Lang::Zh) => format!("{failing} 个对象"),
    }
}

/// `oom-killed · Deployment prod:shop/cart · 3 pods`
pub fn title(incident: &Incident, entries: usize, lang: Lang) -> String {
    let stands = match incident.is_open() {
        true if incident.status.failing == 0 && entries == 0 => None,
        // it is one, and no pod
        true if incident.status.root_cause.blame.kind == CLUSTER => None,
        true => Some(count(incident, entries, lang)),
        false => Some(super::ended::stands(incident, lang).to_string()),
    };
    [Some(title_of_call(incident, lang)), stands].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// The same without how it stands: `oom-killed · Deployment prod:shop/cart`; of a common thread, which has nobody to blame,
/// `many failures`.
pub fn title_of_call(incident: &Incident, lang: Lang) -> String {
    let root_cause = &incident.status.root_cause;
    let cause = match root_cause.cause.as_str() {
        MANY_FAILURES => return MANY.of(lang).to_string(),
        UNKNOWN => NO_CAUSE.of(lang).to_string(),
        ALERT => NOT_KUBERNETES.of(lang).to_string(),
        cause => clean_name(cause),
    };
    format!("{cause} · {}", blamed(root_cause))
}

/// `shop/cart-0`; of another kind than a pod, `Node worker-3`.
pub fn member(member: &Member) -> String {
    let kind = if member.kind == "Pod" { String::new() } else { format!("{} ", member.kind) };
    let namespace =
        if member.namespace.is_empty() { String::new() } else { format!("{}/", member.namespace) };
    clean_name(&format!("{kind}{namespace}{}", member.name))
}

/// Since when.
pub fn since(at: Timestamp, lang: Lang) -> String {
    match lang {
        Lang::En => format!("Since {}", moment(at)),
        Lang::Zh => format!("始于 {}", moment(at)),
    }
}

/// How many failed at most, where it were more than now.
pub fn at_most(most: u32, lang: Lang) -> String {
    match lang {
        Lang::En => format!("{most} failed at most"),
        Lang::Zh => format!("最多时 {most} 个失败"),
    }
}

/// Who is on it.
pub fn taken(by: &str, at: Timestamp, lang: Lang) -> String {
    let by = clean_name(by);
    match lang {
        Lang::En => format!("{by} is on it since {}", moment(at)),
        Lang::Zh => format!("{by} 正在处理，始于 {}", moment(at)),
    }
}

/// When it ended, and how long it was.
pub fn well_again(opened: Timestamp, resolved: Timestamp, most: u32, lang: Lang) -> String {
    let (at, lasted) = (moment(resolved), lasted(opened, resolved, lang));
    match (most, lang) {
        (0, Lang::En) => format!("Well again at {at}, after {lasted}"),
        (0, Lang::Zh) => format!("已于 {at} 恢复，历时 {lasted}"),
        (_, Lang::En) => format!("Well again at {at}, after {lasted}; {}", at_most(most, lang)),
        (_, Lang::Zh) => format!("已于 {at} 恢复，历时 {lasted}；{}", at_most(most, lang)),
    }
}

/// What was seen to be otherwise when it ended.
pub fn fixed(fact: &Fixed, lang: Lang) -> String {
    let Blamed { kind, namespace, name } = &fact.object;
    let namespace = namespace.as_deref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    let (object, by) = (clean_name(&format!("{kind} {namespace}{name}")), clean_name(&fact.by));
    match (fact.how, lang) {
        (How::SameAs, Lang::En) => format!("It turned out to be {by} · {object}, and goes on there"),
        (How::SameAs, Lang::Zh) => format!("实际原因是 {by} · {object}，后续在那里跟进"),
        (How::RolledOut, Lang::En) => {
            format!("Since it failed, {object} was changed: it is at revision {by}")
        }
        (How::RolledOut, Lang::Zh) => format!("故障发生后，{object} 已更新，当前版本为 {by}"),
        (How::ScaledToZero, Lang::En) => format!("{object} was scaled to 0"),
        (How::ScaledToZero, Lang::Zh) => format!("{object} 已缩容至 0"),
        (How::Completed, Lang::En) => format!("{object} is complete"),
        (How::Completed, Lang::Zh) => format!("{object} 已完成"),
        (How::Removed, Lang::En) => format!("{object} does not exist any more"),
        (How::Removed, Lang::Zh) => format!("{object} 已不存在"),
        (How::NodeReady, Lang::En) => format!("{object} is Ready again"),
        (How::NodeReady, Lang::Zh) => format!("{object} 已恢复为 Ready"),
    }
}

/// On the link to an alert's runbook.
pub fn runbook(alert: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("Runbook of {alert}"),
        Lang::Zh => format!("{alert} 的处理手册"),
    }
}

/// On the link to what raised an alert.
pub fn source(alert: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("Source of {alert}"),
        Lang::Zh => format!("{alert} 的来源"),
    }
}

/// How often it came back.
pub fn reopened(times: u32, lang: Lang) -> String {
    match (times, lang) {
        (1, Lang::En) => "Opened again once".to_string(),
        (_, Lang::En) => format!("Opened again {times} times"),
        (_, Lang::Zh) => format!("重新出现 {times} 次"),
    }
}

/// What the sender of alerts did not send.
pub fn left_out(alerts: u64, lang: Lang) -> String {
    match (alerts, lang) {
        (1, Lang::En) => "The sender left out 1 alert of this group".to_string(),
        (_, Lang::En) => format!("The sender left out {alerts} alerts of this group"),
        (_, Lang::Zh) => format!("发送方省略了该组的 {alerts} 条告警"),
    }
}

/// Until when nothing is said.
pub fn muted(until: Timestamp, lang: Lang) -> String {
    match lang {
        Lang::En => format!("Muted until {}", moment(until)),
        Lang::Zh => format!("静音至 {}", moment(until)),
    }
}

/// The alerts that fire: how many, and their names.
pub fn alerts(names: &[String], more: usize, count: usize, lang: Lang) -> String {
    let mut names = names.to_vec();
    if more > 0 {
        names.push(crate::words::more(more, lang));
    }
    match (count, lang) {
        (1, Lang::En) => format!("Alert: {}", names.join(", ")),
        (_, Lang::En) => format!("{count} alerts: {}", names.join(", ")),
        (1, Lang::Zh) => format!("告警：{}", names.join("、")),
        (_, Lang::Zh) => format!("{count} 条告警：{}", names.join("、")),
    }
}

/// Below a button: the person is not among `people`.
pub const NOT_A_PERSON: Words = Words(
    "podwhy does not know who you are to the clusters: an administrator lists you under `people` in its configuration.",
    "podwhy 不知道你在集群中的身份：请管理员在配置的 `people` 中登记你。",
);
/// Below a button of an incident that is kept no longer.
pub const NO_INCIDENT: Words = Words("This incident is kept no longer.", "该事件的记录已不再保留。");
/// Below a button that could not be obeyed.
pub const NOT_NOW: Words =
    Words("It could not be written down just now; try again in a moment.", "暂时无法记录，请稍后再试。");

/// What a button did, for the one who pressed it.
pub fn done(button: Button, lang: Lang) -> &'static str {
    let words = match button {
        Button::Take => Words("You are on it; the message says so.", "已记录由你处理，消息中会显示。"),
        Button::Mute => Words("Muted for an hour; the message says so.", "已静音 1 小时，消息中会显示。"),
        Button::Right => Words("Counted as right. Thank you.", "已记为正确，谢谢。"),
        Button::Wrong => Words("Counted as wrong. Thank you.", "已记为有误，谢谢。"),
        Button::Fix => Words("It is offered in the thread.", "已在消息串中列出可执行的操作。"),
        Button::Approve | Button::ApproveTyped => {
            Words("Your approval counts; the message says so.", "已记录你的同意，消息中会显示。")
        }
        Button::Attest => Words("Your word counts; the message says so.", "已记录你的证明，消息中会显示。"),
        Button::Decline => Words("Declined; the message says so.", "已拒绝，消息中会显示。"),
    };
    words.of(lang)
}

/// A cluster that does not answer.
pub fn unreachable(cluster: &str, since: Timestamp, lang: Lang) -> String {
    let (cluster, since) = (clean_name(cluster), moment(since));
    match lang {
        Lang::En => {
            format!("Cluster {cluster} has not answered since {since}: what fails in it is not seen.")
        }
        Lang::Zh => format!("集群 {cluster} 自 {since} 起无应答：无法看到其中的故障。"),
    }
}
