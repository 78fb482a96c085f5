//! What a driver's or a cloud's own words say of why a volume is not attached.

use std::sync::LazyLock;

use regex::Regex;

use crate::evidence::cut_front;
use crate::mount::without_names;
use crate::redact::redact;

/// Why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The node lacks a program that the kubelet calls.
    Helper,
    /// The cloud answers too many requests with a no, or the driver holds itself back: it passes.
    Throttled,
    /// The driver's account may not.
    Denied,
    /// The storage does not know it.
    Gone,
    /// The node carries no more.
    Full,
    /// It is in another place than the node.
    Zone,
    /// No answer.
    Timeout,
    /// None of these.
    Other,
}

/// In this order: paths and names of clouds hold words such as zone and limit, so that these count in sentences of their own only.
const WORDS: &[(Why, &str)] = &[
    (Why::Helper, r"executable file not found|command not found"),
    (
        Why::Throttled,
        r"requestlimitexceeded|throttl|rate[- ]?limit|rate exceeded|too ?many ?requests|status ?code: ?429|httpstatuscode: 429|retry quota|due to backoff condition|currently being (de|at)tached",
    ),
    (
        Why::Denied,
        r"unauthorized|forbidden|permissiondenied|accessdenied|access denied|not authorized|authorizationfailed|credential|error 403|required '[^']+' permission|lacks? permission",
    ),
    (
        Why::Full,
        r"attachmentlimitexceeded|resourceexhausted|volume limit|attachment limit|maximum number of (data )?(disks|volumes|attachments)|max(imum)? volume count|too many (\w+ )?(volumes|disks|attachments)|no available (device|slot|attachment)|exceed(s|ed)? (the )?(maximum|limit)|maximum_persistent_disks|\blimitexceeded\b",
    ),
    (Why::Gone, r"not found|notfound|does not exist|error 404|no such (volume|disk|device|file)"),
    (
        Why::Zone,
        r"zonemismatch|not in the same (availability )?(zone|region|location)|(in|from) (a )?different (availability )?(zone|region)|zone .{0,80}(does not match|do not match|differs)|must be in the same (zone|region)",
    ),
    (Why::Timeout, r"timed ?out|timeout|deadline ?exceeded|can't finish"),
];

static COMPILED: LazyLock<Vec<(Why, Regex)>> = LazyLock::new(|| {
    let compile = |(why, pattern): &(Why, &str)| Some((*why, Regex::new(&format!("(?i){pattern}")).ok()?));
    WORDS.iter().filter_map(compile).collect()
});

static MESSAGE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\\?"message\\?": ?\\?"([^"\\]+)"#).ok());

/// The reason in the words.
pub fn why(words: &str) -> Why {
    let first = |said: &String| COMPILED.iter().find(|(_, regex)| regex.is_match(said));
    without_names(words).iter().find_map(first).map_or(Why::Other, |(why, _)| *why)
}

/// What the driver or cloud said, without who called whom. Clouds tell the reason last.
pub fn essence(words: &str) -> String {
    const MAX: usize = 160;
    // before the cut, for a credential without its beginning looks like none
    let line = redact(&words.split_whitespace().collect::<Vec<_>>().join(" "));
    if let Some(message) = MESSAGE.as_ref().and_then(|re| re.captures_iter(&line).last()) {
        return crate::evidence::cut(&message[1], MAX);
    }
    let tail = line.rsplit_once("desc = ").or_else(|| line.split_once(" : "));
    let tail = tail.map_or(line.as_str(), |(_, tail)| tail);
    cut_front(tail, MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clouds_paths_say_nothing() {
        assert_eq!(COMPILED.len(), WORDS.len());
        for (words, wanted) in [
            ("RequestLimitExceeded: Request limit exceeded. status code: 503", Why::Throttled),
            ("azure cloud provider rate limited(write) for operation: AttachDisk", Why::Throttled),
            (
                "ControllerPublish not permitted on node \"projects/p/zones/europe-west1-b/instances/n\" due to backoff condition",
                Why::Throttled,
            ),
            (
                "Could not find disk Key{\"pvc-1\", zone: \"europe-west1-b\"}: googleapi: Error 404: notFound",
                Why::Gone,
            ),
            (
                "googleapi: Error 403: Required 'compute.disks.use' permission for 'projects/p/zones/z/disks/d'",
                Why::Denied,
            ),
            (
                "UnauthorizedOperation: user arn:aws:sts::1:assumed-role/AmazonEKS_EBS_CSI is not authorized to perform ec2:AttachVolume",
                Why::Denied,
            ),
            (
                "InvalidVolume.ZoneMismatch: The volume 'vol-1' is not in the same availability zone as instance 'i-1'",
                Why::Zone,
            ),
            ("AttachmentLimitExceeded: volume attachment limit reached", Why::Full),
            ("Exceeded limit 'maximum_persistent_disks' on resource 'gke-1', limitExceeded", Why::Full),
            ("too many EBS volumes attached", Why::Full),
            ("disk location is not accessible", Why::Other),
            ("fail to check rbd image status with: (executable file not found in $PATH)", Why::Helper),
            ("rpc error: code = DeadlineExceeded desc = context deadline exceeded", Why::Timeout),
            (
                r#"AttachVolume.Attach failed for volume "credential-db" : timed out waiting for external-attacher"#,
                Why::Timeout,
            ),
        ] {
            assert_eq!(why(words), wanted, "{words}");
        }
    }

    #[test]
    fn the_reason_stands_last() {
        let azure = r#"AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = Internal desc = Attach volume /subscriptions/1/resourceGroups/g/providers/Microsoft.Compute/disks/pvc-1 to instance aks-1 failed with RawError: {"error":{"code":"AttachDiskWhileBeingDetached","message":"The disk is currently being detached, wait until it is done."}}"#;
        assert_eq!(essence(azure), "The disk is currently being detached, wait until it is done.");
        assert_eq!(essence("x : rpc error: code = NotFound desc = volume not found"), "volume not found");
        let long = format!("x : {} the end", "word ".repeat(60));
        assert!(essence(&long).starts_with("(cut) …") && essence(&long).ends_with("the end"));
    }
}
