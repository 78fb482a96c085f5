//! The subcommands about incidents.

use serde_json::{Value, json};

use super::option::{CAUSE, CLUSTER, FOR, NAMESPACE, TARGET};
use super::{completed, sub, text, zh};

/// How long a mute may last, of those that are offered.
const TIMES: [(&str, &str, &str); 6] = [
    ("30 minutes", "30 分钟", "30m"),
    ("1 hour", "1 小时", "1h"),
    ("2 hours", "2 小时", "2h"),
    ("4 hours", "4 小时", "4h"),
    ("8 hours", "8 小时", "8h"),
    ("a day", "1 天", "24h"),
];

pub(super) fn subcommands() -> Vec<Value> {
    let what = || {
        vec![
            completed(text(
                TARGET,
                "目标",
                "shop/cart, deploy/cart, node/wrk-07, or an incident's name",
                "shop/cart、deploy/cart、node/wrk-07，或故障名称",
            )),
            completed(text(CAUSE, "原因", "This cause, as oom-killed", "某个原因，例如 oom-killed")),
            completed(text(NAMESPACE, "命名空间", "In this namespace", "在这个命名空间")),
            text(CLUSTER, "集群", "The cluster, where there are several", "集群（有多个时）"),
        ]
    };
    let mut muted = what();
    let mut lasts = text(FOR, "时长", "How long: an hour, unless another is chosen", "时长，默认 1 小时");
    lasts["choices"] = lasts_choices();
    muted.push(lasts);
    let mut frozen = text(FOR, "时长", "How long: an hour, unless another is chosen", "时长，默认 1 小时");
    frozen["choices"] = lasts_choices();
    let mut target = completed(text(
        TARGET,
        "目标",
        "A pod, a workload or a node: shop/cart-0, deploy/cart, node/wrk-07",
        "Pod、工作负载或节点：shop/cart-0、deploy/cart、node/wrk-07",
    ));
    target["required"] = json!(true);
    let acked = completed(text(
        TARGET,
        "目标",
        "shop/cart, or an incident's name; nothing in an incident's thread",
        "shop/cart 或故障名称；在故障的子区中可不填",
    ));
    vec![
        sub("ack", "You are on this incident", "由你处理这个故障", vec![acked]),
        sub("mute", "Nothing is told of it for a while", "一段时间内不再通报", muted),
        sub("unmute", "It is told of again", "恢复通报", what()),
        sub("mutes", "What is muted, until when and by whom", "当前的静音、截止时间和设置人", Vec::new()),
        sub("fix", "What can be done about it is offered", "给出可以执行的操作", vec![target]),
        sub("approvals", "What waits for somebody to agree", "等待同意的操作", Vec::new()),
        sub("history", "What was done, by whom, and whether it helped", "已执行的操作及其效果", Vec::new()),
        sub("freeze", "Nothing that was not begun begins", "暂停所有尚未开始的操作", vec![frozen]),
        sub("unfreeze", "What is approved is done again", "恢复执行操作", Vec::new()),
    ]
}

fn lasts_choices() -> Value {
    TIMES
        .iter()
        .map(|(en, chinese, value)| json!({ "name": en, "name_localizations": zh(chinese), "value": value }))
        .collect()
}
