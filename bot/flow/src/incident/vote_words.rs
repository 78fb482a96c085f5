//! What people read of what they said of a diagnosis.

use podwhy_knowledge::Lang;

use crate::words::Words;

/// The same was said before.
pub const ALREADY: Words = Words("You have said so already; it counts once.", "你已经这样标记过，只计一次。");
/// More people said so than are counted.
pub const ENOUGH: Words = Words(
    "So many people have said what they think of this diagnosis that no more are counted.",
    "对此诊断表态的人数已达上限，不再计入。",
);

/// Someone changed their mind.
pub fn moved(right: bool, lang: Lang) -> &'static str {
    match right {
        true => lang.pick("Counted as right now, and no longer as wrong.", "已改记为正确。"),
        false => lang.pick("Counted as wrong now, and no longer as right.", "已改记为有误。"),
    }
}

/// There is a file of what the diagnosis saw; this command would make another.
pub fn dump(command: Option<&str>, lang: Lang) -> String {
    let again = command.map(|command| match lang {
        Lang::En => format!(" `{command}` writes all of it with your own rights."),
        Lang::Zh => format!("用你自己的权限运行 `{command}` 可生成完整的转储。"),
    });
    let file = lang.pick(
        "What the diagnosis sees is in the file, for you alone: objects, events and logs, with values of Secrets and ConfigMaps and what looks like a credential taken out. Read it before you pass it on.",
        "诊断所见的内容在附件中，仅你可见：对象、事件和日志，其中 Secret 与 ConfigMap 的值以及疑似凭据的内容已去除。转发前请先检查。",
    );
    format!("{file}{}", again.unwrap_or_default())
}

/// There is none, but this command makes one.
pub fn no_dump(command: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!(
            "`{command}` writes what the diagnosis sees, redacted, into a folder; read it before you pass it on."
        ),
        Lang::Zh => format!("`{command}` 会把诊断所见的内容脱敏后写入一个文件夹；转发前请先检查。"),
    }
}
