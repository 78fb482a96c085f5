//! Where the table and the scheduler's own message part, and why that may be.

use jiff::Timestamp;

use super::message::Class;
use super::reason::Words;
use super::table::{MAX_NODES, Table};
use crate::snapshot::Snapshot;
use crate::text::counted;

/// The scheduler every pod has that names none.
const DEFAULT: &str = "default-scheduler";

/// What differs, and the likeliest why; `None` when the table shows all that the scheduler said. A scheduler of another
/// version names other reasons of a node that has several: that is no difference.
pub fn differs(s: &Snapshot, table: &Table) -> Option<Words> {
    if table.rows.is_empty() {
        return None;
    }
    let what = nodes_missing(table).or_else(|| fitting(table)).or_else(|| more_than_shown(table))?;
    let why = why(s, table);
    Some(Words::new(format!("{} {}", what.en, why.en), format!("{}{}", what.zh, why.zh)))
}

/// Whether what the table knows is not all that keeps the pod: another scheduler places it, or this one gave a reason on
/// more nodes than the table shows it on. Then no change is proven by the table.
pub fn is_in_doubt(s: &Snapshot, table: &Table) -> bool {
    let scheduler = s.spec().and_then(|spec| spec.scheduler_name.as_deref()).unwrap_or(DEFAULT);
    !matches!(scheduler, DEFAULT | "") || more_than_shown(table).is_some()
}

fn nodes_missing(table: &Table) -> Option<Words> {
    let (said, here) = (table.said.total?, table.rows.len());
    (said != here).then(|| {
        Words::new(
            format!("The scheduler counted {}, the table has {here}.", counted(said, "node", "nodes")),
            format!("调度器数到 {said} 个节点，上表有 {here} 个。"),
        )
    })
}

fn fitting(table: &Table) -> Option<Words> {
    let fitting: Vec<&str> =
        table.rows.iter().filter(|row| row.failing.is_empty()).map(|row| row.node.as_str()).collect();
    (!fitting.is_empty()).then(|| {
        let names = &fitting[..fitting.len().min(MAX_NODES)];
        Words::new(
            format!("By what was read the pod fits on {}.", names.join(", ")),
            format!("按读到的数据，该 Pod 能放到 {}。", names.join("、")),
        )
    })
}

fn more_than_shown(table: &Table) -> Option<Words> {
    let taint = |class: &Class| matches!(class, Class::Taint | Class::NotReady | Class::Unschedulable);
    let (class, said, here) = table.said.by_telling().into_iter().find_map(|class| {
        // schedulers have had one word for all taints, and words of their own for some
        let same = |other: &Class| *other == class || (taint(&class) && taint(other));
        let said: usize = table.said.counts.iter().filter(|(c, _)| same(c)).map(|(_, count)| count).sum();
        let here = table.rows.iter().filter(|row| row.failing.iter().any(same)).count();
        (said > here && !class.is_beyond_the_table()).then_some((class, said, here))
    })?;
    let class = name(&class);
    Some(Words::new(
        format!("Nodes on which the scheduler found {}: {said}; in the table: {here}.", class.en),
        format!("调度器在 {said} 个节点上判定为“{}”，上表只有 {here} 个。", class.zh),
    ))
}

