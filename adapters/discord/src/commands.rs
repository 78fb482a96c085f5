//! The commands people see: pure.
//! <https://discord.com/developers/docs/interactions/application-commands>

mod incidents;
mod same;

use serde_json::{Value, json};

pub(crate) use same::are;

/// The options' names.
pub(crate) mod option {
    pub(crate) const TARGET: &str = "target";
    pub(crate) const NAMESPACE: &str = "namespace";
    pub(crate) const CLUSTER: &str = "cluster";
    pub(crate) const CONTAINER: &str = "container";
    pub(crate) const PREVIOUS: &str = "previous";
    pub(crate) const TEXT: &str = "text";
    pub(crate) const CAUSE: &str = "cause";
    pub(crate) const FOR: &str = "for";
}

/// In a message's menu.
pub(crate) const ON_MESSAGE: &str = "Why is this failing?";

/// Installed in a server, not for one person everywhere; asked there or in a direct message to the bot. Only commands that
/// are registered for all servers may say so.
const EVERYWHERE: [(&str, [u8; 2]); 1] = [("contexts", [0, 1])];

/// `/name` with its subcommands, and the command in a message's menu; for one server, or for all.
pub(crate) fn commands(name: &str, one_guild: bool) -> Value {
    let slash = json!({
        "type": 1,
        "name": name,
        "description": "Why a pod fails, with the evidence",
        "description_localizations": zh("Pod 为什么失败，以及证据"),
        "options": subcommands(),
    });
    let menu = json!({ "type": 3, "name": ON_MESSAGE, "name_localizations": zh("为什么失败？") });
    let mut all = vec![slash, menu];
    for command in all.iter_mut().filter(|_| !one_guild) {
        command["integration_types"] = json!([0]);
        for (key, value) in EVERYWHERE {
            command[key] = json!(value);
        }
    }
    Value::Array(all)
}

fn subcommands() -> Vec<Value> {
    use option::{CLUSTER, CONTAINER, NAMESPACE, PREVIOUS, TARGET, TEXT};
    let target = || {
        required(completed(text(
            TARGET,
            "目标",
            "shop/cart-0, deploy/web, svc/cart, pvc/data, node/wrk-07, ns/shop",
            "shop/cart-0、deploy/web、svc/cart、pvc/data、node/wrk-07、ns/shop",
        )))
    };
    let cluster = || text(CLUSTER, "集群", "The cluster, where there are several", "集群（有多个时）");
    let namespace = text(NAMESPACE, "命名空间", "Only this namespace", "只看这个命名空间");
    let container = text(CONTAINER, "容器", "Only this container", "只看这个容器");
    let previous = option(5, PREVIOUS, "上次运行", "Of the run before the current one", "上一次运行的日志");
    let pasted = required(text(TEXT, "文字", "An event, a status or a log line", "事件、状态或日志"));
    let asking = vec![
        sub(
            "why",
            "Why this pod or workload fails",
            "这个 Pod 或工作负载为什么失败",
            vec![target(), cluster()],
        ),
        sub(
            "node",
            "Why this node is unwell, and what it did to its pods",
            "这个节点怎么了，影响了哪些 Pod",
            vec![required(text(TARGET, "目标", "The node's name", "节点名")), cluster()],
        ),
        sub(
            "triage",
            "Everything that fails, one group for each root cause",
            "所有失败的对象，按根本原因分组",
            vec![completed(namespace), cluster()],
        ),
        sub(
            "logs",
            "The last lines its containers wrote",
            "容器最后输出的几行",
            vec![target(), container, previous],
        ),
        sub("events", "What the cluster told about it", "集群记录的相关事件", vec![target()]),
        sub("explain", "What a pasted text can mean", "粘贴的文字可能意味着什么", vec![pasted]),
    ];
    let help = sub("help", "What can be asked", "可以问什么", Vec::new());
    asking.into_iter().chain(incidents::subcommands()).chain([help]).collect()
}

fn sub(name: &str, en: &str, chinese: &str, options: Vec<Value>) -> Value {
    let mut sub =
        json!({ "type": 1, "name": name, "description": en, "description_localizations": zh(chinese) });
    if !options.is_empty() {
        sub["options"] = Value::Array(options);
    }
    sub
}

fn text(name: &str, name_zh: &str, en: &str, chinese: &str) -> Value {
    option(3, name, name_zh, en, chinese)
}

fn option(kind: u8, name: &str, name_zh: &str, en: &str, chinese: &str) -> Value {
    json!({
        "type": kind,
        "name": name,
        "name_localizations": zh(name_zh),
        "description": en,
        "description_localizations": zh(chinese),
    })
}

fn required(mut option: Value) -> Value {
    option["required"] = json!(true);
    option
}

fn completed(mut option: Value) -> Value {
    option["autocomplete"] = json!(true);
    option
}

fn zh(text: &str) -> Value {
    json!({ "zh-CN": text })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// <https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-naming>
    fn check(thing: &Value, named_freely: bool) {
        let mut names = vec![thing["name"].as_str().unwrap()];
        names.extend(
            thing["name_localizations"].as_object().into_iter().flatten().filter_map(|(_, v)| v.as_str()),
        );
        for name in names {
            assert!((1..=32).contains(&name.chars().count()), "{name}");
            let plain =
                name.chars().all(|c| c.is_alphanumeric() || "-_'".contains(c)) && name == name.to_lowercase();
            assert!(named_freely || plain, "{name}");
        }
        let mut descriptions: Vec<&str> = thing["description"].as_str().into_iter().collect();
        let localized = thing["description_localizations"].as_object();
        descriptions.extend(localized.into_iter().flatten().filter_map(|(_, v)| v.as_str()));
        assert_eq!(descriptions.is_empty(), named_freely);
        for description in descriptions {
            assert!((1..=100).contains(&description.chars().count()), "{description}");
        }
        for choice in thing["choices"].as_array().into_iter().flatten() {
            let mut named = vec![&choice["name"]];
            named.extend(choice["name_localizations"].as_object().into_iter().flat_map(|map| map.values()));
            assert!(named.iter().all(|name| (1..=100).contains(&name.as_str().unwrap().chars().count())));
        }
        let options = thing["options"].as_array().cloned().unwrap_or_default();
        assert!(options.len() <= 25);
        let first_optional = options.iter().position(|option| option["required"] != json!(true));
        let last_required = options.iter().rposition(|option| option["required"] == json!(true));
        assert!(last_required.is_none() || first_optional.is_none_or(|first| Some(first) > last_required));
        options.iter().for_each(|option| check(option, false));
    }

    #[test]
    fn names_and_descriptions_are_within_limits() {
        for command in commands("pod", false).as_array().unwrap() {
            check(command, command["type"] == json!(3));
        }
    }

    #[test]
    fn the_words_are_those_of_the_flow() {
        // `node` is `why node/…`, for those who look for it
        let words: Vec<_> = subcommands()
            .iter()
            .map(|sub| sub["name"].as_str().unwrap().to_string())
            .filter(|word| word != "node")
            .collect();
        assert_eq!(words, podwhy_flow::ask::command::WORDS);
    }

    #[test]
    fn only_commands_for_all_servers_say_where() {
        assert_eq!(commands("pod", false)[0]["contexts"], json!([0, 1]));
        assert_eq!(commands("pod", true)[0]["contexts"], Value::Null);
    }
}
