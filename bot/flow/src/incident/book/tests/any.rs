//! Any sequence of looks, alerts and people.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::chat::policy::Area;
use crate::incident::fit::LARGEST;
use crate::incident::record::{Kept, MOST_ALERTS, MOST_KEPT, MOST_MEMBERS, MOST_NAMESPACES};

const PODS: [&str; 6] =
    ["shop/cart-0", "shop/cart-1", "shop/pay-0", "bank/till-0", "bank/till-1", "bank/desk-0"];

#[derive(Clone, Debug)]
enum Step {
    Look { scope: usize, is_whole: bool, is_due: bool, fails: Vec<(usize, usize)> },
    Alert { fingerprint: usize, start: i64, firing: bool, about: usize, found: usize, severity: usize },
    Wait(i64),
    Mute(usize),
    Take(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    let look = (0..3_usize, any::<bool>(), any::<bool>(), vec((0..PODS.len(), 0..5_usize), 0..6));
    let alert = (0..4_usize, 0..2_i64, any::<bool>(), 0..PODS.len(), 0..8_usize, 0..3_usize);
    prop_oneof![
        6 => look.prop_map(|(scope, is_whole, is_due, fails)| Step::Look { scope, is_whole, is_due, fails }),
        4 => alert.prop_map(|(fingerprint, start, firing, about, found, severity)| {
            Step::Alert { fingerprint, start, firing, about, found, severity }
        }),
        4 => (0..1500_i64).prop_map(Step::Wait),
        1 => (0..9_usize).prop_map(Step::Mute),
        1 => (0..9_usize).prop_map(Step::Take),
    ]
}

/// Why a pod fails, the shallow reasons first.
fn reason(pod: usize, why: usize) -> RootCause {
    let (namespace, name) = PODS[pod].split_once('/').unwrap();
    let workload = format!("{namespace}/{}", name.split_once('-').unwrap().0);
    match why {
        0 => cause("unknown", "Deployment", &workload),
        1 => cause("crash-looping", "Deployment", &workload),
        2 => cause("oom-killed", "Deployment", &workload),
        3 => cause("image-missing", "Image", "shop:1"),
        _ => node_dead(),
    }
}

fn look(scope: usize, is_whole: bool, is_due: bool, fails: &[(usize, usize)]) -> Look {
    let scope =
        [Scope::All, Scope::Namespaces(["shop".into()].into()), Scope::Namespaces(["bank".into()].into())]
            [scope]
            .clone();
    // a pod fails for one reason
    let fails: BTreeMap<usize, usize> = fails.iter().copied().collect();
    let seen = fails.iter().filter(|(pod, _)| scope.holds(PODS[**pod].split_once('/').unwrap().0));
    let sighted = seen.map(|(pod, why)| Sighted { is_due, ..sighted(reason(*pod, *why), &[PODS[*pod]]) });
    let sighted = sighted.collect();
    Look { cluster: "prod".to_string(), at: at(0), scope, is_whole, sighted, standing: Default::default() }
}

fn any_policy() -> Policy {
    let bank = Area { cluster: "prod".to_string(), namespace: Some("bank".to_string()) };
    let bank = Route { areas: vec![bank], severity: Severity::Critical, ..everything("C0BANK") };
    Policy { routes: vec![everything("C0OPS"), bank], storm_threads: 2, ..Policy::default() }
}

/// The book, what a ledger would have of it, and the time.
#[derive(Default)]
struct World {
    book: Book,
    ledger: Book,
    seconds: i64,
    alerts: BTreeMap<(usize, i64), Told>,
}

impl World {
    fn now(&self) -> Timestamp {
        at(self.seconds)
    }

