//! A cluster, a ledger and people, of which each can fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::act::again::{Again, Now};
use crate::act::dead::{Eyes, Options, Proving};
use crate::act::execute::{Acted, Executor};
use crate::act::machine::testing::{approval, offered_at, remediation};
use crate::act::machine::{Event, next};
use crate::act::memory::MemoryRemediations;
use crate::act::record::{Approval, Remediation, Target};
use crate::act::remedy::Remedy;
use crate::act::seal::Sealer;
use crate::incident::record::Member;
use crate::ports::{
    Access, Alone, Clock, ClusterError, ClusterNodes, ClusterSearch, ClusterWrite, ControllerPart,
    KubernetesUser, Lead, LedgerError, OUT_OF_SERVICE_SINCE, OnNode, Power, PowerProbe, Remediations,
    TicketPhase, TicketState, Write, WriteError,
};

/// How an answer fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::act) enum Lost {
    /// It was done.
    Done,
    /// It was not.
    NotDone,
}

#[derive(Debug, Default)]
pub(in crate::act) struct Inner {
    pub(in crate::act) objects: BTreeMap<String, Value>,
    /// Whether the diagnosis finds the cause.
    pub(in crate::act) fails: bool,
    /// Writes that were made, and as whom.
    pub(in crate::act) written: Vec<(String, String)>,
    pub(in crate::act) lose: Option<Lost>,
    pub(in crate::act) refuses: Option<String>,
    pub(in crate::act) refuses_dry_run: Option<String>,
    pub(in crate::act) may_not: Option<String>,
    /// The group without which nobody has a right.
    pub(in crate::act) only: Option<String>,
    /// The groups of whoever wrote last.
    pub(in crate::act) groups: Vec<String>,
    pub(in crate::act) is_down: bool,
    /// What there is of any controller, or why that is not known.
    pub(in crate::act) controller: Vec<String>,
    pub(in crate::act) not_searched: Option<ClusterError>,
    pub(in crate::act) searched: usize,
    /// The next look of an object takes so long.
    pub(in crate::act) slow: Duration,
    /// What stands on the node.
    pub(in crate::act) on_node: OnNode,
    /// What became of the ticket that was written last.
    pub(in crate::act) ticket: Option<TicketState>,
}

/// A cluster with one pod that fails, whose controller makes another when it goes.
#[derive(Clone, Debug, Default)]
pub(in crate::act) struct Cluster(Arc<Mutex<Inner>>);

impl Cluster {
    pub(in crate::act) fn new() -> Cluster {
        let cluster = Cluster::default();
        cluster.inner().objects.insert("web-a".into(), json!({"metadata": {"uid": "u-1"}}));
        cluster.inner().fails = true;
        cluster
    }

    pub(in crate::act) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    pub(in crate::act) fn written(&self) -> usize {
        self.inner().written.len()
    }
}

impl Inner {
    fn obey(&mut self, user: &KubernetesUser, write: &Write) -> Result<(), WriteError> {
        let target = write.target();
        let stands = self.objects.get(&target.name).is_some_and(|own| own["metadata"]["uid"] == target.uid);
        if !stands {
            return Err(WriteError::Refused("there is none any more".to_string()));
        }
        self.written.push((user.name.clone(), target.name.clone()));
        self.groups.clone_from(&user.groups);
        self.fails = false;
        match write {
            Write::Patch { steps, .. } => self.patch(target, steps),
            Write::Ticket { .. } => {
                let until = offered_at() + SignedDuration::from_secs(130);
                self.ticket = Some(TicketState { phase: TicketPhase::Waits, said: String::new(), until });
                Ok(())
            }
            _ => {
                self.objects.insert(target.name.clone(), json!({"metadata": {"uid": "u-2"}}));
                Ok(())
            }
        }
    }

    /// A list's entry is tested and removed; without any the object goes, as one that is being deleted does.
    fn patch(&mut self, target: &Target, steps: &[Value]) -> Result<(), WriteError> {
        let Some(object) = self.objects.get_mut(&target.name) else { panic!("it stands") };
        if let Some(taint) = steps.last().filter(|step| step["op"] == "add") {
            object["spec"]["taints"] = json!([taint["value"]]);
            return Ok(());
        }
        let path = steps[0]["path"].as_str().unwrap();
        if object.pointer(path) != Some(&steps[0]["value"]) {
            return Err(WriteError::Refused("the test failed".to_string()));
        }
        assert_eq!((&steps[0]["op"], &steps[1]["op"]), (&json!("test"), &json!("remove")));
        assert_eq!((steps.len(), &steps[1]["path"]), (2, &steps[0]["path"]));
        let (list, place) = path.rsplit_once('/').unwrap();
        let list = object.pointer_mut(list).and_then(Value::as_array_mut).unwrap();
        list.remove(place.parse().unwrap());
        if list.is_empty() {
            self.objects.remove(&target.name);
        }
        Ok(())
    }
}

