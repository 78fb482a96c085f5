//! The same in Chinese. What a server or a parser says in its own words stays as it is.

use podwhy_knowledge::resolve::ResolveError;
use podwhy_knowledge::{Kind, Lang, TargetError};

use super::UserError;
use crate::ports::ClusterError;

impl UserError {
    /// What is told, in a language.
    pub fn told(&self, lang: Lang) -> String {
        match (lang, self) {
            (Lang::En, _) | (_, UserError::Input(_)) => self.to_string(),
            (_, UserError::Target(error)) => target(error),
            (_, UserError::Resolve(error)) => resolved(error),
            (_, UserError::Cluster { asked, known }) if known.is_empty() => format!("这里没有集群 {asked:?}"),
            (_, UserError::Cluster { asked, known }) => format!("这里没有集群 {asked:?}，当前是 {known:?}"),
            (_, UserError::Unreadable(error)) => cluster(error),
            (_, UserError::Order(error)) => error.told(lang),
        }
    }
}

fn target(error: &TargetError) -> String {
    let forms = "请写成 名称、命名空间/名称、类型/名称 或 命名空间/类型/名称";
    match error {
        TargetError::Empty(text) => format!("{text:?} 有一段是空的；{forms}"),
        TargetError::TooManyParts(text) => format!("{text:?} 的段数太多；{forms}"),
        TargetError::UnknownKind { kind } => {
            let known: Vec<&str> = Kind::all().map(Kind::short).collect();
            format!("podwhy 不认识类型 {kind:?}；可用的类型有 {}", known.join("、"))
        }
        TargetError::BadName(name) => {
            format!("{name:?} 不是合法的 Kubernetes 名称：只能有小写字母、数字、“-”和“.”，最长 253 个字符")
        }
        TargetError::NotNamespaced(kind, short) => format!("{kind} 不属于任何命名空间；请写成 {short}/名称"),
        TargetError::NamespaceConflict { target, flag } => {
            format!("目标里的命名空间是 {target:?}，-n 却是 {flag:?}；只写一个")
        }
    }
}

fn resolved(error: &ResolveError) -> String {
    let named = |what: &str| what.replace("pod or workload", "Pod 或工作负载");
    match error {
        ResolveError::NotFound { what, nearest } if nearest.is_empty() => format!("找不到 {}", named(what)),
        ResolveError::NotFound { what, nearest } => {
            format!("找不到 {}；是不是想查 {}？", named(what), nearest.join(" 或 "))
        }
        ResolveError::Ambiguous { name, candidates } => {
            format!("{name} 在多个命名空间里都有：{}；请用 -n 或 命名空间/名称 指明", candidates.join("、"))
        }
    }
}

fn cluster(error: &ClusterError) -> String {
    match error {
        ClusterError::NotConfigured(why) => format!("没有可查询的集群：{why}"),
        ClusterError::Unreachable { cluster, why } => format!("集群 {cluster} 没有应答：{why}"),
        ClusterError::Unauthorized { cluster, why } => format!("集群 {cluster} 不接受这份凭据：{why}"),
        ClusterError::Forbidden { cluster, why } => {
            format!("podwhy 无权读取集群 {cluster} 中的这些内容：{why}")
        }
        ClusterError::Other { cluster, why } => format!("集群 {cluster} 返回错误：{why}"),
    }
}

#[cfg(test)]
mod tests {
    use podwhy_knowledge::Target;

    use super::*;

    #[test]
    fn a_mistyped_target_is_told_in_either_language() {
        let error = UserError::from("a//b".parse::<Target>().unwrap_err());
        assert!(error.told(Lang::En).contains("has an empty part"));
        assert!(error.told(Lang::Zh).contains("有一段是空的"));
        let missing = UserError::from(ResolveError::NotFound {
            what: "pod shop/a".into(),
            nearest: vec!["shop/b".into()],
        });
        assert_eq!(missing.told(Lang::Zh), "找不到 pod shop/a；是不是想查 shop/b？");
    }
}
