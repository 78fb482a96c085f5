//! What a digest says.

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean_name;

use crate::incident::mute::Mute;
use crate::incident::words::{lasted, moment};

/// `Digest · 2026-11-26 07:00 UTC`
pub fn title(slot: Timestamp, lang: Lang) -> String {
    format!("{} · {}", lang.pick("Digest", "摘要"), moment(slot))
}

/// All of it in one line.
pub fn summary(failing: usize, open: usize, resolved: usize, since: Timestamp, lang: Lang) -> String {
    let since = moment(since);
    match lang {
        Lang::En => {
            let fails = match failing {
                0 => "Nothing fails".to_string(),
                1 => "1 root cause fails".to_string(),
                many => format!("{many} root causes fail"),
            };
            let is_open = if open == 1 { "is" } else { "are" };
            format!("{fails}; {open} {is_open} open as incidents, {resolved} resolved since {since}")
        }
        Lang::Zh => {
            let fails = match failing {
                0 => "目前没有故障".to_string(),
                many => format!("{many} 个根本原因正在导致故障"),
            };
            format!("{fails}；未结事件 {open} 个，自 {since} 起已恢复 {resolved} 个")
        }
    }
}

/// Something that fails now.
pub fn fails(what: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("Fails: {what}"),
        Lang::Zh => format!("故障：{what}"),
    }
}

/// Behind it: its incident is open for so long.
pub fn open_for(opened: Timestamp, now: Timestamp, lang: Lang) -> String {
    let long = lasted(opened, now, lang);
    match lang {
        Lang::En => format!("open for {long}"),
        Lang::Zh => format!("已持续 {long}"),
    }
}

/// An incident that is open although nothing of it was seen.
pub fn open(what: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("Open: {what}"),
        Lang::Zh => format!("未结：{what}"),
    }
}

/// Who is on it.
pub fn taken(by: &str, lang: Lang) -> String {
    let by = clean_name(by);
    match lang {
        Lang::En => format!("{by} is on it"),
        Lang::Zh => format!("{by} 正在处理"),
    }
}

/// One that is over.
pub fn resolved(what: &str, opened: Timestamp, at: Timestamp, lang: Lang) -> String {
    let long = lasted(opened, at, lang);
    match lang {
        Lang::En => format!("Resolved after {long}: {what}"),
        Lang::Zh => format!("历时 {long} 后恢复：{what}"),
    }
}

/// More of the same kind than are listed.
pub fn more(kind: &str, count: usize, lang: Lang) -> String {
    format!("{kind}{}", crate::words::more(count, lang))
}

/// Alerts that were told nowhere, by name.
pub fn untold(names: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!("Alerts without a Kubernetes cause that were not told: {names}"),
        Lang::Zh => format!("未发现 Kubernetes 层面原因且未通知的告警：{names}"),
    }
}

/// A mute in force.
pub fn muted(mute: &Mute, lang: Lang) -> String {
    let everything = lang.pick("everything", "全部");
    let mut what = mute.cause.clone().unwrap_or_else(|| everything.to_string());
    let place =
        [&mute.cluster, &mute.namespace, &mute.workload].into_iter().flatten().cloned().collect::<Vec<_>>();
    if !place.is_empty() {
        what = format!("{what} · {}", place.join(" / "));
    }
    let (until, what, by) = (moment(mute.until), clean_name(&what), clean_name(&mute.by));
    match lang {
        Lang::En => format!("Muted until {until} by {by}: {what}"),
        Lang::Zh => format!("{by} 静音至 {until}：{what}"),
    }
}

/// A cluster, or a part of it, of which nothing can be said.
pub fn unread(cluster: &str, whole: bool, lang: Lang) -> String {
    let cluster = clean_name(cluster);
    match (whole, lang) {
        (true, Lang::En) => format!("Cluster {cluster} did not answer: what fails in it is not known"),
        (true, Lang::Zh) => format!("集群 {cluster} 无应答：其中的故障未知"),
        (false, Lang::En) => format!("Not all of cluster {cluster} could be read"),
        (false, Lang::Zh) => format!("集群 {cluster} 有部分内容无法读取"),
    }
}
