//! What there is.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use podwhy_flow::act::record::{Approval, Plan, Result as Of, Spec, Status, Step, Target};
use podwhy_flow::act::remedy::{Floor, Remedy, Risk};
use podwhy_flow::chat::Platform;
use podwhy_flow::incident::record::{Blamed, Member, RootCause};

use crate::mutants::Next;

/// What is checked: a function, an executor, and how much goes wrong.
#[derive(Clone)]
pub struct Site {
    pub next: Next,
    pub executor: Executor,
    pub replicas: usize,
    pub budget: Budget,
}

/// Which of its rules the executor keeps.
#[derive(Clone, Copy)]
pub struct Executor {
    pub minds_clock: bool,
    pub minds_uid: bool,
    pub minds_seals: bool,
    pub minds_owner: bool,
}

impl Default for Executor {
    fn default() -> Executor {
        Executor { minds_clock: true, minds_uid: true, minds_seals: true, minds_owner: true }
    }
}

/// How often each trouble may still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// An answer is lost.
    pub losses: u8,
    /// A replica crashes; it is up again at once, as another run.
    pub crashes: u8,
    /// An outsider sets an ended phase back to Approved.
    pub edits: u8,
    /// An outsider deletes the object and makes it again, approved and not begun.
    pub remakes: u8,
    /// The target is deleted and made again under its name.
    pub recreations: u8,
}

/// The clock, in seconds after the offer: well within it, at the deadline of what was begun then, when others look, shortly before the
/// offer's end, at the end, which is a late one's deadline, and when others look at that.
pub const CLOCK: [i64; 6] = [60, 70, 95, 895, 900, 925];

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// The place in [`CLOCK`].
    pub tick: usize,
    /// The stored object's status.
    pub status: Arc<Status>,
    /// Which object of this name it is.
    pub object: u8,
    pub replicas: Vec<Replica>,
    /// Which object of the target's name there is; the offer is of the first.
    pub target: u8,
    /// How often the write was really done.
    pub done: u8,
    /// A no, or an end without a write, was stored in this object.
    pub refused: bool,
    pub wrong: Wrong,
    pub budget: Budget,
}

/// What was wrong with a write that was sent or done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wrong {
    pub late: bool,
    pub too_few: bool,
    pub requester: bool,
    pub after_no: bool,
    pub uid: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Replica {
    /// How often it was started again.
    pub run: u8,
    /// This run wrote for this name.
    pub wrote: bool,
    pub doing: Doing,
    /// The deadline, in seconds after the offer, of a write on its way; it outlives its run.
    pub flight: Option<i64>,
}

/// What a run is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Doing {
    Idle,
    /// It read the object and will store what follows.
    Holds(Arc<Status>, Then),
    /// It stored that it begins, and heard nothing.
    Unsure,
    /// It knows that it began, with which object; until when it may write, by its own clock.
    Begun(i64, u8),
    /// It wrote and waits for the answer.
    Waits,
    /// It knows what became of its write.
    Knows(Of),
}

/// What a run does after its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Then {
    Rest,
    /// It may write until then.
    Write(i64),
    /// It has told what became of its write.
    Told(Of),
}

/// A person in one app.
pub struct Person {
    pub user: &'static str,
    pub platform: Platform,
    pub id: &'static str,
}

/// Ann asked for it. Bob is in two apps.
pub const PEOPLE: [Person; 4] = [
    Person { user: "ann", platform: Platform::Slack, id: "UA" },
    Person { user: "bob", platform: Platform::Slack, id: "UB" },
    Person { user: "bob", platform: Platform::Discord, id: "80" },
    Person { user: "cat", platform: Platform::Slack, id: "UC" },
];

/// Who really stands behind an approval, whatever user it names.
pub fn human(approval: &Approval) -> &'static str {
    PEOPLE.iter().find(|person| person.id == approval.person).map_or("nobody", |person| person.user)
}

/// A click, sealed for one object.
pub fn approval(person: &Person, object: u8) -> Approval {
    Approval {
        user: person.user.to_string(),
        platform: person.platform,
        person: person.id.to_string(),
        added_groups: Vec::new(),
        typed: None,
        at: offered_at(),
        seal: seal(object),
    }
}

/// In the place of the HMAC, which is over the object's uid.
pub fn seal(object: u8) -> String {
    format!("for object {object}")
}

pub fn offered_at() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

pub fn at(seconds: i64) -> Timestamp {
    offered_at() + SignedDuration::from_secs(seconds)
}

/// The offer: two people, one target, and a look at whether it helped takes no time.
pub fn spec() -> Spec {
    let (kind, name) = ("Deployment".to_string(), "cart".to_string());
    let blame = Blamed { kind: kind.clone(), namespace: Some("shop".to_string()), name: name.clone() };
    let subject = Member { kind: kind.clone(), namespace: "shop".to_string(), name: name.clone() };
    let target = Target { kind, namespace: "shop".to_string(), name, uid: "0".to_string() };
    Spec {
        incident: None,
        root_cause: RootCause { cluster: "prod".to_string(), cause: "image-missing".to_string(), blame },
        after: subject.clone(),
        subject,
        plan: Plan {
            remedy: Remedy::RollBack,
            targets: vec![target],
            finalizer: None,
            revision: None,
            node: None,
            ticket: None,
            checklist: Vec::new(),
            warnings: Vec::new(),
            verify_seconds: 0,
        },
        floor: Floor { approvals: 2, typed_name: false },
        risk: Risk::High,
        asked_by: Some("ann".to_string()),
        offered_at: offered_at(),
    }
}

/// Without what the function does not read: two states that differ in nothing else are one.
pub fn quiet(mut status: Status) -> Arc<Status> {
    for step in &mut status.history {
        *step = Step { phase: step.phase, at: offered_at(), who: String::new(), why: String::new() };
    }
    status.verify_until = status.verify_until.map(|_| offered_at());
    Arc::new(status)
}

impl World {
    pub fn new(site: &Site) -> World {
        let replica = Replica { run: 0, wrote: false, doing: Doing::Idle, flight: None };
        World {
            tick: 0,
            status: Arc::new(Status::default()),
            object: 0,
            replicas: vec![replica; site.replicas],
            target: 0,
            done: 0,
            refused: false,
            wrong: Wrong::default(),
            budget: site.budget,
        }
    }

    pub fn seconds(&self) -> i64 {
        CLOCK[self.tick]
    }

    /// The name of a replica's run, as `by` has it.
    pub fn by(&self, replica: usize) -> String {
        format!("{replica}/{}", self.replicas[replica].run)
    }
}
