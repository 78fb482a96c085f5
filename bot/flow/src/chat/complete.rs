//! Names for a completion: of what the asker may see, nothing else.

use podwhy_knowledge::Lang;

use super::desk::{Chat, ChatCluster};
use super::policy::Grant;
use crate::ask::within::Visible;
use crate::words;

/// At most this many pods are offered by their name alone.
const SEEN: usize = 100;

impl<C: ChatCluster> Chat<C> {
    pub(super) async fn completions(&self, grant: &Grant, typed: &str, most: usize) -> Vec<String> {
        let (named, rest) = match typed.rsplit_once(':') {
            Some((cluster, rest)) => (Some(cluster), rest),
            None => (None, typed),
        };
        let clusters = grant.clusters();
        let several = clusters.len() > 1;
        let usual = grant.cluster.clone();
        let asked = clusters.into_iter().filter(|known| named.is_none_or(|named| named == *known));
        let mut found = Vec::new();
        for name in asked {
            let Some(cluster) = self.desk.of_name(name) else { continue };
            let plain = named.is_none() && (!several || usual.as_deref() == Some(name));
            let prefix = if plain { String::new() } else { words::cluster_prefix(name) };
            let names = self.names(cluster, grant, rest).await;
            found.extend(names.into_iter().map(|name| format!("{prefix}{name}")));
        }
        // what begins as it is typed comes before what has it within
        found.sort_by_key(|name| (!name.starts_with(typed), name.clone()));
        found.truncate(most);
        found
    }

    /// `ns/` completes what is in it; before that, namespaces and what has such a name.
    async fn names(&self, cluster: &C, grant: &Grant, typed: &str) -> Vec<String> {
        if let Some((namespace, word)) = typed.split_once('/') {
            let within = self.within(cluster, grant, Some(namespace), Lang::default()).await;
            if !within.is_ok_and(|within| within.visible.shows(namespace)) {
                return Vec::new();
            }
            let names = cluster.names(Some(namespace)).await.into_iter();
            return names
                .filter(|name| name.contains(word))
                .map(|name| format!("{namespace}/{name}"))
                .collect();
        }
        // a completion is no place for an error
        let Ok(within) = self.within(cluster, grant, None, Lang::default()).await else { return Vec::new() };
        let visible = within.visible;
        // nobody remembers the namespace of every pod
        let shows = |namespace: &str| visible.shows(namespace);
        let seen = if typed.is_empty() { Vec::new() } else { cluster.seen_like(typed, &shows, SEEN) };
        let pods: Vec<String> =
            seen.into_iter().map(|(namespace, name)| format!("{namespace}/{name}")).collect();
        let namespaces = match visible {
            Visible::All => cluster.names(None).await,
            Visible::Only(listed) => listed.into_iter().collect(),
        };
        let fitting = namespaces.into_iter().filter(|name| name.contains(typed));
        fitting.map(|name| format!("{name}/")).chain(pods).collect()
    }
}