impl ClusterWrite for Cluster {
    fn write<'a>(
        &'a self,
        user: &'a KubernetesUser,
        write: &'a Write,
        dry_run: bool,
        _within: Duration,
    ) -> BoxFuture<'a, Result<(), WriteError>> {
        Box::pin(async move {
            let mut inner = self.inner();
            if dry_run {
                return inner.refuses_dry_run.clone().map_or(Ok(()), |why| Err(WriteError::Refused(why)));
            }
            if let Some(why) = inner.refuses.clone() {
                return Err(WriteError::Refused(why));
            }
            match inner.lose.take() {
                Some(Lost::NotDone) => Err(WriteError::Unclear("no answer".to_string())),
                Some(Lost::Done) => {
                    inner.obey(user, write)?;
                    Err(WriteError::Unclear("no answer".to_string()))
                }
                None => inner.obey(user, write),
            }
        })
    }

    fn may<'a>(
        &'a self,
        user: &'a KubernetesUser,
        _access: &'a Access,
    ) -> BoxFuture<'a, Result<bool, ClusterError>> {
        Box::pin(async move {
            let inner = self.inner();
            let is_in = inner.only.as_ref().is_none_or(|group| user.groups.contains(group));
            Ok(is_in && inner.may_not.as_ref() != Some(&user.name))
        })
    }

    fn look<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Option<Value>, ClusterError>> {
        Box::pin(async move {
            let slow = std::mem::take(&mut self.inner().slow);
            tokio::time::sleep(slow).await;
            if self.inner().is_down {
                let (cluster, why) = ("prod".to_string(), "no route".to_string());
                return Err(ClusterError::Unreachable { cluster, why });
            }
            Ok(self.inner().objects.get(&target.name).cloned())
        })
    }
}

impl ClusterNodes for Cluster {
    fn on_node<'a>(&'a self, _node: &'a str) -> BoxFuture<'a, Result<OnNode, ClusterError>> {
        Box::pin(async move { Ok(self.inner().on_node.clone()) })
    }

    fn ticket<'a>(
        &'a self,
        remediation_uid: &'a str,
    ) -> BoxFuture<'a, Result<Option<TicketState>, ClusterError>> {
        Box::pin(async move {
            assert!(!remediation_uid.is_empty());
            if self.inner().is_down {
                let (cluster, why) = ("prod".to_string(), "no route".to_string());
                return Err(ClusterError::Unreachable { cluster, why });
            }
            Ok(self.inner().ticket.clone())
        })
    }

    fn minor_version(&self) -> BoxFuture<'_, Result<u32, ClusterError>> {
        Box::pin(async { Ok(OUT_OF_SERVICE_SINCE) })
    }
}

impl Again for Cluster {
    fn look<'a>(&'a self, _subject: &'a Member) -> BoxFuture<'a, Result<Now, String>> {
        Box::pin(async move {
            let spec = offer().spec;
            let causes =
                Vec::from_iter(self.inner().fails.then_some((spec.root_cause.cause, spec.root_cause.blame)));
            let (is_well, summary) = (causes.is_empty(), "web is ready".to_string());
            Ok(Now::Found { causes, is_well, summary })
        })
    }
}

impl ClusterSearch for Cluster {
    fn parts_of<'a>(
        &'a self,
        _parts: &'a [ControllerPart],
    ) -> BoxFuture<'a, Result<Vec<String>, ClusterError>> {
        Box::pin(async move {
            let mut inner = self.inner();
            inner.searched += 1;
            inner.not_searched.clone().map_or_else(|| Ok(inner.controller.clone()), Err)
        })
    }
}

/// A ledger whose saves can lose their answers or take long.
#[derive(Debug, Default)]
pub(in crate::act) struct Ledger {
    pub(in crate::act) own: MemoryRemediations,
    pub(in crate::act) lose: Mutex<Option<Lost>>,
    pub(in crate::act) slow: Mutex<Duration>,
}

impl Remediations for Ledger {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Remediation>, LedgerError>> {
        self.own.all()
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Remediation>, LedgerError>> {
        self.own.get(name)
    }

    fn create<'a>(&'a self, remediation: &'a Remediation) -> BoxFuture<'a, Result<Remediation, LedgerError>> {
        self.own.create(remediation)
    }

    fn save<'a>(&'a self, remediation: &'a Remediation) -> BoxFuture<'a, Result<Remediation, LedgerError>> {
        let (lose, slow) =
            (self.lose.lock().unwrap().take(), std::mem::take(&mut *self.slow.lock().unwrap()));
        Box::pin(async move {
            if lose == Some(Lost::NotDone) {
                return Err(LedgerError::Unclear("no answer".to_string()));
            }
            let saved = self.own.save(remediation).await;
            tokio::time::sleep(slow).await;
            if lose.is_some() { Err(LedgerError::Unclear("no answer".to_string())) } else { saved }
        })
    }

    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), LedgerError>> {
        self.own.remove(name)
    }
}

