//! The workload a pod's name speaks of, when the pod itself is gone.

use podwhy_knowledge::Kind;

/// The letters generated names end with: no vowels, so that they form no words.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go>
const ALPHABET: &str = "bcdfghjklmnpqrstvwxz2456789";

/// So many of them, at the end of every pod that a controller names.
const RANDOM: usize = 5;

/// Which workloads would name a pod so, the likeliest first.
pub fn makers(pod: &str) -> Vec<(Kind, String)> {
    let mut makers = Vec::new();
    let Some((rest, last)) = pod.rsplit_once('-') else { return makers };
    if is_number(last) {
        makers.push((Kind::StatefulSet, rest.to_string()));
    }
    if last.len() != RANDOM || !is_generated(last) {
        return makers;
    }
    match rest.rsplit_once('-') {
        // a Deployment's ReplicaSet ends with a digest of its template, written with the same letters
        Some((name, hash)) if (6..=10).contains(&hash.len()) && is_generated(hash) => {
            makers.push((Kind::Deployment, name.to_string()));
            // a CronJob's Job ends with its minute
            if is_number(hash) {
                makers.push((Kind::CronJob, name.to_string()));
            }
        }
        Some((name, number)) if is_number(number) => {
            makers.push((Kind::CronJob, name.to_string()));
            makers.push((Kind::Job, name.to_string()));
        }
        _ => {}
    }
    makers.extend([Kind::DaemonSet, Kind::Job, Kind::ReplicaSet].map(|kind| (kind, rest.to_string())));
    makers
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_generated(text: &str) -> bool {
    text.chars().all(|letter| ALPHABET.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pods_name_tells_who_made_it() {
        let first =
            |pod: &str| makers(pod).into_iter().map(|(kind, name)| format!("{}/{name}", kind.short())).next();
        for (pod, maker) in [
            ("web-5d9c7b6f4-x2x4z", Some("deploy/web")),
            ("my-web-5d9c7b6f46-x2x4z", Some("deploy/my-web")),
            ("db-0", Some("sts/db")),
            ("kube-proxy-x7k2p", Some("ds/kube-proxy")),
            ("backup-28391234-x7k2p", Some("cronjob/backup")),
            ("indexed-3-x7k2p", Some("cronjob/indexed")),
            ("bare", None),
            ("my-pod", None),
            ("kube-apiserver-worker", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(first(pod), maker.map(str::to_string), "{pod}");
        }
        assert!(makers("indexed-3-x7k2p").contains(&(Kind::Job, "indexed".to_string())));
        assert!(makers("web-5d9c7b6f4-x2x4z").contains(&(Kind::ReplicaSet, "web-5d9c7b6f4".to_string())));
        assert!(makers("backup-28394567-x7k2p").contains(&(Kind::CronJob, "backup".to_string())));
    }
}
