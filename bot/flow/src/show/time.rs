//! Times as they are told: never as they pass, so that a text changes only when something did.

use jiff::Timestamp;
use podwhy_knowledge::Lang;

/// `2026-11-26 15:04 UTC`
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// `less than a minute`, `12 min`, `2 h 5 min`, `3 d 4 h`
pub fn lasted(from: Timestamp, to: Timestamp, lang: Lang) -> String {
    let minutes = to.duration_since(from).as_mins().max(0);
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, rest, lang) {
        (0, 0, 0, _) => lang.pick("less than a minute", "不到 1 分钟").to_string(),
        (0, 0, _, Lang::En) => format!("{rest} min"),
        (0, 0, _, Lang::Zh) => format!("{rest} 分钟"),
        (0, _, _, Lang::En) => format!("{hours} h {rest} min"),
        (0, _, _, Lang::Zh) => format!("{hours} 小时 {rest} 分钟"),
        (_, _, _, Lang::En) => format!("{days} d {hours} h"),
        (_, _, _, Lang::Zh) => format!("{days} 天 {hours} 小时"),
    }
}
