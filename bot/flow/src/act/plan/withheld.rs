//! What is not offered although the cause's page names it, and why: it stands there as a command, and a person decides.

use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean_name;

use crate::act::record::Said;
use crate::act::remedy::Remedy;
use crate::act::rollout::Hindrance;

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
}

impl Withheld {
    /// In words: what and why, and if there is more to say, a line for each.
    pub fn lines(&self, lang: Lang) -> Vec<String> {
        let of = &self.of;
        let what = match (self.remedy, lang) {
            (Remedy::RollBack, Lang::En) => format!("No button to roll {of} back"),
            (Remedy::RollBack, Lang::Zh) => format!("不提供回滚 {of} 的按钮"),
            (Remedy::RolloutRestart, Lang::En) => format!("No button to restart {of}"),
            (Remedy::RolloutRestart, Lang::Zh) => format!("不提供重启 {of} 的按钮"),
            (Remedy::DeleteNode, Lang::En) => format!("No button to delete {of}"),
            (Remedy::DeleteNode, Lang::Zh) => format!("不提供删除 {of} 的按钮"),
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
        }
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