    fn store(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Create(one) => {
                    assert!(self.ledger.get(&one.name).is_none(), "created twice: {}", one.name);
                    self.ledger.put(*one);
                }
                Change::Update(one) => {
                    let before = self.ledger.get(&one.name).expect("it was created");
                    assert_eq!(before.spec, one.spec);
                    self.ledger.put(*one);
                }
                Change::Remove(name) => self.ledger.take_away(&name),
            }
        }
    }

    fn look(&mut self, look: &Look, policy: &Policy) {
        let changes = self.book.look(look, policy, self.now());
        self.store(changes);
        let again = self.book.look(look, policy, self.now());
        assert_eq!(again, [], "the same look again");
        for sighted in look.sighted.iter().filter(|sighted| sighted.is_due) {
            for member in &sighted.members {
                let is_open = open(&self.book).iter().any(|one| {
                    let is_own = one.status.root_cause == sighted.root_cause || !look.is_whole;
                    is_own && one.still_fails() && one.status.members.contains(member)
                });
                assert!(is_open, "{member:?} is lost: {:#?}", self.book);
            }
        }
    }

    fn alert(&mut self, told: &Told, policy: &Policy) {
        let changes = self.book.alert(told, policy, self.now());
        self.store(changes);
        assert_eq!(self.book.alert(told, policy, self.now()), [], "the same alert again");
    }

    fn step(&mut self, step: Step, policy: &Policy) {
        match step {
            Step::Look { scope, is_whole, is_due, fails } => {
                self.look(&look(scope, is_whole, is_due, &fails), policy);
            }
            Step::Alert { fingerprint, start, firing, about, found, severity } => {
                let found = match found {
                    5 => healthy(),
                    6 => Found::NoObject,
                    7 => Found::Unread("it timed out".to_string()),
                    why => Found::Cause(sighted(reason(about, why), &[PODS[about]])),
                };
                let mut told = told(&format!("f{fingerprint}"), Some(PODS[about]), found);
                told.alert.severity = [None, Some("critical"), Some("warning")][severity].map(str::to_string);
                told.alert.starts_at = at(start);
                told.alert.firing = firing;
                self.alert(&told, policy);
                self.alerts.insert((fingerprint, start), told);
            }
            Step::Wait(seconds) => {
                self.seconds += seconds;
                let changes = self.book.settle(self.now(), policy);
                self.store(changes);
            }
            Step::Mute(n) => {
                if let Some(name) = self.nth(n) {
                    let changes = self.book.mute(&name, at(self.seconds + 600), "Ada", self.now());
                    self.store(changes);
                }
            }
            Step::Take(n) => {
                if let Some(name) = self.nth(n) {
                    let changes = self.book.take(&name, "Ada", self.now());
                    self.store(changes);
                }
            }
        }
    }

    fn nth(&self, n: usize) -> Option<String> {
        self.book.incidents().nth(n).map(|one| one.name.clone())
    }

    fn holds(&mut self, policy: &Policy) {
        assert_eq!(self.book, self.ledger, "what is stored is what is known");
        let mut causes = BTreeSet::new();
        for one in open(&self.book) {
            assert!(causes.insert(&one.status.root_cause), "twice open: {:?}", one.status.root_cause);
            let counted: u32 = one.status.namespaces.values().sum();
            if one.is_ordinary() {
                assert_eq!(counted, one.status.failing, "{one:#?}");
                if one.status.failing > 0 {
                    assert_eq!(one.status.members.len(), one.status.failing as usize, "{one:#?}");
                }
            }
        }
        // a mute that ended, or a route, may have made room
        let changes = self.book.tell(policy, self.now());
        self.store(changes);
        for one in open(&self.book).into_iter().filter(|one| one.still_fails()) {
            if self.book.is_muted(one, self.now()) {
                continue;
            }
            for route in policy.spots(one) {
                let own = one.thread(&route.to).unwrap_or_else(|| panic!("untold: {one:#?}"));
                if let Some(many) = &own.within {
                    let many = self.book.get(many).expect("it is told within one that is there");
                    assert!(many.is_open() && many.status.entries.contains(&one.name), "{many:#?}");
                }
            }
        }
        for spot in policy.channels() {
            let new =
                self.book.incidents().filter(|one| one.is_ordinary()).filter_map(|one| one.thread(spot));
            let since = at(self.seconds - policy.storm_window.as_secs() as i64);
            let new = new.filter(|own| own.within.is_none() && own.since > since).count();
            assert!(new <= policy.storm_threads, "{new} new threads in {}", spot.channel);
        }
    }

    fn heal(&mut self, policy: &Policy) {
        for told in std::mem::take(&mut self.alerts).into_values() {
            self.alert(&over(&told), policy);
        }
        self.look(&look(0, true, false, &[]), policy);
        self.seconds += 60 * SETTLED;
        self.look(&look(0, true, false, &[]), policy);
        let changes = self.book.settle(self.now(), policy);
        self.store(changes);
        assert!(open(&self.book).is_empty(), "{:#?}", open(&self.book));
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_nothing_is_doubled_and_all_is_resolved_when_all_is_well(
        steps in vec(any_step(), 0..30)
    ) {
        let policy = any_policy();
        let mut world = World::default();
        for step in steps {
            world.step(step, &policy);
            world.holds(&policy);
        }
        world.heal(&policy);
        world.holds(&policy);
    }
}