/// The likeliest reason first.
fn why(s: &Snapshot, table: &Table) -> Words {
    let scheduler = s.spec().and_then(|spec| spec.scheduler_name.as_deref()).unwrap_or(DEFAULT);
    if scheduler != DEFAULT && !scheduler.is_empty() {
        return Words::new(
            format!("The pod is placed by {scheduler}, which may filter by rules of its own."),
            format!("该 Pod 由 {scheduler} 调度，它可能有自己的过滤规则。"),
        );
    }
    if !table.unread().is_empty() {
        let unread = table.unread();
        let unread = unread[..unread.len().min(MAX_NODES)].join(", ");
        return Words::new(format!("Not read: {unread}."), format!("没有读到：{unread}。"));
    }
    if let Some((node, joined)) = joined_since(s) {
        return Words::new(
            format!("Node {node} joined at {joined}, after the scheduler last spoke: it will try again."),
            format!("节点 {node} 在调度器上次说话之后（{joined}）才加入，调度器会再试。"),
        );
    }
    if let Some((pod, node)) = nominated(s) {
        return Words::new(
            format!("{pod} is nominated to node {node}, which the scheduler keeps free for it."),
            format!("{pod} 已被提名到节点 {node}，调度器会给它留着位置。"),
        );
    }
    if table.lacks_neighbours() && !s.world.live {
        return Words::new(
            "Not all pods of the nodes are in the dump, or the message is older than they are.",
            "转储里没有节点上的全部 Pod，或者消息比它们旧。",
        );
    }
    if s.world.live {
        return Words::new(
            "The cluster has changed since the scheduler last spoke, or its profile has other filters; it looks again after a change that matters, at the latest after five minutes.",
            "调度器说话之后集群有变化，或者它的配置用了别的过滤器；相关对象一变它就会重试，最迟五分钟一次。",
        );
    }
    Words::new(
        "The message is older than the objects read, or objects are missing from the dump.",
        "消息早于读到的对象，或者转储不完整。",
    )
}

/// Another pod that waits for its victims to leave a node, and comes first by priority.
/// <https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/#user-exposed-information>
fn nominated(s: &Snapshot) -> Option<(String, String)> {
    let own = s.spec()?.priority.unwrap_or(0);
    s.world.pods.iter().find_map(|((namespace, name), object)| {
        let node = object.pod.status.as_ref()?.nominated_node_name.as_deref()?;
        let spec = object.pod.spec.as_ref()?;
        let first = spec.node_name.is_none() && spec.priority.unwrap_or(0) >= own;
        let other = namespace != s.namespace() || name != s.name();
        (first && other && !node.is_empty()).then(|| (format!("{namespace}/{name}"), node.to_string()))
    })
}

/// A node that is younger than the scheduler's last event about the pod.
fn joined_since(s: &Snapshot) -> Option<(String, Timestamp)> {
    let spoke = s.events.iter().filter(|e| e.reason == "FailedScheduling").filter_map(|e| e.at).max()?;
    s.world.nodes.iter().find_map(|(name, node)| {
        let joined = node.metadata.creation_timestamp.as_ref()?.0;
        (joined > spoke).then(|| (name.clone(), joined))
    })
}

/// What people call the class.
fn name(class: &Class) -> Words {
    match class {
        Class::UnboundClaim => Words::new("an unbound claim", "PVC 未绑定"),
        Class::MissingClaim => Words::new("a missing claim", "PVC 不存在"),
        Class::VolumePlace => Words::new("a volume that is elsewhere", "卷不在该处"),
        Class::VolumeLimit => Words::new("the volume limit", "卷数已达上限"),
        Class::ResourceClaim => Words::new("an unmet ResourceClaim", "ResourceClaim 无法满足"),
        Class::HostPort => Words::new("a taken host port", "主机端口被占"),
        Class::PodAffinity => Words::new("unmet pod affinity", "Pod 亲和性不满足"),
        Class::PodAntiAffinity => Words::new("a pod anti-affinity conflict", "Pod 反亲和性冲突"),
        Class::TopologySpread => Words::new("an unmet topology spread", "拓扑分布约束不满足"),
        Class::TooManyPods => Words::new("too many pods", "Pod 数已达上限"),
        Class::Resource(resource) => Words::new(format!("too little {resource}"), format!("{resource} 不足")),
        Class::NodeSelector => Words::new("unmet node labels", "节点标签不符"),
        Class::Taint | Class::NotReady | Class::Unschedulable => {
            Words::new("a taint or cordon", "污点或停止调度")
        }
    }
}
