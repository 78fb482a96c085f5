//! As far as the configuration lets incidents see.

use std::collections::BTreeSet;

use podwhy_knowledge::Lang;
use serde_json::Value;

use super::annotations::Allowed;
use super::look::Scope;
use crate::ask::collect::Collected;
use crate::ask::within::{Visible, Within};
use crate::chat::policy::Area;

/// Where incidents look, what of it may be shown, and in which language they are written down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Where anything is looked at: of all routes together; empty for everywhere.
    pub areas: Vec<Area>,
    /// Where no line of a log is ever shown.
    pub no_logs: Vec<Area>,
    /// What annotations may say, and where.
    pub annotations: Vec<Allowed>,
    /// The language of summaries.
    pub lang: Lang,
}

impl Bounds {
    /// The namespaces of a cluster that may be looked at.
    pub fn visible(&self, cluster: &str) -> Visible {
        if self.areas.is_empty() {
            return Visible::All;
        }
        let own = self.areas.iter().filter(|area| area.cluster == cluster);
        let listed: Option<BTreeSet<String>> = own.map(|area| area.namespace.clone()).collect();
        listed.map_or(Visible::All, Visible::Only)
    }

    /// As much of a scope as may be looked at.
    pub fn cut(&self, cluster: &str, scope: Scope) -> Scope {
        match (self.visible(cluster), scope) {
            (Visible::All, scope) => scope,
            (Visible::Only(listed), Scope::All) => Scope::Namespaces(listed),
            (Visible::Only(listed), Scope::Namespaces(wanted)) => {
                Scope::Namespaces(wanted.intersection(&listed).cloned().collect())
            }
        }
    }

    /// As far as a question about a namespace reaches.
    pub fn within(&self, cluster: &str, namespace: &str) -> Within {
        Within { visible: self.visible(cluster), logs: !self.hides_logs(cluster, namespace) }
    }

    /// Takes the logs of namespaces where none may be shown out of what was read of several.
    pub fn limit(&self, cluster: &str, collected: &mut Collected) {
        if !self.no_logs.iter().any(|area| area.cluster == cluster) {
            return;
        }
        let silent = |namespace: &str| self.hides_logs(cluster, namespace);
        let mut apart = Collected::default();
        let of = |object: &Value| {
            let namespace = object.pointer("/metadata/namespace").and_then(Value::as_str);
            namespace.unwrap_or_default().to_string()
        };
        let objects = std::mem::take(&mut collected.objects);
        let (silenced, others): (Vec<Value>, Vec<Value>) =
            objects.into_iter().partition(|object| silent(&of(object)));
        collected.objects = others;
        collected.logs.retain(|(namespace, ..), _| !silent(namespace));
        apart.objects = silenced;
        Within { visible: Visible::All, logs: false }.limit(&mut apart);
        collected.merge(apart);
    }

    fn hides_logs(&self, cluster: &str, namespace: &str) -> bool {
        self.no_logs.iter().any(|area| area.holds(cluster, namespace))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn area(namespace: Option<&str>) -> Area {
        Area { cluster: "prod".to_string(), namespace: namespace.map(str::to_string) }
    }

    #[test]
    fn nothing_is_looked_at_that_no_route_names() {
        let of =
            |namespaces: &[&str]| Scope::Namespaces(namespaces.iter().map(|n| (*n).to_string()).collect());
        let bounds = Bounds { areas: vec![area(Some("shop")), area(Some("web"))], ..Bounds::default() };
        assert_eq!(bounds.cut("prod", Scope::All), of(&["shop", "web"]));
        assert_eq!(bounds.cut("prod", of(&["shop", "pay"])), of(&["shop"]));
        assert_eq!(bounds.cut("other", Scope::All), of(&[]));
        let whole = Bounds { areas: vec![area(None), area(Some("web"))], ..Bounds::default() };
        assert_eq!(whole.cut("prod", Scope::All), Scope::All);
        assert_eq!(Bounds::default().cut("prod", of(&["pay"])), of(&["pay"]));
    }

    #[test]
    fn logs_stay_where_they_may_be_shown() {
        let bounds = Bounds { no_logs: vec![area(Some("pay"))], ..Bounds::default() };
        let mut collected = Collected::default();
        for namespace in ["pay", "shop"] {
            let end = json!({"terminated": {"reason": "Error", "exitCode": 1, "message": "last words"}});
            collected.push(json!({"kind": "Pod", "metadata": {"namespace": namespace, "name": "p"},
                "status": {"containerStatuses": [{"name": "c", "lastState": end}]}}));
            collected.logs.entry((namespace.into(), "p".into(), "c".into())).or_default().current =
                Some("words".into());
        }
        bounds.limit("prod", &mut collected);
        let logs: Vec<&str> = collected.logs.keys().map(|(namespace, ..)| namespace.as_str()).collect();
        assert_eq!(logs, ["shop"]);
        let telling = |object: &&Value| object.to_string().contains("last words");
        let told: Vec<&Value> = collected.objects.iter().filter(telling).collect();
        assert_eq!((told.len(), told[0].pointer("/metadata/namespace")), (1, Some(&json!("shop"))));
        assert!(collected.unread.contains_key(&("Log".into(), "pay".into(), "p".into())));
    }
}