/// What a text is made of, and how often: a failure is read by people.
fn any_text() -> impl Strategy<Value = (&'static str, usize)> {
    (
        prop_oneof![Just("a"), Just("\u{1}"), Just("\"\\"), Just("🦀\u{7}")],
        prop_oneof![0..9_usize, 0..5000_usize],
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn an_incident_is_never_larger_than_the_ledger_takes(
        texts in vec(any_text(), 12), count in 0..300_usize, alerts in 0..40_usize
    ) {
        let text = |n: usize| {
            let (piece, times) = texts[n % texts.len()];
            piece.repeat(times)
        };
        let mut policy = policy();
        policy.routes[0].labels = BTreeMap::new();
        let root_cause = RootCause {
            cluster: "prod".to_string(),
            cause: text(0),
            blame: Blamed { kind: text(1), namespace: Some(text(2)), name: text(3) },
        };
        let member = |n: usize| Member { kind: text(n), namespace: format!("{n}{}", text(n + 1)), name: format!("{n}{}", text(n + 2)) };
        let failing = Sighted {
            root_cause: root_cause.clone(),
            confidence: Some(text(4)),
            summary: text(5),
            members: (0..count).map(member).collect(),
            is_due: true,
            severity: Severity::Critical,
            evidence: (0..30).map(|n| Kept {
                object: text(n), seen_at: at(0), source: text(n + 2), text: text(n + 1)
            }).collect(),
            annotations: None,
        };
        let mut book = Book::default();
        book.look(&whole(vec![failing.clone()]), &policy, at(0));
        for n in 0..alerts {
            let mut told = told(&format!("{n}{}", text(n)), None, Found::Cause(failing.clone()));
            told.alert.summary = text(n + 1);
            told.alert.group = text(n + 2);
            told.alert.name = text(n + 3);
            book.alert(&told, &policy, at(1));
            told.found = Found::Healthy { checked: vec![text(n), text(n + 5)] };
            told.alert.fingerprint.push('h');
            book.alert(&told, &policy, at(1));
        }
        for name in book.incidents().map(|one| one.name.clone()).collect::<Vec<_>>() {
            book.take(&name, &text(6), at(2));
            let kept: Vec<Kept> = (0..30).map(|n| Kept {
                object: text(n), seen_at: at(3), source: format!("{n}{}", text(n)), text: text(n + 1)
            }).collect();
            book.keep(&name, &kept, &policy, at(3));
        }
        for one in book.incidents() {
            prop_assert!(one.size() <= LARGEST, "{}", one.size());
            prop_assert!(one.status.members.len() <= MOST_MEMBERS);
            prop_assert!(one.status.alerts.len() <= MOST_ALERTS);
            prop_assert!(one.status.kept.len() <= MOST_KEPT);
            let counted: u32 = one.status.namespaces.values().sum();
            prop_assert!(counted == one.status.failing || !one.is_ordinary());
            prop_assert!(one.status.namespaces.len() <= MOST_NAMESPACES);
        }
        let most = book.incidents().map(|one| one.status.failing as usize).max();
        prop_assert!(most.unwrap_or_default() >= count, "all are counted");
    }
}
