//! Who may do everything in a cluster is nobody to write as, unless the configuration lists them.
//!
//! Asked at the start about everybody who is configured, and at each click about who pressed: a group may be given more meanwhile, and a
//! cluster may have been away.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use futures::stream;
use tokio::time::{Instant, timeout_at};

use crate::ports::{Access, ClusterWrite, KubernetesUser};

/// A user that no cluster has: what they may do, their groups may.
const NOBODY: &str = "podwhy.dev:nobody";

/// So many questions are under way in a cluster at once.
const AT_ONCE: usize = 16;

/// One whom podwhy would write as, and who may do everything there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Privileged {
    /// Where.
    pub cluster: String,
    /// Who.
    pub who: Name,
}

/// A name in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// Of a group.
    Group(String),
    /// Of a user.
    User(String),
}

/// What the clusters said of everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// Who may do everything, and is not listed.
    pub privileged: BTreeSet<Privileged>,
    /// The clusters that were not asked about everybody, and why.
    pub unasked: BTreeMap<String, String>,
}

/// As whom a person is asked about: without what is listed. `None` where nothing is left to ask about.
pub fn doubted(user: &KubernetesUser, listed: &[String]) -> Option<KubernetesUser> {
    let groups: Vec<String> = user.groups.iter().filter(|group| !listed.contains(group)).cloned().collect();
    match listed.contains(&user.name) {
        false => Some(KubernetesUser { name: user.name.clone(), groups }),
        true if groups.is_empty() => None,
        true => Some(KubernetesUser { name: NOBODY.to_string(), groups }),
    }
}

/// Asks every cluster about everybody whom podwhy may write as: each group by itself, and each person with their groups. All clusters at
/// once, for so long at most; one that does not answer delays no other.
pub async fn review(
    clusters: &BTreeMap<String, Arc<dyn ClusterWrite>>,
    people: &[KubernetesUser],
    groups: &BTreeSet<String>,
    listed: &[String],
    within: Duration,
) -> Reviewed {
    let questions = questions(people, groups, listed);
    let end = Instant::now() + within;
    let asked = clusters.iter().map(|(name, cluster)| ask(name, cluster, &questions, end));
    let mut reviewed = Reviewed::default();
    for (cluster, found, unasked) in join_all(asked).await {
        reviewed.unasked.extend(unasked.map(|why| (cluster.to_string(), why)));
        let told = found.iter().filter(|name| !by_group(name, &found, people));
        let told = told.map(|who| Privileged { cluster: cluster.to_string(), who: (*who).clone() });
        reviewed.privileged.extend(told);
    }
    reviewed
}

type Question = (Name, KubernetesUser);

fn questions(people: &[KubernetesUser], groups: &BTreeSet<String>, listed: &[String]) -> Vec<Question> {
    let groups = groups.iter().filter(|group| !listed.contains(group)).map(|group| {
        let user = KubernetesUser { name: NOBODY.to_string(), groups: vec![group.clone()] };
        (Name::Group(group.clone()), user)
    });
    let people = people.iter().filter(|person| !listed.contains(&person.name));
    let people =
        people.filter_map(|person| Some((Name::User(person.name.clone()), doubted(person, listed)?)));
    groups.chain(people).collect()
}

/// Until one is not answered: then the others are not either.
async fn ask<'q>(
    cluster: &'q str,
    write: &'q Arc<dyn ClusterWrite>,
    questions: &'q [Question],
    end: Instant,
) -> (&'q str, BTreeSet<&'q Name>, Option<String>) {
    let everything = &Access::everything();
    let answers = stream::iter(questions)
        .map(|(name, user)| async move { (name, write.may(user, everything).await) })
        .buffer_unordered(AT_ONCE);
    let mut answers = std::pin::pin!(answers);
    let mut found = BTreeSet::new();
    loop {
        match timeout_at(end, answers.next()).await {
            Ok(None) => return (cluster, found, None),
            Ok(Some((_, Ok(false)))) => {}
            Ok(Some((name, Ok(true)))) => {
                found.insert(name);
            }
            Ok(Some((_, Err(error)))) => return (cluster, found, Some(error.to_string())),
            Err(_) => return (cluster, found, Some("no answer in time".to_string())),
        }
    }
}

/// Whether they may do everything by a group that was found itself: who mends that mends them.
fn by_group(name: &Name, found: &BTreeSet<&Name>, people: &[KubernetesUser]) -> bool {
    let Name::User(user) = name else { return false };
    let groups = people.iter().filter(|person| person.name == *user).flat_map(|person| &person.groups);
    groups.into_iter().any(|group| found.contains(&Name::Group(group.clone())))
}

#[cfg(test)]
mod tests;
