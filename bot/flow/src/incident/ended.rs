//! How an incident ended of which nobody knows whether it is well.

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean_name;

use super::record::{Ended, Incident};
use super::words::{moment, well_again};
use crate::words::Words;

/// In the place of "well again".
const NOT_WATCHED: Words = Words("no longer watched", "不再关注");
const WELL: Words = Words("well again", "已恢复");

/// How it stands, in a title.
pub(super) fn stands(incident: &Incident, lang: Lang) -> &'static str {
    let words = if incident.status.ended.is_some() { NOT_WATCHED } else { WELL };
    words.of(lang)
}

/// When and how it ended.
pub(super) fn told(incident: &Incident, at: Timestamp, lang: Lang) -> String {
    let status = &incident.status;
    let Some(ended) = status.ended else {
        return well_again(incident.spec.opened_at, at, status.most_failing, lang);
    };
    let (at, cluster) = (moment(at), clean_name(&status.root_cause.cluster));
    match (ended, lang) {
        (Ended::ClusterNotWatched, Lang::En) => format!(
            "Closed at {at}: podwhy no longer watches cluster {cluster}. Whether this is well is not known."
        ),
        (Ended::ClusterNotWatched, Lang::Zh) => {
            format!("已于 {at} 关闭：podwhy 不再关注集群 {cluster}，无法得知是否已恢复。")
        }
        (Ended::NamespacesNotWatched, Lang::En) => format!(
            "Closed at {at}: no route names its namespaces in cluster {cluster} any more. Whether this is well is not known."
        ),
        (Ended::NamespacesNotWatched, Lang::Zh) => {
            format!("已于 {at} 关闭：集群 {cluster} 中的相关命名空间已不在任何路由中，无法得知是否已恢复。")
        }
    }
}
