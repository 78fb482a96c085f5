//! Nobody does more than they may: people who lack exactly one right, and what the API server says when podwhy asks, and when it writes.

use std::time::Duration;

use podwhy_flow::act::record::Target;
use podwhy_flow::ports::{Access, ClusterWrite, KubernetesUser, Write, WriteError};
use podwhy_tests::control_plane::eventually;
use serde_json::{Value, json};

use super::{PATIENCE, Site, person};

const WITHIN: Duration = Duration::from_secs(10);

/// What is tried, as each of the people.
const TRIED: [&str; 5] = ["evict", "delete", "uncordon", "restart", "unblock"];

/// A user, the one right they have (verb, resource, namespace; all of them where it is empty), and what that is enough for.
const PEOPLE: [(&str, [&str; 3], &[&str]); 9] = [
    ("evicts", ["create", "pods/eviction", "shop"], &["evict"]),
    ("deletes", ["delete", "pods", "shop"], &["delete"]),
    ("makes-pods", ["create", "pods", "shop"], &[]),
    ("evicts-elsewhere", ["create", "pods/eviction", "search"], &[]),
    ("patches-pods", ["patch", "pods", "shop"], &["unblock"]),
    ("patches-nodes", ["patch", "nodes", ""], &["uncordon"]),
    ("updates-nodes", ["update", "nodes", ""], &[]),
    ("patches-workloads", ["patch", "deployments.apps", "shop"], &["restart"]),
    ("scales-workloads", ["patch", "deployments.apps/scale", "shop"], &[]),
];

fn user(name: &str, groups: &[&str]) -> KubernetesUser {
    let groups = groups.iter().map(ToString::to_string).collect();
    KubernetesUser { name: name.to_string(), groups }
}

impl Site {
    /// Gives one right, to a user or (`--group=…`) a group.
    fn grant(&self, name: &str, [verb, resource, namespace]: [&str; 3], to: &str) {
        let (verb, resource) = (format!("--verb={verb}"), format!("--resource={resource}"));
        self.kubectl(&["create", "clusterrole", name, &verb, &resource]);
        let role = format!("--clusterrole={name}");
        match namespace {
            "" => self.kubectl(&["create", "clusterrolebinding", name, &role, to]),
            own => self.kubectl(&["create", "rolebinding", name, &role, to, "-n", own]),
        };
    }

    async fn target(&self, kind: &str, namespace: &str, name: &str) -> Target {
        let [kind, namespace, name] = [kind, namespace, name].map(str::to_string);
        let mut target = Target { kind, namespace, name, uid: String::new() };
        let object = self.bot.look(&target).await.unwrap().expect("it was just made");
        target.uid = object["metadata"]["uid"].as_str().unwrap().to_string();
        target
    }

    /// A pod, new, that nothing but a button would take away.
    async fn pod(&self, name: &str) -> Target {
        let containers = json!([{"name": "app", "image": "example.org/app:1"}]);
        let metadata = json!({"name": name, "namespace": "shop"});
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers}});
        self.server.put(&pod).await.unwrap();
        self.target("Pod", "shop", name).await
    }

    async fn write(&self, what: &str, who: &str) -> Write {
        match what {
            "evict" => Write::Evict(self.pod(&format!("{who}-{what}")).await),
            "delete" => Write::Delete { target: self.pod(&format!("{who}-{what}")).await, at_once: false },
            "unblock" => {
                let steps = vec![json!({"op": "add", "path": "/metadata/annotations", "value": {"a": "b"}})];
                Write::Patch { target: self.pod(&format!("{who}-{what}")).await, steps }
            }
            "uncordon" => {
                let patch = json!({"spec": {"unschedulable": false}});
                Write::Merge { target: self.target("Node", "", "worker-1").await, patch }
            }
            _ => {
                let annotations = json!({"kubectl.kubernetes.io/restartedAt": who});
                let patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
                Write::Merge { target: self.target("Deployment", "shop", "web").await, patch }
            }
        }
    }

    /// What a review says, a dry run, and the write itself.
    async fn tried(&self, user: &KubernetesUser, write: &Write) -> [Result<(), String>; 3] {
        let may = self.bot.may(user, &write.access()).await.unwrap();
        let review = if may { Ok(()) } else { Err(write.access().told()) };
        let refused = |answer: Result<(), WriteError>| match answer {
            Err(WriteError::Refused(why)) => Err(why),
            Err(unclear) => panic!("{user:?} {write:?}: {unclear}"),
            Ok(()) => Ok(()),
        };
        let dry = refused(self.bot.write(user, write, true, WITHIN).await);
        [review, dry, refused(self.bot.write(user, write, false, WITHIN).await)]
    }
}

