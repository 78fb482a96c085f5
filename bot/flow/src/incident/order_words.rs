//! What people read of their orders.

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean_name;

use super::mute::Mute;
use super::record::Incident;
use super::words::{moment, title};
use crate::ask::order::About;
use crate::words::{Words, cluster_prefix, more};

/// At most this many of a list.
const LISTED: usize = 10;

/// How it goes on after a mute.
const TOLD_THEN: Words = Words("What still fails then is told then.", "届时仍未恢复的故障会再行通报。");
/// Above what is muted.
const MUTED_NOW: Words = Words("Muted now:", "当前静音：");
/// Where nothing is muted.
const NOTHING_MUTED: Words = Words("Nothing is muted here.", "这里没有静音。");
/// Where `ack` names nothing, and nothing is open.
const NOTHING_HERE: Words = Words(
    "Nothing is open in this channel that nobody is on; name it, as in: ack shop/cart",
    "此频道没有无人处理的故障；请指明，例如：ack shop/cart",
);

/// `oom-killed in prod:shop`, `everything in prod:shop`, `Deployment cart in prod:shop`
pub fn what(mute: &Mute, lang: Lang) -> String {
    let named = mute.workload.as_deref().map(|workload| workload.replacen('/', " ", 1));
    let parts = [mute.cause.clone(), named].into_iter().flatten().collect::<Vec<_>>();
    let what =
        if parts.is_empty() { lang.pick("everything", "全部").to_string() } else { parts.join(" · ") };
    let cluster = mute.cluster.as_deref().unwrap_or_default();
    let place = match (&mute.namespace, cluster) {
        (Some(namespace), _) => format!("{}{namespace}", cluster_prefix(cluster)),
        (None, "") => String::new(),
        (None, cluster) => cluster.to_string(),
    };
    let place = match (place.as_str(), lang) {
        ("", _) => String::new(),
        (place, Lang::En) => format!(" in {place}"),
        (place, Lang::Zh) => format!("（{place}）"),
    };
    clean_name(&format!("{what}{place}"))
}

/// Who is on what.
pub fn acked(by: &str, titles: &[String], lang: Lang) -> String {
    let by = clean_name(by);
    match (titles, lang) {
        ([only], Lang::En) => format!("{by} is on it: {only}"),
        ([only], Lang::Zh) => format!("{by} 正在处理：{only}"),
        (several, Lang::En) => format!("{by} is on {} incidents:\n{}", several.len(), list(several, lang)),
        (several, Lang::Zh) => format!("{by} 正在处理 {} 个故障：\n{}", several.len(), list(several, lang)),
    }
}

/// Who muted what until when, and what it silences now; nothing of that for a single incident.
pub fn muted(
    by: &str,
    what: &str,
    (now, until): (Timestamp, Timestamp),
    silent: Option<&[String]>,
    lang: Lang,
) -> String {
    let (by, until, lasts) = (clean_name(by), moment(until), lasts(now, until, lang));
    let said = match lang {
        Lang::En => format!("{by} muted {what} until {until} (for {lasts})."),
        Lang::Zh => format!("{by} 已将 {what} 静音至 {until}（{lasts}）。"),
    };
    let count = silent.map(|silent| match (silent.len(), lang) {
        (0, Lang::En) => " It silences no open incident now.".to_string(),
        (1, Lang::En) => " It silences 1 open incident now.".to_string(),
        (count, Lang::En) => format!(" It silences {count} open incidents now."),
        (0, Lang::Zh) => "目前没有因此静音的故障。".to_string(),
        (count, Lang::Zh) => format!("目前有 {count} 个故障因此静音。"),
    });
    let between = if lang == Lang::En { " " } else { "" };
    let head = format!("{said}{}{between}{}", count.unwrap_or_default(), TOLD_THEN.of(lang));
    match silent {
        Some(silent) if !silent.is_empty() => format!("{head}\n{}", list(silent, lang)),
        _ => head,
    }
}

/// What is told of again.
pub fn unmuted(by: &str, mutes: &[Mute], incidents: &[String], lang: Lang) -> String {
    let all: Vec<String> =
        mutes.iter().map(|mute| what(mute, lang)).chain(incidents.iter().cloned()).collect();
    let (by, all) = (clean_name(by), list(&all, lang));
    match lang {
        Lang::En => format!("{by} unmuted this; what still fails is told again:\n{all}"),
        Lang::Zh => format!("{by} 已取消以下静音，仍未恢复的故障会再行通报：\n{all}"),
    }
}

