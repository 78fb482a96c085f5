//! A Remediation for tests.

use jiff::Timestamp;

use crate::act::record::{Approval, Plan, Remediation, Spec, Status, Target};
use crate::act::remedy::{Floor, Remedy, Risk};
use crate::chat::Platform;
use crate::incident::record::{Blamed, Member, RootCause};

/// When it was offered.
pub(crate) fn offered_at() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

/// An offer for two people, as the ledger has it.
pub(crate) fn remediation() -> Remediation {
    let blame = Blamed { kind: "Node".to_string(), namespace: None, name: "worker-3".to_string() };
    let root_cause = RootCause { cluster: "prod".to_string(), cause: "node-lost".to_string(), blame };
    let target = Target {
        kind: "Node".to_string(),
        namespace: String::new(),
        name: "worker-3".to_string(),
        uid: "6f6a".to_string(),
    };
    let plan = Plan {
        remedy: Remedy::TaintOutOfService,
        targets: vec![target],
        finalizer: None,
        revision: None,
        node: None,
        ticket: None,
        checklist: Vec::new(),
        warnings: Vec::new(),
        verify_seconds: 600,
    };
    let spec = Spec {
        incident: None,
        root_cause,
        subject: Member { kind: "Node".to_string(), namespace: String::new(), name: "worker-3".to_string() },
        after: Member { kind: "Node".to_string(), namespace: String::new(), name: "worker-3".to_string() },
        plan,
        floor: Floor { approvals: 2, typed_name: true },
        risk: Risk::High,
        asked_by: None,
        offered_at: offered_at(),
    };
    Remediation {
        name: "taint-out-of-service-1".to_string(),
        uid: "a1b2".to_string(),
        version: "1".to_string(),
        spec,
        status: Status::default(),
    }
}

/// One without a seal, with the right name typed, a minute after the offer.
pub(crate) fn approval(user: &str) -> Approval {
    Approval {
        user: user.to_string(),
        platform: Platform::Slack,
        person: format!("U-{user}"),
        added_groups: Vec::new(),
        typed: Some("worker-3".to_string()),
        at: offered_at() + jiff::SignedDuration::from_mins(1),
        seal: String::new(),
    }
}
