//! What was not read, as a person reads it.

use crate::lang::Lang;
use crate::schedule::filters::NAMESPACE_LABELS;

/// What stands in a gap's `what`, in a language: an object keeps its kind and name, all else is said in words.
pub fn in_words(what: &str, lang: Lang) -> String {
    if let Some(node) = what.strip_prefix("NodeReport ") {
        return match lang {
            Lang::En => format!("the node agent's report of {node}"),
            Lang::Zh => format!("节点 {node} 的节点代理报告"),
        };
    }
    match lang {
        Lang::En => what.to_string(),
        Lang::Zh => in_chinese(what).unwrap_or_else(|| what.to_string()),
    }
}

fn in_chinese(what: &str) -> Option<String> {
    let plain = match what {
        "some of the pods on the nodes" => Some("节点上的部分 Pod"),
        NAMESPACE_LABELS => Some("命名空间的标签"),
        "Nodes" => Some("节点"),
        _ => None,
    };
    if let Some(plain) = plain {
        return Some(plain.to_string());
    }
    if let Some(object) = what.strip_prefix("events of ") {
        return Some(format!("{object} 的事件"));
    }
    let log = what.strip_prefix("log of container ").and_then(|rest| rest.split_once(" in "));
    if let Some((container, pod)) = log {
        return Some(format!("{pod} 中容器 {container} 的日志"));
    }
    let object = what.strip_prefix("status of ")?;
    let brief = object.strip_suffix(" that the dump holds in brief").and_then(|pods| pods.split_once(' '));
    Some(match brief {
        Some((count, _)) => format!("转储中只简略记录的 {count} 个 Pod 的状态"),
        None => format!("{object} 的状态"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_inner_word_and_no_english_is_left() {
        let said = [
            ("NodeReport node-a", "the node agent's report of node-a", "节点 node-a 的节点代理报告"),
            ("Node node-a", "Node node-a", "Node node-a"),
            ("events of Pod shop/cart-0", "events of Pod shop/cart-0", "Pod shop/cart-0 的事件"),
            ("status of Pod shop/cart-0", "status of Pod shop/cart-0", "Pod shop/cart-0 的状态"),
            (
                "log of container app in Pod shop/cart-0",
                "log of container app in Pod shop/cart-0",
                "Pod shop/cart-0 中容器 app 的日志",
            ),
            (
                "status of 1 pod that the dump holds in brief",
                "status of 1 pod that the dump holds in brief",
                "转储中只简略记录的 1 个 Pod 的状态",
            ),
            (NAMESPACE_LABELS, NAMESPACE_LABELS, "命名空间的标签"),
        ];
        for (what, en, zh) in said {
            assert_eq!(in_words(what, Lang::En), en);
            assert_eq!(in_words(what, Lang::Zh), zh);
        }
    }
}