/// A pod that is to be evicted, for which two people are asked.
pub(in crate::act) fn offer() -> Remediation {
    let mut offer = remediation();
    offer.spec.plan.remedy = Remedy::DeletePod;
    offer.spec.plan.targets[0] =
        Target { kind: "Pod".into(), namespace: "shop".into(), name: "web-a".into(), uid: "u-1".into() };
    offer.spec.floor.typed_name = false;
    offer
}

/// Says this of every machine, just now.
#[derive(Debug)]
struct Probe(Power, Clock);

impl PowerProbe for Probe {
    fn ask<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Power> {
        Box::pin(async move {
            let at = self.1.now();
            match &self.0 {
                Power::Off { .. } => Power::Off { at },
                Power::On { .. } => Power::On { at },
                Power::Unknown(why) => Power::Unknown(why.clone()),
            }
        })
    }
}

pub(in crate::act) struct World {
    pub(in crate::act) cluster: Cluster,
    pub(in crate::act) ledger: Arc<Ledger>,
    pub(in crate::act) eyes: Option<Arc<Eyes>>,
    pub(in crate::act) power: Option<Power>,
    began: tokio::time::Instant,
}

impl World {
    /// An offer to which two people agreed.
    pub(in crate::act) async fn approved() -> World {
        World::agreed(offer(), ["ann", "bob"].map(approval)).await
    }

    /// One to which these agreed.
    pub(in crate::act) async fn agreed(
        offer: Remediation,
        approvals: impl IntoIterator<Item = Approval>,
    ) -> World {
        let (cluster, began) = (Cluster::new(), tokio::time::Instant::now());
        let world = World { cluster, ledger: Arc::default(), eyes: None, power: None, began };
        let mut one = world.ledger.create(&offer).await.unwrap();
        for approval in approvals {
            let sealed = sealer().seal(&one, approval);
            let at = offered_at() + SignedDuration::from_mins(1);
            one.status = next(&one.spec, &one.status, &Event::Approve(sealed), at).unwrap();
            one = world.ledger.save(&one).await.unwrap();
        }
        world
    }

    /// A minute after the offer at the start, as people agreed then.
    pub(in crate::act) fn clock(&self) -> Clock {
        let began = self.began;
        Clock::new(move || {
            let passed = SignedDuration::try_from(began.elapsed()).unwrap();
            offered_at() + SignedDuration::from_secs(70) + passed
        })
    }

    pub(in crate::act) fn executor(&self, run: &str) -> Executor {
        self.led_by(run, Arc::new(Alone))
    }

    pub(in crate::act) fn led_by(&self, run: &str, lead: Arc<dyn Lead>) -> Executor {
        let clock = self.clock();
        let power =
            self.power.clone().map(|power| Arc::new(Probe(power, clock.clone())) as Arc<dyn PowerProbe>);
        let cluster = Arc::new(self.cluster.clone());
        let acted = Acted {
            write: cluster.clone(),
            again: cluster.clone(),
            search: cluster.clone(),
            nodes: cluster,
            dead: self.eyes.clone().map(|eyes| {
                Proving::new(eyes, power, Options { cloud_controller: Some("cloud".to_string()) })
            }),
            proven: None,
        };
        let person =
            |name: &str| (name.to_string(), KubernetesUser { name: name.to_string(), groups: Vec::new() });
        Executor::new(
            BTreeMap::from([("prod".to_string(), acted)]),
            self.ledger.clone(),
            sealer(),
            BTreeMap::from([person("ann"), person("bob")]),
            lead,
            clock,
            run.to_string(),
        )
    }

    pub(in crate::act) async fn one(&self) -> Remediation {
        self.ledger.get(&offer().name).await.unwrap().unwrap()
    }

    /// Somebody with every right changes it.
    pub(in crate::act) async fn edit(&self, change: impl FnOnce(&mut Remediation)) {
        let mut one = self.one().await;
        change(&mut one);
        // the resource takes no other spec; who deletes and makes it again gets another uid
        self.ledger.remove(&one.name).await.unwrap();
        let status = one.status.clone();
        let mut made = self.ledger.create(&one).await.unwrap();
        made.status = status;
        self.ledger.save(&made).await.unwrap();
    }

    /// Somebody with every right changes its status.
    pub(in crate::act) async fn edit_status(&self, change: impl FnOnce(&mut Remediation)) {
        let mut one = self.one().await;
        change(&mut one);
        self.ledger.save(&one).await.unwrap();
    }
}

fn sealer() -> Sealer {
    Sealer::new(&[7; 32]).unwrap()
}
