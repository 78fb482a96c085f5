//! Words for what the API server knows.

use podwhy_knowledge::Lang;

use super::super::inputs::Crowd;
use super::super::signal::{OfLease, OfNode, OfReady};
use super::{said, span};

pub(super) fn node(node: &OfNode, lang: Lang) -> String {
    match (node, lang) {
        (OfNode::Same, Lang::En) => "Node object: the same as at the offer".to_string(),
        (OfNode::Same, Lang::Zh) => "Node 对象：与提议时相同".to_string(),
        (OfNode::Rejoined, Lang::En) => "Node object: its kubelet spoke since the offer".to_string(),
        (OfNode::Rejoined, Lang::Zh) => "Node 对象：提议之后其 kubelet 曾恢复上报".to_string(),
        (OfNode::Replaced, Lang::En) => "Node object: registered anew, under another uid".to_string(),
        (OfNode::Replaced, Lang::Zh) => "Node 对象：已重新注册，uid 不同".to_string(),
        (OfNode::Gone, Lang::En) => "Node object: it does not exist any more".to_string(),
        (OfNode::Gone, Lang::Zh) => "Node 对象：已不存在".to_string(),
        (OfNode::Unread(why), Lang::En) => format!("Node object: not read ({})", said(why)),
        (OfNode::Unread(why), Lang::Zh) => format!("Node 对象：未能读取（{}）", said(why)),
    }
}

pub(super) fn ready(ready: OfReady, lang: Lang) -> String {
    match (ready, lang) {
        (OfReady::Unknown(lasts), Lang::En) => format!("Ready: seen Unknown for {}", span(lasts, lang)),
        (OfReady::Unknown(lasts), Lang::Zh) => {
            format!("Ready：Unknown，已观察 {}", span(lasts, lang))
        }
        (OfReady::NotYet(lasts), Lang::En) => {
            format!("Ready: seen Unknown for {}, 5 min are needed", span(lasts, lang))
        }
        (OfReady::NotYet(lasts), Lang::Zh) => {
            format!("Ready：Unknown，已观察 {}，需满 5 分钟", span(lasts, lang))
        }
        (OfReady::False, Lang::En) => "Ready: False, which the kubelet itself says: it is alive".to_string(),
        (OfReady::False, Lang::Zh) => "Ready：False，这是 kubelet 自己上报的：节点存活".to_string(),
        (OfReady::True, Lang::En) => "Ready: True, it is alive".to_string(),
        (OfReady::True, Lang::Zh) => "Ready：True，节点存活".to_string(),
        (OfReady::Missing, Lang::En) => "Ready: not known".to_string(),
        (OfReady::Missing, Lang::Zh) => "Ready：未知".to_string(),
    }
}

/// `what` is whose Lease it is.
pub(super) fn lease(what: &str, lease: &OfLease, lang: Lang) -> String {
    match (lease, lang) {
        (OfLease::Unchanged(lasts), Lang::En) => {
            format!("{what}: unchanged for {}, watched without a gap", span(*lasts, lang))
        }
        (OfLease::Unchanged(lasts), Lang::Zh) => {
            format!("{what}：持续观察 {}，未再续期", span(*lasts, lang))
        }
        (OfLease::NotYet(lasts), Lang::En) => {
            format!("{what}: watched unchanged for {}, 5 min are needed", span(*lasts, lang))
        }
        (OfLease::NotYet(lasts), Lang::Zh) => {
            format!("{what}：已持续观察 {}，需满 5 分钟", span(*lasts, lang))
        }
        (OfLease::Renewed(ago), Lang::En) => {
            format!("{what}: renewed {} ago, while Ready was Unknown: it is alive", span(*ago, lang))
        }
        (OfLease::Renewed(ago), Lang::Zh) => {
            format!("{what}：{}前在 Ready 为 Unknown 期间续期：节点存活", span(*ago, lang))
        }
        (OfLease::Gone, Lang::En) => format!("{what}: it was deleted, so its silence says nothing"),
        (OfLease::Gone, Lang::Zh) => format!("{what}：已被删除，无法据此判断"),
        (OfLease::Never, Lang::En) => format!("{what}: not available, there never was one"),
        (OfLease::Never, Lang::Zh) => format!("{what}：不可用，从未存在过"),
        (OfLease::NotWatched(why), Lang::En) => format!("{what}: not watched ({})", said(why)),
        (OfLease::NotWatched(why), Lang::Zh) => format!("{what}：未能观察（{}）", said(why)),
    }
}

pub(super) fn crowd(crowd: Option<Crowd>, lang: Lang) -> String {
    let Some(Crowd { nodes, unknown }) = crowd else {
        return lang.pick("Nodes: how many are Unknown is not known", "节点：Unknown 的数量未知").to_string();
    };
    let most = (nodes / 10).max(1);
    match lang {
        Lang::En => format!("Nodes: {unknown} of {nodes} are Unknown, at most {most} may be"),
        Lang::Zh => format!("节点：{nodes} 个中有 {unknown} 个为 Unknown，最多允许 {most} 个"),
    }
}
