//! podwhy's own reasons in Chinese. In the ledger they stand in English, where `kubectl describe` shows them; a card shows them in its
//! channel's language. What an API server said stays in its words.

use podwhy_knowledge::Lang;

/// A sentence of the executor's and of the rules', in both languages; `{}` is something that both say.
const SENTENCES: &[(&str, &str)] = &[
    (
        "an approval was not given through podwhy, or what was approved was changed",
        "有一项同意并非通过 podwhy 给出，或所同意的内容已被更改",
    ),
    ("who agreed is not configured any more", "同意者已不在配置中"),
    ("{} is not configured any more", "{} 已不在配置中"),
    ("the diagnosis does not find {} any more", "诊断已不再发现 {}"),
    ("the diagnosis still finds {}", "诊断仍发现 {}"),
    ("what it was for is gone, or is another one by now", "目标已消失，或已是另一个对象"),
    ("it is gone, or is another one by now", "它已消失，或已是另一个对象"),
    ("{} may not {}", "{} 无权 {}"),
    ("another replica leads by now", "现在由另一个副本主导"),
    ("its time was over", "已超出时限"),
    ("no answer came, and it was not done", "没有收到应答，且未执行"),
    ("{} manages it; change it there.", "由 {} 管理，请在那里更改。"),
    ("its rollout is paused; somebody is not done.", "其发布已暂停，可能有人尚未完成操作。"),
    ("its rollout goes on; wait for its end or its deadline.", "其发布仍在进行，请等待其结束或超时。"),
    ("ReplicaSet {} is gone, or is another one by now", "ReplicaSet {} 已消失，或已是另一个对象"),
    ("the template of ReplicaSet {} was changed", "ReplicaSet {} 的模板已被更改"),
    ("its template was changed meanwhile", "其模板在此期间已被更改"),
    ("the rollout of {} {} is not complete", "{} {} 的发布尚未完成"),
    ("it is marked out of service already", "它已被标记为停止服务"),
    ("it is not ready: as long as it is not back, the mark stays", "它尚未就绪：恢复之前保留该标记"),
    ("it is not marked out of service any more", "它已不再标记为停止服务"),
    ("it is still marked out of service", "它仍标记为停止服务"),
    ("it is not being deleted", "它没有在删除中"),
    ("nothing here can prove a node dead", "这里无法证明节点已宕机"),
    ("the node is not confirmed dead any more: {}", "该节点不再被确认为宕机：{}"),
    ("{} of its pods are still there, {} among them", "其上仍有 {} 个 Pod，例如 {}"),
    ("{} of its volumes are still attached, {} among them", "仍有 {} 个卷处于挂接状态，例如 {}"),
    (
        "its pods are gone and its volumes are detached; take the mark away when the node is back",
        "其上的 Pod 已移除，卷已卸下；节点恢复后请取消标记",
    ),
    (
        "its pods are gone and its volumes are detached; these tolerate the mark and stay: {}; take the mark away when the node is back",
        "其上的 Pod 已移除，卷已卸下；以下 Pod 容忍该标记而保留：{}；节点恢复后请取消标记",
    ),
    ("the pods are gone, and there is no {} {}", "这些 Pod 已消失，且没有 {} {}"),
    ("the pods are removed", "这些 Pod 已移除"),
    ("the Node object is gone", "Node 对象已删除"),
    ("Node {} is in service again", "节点 {} 已恢复服务"),
    ("what proves that nobody needs {} is otherwise by now", "证明无人需要 {} 的依据已发生变化"),
    ("it could not be looked for {} everywhere: {}", "无法在整个集群中查找 {}：{}"),
    ("{} is there: {}", "{} 仍在：{}"),
    ("{} still holds {}", "{} 仍保留着 {}"),
    ("no finalizer holds {} any more", "{} 已没有 finalizer"),
    ("{} holds {} no more; still there: {}", "{} 已不再保留 {}；仍存在：{}"),
    (
        "the ticket is gone, and what the agent of Node {} did is not known",
        "工单已不存在，无法得知节点 {} 的代理做了什么",
    ),
    ("the agent of Node {} did not take the ticket in time", "节点 {} 的代理未在时限内接受工单"),
    ("the agent of Node {} began, and has not said how it ended", "节点 {} 的代理已开始，但没有报告结果"),
    ("Node {} is not ready", "节点 {} 尚未就绪"),
    ("{} {} is still there", "{} {} 仍然存在"),
    ("{} {} is gone", "{} {} 已消失"),
    (
        "Rule “{}” asks for more by now than when this was offered; ask again with `fix`.",
        "规则“{}”现在的要求高于提出该操作时；请再次使用 `fix`。",
    ),
    (
        "The configuration asks for more by now than when this was offered; ask again with `fix`.",
        "配置现在的要求高于提出该操作时；请再次使用 `fix`。",
    ),
    ("Rule “{}” lets this be done only between {} and {} ({}).", "规则“{}”只允许在 {}–{}（{}）执行此操作。"),
    ("Rule “{}” does not let {} agree to this: {} may.", "规则“{}”不允许 {} 同意此操作：可同意者为 {}。"),
    (
        "Rule “{}” lets nobody agree to what they asked for: somebody else has to.",
        "规则“{}”不允许提出者本人同意，须由其他人同意。",
    ),
];

/// A reason in a language; as it is, where it is nobody's of these.
pub fn told(why: &str, lang: Lang) -> String {
    let of = |(english, chinese): &(&str, &str)| Some(filled(chinese, &parts(english, why)?));
    let own = if lang == Lang::Zh { SENTENCES.iter().find_map(of) } else { None };
    own.unwrap_or_else(|| why.to_string())
}

/// What stands in the places of a sentence; `None` where a text is not one.
fn parts<'t>(sentence: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut pieces = sentence.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    let pieces: Vec<&str> = pieces.collect();
    let (last, inner) = match pieces.split_last() {
        None => return rest.is_empty().then_some(found),
        Some(both) => both,
    };
    for piece in inner {
        let (part, after) = rest.split_once(piece)?;
        found.push(part);
        rest = after;
    }
    found.push(rest.strip_suffix(last)?);
    // what a sentence begins with is a name: a server's sentence may go on alike
    let is_name = !sentence.starts_with("{}") || found.first().is_some_and(|first| !first.contains(' '));
    is_name.then_some(found)
}

fn filled(sentence: &str, parts: &[&str]) -> String {
    let mut parts = parts.iter();
    let mut pieces = sentence.split("{}");
    let first = pieces.next().unwrap_or_default().to_string();
    pieces.fold(first, |text, piece| text + parts.next().copied().unwrap_or_default() + piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same_things() {
        for (english, chinese) in SENTENCES {
            let places = |text: &str| text.matches("{}").count();
            assert_eq!(places(english), places(chinese), "{english}");
            assert!(chinese.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{english}");
        }
    }

    #[test]
    fn each_is_found_and_no_earlier_one_takes_its_place() {
        for (english, chinese) in SENTENCES {
            let names = ["a-1", "b-2", "c-3", "d-4"];
            let why = filled(english, &names);
            assert_eq!(told(&why, Lang::Zh), filled(chinese, &names), "{why}");
            assert_eq!(told(&why, Lang::En), why);
        }
    }

    #[test]
    fn what_a_server_said_stays() {
        for words in [
            "pods \"web-a\" is forbidden: exceeded quota",
            "pod updates may not change fields other than the image",
            "",
        ] {
            assert_eq!(told(words, Lang::Zh), words);
        }
    }
}
