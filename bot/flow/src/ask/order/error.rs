//! Why an order cannot be read; each says what to type instead.

use podwhy_knowledge::Lang;
use thiserror::Error;

/// Why an order cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OrderError {
    /// It names nothing.
    #[error(
        "{0} takes a cause, a namespace, a workload or an incident, as in: {0} shop/cart, {0} oom-killed -n shop"
    )]
    Nothing(&'static str),
    /// It names two of a kind.
    #[error("{0} takes one of each: {1:?} is the second")]
    Twice(&'static str, String),
    /// A word that could be anything.
    #[error("{word:?} is no cause podwhy knows{}; a workload is written shop/cart or deploy/cart, a namespace ns/shop", meant(.nearest.as_deref(), Lang::En))]
    Unknown {
        /// The word.
        word: String,
        /// The cause it is nearly.
        nearest: Option<String>,
    },
    /// An incident has all the rest already.
    #[error("an incident's name stands alone, as in: ack oom-killed-279117a39cac3421")]
    BesideIncident,
    /// Not a time.
    #[error("{0:?} is no time a mute can last: write whole minutes or hours, as 30m, 2h or 1h30m")]
    NoTime(String),
    /// Longer than a day.
    #[error("{0} is too long: a mute lasts 24h at most, so that nobody forgets it; mute it again then")]
    TooLong(String),
    /// `mutes` with something after it.
    #[error("mutes takes nothing: it lists all that is muted here")]
    MutesOfNothing,
    /// A word that stands alone, with something after it.
    #[error("{0} takes nothing after it")]
    NothingAfter(String),
    /// Where no incidents are kept.
    #[error(
        "ack, mute, unmute and mutes are about incidents, fix, approvals, history and freeze about what is done: say them in Slack or Discord, in a channel podwhy tells them in"
    )]
    Elsewhere,
}

impl OrderError {
    /// In a language.
    pub fn told(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            OrderError::Nothing(word) => {
                format!(
                    "{word} 后面请写原因、命名空间、工作负载或故障，例如：{word} shop/cart、{word} oom-killed -n shop"
                )
            }
            OrderError::Twice(word, second) => format!("{word} 每种只能写一个：{second:?} 是第二个"),
            OrderError::Unknown { word, nearest } => format!(
                "{word:?} 不是 podwhy 已知的原因{}；工作负载请写成 shop/cart 或 deploy/cart，命名空间请写成 ns/shop",
                meant(nearest.as_deref(), lang)
            ),
            OrderError::BesideIncident => {
                "故障名称请单独写，例如：ack oom-killed-279117a39cac3421".to_string()
            }
            OrderError::NoTime(text) => {
                format!("{text:?} 不是有效的静音时长：请写整分钟或整小时，例如 30m、2h、1h30m")
            }
            OrderError::TooLong(text) => {
                format!("{text} 太长：静音最长 24h，以免被遗忘；到时可再次静音")
            }
            OrderError::MutesOfNothing => "mutes 后面不写任何内容：它列出这里所有的静音".to_string(),
            OrderError::NothingAfter(word) => format!("{word} 后面不写任何内容"),
            OrderError::Elsewhere => {
                "ack、mute、unmute 和 mutes 针对故障，fix、approvals、history 和 freeze 针对操作：请在 podwhy 通报故障的 Slack 或 Discord 频道中使用"
                    .to_string()
            }
        }
    }
}

fn meant(nearest: Option<&str>, lang: Lang) -> String {
    match (nearest, lang) {
        (None, _) => String::new(),
        (Some(nearest), Lang::En) => format!("; did you mean {nearest}?"),
        (Some(nearest), Lang::Zh) => format!("；是不是 {nearest}？"),
    }
}
