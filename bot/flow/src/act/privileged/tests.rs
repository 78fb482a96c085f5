use futures::future::BoxFuture;
use serde_json::Value;

use super::*;
use crate::act::record::Target;
use crate::ports::{ClusterError, Write, WriteError};

fn user(name: &str, groups: &[&str]) -> KubernetesUser {
    KubernetesUser { name: name.to_string(), groups: groups.iter().map(ToString::to_string).collect() }
}

fn listed(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// A cluster in which these names, of users or groups, may do everything.
#[derive(Clone, Debug)]
enum Cluster {
    Answers(&'static [&'static str]),
    Refuses,
    Hangs,
}

impl ClusterWrite for Cluster {
    fn write<'a>(
        &'a self,
        _user: &'a KubernetesUser,
        _write: &'a Write,
        _dry_run: bool,
        _within: Duration,
    ) -> BoxFuture<'a, Result<(), WriteError>> {
        unreachable!("a review writes nothing")
    }

    fn may<'a>(
        &'a self,
        user: &'a KubernetesUser,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        assert_eq!(access, &Access::everything());
        Box::pin(async move {
            match self {
                Cluster::Answers(names) => {
                    Ok(user.groups.iter().chain([&user.name]).any(|name| names.contains(&name.as_str())))
                }
                Cluster::Refuses => {
                    let (cluster, why) = ("dev".to_string(), "subjectaccessreviews".to_string());
                    Err(ClusterError::Forbidden { cluster, why })
                }
                Cluster::Hangs => std::future::pending().await,
            }
        })
    }

    fn look<'a>(&'a self, _target: &'a Target) -> BoxFuture<'a, Result<Option<Value>, ClusterError>> {
        unreachable!("a review reads nothing")
    }
}

async fn reviewed(clusters: &[(&str, Cluster)], allowed: &[&str]) -> Reviewed {
    let clusters = clusters.iter().map(|(name, cluster)| {
        let cluster: Arc<dyn ClusterWrite> = Arc::new(cluster.clone());
        ((*name).to_string(), cluster)
    });
    let people = [user("ann", &["sre", "admins"]), user("bob", &["sre"]), user("root", &[])];
    let groups = ["sre", "admins", "of-a-chat"].map(str::to_string).into();
    let within = Duration::from_secs(5);
    review(&clusters.collect(), &people, &groups, &listed(allowed), within).await
}

fn told(reviewed: &Reviewed) -> Vec<String> {
    let word = |one: &Privileged| match &one.who {
        Name::Group(name) => format!("{} group {name}", one.cluster),
        Name::User(name) => format!("{} user {name}", one.cluster),
    };
    reviewed.privileged.iter().map(word).collect()
}

#[tokio::test]
async fn who_may_do_everything_is_named_with_the_cluster() {
    let clusters = [("dev", Cluster::Answers(&[])), ("prod", Cluster::Answers(&["root", "of-a-chat"]))];
    let found = reviewed(&clusters, &[]).await;
    assert_eq!(told(&found), ["prod group of-a-chat", "prod user root"]);
    assert_eq!(found.unasked, BTreeMap::new());
    assert_eq!(told(&reviewed(&clusters, &["root", "of-a-chat"]).await), [""; 0]);
}

#[tokio::test]
async fn a_group_is_told_instead_of_everybody_in_it() {
    let clusters = [("prod", Cluster::Answers(&["admins", "bob"]))];
    assert_eq!(told(&reviewed(&clusters, &[]).await), ["prod group admins", "prod user bob"]);
    // who is listed is not asked about, and neither is what they may by a group that is
    assert_eq!(told(&reviewed(&clusters, &["admins", "bob"]).await), [""; 0]);
    // a person is listed, not what anybody could be made by their group
    assert_eq!(told(&reviewed(&clusters, &["ann", "bob"]).await), ["prod group admins"]);
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_does_not_answer_delays_none_and_is_no_error() {
    let clusters =
        [("dev", Cluster::Refuses), ("lost", Cluster::Hangs), ("prod", Cluster::Answers(&["root"]))];
    let begun = Instant::now();
    let found = reviewed(&clusters, &[]).await;
    assert_eq!(begun.elapsed(), Duration::from_secs(5));
    assert_eq!(told(&found), ["prod user root"]);
    assert_eq!(found.unasked["lost"], "no answer in time");
    assert!(found.unasked["dev"].contains("subjectaccessreviews") && !found.unasked.contains_key("prod"));
}

#[test]
fn what_is_listed_is_left_out_of_a_click() {
    let ann = user("ann", &["sre", "admins"]);
    assert_eq!(doubted(&ann, &[]), Some(ann.clone()));
    assert_eq!(doubted(&ann, &listed(&["admins"])), Some(user("ann", &["sre"])));
    assert_eq!(doubted(&ann, &listed(&["ann"])), Some(user(NOBODY, &["sre", "admins"])));
    assert_eq!(doubted(&ann, &listed(&["ann", "sre", "admins"])), None);
}