/// What is muted now, until when, by whom.
pub fn mutes(mutes: &[Mute], incidents: &[&Incident], now: Timestamp, lang: Lang) -> String {
    let line = |what: &str, until: Timestamp, by: &str| {
        let (until, left, by) = (moment(until), lasts(now, until, lang), clean_name(by));
        match lang {
            Lang::En => format!("{what}: until {until}, {left} left, by {by}"),
            Lang::Zh => format!("{what}：至 {until}，还剩 {left}，由 {by} 设置"),
        }
    };
    let of_mutes = mutes.iter().map(|mute| line(&what(mute, lang), mute.until, &mute.by));
    let of_incidents = incidents.iter().filter_map(|one| {
        let by = one.status.muted_by.as_deref().unwrap_or_default();
        Some(line(&title(one, 0, lang), one.status.muted_until?, by))
    });
    let all: Vec<String> = of_mutes.chain(of_incidents).collect();
    if all.is_empty() {
        return NOTHING_MUTED.of(lang).to_string();
    }
    format!("{}\n{}", MUTED_NOW.of(lang), list(&all, lang))
}

/// Nothing to unmute; perhaps it is muted with more.
pub fn not_muted(about: &About, around: &[Mute], lang: Lang) -> String {
    let about = clean_name(&about.to_string());
    if around.is_empty() {
        return match lang {
            Lang::En => format!("`{about}` is not muted; `mutes` lists what is."),
            Lang::Zh => format!("`{about}` 未被静音；`mutes` 列出当前的静音。"),
        };
    }
    let around: Vec<String> = around.iter().map(|mute| what(mute, lang)).collect();
    match lang {
        Lang::En => {
            format!("`{about}` is muted only together with more; unmute that:\n{}", list(&around, lang))
        }
        Lang::Zh => format!("`{about}` 只随更大的范围一起静音，请取消那一项：\n{}", list(&around, lang)),
    }
}

/// Several incidents could be meant.
pub fn which(several: &[&Incident], lang: Lang) -> String {
    let line = |one: &&Incident| format!("`ack {}`: {}", one.name, title(one, 0, lang));
    let all: Vec<String> = several.iter().map(line).collect();
    format!("{}\n{}", lang.pick("Which one?", "哪一个？"), list(&all, lang))
}

/// Nothing open is what `ack` names.
pub fn nothing_open(about: Option<&About>, lang: Lang) -> String {
    let Some(about) = about else { return NOTHING_HERE.of(lang).to_string() };
    let about = clean_name(&about.to_string());
    match lang {
        Lang::En => format!("No open incident is about `{about}`, as far as it may be seen here."),
        Lang::Zh => format!("没有关于 `{about}` 的未恢复故障（就此处可见而言）。"),
    }
}

/// A mute would silence what may not be read here.
pub fn beyond(mute: &Mute, lang: Lang) -> String {
    let what = what(mute, lang);
    match lang {
        Lang::En => format!(
            "{what}: only what may be read here, by you, can be muted. Name a namespace of those listed under `channels` in podwhy's configuration, as in: mute -n shop"
        ),
        Lang::Zh => format!(
            "{what}：只能静音你在此处可读的内容。请指定 podwhy 配置 `channels` 中列出的命名空间，例如：mute -n shop"
        ),
    }
}

/// `30 min`, `2 h`, `1 h 30 min`; of less, `1 min`.
fn lasts(now: Timestamp, until: Timestamp, lang: Lang) -> String {
    let minutes = (until.duration_since(now).as_secs().max(0) + 59) / 60;
    let (hours, rest) = (minutes / 60, minutes % 60);
    match (hours, rest, lang) {
        (0, _, Lang::En) => format!("{rest} min"),
        (0, _, Lang::Zh) => format!("{rest} 分钟"),
        (_, 0, Lang::En) => format!("{hours} h"),
        (_, 0, Lang::Zh) => format!("{hours} 小时"),
        (_, _, Lang::En) => format!("{hours} h {rest} min"),
        (_, _, Lang::Zh) => format!("{hours} 小时 {rest} 分钟"),
    }
}

fn list(all: &[String], lang: Lang) -> String {
    let beyond = all.len().saturating_sub(LISTED);
    let more = (beyond > 0).then(|| more(beyond, lang));
    let items: Vec<String> =
        all.iter().take(LISTED).cloned().chain(more).map(|item| format!("- {item}")).collect();
    items.join("\n")
}
