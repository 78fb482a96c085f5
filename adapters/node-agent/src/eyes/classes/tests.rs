use podwhy_api::report::MOST_EXCERPT;
use podwhy_knowledge::sandbox::trouble;

use super::patterns::written;
use super::*;

fn line(unit: &str, second: i64, text: &str) -> Line {
    let at = Timestamp::from_second(1_777_886_400 + second).unwrap();
    Line { unit: unit.to_string(), at, text: text.to_string() }
}

fn unit_of(from: From) -> &'static str {
    if from == From::Kernel { KERNEL } else { "kubelet.service" }
}

#[test]
fn each_pattern_compiles_and_takes_its_samples_and_not_what_only_looks_like_them() {
    assert_eq!(PATTERNS.len(), written().count());
    for (pattern, compiled) in written().zip(PATTERNS.iter()) {
        assert!(pattern.samples.len() >= 2 && !pattern.near.is_empty(), "{}", pattern.class);
        for sample in pattern.samples {
            assert!(compiled.matches(sample), "{}: {sample}", pattern.class);
            let first = PATTERNS.iter().find(|p| is_from(p, unit_of(pattern.from)) && p.matches(sample));
            assert_eq!(first.map(|first| first.class), Some(pattern.class), "{sample}");
        }
        for near in pattern.near {
            assert!(!compiled.matches(near), "{}: {near}", pattern.class);
        }
    }
}

#[test]
fn a_kernels_word_is_only_the_kernels_and_a_kubelets_end_only_its_own() {
    let lines = [
        line("kubelet.service", 0, "blk_update_request: I/O error, dev vdb, sector 1953"),
        line("docker.service", 1, "panic: no more"),
        line(KERNEL, 2, "pull QPS exceeded"),
    ];
    assert_eq!(classify(&lines), []);
}

#[test]
fn a_class_is_counted_and_shows_its_last_line_and_its_pods() {
    let [a, b] = ["8566433c-80bf-e76d-601d-52d2fc3d487b", "70a42b33-781c-b5fe-3e4c-a06a50b1a1f0"];
    let busy = |uid: &str| format!("remove /var/lib/kubelet/pods/{uid}/volumes/x: device or resource busy");
    let lines = [
        line("kubelet.service", 0, &busy(a)),
        line("kubelet.service", 9, &busy(b)),
        line("kubelet.service", 5, &busy(a)),
    ];
    let found = classify(&lines);
    assert_eq!(found.len(), 1);
    let class = &found[0];
    assert_eq!(
        (class.class.as_str(), class.unit.as_str(), class.count),
        ("unmount-busy", "kubelet.service", 3)
    );
    assert_eq!((class.last, class.excerpt.as_str()), (Some(lines[1].at), busy(b).as_str()));
    assert_eq!(class.pod_uids, [a, b]);
}

#[test]
fn kills_of_the_node_stand_apart_from_those_of_limits_and_before_them() {
    let uid = "8566433c-80bf-e76d-601d-52d2fc3d487b";
    let lines = [
        line(
            KERNEL,
            0,
            &format!("oom-kill:constraint=CONSTRAINT_NONE,global_oom,task_memcg=/kubepods/pod{uid}/a,task=b"),
        ),
        line(KERNEL, 0, "Out of memory: Killed process 1 (a) total-vm:1kB"),
        line(KERNEL, 9, "Memory cgroup out of memory: Killed process 2 (b) total-vm:1kB"),
    ];
    let found = classify(&lines);
    assert_eq!(
        found.iter().map(|class| (class.class.as_str(), class.count)).collect::<Vec<_>>(),
        [("oom-kill", 1); 2]
    );
    // the knowledge reads the node's kill from these words
    assert!(found[0].excerpt.contains("Out of memory") && !found[0].excerpt.contains("Memory cgroup"));
    assert_eq!(found[0].pod_uids, [uid]);
    assert!(found[1].excerpt.contains("Memory cgroup"));
    // a line that only names a pod is no kill
    assert_eq!(classify(&lines[..1]), []);
}

#[test]
fn of_a_kubelets_end_its_own_words_are_shown_and_systemds_where_there_are_none() {
    let own = line("kubelet.service", 0, r#"E0504 run.go:74] "command failed" err="no swap""#);
    let systemds =
        line("kubelet.service", 1, "kubelet.service: Main process exited, code=exited, status=1/FAILURE");
    let found = classify(&[own.clone(), systemds.clone()]);
    assert_eq!((found.len(), found[0].count, &found[0].excerpt), (1, 1, &own.text));
    assert_eq!(classify(std::slice::from_ref(&systemds))[0].excerpt, systemds.text);
}

#[test]
fn sandboxes_are_told_of_by_pod_in_words_the_knowledge_understands() {
    let pattern = written().find(|pattern| pattern.class == "sandbox").unwrap();
    let lines: Vec<Line> = pattern.samples.iter().map(|text| line("kubelet.service", 0, text)).collect();
    let found = classify(&lines);
    for class in &found {
        let excerpt = class.excerpt.to_ascii_lowercase();
        assert!(excerpt.contains("sandbox") || excerpt.contains("infra container"));
        assert!(trouble(&class.excerpt).is_some(), "{}", class.excerpt);
    }
    let pods: Vec<bool> = found.iter().map(|class| class.excerpt.contains("dns-")).collect();
    assert_eq!(pods, [true; 2]);
    let many: Vec<Line> = (0..20)
        .map(|n| {
            line(
                "kubelet.service",
                n,
                &format!(r#"E1 "Failed to create sandbox for pod" err="x" pod="a/p{n}""#),
            )
        })
        .collect();
    let found = classify(&many);
    assert_eq!((found.len(), found[0].excerpt.contains("a/p19")), (MOST_SANDBOXES, true));
}

#[test]
fn an_excerpt_is_redacted_and_cut_around_what_matters() {
    let patch = "{\\\"type\\\":\\\"Ready\\\"},".repeat(60);
    let text = format!(
        r#""Failed to update status for pod" pod="batch/report" token=abcdefghijklmnop0123456789 err="failed to patch status \"{patch}\": admission webhook \"pods.guard.example\" denied the request: {}" podUID="70a42b33-781c-b5fe-3e4c-a06a50b1a1f0""#,
        "no ".repeat(200)
    );
    let found = classify(&[line("kubelet.service", 0, &text)]);
    let excerpt = &found[0].excerpt;
    assert!(excerpt.chars().count() <= MOST_EXCERPT, "{}", excerpt.chars().count());
    for part in [r#"pod="batch/report""#, r#"admission webhook \"pods.guard.example\" denied"#, "podUID="] {
        assert!(excerpt.contains(part), "{excerpt}");
    }
    assert!(!excerpt.contains("abcdefghijklmnop0123456789"), "{excerpt}");
    let lines = ["a\u{1b}[2Jb pull QPS exceeded\nnext"].map(|text| line("kubelet.service", 0, text));
    assert!(!classify(&lines)[0].excerpt.contains(['\u{1b}', '\n']));
}
