//! Changes in words.

use super::{Changed, Difference, What};
use crate::lang::Lang;
use crate::moment::show_seconds;
use crate::redact::redact;

/// A difference of so few seconds is none.
const SAME_TIME_SECONDS: i64 = 5;

impl Changed {
    /// One sentence, redacted: what changed, and how long before the failure.
    pub fn text(&self, lang: Lang) -> String {
        let (what, when) = (self.what(lang), self.when(lang));
        redact(&match lang {
            Lang::En => format!("{what}{when}{}.", self.details(lang)),
            Lang::Zh => format!("{what}{when}{}。", self.details(lang)),
        })
    }

    fn what(&self, lang: Lang) -> String {
        let object = &self.object;
        match (&self.what, lang) {
            (What::Rollout { revision, back, .. }, Lang::En) => {
                let verb = if *back {
                    "was rolled back to what is now revision"
                } else {
                    "was rolled out as revision"
                };
                format!("{object} {verb} {revision}")
            }
            (What::Rollout { revision, back, .. }, Lang::Zh) => {
                let verb = if *back { "回滚，现为" } else { "发布了" };
                format!("{object} {verb} revision {revision}")
            }
            (What::Config { made, .. }, Lang::En) => {
                format!("{object} was {}", if *made { "made" } else { "changed" })
            }
            (What::Config { made, .. }, Lang::Zh) => {
                format!("{object} {}", if *made { "是新建的" } else { "有改动" })
            }
            (What::NodeJoined, Lang::En) => format!("{object} joined the cluster"),
            (What::NodeJoined, Lang::Zh) => format!("{object} 加入集群"),
            (What::NodeReady, Lang::En) => format!("{object} became ready again"),
            (What::NodeReady, Lang::Zh) => format!("{object} 恢复就绪"),
            (What::NodeCondition(name), Lang::En) if name == "NotReady" => {
                format!("{object} became not ready")
            }
            (What::NodeCondition(name), Lang::Zh) if name == "NotReady" => format!("{object} 变为未就绪"),
            (What::NodeCondition(name), Lang::En) => format!("{object} reported {name}"),
            (What::NodeCondition(name), Lang::Zh) => format!("{object} 出现 {name}"),
            (What::NodeRebooted, Lang::En) => format!("{object} was rebooted"),
            (What::NodeRebooted, Lang::Zh) => format!("{object} 重启过"),
            (What::KubeletStarted, Lang::En) => format!("the kubelet of {object} was restarted"),
            (What::KubeletStarted, Lang::Zh) => format!("{object} 的 kubelet 重启过"),
            (What::NodeVersion { own, others }, Lang::En) => {
                format!("{object} runs kubelet {own}, most nodes run {others}")
            }
            (What::NodeVersion { own, others }, Lang::Zh) => {
                format!("{object} 的 kubelet 是 {own}，多数节点是 {others}")
            }
        }
    }

    fn when(&self, lang: Lang) -> String {
        let Some(seconds) = self.before_failure else { return String::new() };
        let apart = show_seconds(seconds.saturating_abs());
        match (seconds, lang) {
            (seconds, Lang::En) if seconds.saturating_abs() <= SAME_TIME_SECONDS => {
                " at the first sign of the failure".to_string()
            }
            (seconds, Lang::Zh) if seconds.saturating_abs() <= SAME_TIME_SECONDS => {
                "，与故障最早的迹象同时".to_string()
            }
            (1.., Lang::En) => format!(", {apart} before the first sign of the failure"),
            (1.., Lang::Zh) => format!("，比故障最早的迹象早 {apart}"),
            (_, Lang::En) => format!(", {apart} after the first sign of the failure"),
            (_, Lang::Zh) => format!("，比故障最早的迹象晚 {apart}"),
        }
    }

    fn details(&self, lang: Lang) -> String {
        match &self.what {
            What::Rollout { differences: Some(differences), .. } if !differences.is_empty() => {
                let all: Vec<String> = differences.iter().map(|difference| difference.text(lang)).collect();
                format!("{}{}", lang.pick(": ", "："), all.join(lang.pick("; ", "；")))
            }
            What::Rollout { differences: Some(_), .. } => {
                lang.pick("; its template equals the one before", "；模板与上一版相同").to_string()
            }
            What::Rollout { differences: None, .. } => {
                lang.pick("; the revision before was not read", "；没有读到上一版").to_string()
            }
            What::Config { after_start: true, made: false, .. } => lang
                .pick(
                    ", after the container had started: what it took into its environment is still the old state",
                    "，在容器启动之后：已注入环境变量的仍是旧值",
                )
                .to_string(),
            _ => String::new(),
        }
    }
}

impl Difference {
    /// In words.
    pub fn text(&self, lang: Lang) -> String {
        let none = lang.pick("none", "无");
        match (self, lang) {
            (Difference::Image { container, from, to }, Lang::En) => {
                format!("image of {container}: {from} → {to}")
            }
            (Difference::Image { container, from, to }, Lang::Zh) => {
                format!("容器 {container} 的镜像 {from} → {to}")
            }
            (Difference::Resource { container, resource, from, to }, _) => {
                let of = |amount: &Option<String>| amount.clone().unwrap_or_else(|| none.to_string());
                let (from, to) = (of(from), of(to));
                match lang {
                    Lang::En => format!("{resource} of {container}: {from} → {to}"),
                    Lang::Zh => format!("容器 {container} 的 {resource} {from} → {to}"),
                }
            }
            (Difference::Variables { container, names }, Lang::En) => {
                format!("environment variables of {container} differ: {}", names.join(", "))
            }
            (Difference::Variables { container, names }, Lang::Zh) => {
                format!("容器 {container} 的环境变量有变化：{}", names.join("、"))
            }
            (Difference::Added(name), Lang::En) => format!("container {name} is new"),
            (Difference::Added(name), Lang::Zh) => format!("新增容器 {name}"),
            (Difference::Removed(name), Lang::En) => format!("container {name} is gone"),
            (Difference::Removed(name), Lang::Zh) => format!("去掉了容器 {name}"),
            (Difference::Field(path), Lang::En) => format!("{path} differs"),
            (Difference::Field(path), Lang::Zh) => format!("{path} 有变化"),
            (Difference::Restarted, Lang::En) => "restarted by kubectl rollout restart".to_string(),
            (Difference::Restarted, Lang::Zh) => "kubectl rollout restart 触发的重启".to_string(),
        }
    }
}
