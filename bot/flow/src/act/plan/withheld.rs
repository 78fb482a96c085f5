//! What is not offered although the cause's page names it, and why: it stands there as a command, and a person decides.

use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean_name;

use crate::act::record::Said;
use crate::act::remedy::Remedy;
use crate::act::rollout::Hindrance;
use crate::words::more;

/// Something that is not offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withheld {
    /// What.
    pub remedy: Remedy,
    /// Of what: `Deployment shop/web`.
    pub of: String,
    /// Why.
    pub why: Why,
}

/// Why something is not offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its rollout is to be left alone.
    Hindered(Hindrance),
    /// The revision before it is not known to be good: its ReplicaSet.
    NotKnownGood(String),
    /// The node is not confirmed dead: why not.
    NotDead(Vec<Said>),
    /// Somebody else makes and removes the node.
    NodeOwned(String),
    /// It could not be asked what stands on the node: why.
    NotRead(String),
    /// No agent on the node reports.
    NoAgent,
    /// The report of the node's agent is old, or of an earlier node of this name.
    AgentSilent,
    /// The node's agent would not: why.
    NotAble(String),
    /// A finalizer of Kubernetes itself.
    OwnFinalizer,
    /// A finalizer of which it is not known what proves that its controller is gone.
    UnknownFinalizer,
    /// Something of the controller is there, whether it works or not.
    ControllerThere {
        /// Which controller.
        controller: String,
        /// What was found.
        found: Vec<String>,
    },
    /// It could not be looked for the controller everywhere.
    NotLooked {
        /// Which controller.
        controller: String,
        /// Why not, in the API server's words.
        why: String,
    },
}

impl Withheld {
    /// In words: what and why, and if there is more to say, a line for each.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let of = &self.of;
        let what = match (self.remedy, lang) {
            (Remedy::RollBack, Lang::En) => format!("No button to roll {of} back"),
            (Remedy::RollBack, Lang::Zh) => format!("不提供回滚 {of} 的按钮"),
            (Remedy::RemoveFinalizer, Lang::En) => format!("No button to remove finalizer {of}"),
            (Remedy::RemoveFinalizer, Lang::Zh) => format!("不提供移除 finalizer {of} 的按钮"),
            (Remedy::RolloutRestart, Lang::En) => format!("No button to restart {of}"),
            (Remedy::RolloutRestart, Lang::Zh) => format!("不提供重启 {of} 的按钮"),
            (Remedy::DeleteNode, Lang::En) => format!("No button to delete {of}"),
            (Remedy::DeleteNode, Lang::Zh) => format!("不提供删除 {of} 的按钮"),
            (Remedy::RestartKubelet, Lang::En) => format!("No button to restart the kubelet of {of}"),
            (Remedy::RestartKubelet, Lang::Zh) => format!("不提供重启 {of} 的 kubelet 的按钮"),
            (Remedy::RestartRuntime, Lang::En) => {
                format!("No button to restart the container runtime of {of}")
            }
            (Remedy::RestartRuntime, Lang::Zh) => format!("不提供重启 {of} 的容器运行时的按钮"),
            (Remedy::RemoveImage, Lang::En) => format!("No button to remove the image from {of}"),
            (Remedy::RemoveImage, Lang::Zh) => format!("不提供从 {of} 移除镜像的按钮"),
            (_, Lang::En) => format!("No button for the pods of {of}"),
            (_, Lang::Zh) => format!("不提供处理 {of} 上 Pod 的按钮"),
        };
        let first = format!("{what}{}{}", lang.pick(": ", "："), self.why.text(lang));
        let more = match &self.why {
            Why::NotDead(lines) => lines.as_slice(),
            _ => &[],
        };
        [first.as_str()].into_iter().chain(more.iter().map(|line| line.of(lang))).map(clean_name).collect()
    }
}

