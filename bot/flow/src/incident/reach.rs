//! Which incidents and mutes someone may see, and change: those of what may be read where they speak.

use std::collections::BTreeMap;

use super::mute::Mute;
use super::policy::Spot;
use super::record::Incident;
use crate::ask::within::Visible;

/// The namespaces of each cluster that may be read; of a cluster that is not in it, nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach(pub BTreeMap<String, Visible>);

impl Reach {
    /// Whether an incident may be named: it is told in this channel, or all of it may be read.
    pub fn shows(&self, incident: &Incident, spot: Option<&Spot>) -> bool {
        let is_told = spot.is_some_and(|spot| incident.thread(spot).is_some());
        is_told
            || match self.0.get(&incident.status.root_cause.cluster) {
                Some(Visible::All) => true,
                Some(visible) => {
                    let own = incident.namespaces();
                    !own.is_empty() && own.iter().all(|namespace| visible.shows(namespace))
                }
                None => false,
            }
    }

    /// Whether a mute may be said, and ended: all it could silence may be read.
    pub fn may(&self, mute: &Mute) -> bool {
        match (self.of(mute), &mute.namespace) {
            (Some(visible), Some(namespace)) => visible.shows(namespace),
            (Some(visible), None) => *visible == Visible::All,
            (None, _) => false,
        }
    }

    /// Whether a mute may be named: it could silence something that may be read.
    pub fn sees(&self, mute: &Mute) -> bool {
        let of = |visible: &Visible| mute.namespace.as_ref().is_none_or(|own| visible.shows(own));
        match mute.cluster {
            Some(_) => self.of(mute).is_some_and(of),
            None => self.0.values().any(of),
        }
    }

    fn of(&self, mute: &Mute) -> Option<&Visible> {
        self.0.get(mute.cluster.as_deref().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{incident, spot};
    use super::*;
    use crate::chat::Platform;

    fn reach(cluster: &str, namespaces: Option<&[&str]>) -> Reach {
        let listed = |all: &[&str]| Visible::Only(all.iter().map(|own| (*own).to_string()).collect());
        Reach([(cluster.to_string(), namespaces.map_or(Visible::All, listed))].into())
    }

    #[test]
    fn what_may_not_be_read_is_neither_shown_nor_muted() {
        let (all, shop, pay) =
            (reach("prod", None), reach("prod", Some(&["shop"])), reach("prod", Some(&["pay"])));
        let mut cart = incident("cart");
        assert!(all.shows(&cart, None) && shop.shows(&cart, None) && !pay.shows(&cart, None));
        assert!(!reach("dev", None).shows(&cart, None));
        assert!(pay.shows(&cart, Some(&spot(Platform::Slack, "C1"))), "it is told there");
        assert!(!pay.shows(&cart, Some(&spot(Platform::Slack, "C2"))));
        cart.status.namespaces.insert("pay".to_string(), 1);
        assert!(!shop.shows(&cart, None), "it is of another namespace, too");
        let mute = |namespace: Option<&str>| Mute {
            cluster: Some("prod".to_string()),
            cause: None,
            namespace: namespace.map(str::to_string),
            workload: None,
            until: jiff::Timestamp::MAX,
            by: String::new(),
        };
        assert!(all.may(&mute(None)) && all.may(&mute(Some("shop"))) && shop.may(&mute(Some("shop"))));
        assert!(
            !shop.may(&mute(None)) && !pay.may(&mute(Some("shop"))) && !reach("dev", None).may(&mute(None))
        );
        assert!(shop.sees(&mute(None)) && shop.sees(&mute(Some("shop"))) && !pay.sees(&mute(Some("shop"))));
        let any = Mute { cluster: None, ..mute(None) };
        assert!(shop.sees(&any) && !shop.may(&any), "nobody ends what reaches further");
    }
}