/// The part of an object that a write would have changed.
fn state(object: Option<&Value>) -> Value {
    let at = |path: &str| object.and_then(|object| object.pointer(path)).cloned().unwrap_or(Value::Null);
    json!([at("/metadata/uid"), at("/metadata/deletionTimestamp"), at("/metadata/resourceVersion")])
}

async fn site() -> Option<Site> {
    let mut people: String =
        PEOPLE.iter().enumerate().map(|(number, (user, ..))| person(number, user, &[])).collect();
    people += &person(PEOPLE.len(), "grouped", &["evictors"]);
    let site = Site::of("people who lack one right", &people).await?;
    for (name, right, _) in PEOPLE {
        site.grant(name, right, &format!("--user={name}"));
    }
    site.grant("evictors", ["create", "pods/eviction", "shop"], "--group=evictors");
    site.grant("stranger", ["delete", "pods", "shop"], "--user=stranger");
    let labels = json!({"app": "web"});
    let containers = json!([{"name": "web", "image": "example.org/web:1"}]);
    let template = json!({"metadata": {"labels": labels}, "spec": {"containers": containers}});
    for object in [
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "worker-1"}}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": {"matchLabels": labels}, "template": template}}),
    ] {
        site.server.put(&object).await.unwrap();
    }
    site.may_review().await;
    // rules of a kind count in the order they were stored in
    let pod = Write::Delete { target: site.pod("last").await, at_once: false };
    let node = site.write("uncordon", "").await;
    let update = Access { verb: "update".to_string(), ..node.access() };
    for (name, last) in [("stranger", pod.access()), ("updates-nodes", update)] {
        eventually("the last of the rights counts", PATIENCE, async || {
            Ok(site.bot.may(&user(name, &[]), &last).await?.then_some(()))
        })
        .await
        .unwrap();
    }
    Some(site)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lacks_exactly_one_verb_is_refused_by_the_review_and_by_the_write() {
    let Some(site) = site().await else { return };
    for (name, right, enough_for) in PEOPLE {
        for what in TRIED {
            let write = site.write(what, name).await;
            let before = state(site.bot.look(write.target()).await.unwrap().as_ref());
            let [review, dry, real] = site.tried(&user(name, &[]), &write).await;
            let case = format!("{name} ({right:?}): {what}: {review:?} {dry:?} {real:?}");
            let wanted = enough_for.contains(&what);
            assert_eq!([review.is_ok(), dry.is_ok(), real.is_ok()], [wanted; 3], "{case}");
            let after = state(site.bot.look(write.target()).await.unwrap().as_ref());
            if let Err(why) = real {
                let verb = write.access().verb;
                assert!(why.contains(&format!("{name:?} cannot {verb} resource")), "{case}");
                assert_eq!(after, before, "{case}");
            } else if what != "uncordon" {
                assert_ne!(after, before, "{case}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_of_a_group_counts_only_with_the_group_and_that_of_a_stranger_never() {
    let Some(site) = site().await else { return };
    let write = site.write("evict", "alone").await;
    let [review, dry, real] = site.tried(&user("grouped", &[]), &write).await;
    assert!(review.is_err() && dry.is_err() && real.is_err(), "{review:?} {dry:?} {real:?}");
    assert_eq!(site.tried(&user("grouped", &["evictors"]), &write).await, [Ok(()), Ok(()), Ok(())]);
    // the stranger may, and podwhy may not be the stranger
    let write = site.write("delete", "stranger").await;
    let [review, _, real] = site.tried(&user("stranger", &[]), &write).await;
    assert_eq!(review, Ok(()));
    assert!(real.unwrap_err().contains("cannot impersonate resource \"users\""));
    assert!(site.bot.look(write.target()).await.unwrap().is_some());
}