impl Why {
    fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Why::Hindered(hindrance), lang) => hindrance.text(lang),
            (Why::NotKnownGood(set), Lang::En) => format!(
                "{set} is the previous revision, not known to be good: it has no ready pod, and was not seen fully available for 10 minutes."
            ),
            (Why::NotDead(_), lang) => {
                lang.pick("it is not confirmed dead.", "尚未确认该节点已宕机。").to_string()
            }
            (Why::NodeOwned(by), Lang::En) => format!("{by} makes and removes it."),
            (Why::NodeOwned(by), Lang::Zh) => format!("由 {by} 创建与移除。"),
            (Why::NotRead(why), Lang::En) => format!("what stands on it could not be read: {why}"),
            (Why::NotRead(why), Lang::Zh) => format!("无法读取其上的内容：{why}"),
            (Why::NotKnownGood(set), Lang::Zh) => {
                format!(
                    "上一个 revision {set} 未确认可用：没有就绪的 Pod，也没有观察到它连续 10 分钟完全可用。"
                )
            }
            (Why::NoAgent, Lang::En) => "no node agent of podwhy reports from there.".to_string(),
            (Why::NoAgent, Lang::Zh) => "该节点上没有 podwhy 节点代理的报告。".to_string(),
            (Why::AgentSilent, Lang::En) => {
                "its node agent has not reported for 10 minutes, or reported of an earlier node of this name."
                    .to_string()
            }
            (Why::AgentSilent, Lang::Zh) => {
                "其节点代理已超过 10 分钟没有报告，或报告属于同名的旧节点。".to_string()
            }
            (Why::NotAble(why), Lang::En) => format!("the node agent there would not: {why}"),
            (Why::NotAble(why), Lang::Zh) => format!("该节点的代理不会执行：{why}"),
            (Why::OwnFinalizer, Lang::En) => {
                "it is Kubernetes' own; what waits for it is always there.".to_string()
            }
            (Why::OwnFinalizer, Lang::Zh) => "它属于 Kubernetes 自身，等待它的组件始终存在。".to_string(),
            (Why::UnknownFinalizer, Lang::En) => {
                "podwhy does not know what would prove that its controller is gone; see the commands."
                    .to_string()
            }
            (Why::UnknownFinalizer, Lang::Zh) => {
                "podwhy 不知道如何证明其控制器已不存在，请参考命令。".to_string()
            }
            (Why::ControllerThere { controller, found }, lang) => there(controller, found, lang),
            (Why::NotLooked { controller, why }, Lang::En) => {
                format!("whether {controller} is gone could not be seen in the whole cluster: {why}")
            }
            (Why::NotLooked { controller, why }, Lang::Zh) => {
                format!("无法在整个集群中确认 {controller} 是否已不存在：{why}")
            }
        }
    }
}

/// At most so many parts of a controller are named.
const NAMED: usize = 5;

/// That something of a controller is there.
fn there(controller: &str, found: &[String], lang: Lang) -> String {
    let mut named: Vec<String> = found.iter().take(NAMED).cloned().collect();
    if found.len() > NAMED {
        named.push(more(found.len() - NAMED, lang));
    }
    let named = named.join(", ");
    match lang {
        Lang::En => {
            format!("{controller} is installed ({named}), even if it does not work; look why it does not.")
        }
        Lang::Zh => format!("{controller} 仍在集群中（{named}），即使没有工作；请先查明原因。"),
    }
}

impl Hindrance {
    /// In words.
    pub fn text(&self, lang: Lang) -> String {
        match (self, lang) {
            (Hindrance::Managed(by), Lang::En) => format!("{by} manages it; change it there."),
            (Hindrance::Managed(by), Lang::Zh) => format!("由 {by} 管理，请在那里更改。"),
            (Hindrance::Paused, Lang::En) => "its rollout is paused; somebody is not done.".to_string(),
            (Hindrance::Paused, Lang::Zh) => "其发布已暂停，可能有人尚未完成操作。".to_string(),
            (Hindrance::GoesOn, Lang::En) => {
                "its rollout goes on; wait for its end or its deadline.".to_string()
            }
            (Hindrance::GoesOn, Lang::Zh) => "其发布仍在进行，请等待其结束或超时。".to_string(),
        }
    }
}
