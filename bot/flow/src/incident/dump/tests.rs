use std::sync::Mutex;

use serde_json::json;

use super::super::looks::testing::{Fake, now, oom, pod_name};
use super::super::testing::{incident, route, spot};
use super::*;
use crate::ask::told::Lines;
use crate::chat::Platform;
use crate::chat::policy::Person;
use crate::incident::record::Kept;
use crate::ports::{KubernetesUser, LogOf};

/// A cluster with its permissions: all pods, and logs only of `shop`.
#[derive(Debug)]
struct Asked(Fake);

impl ClusterRead for Asked {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn default_namespace(&self) -> &str {
        self.0.default_namespace()
    }

    async fn subject(&self, target: &Target) -> Result<Collected, ClusterError> {
        // a neighbour of another namespace is read with it
        let mut read = self.0.subject(target).await?;
        read.push(json!({"kind": "Pod", "metadata": {"namespace": "bank", "name": "till-0"}}));
        let log =
            |text: &str| podwhy_knowledge::world::ContainerLog { current: Some(text.into()), previous: None };
        read.logs
            .insert(("shop".into(), target.name.clone(), "app".into()), log("last words beside bank/till-0"));
        read.logs.insert(("bank".into(), "till-0".into(), "app".into()), log("words of a bank"));
        Ok(read)
    }

    async fn names(&self, of: Option<&str>) -> Vec<String> {
        self.0.names(of).await
    }

    async fn log(&self, log: LogOf<'_>) -> Result<Option<Lines>, ClusterError> {
        self.0.log(log).await
    }

    fn places_of(&self, name: &str) -> Vec<String> {
        self.0.places_of(name)
    }

    fn seen_like(
        &self,
        part: &str,
        shows: &(dyn Fn(&str) -> bool + Sync),
        most: usize,
    ) -> Vec<(String, String)> {
        self.0.seen_like(part, shows, most)
    }

    async fn failing(&self, namespace: Option<&str>) -> Result<Collected, ClusterError> {
        self.0.failing(namespace).await
    }
}

impl Permissions for Asked {
    fn may<'a>(
        &'a self,
        user: &'a KubernetesUser,
        right: Right,
        _: Option<&'a str>,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        let may = user.name == "ann" && right == Right::Pods;
        Box::pin(std::future::ready(Ok(may)))
    }
}

/// Writes names and logs, a line each.
#[derive(Debug, Default)]
struct Plain(Mutex<usize>);

impl DumpWrite for Plain {
    fn text(&self, read: &Collected, most: usize) -> Option<String> {
        *self.0.lock().unwrap() = most;
        let names = read.objects.iter().map(|object| object["metadata"]["name"].to_string());
        let logs = read.logs.values().flat_map(|log| log.current.iter().map(ToString::to_string));
        Some(names.chain(logs).map(|line| format!("{line}\n")).collect())
    }
}

fn cart() -> Incident {
    let mut cart = incident("cart");
    cart.status.members[0].name = pod_name("cart", "a");
    let kept = |object: &str, source: &str, text: &str| Kept {
        object: object.to_string(),
        seen_at: now(),
        source: source.to_string(),
        text: text.to_string(),
    };
    cart.status.kept = vec![
        kept("Pod shop/cart-0", "log", "token=hunter2hunter2 gone"),
        kept("Pod bank/till-0", "state", "of a bank"),
        kept("Node a", "node", "NotReady"),
    ];
    cart
}

fn dumps(read_as: ReadAs, areas: Vec<Area>, objects: Vec<Value>) -> Dumps<Asked> {
    let route = super::super::policy::Route { areas, ..route(spot(Platform::Slack, "C1"), Lang::En) };
    let person = |id: &str, name: &str| Person {
        ids: vec![(Platform::Slack, id.to_string())],
        user: KubernetesUser { name: name.to_string(), groups: Vec::new() },
    };
    let people = vec![person("U1", "ann"), person("U2", "bob")];
    Dumps {
        clusters: vec![Arc::new(Asked(Fake::new("prod", objects)))],
        policy: Arc::new(Policy { routes: vec![route], ..Policy::default() }),
        chats: Arc::new(Chats { read_as, people, ..Chats::default() }),
        write: Arc::new(Plain::default()),
        patience: Duration::from_secs(5),
    }
}

fn shop() -> Vec<Area> {
    vec![Area { cluster: "prod".to_string(), namespace: Some("shop".to_string()) }]
}

async fn text(dumps: &Dumps<Asked>, channel: &str, person: &str) -> Option<String> {
    let asker = Asker {
        platform: Platform::Slack,
        channel: Some(channel.to_string()),
        person: person.to_string(),
        groups: Vec::new(),
    };
    dumps.dump(&cart(), &asker).await.map(|file| {
        assert_eq!(file.name, "podwhy-cart.yaml");
        file.text
    })
}

#[tokio::test(start_paused = true)]
async fn a_dump_holds_what_the_channel_may_read_and_what_was_kept() {
    let objects = || vec![oom("shop", "cart", "a")];
    let narrow = dumps(ReadAs::Channel, shop(), objects());
    let read = text(&narrow, "C1", "U1").await.unwrap();
    assert!(read.contains("cart-5d9c7b6f4-a") && read.contains("last words"), "{read}");
    assert!(read.contains("kept of Pod shop/cart-0, log") && read.contains("NotReady"), "{read}");
    for hidden in ["till-0", "bank", "hunter2"] {
        assert!(!read.contains(hidden), "{hidden}: {read}");
    }
    assert!(text(&narrow, "C9", "U1").await.is_none(), "nothing is told there");
    let wide = dumps(ReadAs::Channel, Vec::new(), objects());
    assert!(text(&wide, "C1", "U1").await.unwrap().contains("words of a bank"));
    // of a pod that is gone there is what was kept
    let gone = text(&dumps(ReadAs::Channel, shop(), Vec::new()), "C1", "U1").await.unwrap();
    assert!(gone.starts_with("# kept of Pod shop/cart-0"), "{gone}");
}

#[tokio::test(start_paused = true)]
async fn a_persons_own_rights_decide_where_they_do() {
    let own = dumps(ReadAs::Person, Vec::new(), vec![oom("shop", "cart", "a")]);
    let read = text(&own, "C1", "U1").await.unwrap();
    assert!(
        read.contains("cart-5d9c7b6f4-a")
            && !read.contains("words")
            && !read.contains("kept of Pod shop/cart-0, log"),
        "{read}"
    );
    for nobody in ["U2", "U3"] {
        assert!(text(&own, "C1", nobody).await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_hangs_gives_no_dump_and_holds_nobody_up() {
    let hangs = dumps(ReadAs::Channel, shop(), Vec::new());
    hangs.clusters[0].0.state().mood = super::super::looks::testing::Mood::Hangs;
    assert!(text(&hangs, "C1", "U1").await.is_none());
}

#[test]
fn the_command_names_the_first_of_what_fails() {
    assert_eq!(command(&cart()).unwrap(), "podwhy dump shop/pod/cart-5d9c7b6f4-a -o cart");
    let mut alert = cart();
    alert.status.members.iter_mut().for_each(|member| member.kind = "Cluster".to_string());
    assert_eq!(command(&alert), None);
}
