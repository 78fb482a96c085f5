//! What happens in clusters every day, as a watch sees it, and who is told of it when.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::*;

/// The cluster's first moment.
const START: &str = "2026-11-25T12:00:00Z";

pub(super) fn at(seconds: i64) -> Timestamp {
    START.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// A pod that is well, made at the first moment.
pub(in crate::incident) fn well(name: &str) -> PodSeen {
    PodSeen {
        namespace: "shop".to_string(),
        name: name.to_string(),
        uid: format!("uid-{name}"),
        created: Some(at(0)),
        owner: Some(("ReplicaSet".to_string(), "web-1".to_string())),
        node: "a".to_string(),
        phase: "Running".to_string(),
        reason: None,
        ready: Some((true, Some(at(5)))),
        waiting: None,
        restarts: 0,
        last_failed: None,
        deleted_at: None,
    }
}

fn pending(name: &str, waiting: &str) -> PodSeen {
    let waiting = Some(waiting.to_string()).filter(|waiting| !waiting.is_empty());
    PodSeen { phase: "Pending".to_string(), ready: Some((false, Some(at(0)))), waiting, ..well(name) }
}

fn unready(name: &str, since: i64) -> PodSeen {
    PodSeen { ready: Some((false, Some(at(since)))), ..well(name) }
}

fn crashed(name: &str, restarts: u32, when: i64) -> PodSeen {
    let waiting = Some("CrashLoopBackOff".to_string());
    PodSeen { waiting, restarts, last_failed: Some(at(when)), ..unready(name, when) }
}

fn ended(name: &str, phase: &str, job: &str, made: i64) -> PodSeen {
    PodSeen {
        phase: phase.to_string(),
        owner: Some(("Job".to_string(), job.to_string())),
        created: Some(at(made)),
        ready: Some((false, Some(at(made + 5)))),
        ..well(name)
    }
}

fn node(name: &str, ready: &str, since: i64) -> Seen {
    let ready = Some((ready.to_string(), Some(at(since))));
    Seen::Node(NodeSeen { name: name.to_string(), ready, is_cordoned: false, is_out_of_service: false })
}

/// What is told in an hour of this, each once: when, of whom, why.
fn told(thresholds: Thresholds, happens: &[(i64, Seen)]) -> Vec<(i64, String, Trouble)> {
    let mut due = Due::new(thresholds);
    let (mut told, mut known) = (Vec::new(), Vec::new());
    for second in 0..3_600 {
        let now = at(second);
        for (_, seen) in happens.iter().filter(|(when, _)| *when == second) {
            due.see(seen, now);
        }
        // only when it says so: it must never be late
        if due.next().is_none_or(|next| next > now) {
            continue;
        }
        for failing in due.due(now) {
            let what = (failing.member.name, failing.trouble);
            if !known.contains(&what) {
                known.push(what.clone());
                told.push((second, what.0, what.1));
            }
        }
    }
    told
}

fn nobody_is_told(of: &str, happens: &[(i64, Seen)]) {
    assert_eq!(told(Thresholds::default(), happens), [], "{of}");
}

fn one_is_told(of: &str, happens: &[(i64, Seen)], when: i64, who: &str, trouble: Trouble) {
    assert_eq!(told(Thresholds::default(), happens), [(when, who.to_string(), trouble)], "{of}");
}

#[test]
fn what_happens_every_day_is_told_to_nobody() {
    let pod = Seen::Pod;
    let gone = |name: &str| Seen::PodGone(format!("uid-{name}"));
    let going = |pod: PodSeen, at: Timestamp| Seen::Pod(PodSeen { deleted_at: Some(at), ..pod });
    nobody_is_told(
        "a rollout",
        &[
            (0, pod(PodSeen { node: String::new(), ..pending("new", "") })),
            (1, pod(pending("new", "ContainerCreating"))),
            (90, pod(unready("new", 0))),
            (240, pod(well("new"))),
            (241, going(well("old"), at(271))),
            (243, going(unready("old", 243), at(271))),
            (280, gone("old")),
        ],
    );
    nobody_is_told(
        "an autoscaler that brings a node",
        &[
            (0, pod(PodSeen { node: String::new(), ..pending("p", "") })),
            (230, pod(pending("p", "ContainerCreating"))),
            (500, pod(well("p"))),
        ],
    );
    nobody_is_told("a blip of a probe", &[(100, pod(unready("p", 100))), (160, pod(well("p")))]);
    nobody_is_told(
        "a program that waits for its database",
        &[
            (5, pod(PodSeen { restarts: 1, last_failed: Some(at(4)), ..unready("p", 4) })),
            (6, pod(crashed("p", 1, 6))),
            (20, pod(crashed("p", 2, 18))),
            (41, pod(PodSeen { restarts: 3, last_failed: Some(at(38)), ..well("p") })),
        ],
    );
    nobody_is_told(
        "one crash an hour",
        &[
            (
                10,
                pod(PodSeen {
                    created: Some(at(-90_000)),
                    restarts: 7,
                    last_failed: Some(at(9)),
                    ..unready("p", 9)
                }),
            ),
            (
                12,
                pod(PodSeen {
                    created: Some(at(-90_000)),
                    restarts: 8,
                    last_failed: Some(at(9)),
                    ..well("p")
                }),
            ),
        ],
    );
    nobody_is_told(
        "a registry's blip",
        &[
            (10, pod(pending("p", "ErrImagePull"))),
            (40, pod(pending("p", "ImagePullBackOff"))),
            (75, pod(well("p"))),
        ],
    );
    nobody_is_told(
        "a ConfigMap that comes after its pod",
        &[(2, pod(pending("p", "CreateContainerConfigError"))), (65, pod(well("p")))],
    );
    nobody_is_told(
        "a CronJob's runs, each with its own Job",
        &[
            (0, pod(ended("a", "Running", "run-1", 0))),
            (60, pod(ended("a", "Succeeded", "run-1", 0))),
            (600, pod(ended("b", "Running", "run-2", 600))),
            (660, pod(ended("b", "Succeeded", "run-2", 600))),
        ],
    );
    nobody_is_told(
        "a Job that tries once more",
        &[
            (60, pod(ended("a", "Failed", "import", 0))),
            (72, pod(ended("b", "Pending", "import", 70))),
            (300, pod(ended("b", "Succeeded", "import", 70))),
        ],
    );
    nobody_is_told("scaled down", &[(10, going(well("p"), at(40))), (45, gone("p"))]);
    nobody_is_told(
        "an evicted pod whose ReplicaSet makes another",
        &[
            (
                10,
                pod(PodSeen { reason: Some("Evicted".to_string()), ..ended("p", "Failed", "x", 0) }).of_set(),
            ),
            (12, pod(pending("q", "ContainerCreating"))),
            (30, pod(well("q"))),
        ],
    );
    let cordoned = |ready: &str| {
        Seen::Node(NodeSeen {
            name: "a".to_string(),
            ready: Some((ready.to_string(), Some(at(60)))),
            is_cordoned: true,
            is_out_of_service: false,
        })
    };
    nobody_is_told(
        "a node that is drained and restarted",
        &[
            (10, cordoned("True")),
            (20, going(well("p"), at(50))),
            (48, gone("p")),
            (60, cordoned("Unknown")),
            (600, cordoned("False")),
            (640, cordoned("True")),
        ],
    );
    nobody_is_told(
        "a node that is scaled away",
        &[(10, node("a", "Unknown", 10)), (100, Seen::NodeGone("a".into()))],
    );
    nobody_is_told("a kubelet that restarts", &[(10, node("a", "False", 10)), (50, node("a", "True", 50))]);
}

impl Seen {
    /// Owned by a ReplicaSet instead.
    fn of_set(self) -> Seen {
        match self {
            Seen::Pod(pod) => Seen::Pod(PodSeen { owner: well("").owner, ..pod }),
            other => other,
        }
    }
}

#[test]
fn a_node_that_is_back_is_not_well_while_it_is_marked_out_of_service() {
    let marked = |since: i64, is_out_of_service: bool| {
        let ready = Some(("True".to_string(), Some(at(since))));
        Seen::Node(NodeSeen { name: "a".to_string(), ready, is_cordoned: false, is_out_of_service })
    };
    one_is_told("it stays marked", &[(10, marked(10, true))], 130, "a", Trouble::Node);
    nobody_is_told("the mark is taken away", &[(10, marked(10, true)), (100, marked(10, false))]);
}

#[test]
fn what_lasts_is_told_when_its_threshold_is_crossed() {
    let pod = Seen::Pod;
    use Trouble::*;
    let one = one_is_told;
    let unscheduled = PodSeen { node: String::new(), ..pending("p", "") };
    one("no node", &[(7, pod(unscheduled))], 307, "p", Unscheduled);
    one("a volume", &[(7, pod(pending("p", "ContainerCreating")))], 307, "p", Starting);
    let names = [(7, pod(pending("p", "ErrImagePull"))), (20, pod(pending("p", "ImagePullBackOff")))];
    one("a wrong image", &names, 127, "p", Image);
    one("no Secret", &[(7, pod(pending("p", "CreateContainerConfigError")))], 127, "p", Refused);
    one("a probe", &[(7, pod(unready("p", 7)))], 307, "p", NotReady);
    let again = [(7, pod(unready("p", 7))), (60, pod(PodSeen { reason: None, ..unready("p", 7) }))];
    one("a probe, told twice", &again, 307, "p", NotReady);
    let bare = PodSeen { owner: None, ..ended("p", "Failed", "", 0) };
    one("a pod of nobody", &[(7, pod(bare))], 127, "p", Failed);
    let late = PodSeen { deleted_at: Some(at(37)), ..well("p") };
    one("a finalizer", &[(7, pod(late))], 37 + 60 + 300, "p", Terminating);
    one("a node", &[(7, node("a", "False", 7)), (60, node("a", "Unknown", 60))], 127, "a", Node);
}

#[test]
fn a_crash_loop_is_told_by_how_often_else_by_how_long() {
    let pod = Seen::Pod;
    let ran = |restarts, when| PodSeen { restarts, last_failed: Some(at(when)), ..well("p") };
    let often: Vec<(i64, Seen)> = vec![
        (10, pod(crashed("p", 0, 10))),
        (20, pod(ran(1, 10))),
        (21, pod(crashed("p", 1, 21))),
        (41, pod(ran(2, 21))),
        (42, pod(crashed("p", 2, 42))),
        (82, pod(ran(3, 42))),
        (83, pod(crashed("p", 3, 83))),
        (163, pod(ran(4, 83))),
    ];
    one_is_told("4 restarts", &often, 163, "p", Trouble::CrashLooping);
    let old = |restarts, when| PodSeen { created: Some(at(-90_000)), ..crashed("p", restarts, when) };
    let long = [(0, Seen::Relisting(What::Pods)), (1, pod(old(40, -30))), (2, Seen::Listed(What::Pods))];
    // what the cluster tells is believed less a minute: the wait may have begun now
    one_is_told("a wait that was there before", &long, 181, "p", Trouble::CrashLooping);
    let mut slow: Vec<(i64, Seen)> = Vec::new();
    for crash in 0..5 {
        slow.push((
            10 + crash * 480,
            pod(PodSeen { restarts: crash as u32, ..unready("p", 10 + crash * 480) }),
        ));
        slow.push((15 + crash * 480, pod(ran(crash as u32 + 1, 10 + crash * 480))));
    }
    one_is_told("out of memory every 8 minutes", &slow, 15 + 3 * 480, "p", Trouble::CrashLooping);
    let never = Thresholds { crash_loop: NEVER, not_ready: NEVER, ..Thresholds::default() };
    assert_eq!(told(never, &often), []);
}

#[test]
fn one_in_a_crash_loop_is_not_well_between_two_crashes() {
    let mut due = Due::new(Thresholds::default());
    for restarts in 0..=4 {
        due.see(&Seen::Pod(crashed("p", restarts, 10)), at(10));
    }
    due.see(&Seen::Pod(PodSeen { restarts: 4, last_failed: Some(at(10)), ..well("p") }), at(20));
    assert_eq!(due.due(at(600)).len(), 1, "it runs, and waited up to 5 minutes before");
    assert!(!due.is_well("uid-p", at(600)));
    assert_eq!(due.due(at(620)), [], "10 minutes without a crash");
    assert!(due.is_well("uid-p", at(620)) && due.held() == 1, "it still counts if it crashes again");
    assert_eq!(due.due(at(1_900)), []);
    assert_eq!(due.held(), 0);
}

#[test]
fn a_job_that_gave_up_is_told_by_its_last_pod() {
    let pod = Seen::Pod;
    let tries = [
        (60, pod(ended("a", "Failed", "import", 0))),
        (70, pod(ended("b", "Running", "import", 70))),
        (120, pod(ended("b", "Failed", "import", 70))),
        // another Job, and an older pod of this one that ends
        (130, pod(PodSeen { ready: None, ..ended("c", "Running", "export", 130) })),
        (140, pod(ended("z", "Succeeded", "import", 0))),
    ];
    one_is_told("a Job", &tries, 720, "b", Trouble::FailedJob);
    for order in [["a", "b"], ["b", "a"]] {
        let mut listed = vec![(0, Seen::Relisting(What::Pods))];
        for name in order {
            let seen =
                if name == "a" { ended("a", "Failed", "j", -600) } else { ended("b", "Succeeded", "j", -60) };
            listed.push((1, pod(seen)));
        }
        listed.push((2, Seen::Listed(What::Pods)));
        nobody_is_told(&format!("a Job that was done before, listed {order:?}"), &listed);
    }
}

#[test]
fn a_list_makes_up_for_what_was_not_seen() {
    let mut due = Due::new(Thresholds::default());
    for name in ["stays", "goes", "heals"] {
        due.see(&Seen::Pod(unready(name, 0)), at(0));
    }
    due.see(&Seen::Lost(What::Pods, "no route".to_string()), at(10));
    let away = 1_000;
    assert_eq!(due.due(at(away)).len(), 3, "what is lost from sight is not well by that");
    due.see(&Seen::Relisting(What::Pods), at(away));
    due.see(&Seen::Pod(unready("stays", 0)), at(away));
    due.see(&Seen::Relisting(What::Pods), at(away + 1));
    due.see(&Seen::Pod(well("heals")), at(away + 1));
    due.see(&Seen::Pod(unready("fell", 100)), at(away + 1));
    due.see(&Seen::Pod(unready("falls", away - 10)), at(away + 1));
    due.see(&Seen::Pod(unready("stays", 0)), at(away + 1));
    due.see(&Seen::Listed(What::Pods), at(away + 2));
    let names: Vec<String> = due.due(at(away + 2)).into_iter().map(|failing| failing.member.name).collect();
    assert_eq!(names, ["stays", "fell"], "it failed while nobody looked; one has only begun to");
    assert_eq!(due.next(), Some(at(away + 1 + 300)));
    due.see(&node("a", "False", 0), at(away));
    due.see(&Seen::Relisting(What::Nodes), at(away + 3));
    due.see(&Seen::Listed(What::Nodes), at(away + 3));
    assert_eq!(due.held(), 3, "the node is gone, the pods are not");
}

#[test]
fn a_clock_that_is_wrong_by_a_minute_pages_nobody_at_once() {
    for wrong in [-60, 60, 3_600] {
        let mut due = Due::new(Thresholds::default());
        due.see(&Seen::Relisting(What::Pods), at(0));
        due.see(&Seen::Relisting(What::Nodes), at(0));
        for mut pod in
            [pending("image", "ErrImagePull"), crashed("crash", 1, -5 + wrong), unready("probe", wrong)]
        {
            pod.created = Some(at(-5 + wrong));
            due.see(&Seen::Pod(pod), at(0));
        }
        due.see(&node("a", "Unknown", wrong), at(0));
        assert_eq!(due.due(at(59)), [], "{wrong}");
        due.see(&Seen::Listed(What::Pods), at(60));
        assert_eq!(due.due(at(300)).len(), 4, "{wrong}");
    }
    let mut due = Due::new(Thresholds::default());
    let odd = PodSeen { created: Some(Timestamp::MAX), last_failed: Some(Timestamp::MIN), ..unready("p", 0) };
    due.see(&Seen::Relisting(What::Pods), Timestamp::MAX);
    due.see(&Seen::Pod(PodSeen { deleted_at: Some(Timestamp::MAX), ..odd }), Timestamp::MAX);
    assert_eq!(due.due(Timestamp::MAX), [], "no time is after the last one");
}

#[test]
fn a_namespace_may_be_slower_or_silent() {
    let mut usual = Thresholds::default();
    let slow = Thresholds { not_ready: Duration::from_secs(1_800), failed: NEVER, ..usual.clone() };
    usual.namespaces.insert("shop".to_string(), slow);
    let other = PodSeen { namespace: "web".to_string(), ..unready("q", 0) };
    let bare = PodSeen { owner: None, ..ended("r", "Failed", "", 0) };
    let happens = [(0, Seen::Pod(unready("p", 0))), (0, Seen::Pod(other)), (0, Seen::Pod(bare))];
    let wanted = [(300, "q".to_string(), Trouble::NotReady), (1_800, "p".to_string(), Trouble::NotReady)];
    assert_eq!(told(usual, &happens), wanted);
}

#[test]
fn a_workload_without_pods_is_told_of_by_the_looks() {
    let mut due = Due::new(Thresholds::default());
    let web = member("Deployment", "shop", "web");
    let other = member("Deployment", "pay", "api");
    due.lack(|_| true, &[web.clone(), other.clone()], at(0));
    due.lack(|namespace| namespace == "shop", &[], at(60));
    assert_eq!(due.next(), Some(at(300)));
    let told: Vec<Member> = due.due(at(300)).into_iter().map(|failing| failing.member).collect();
    assert_eq!(told, [other], "what was not looked at is as it was");
}

#[test]
fn fifty_thousand_pods_that_are_well_are_not_held() {
    let mut due = Due::new(Thresholds::default());
    due.see(&Seen::Relisting(What::Pods), at(9_000));
    for number in 0..50_000 {
        let restarts = number % 3;
        let last_failed = Some(at(0)).filter(|_| restarts > 0);
        due.see(&Seen::Pod(PodSeen { restarts, last_failed, ..well(&format!("p{number}")) }), at(9_000));
    }
    due.see(&Seen::Listed(What::Pods), at(9_001));
    assert_eq!((due.held(), due.next(), due.due(at(99_000)).len()), (0, None, 0));
    assert_eq!(due.pods.capacity() + due.tries.capacity(), 0);
}
