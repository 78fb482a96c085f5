//! What is said of what is gone. Names stand between backquotes, as in the pages.

use jiff::{SignedDuration, Timestamp};
use podwhy_knowledge::Lang;

use super::Stands;
use super::successor::{State, Successor};
use crate::ports::Remembered;
use crate::show::time::{lasted, moment};

/// That it is gone, and how old what follows is.
pub(super) fn gone(asked: &str, known: &Remembered, lang: Lang) -> String {
    let (at, ago) = (moment(known.seen_at), ago(known.seen_at, known.age, lang));
    let name = &known.name;
    match (known.is_exact, lang) {
        (true, Lang::En) => {
            format!("`{name}` is gone. What follows was last seen of it at {at}, {ago}.")
        }
        (true, Lang::Zh) => format!("`{name}` 已不存在。以下是 {at}（{ago}）最后一次看到的情况。"),
        (false, Lang::En) => {
            format!("There is no `{asked}` now. What follows was last seen of `{name}`, at {at}, {ago}.")
        }
        (false, Lang::Zh) => {
            format!("目前没有 `{asked}`。以下是 {at}（{ago}）最后一次看到的 `{name}` 的情况。")
        }
    }
}

/// How it goes on in its place. `place` is its namespace as it is typed: `prod:shop`.
pub(super) fn stands(stands: &Stands, place: &str, lang: Lang) -> Option<String> {
    let said = match (stands, lang) {
        (Stands::Unknown, _) => return None,
        (Stands::Pod(next), _) => next_one(next, place, lang),
        (Stands::NoPod(owner), Lang::En) => format!("{owner} has no other pod now."),
        (Stands::NoPod(owner), Lang::Zh) => format!("{owner} 目前没有其他 Pod。"),
        (Stands::NoOwner(owner), Lang::En) => format!("{owner}, which it belonged to, is gone too."),
        (Stands::NoOwner(owner), Lang::Zh) => format!("它所属的 {owner} 也已不存在。"),
        (Stands::Unread(why), Lang::En) => format!("What stands in its place could not be read: {why}"),
        (Stands::Unread(why), Lang::Zh) => format!("无法读取接替它的对象：{why}"),
    };
    Some(said)
}

fn next_one(next: &Successor, place: &str, lang: Lang) -> String {
    let name = &next.name;
    let ask = format!("`why {place}/{name}`");
    match (&next.state, lang) {
        (State::Ready, Lang::En) => format!("In its place stands `{name}`, which is ready; ask {ask}"),
        (State::Ready, Lang::Zh) => format!("接替它的是 `{name}`，已就绪；可问 {ask}"),
        (State::Starting, Lang::En) => {
            format!("In its place stands `{name}`, which is not ready yet; ask {ask}")
        }
        (State::Starting, Lang::Zh) => format!("接替它的是 `{name}`，尚未就绪；可问 {ask}"),
        (State::Failing(cause), Lang::En) => {
            format!("In its place stands `{name}`, which fails ({cause}); ask {ask}")
        }
        (State::Failing(cause), Lang::Zh) => {
            format!("接替它的是 `{name}`，正在失败（{cause}）；可问 {ask}")
        }
    }
}

/// Of a pod that stands, how the one before it under its name ended.
pub(super) fn before(known: &Remembered, summary: &str, lang: Lang) -> String {
    let (at, ago) = (moment(known.seen_at), ago(known.seen_at, known.age, lang));
    let cause = &known.cause;
    match lang {
        Lang::En => {
            format!(
                "The pod that had this name before was last seen failing at {at}, {ago} (`{cause}`): {summary}"
            )
        }
        Lang::Zh => format!("此前同名的 Pod 最后一次失败是在 {at}（{ago}，`{cause}`）：{summary}"),
    }
}

fn ago(seen_at: Timestamp, age: SignedDuration, lang: Lang) -> String {
    let lasted = lasted(seen_at, seen_at.checked_add(age).unwrap_or(seen_at), lang);
    match lang {
        Lang::En => format!("{lasted} ago"),
        Lang::Zh => format!("{lasted}前"),
    }
}
