//! The kubelet cannot mount a volume on the node.

mod why;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::mount::{Failure, Storage, Trouble, failures, storage_of, storages, waiting};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use why::Why;

/// `volume-mount-failed`
pub const CAUSE: Cause = Cause {
    id: "volume-mount-failed",
    stage: Some(Stage::Volume),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("mend-node"),
        RemedyKind::words("mend-server"),
        RemedyKind::words("mend-volume"),
        RemedyKind::words("try-by-hand"),
    ],
    wordings: &[
        Wording::telling(
            r"mount failed: exit status \d+|mount\.(nfs4?|cifs|ceph|glusterfs)[^\n:]*: |mount error\(\d+\)",
            "mount failed: exit status 32 Mounting command: mount Output: mount.nfs: access denied by server while mounting 10.0.0.5:/exports",
            "kubelet 1.0–1.37, CSI drivers",
        ),
        Wording::telling(
            r"unknown filesystem type|wrong fs type, bad option, bad superblock|need a /sbin/mount\.|can't read superblock|Structure needs cleaning|'fsck' found errors|Stale file handle|stale NFS file handle",
            "mount: /var/lib/kubelet/pods/1b/volumes/kubernetes.io~nfs/n: unknown filesystem type 'nfs'.",
            "mount(8), kubelet",
        ),
        Wording::telling(
            r"MountVolume\.(MountDevice|NewMounter|SetUpDevice|MapPodDevice|MapBlockVolume|NodeAffinity)\w*( initialization| check)? failed|MapVolume\.\w+ failed|(NodeStage|NodePublish)Volume",
            r#"MountVolume.NewMounter initialization failed for volume "local-pv-7c" : path "/mnt/disks/ssd1" does not exist"#,
            "kubelet 1.7–1.37",
        ),
        Wording::hint(
            r"MountVolume\.SetUp failed for volume",
            r#"MountVolume.SetUp failed for volume "data" : rpc error: code = Internal desc = exit status 1"#,
            "kubelet 1.3–1.37",
        ),
        Wording::hint(
            r"Unable to (attach or )?mount volumes|unmounted volumes=|timeout expired waiting for volumes to attach",
            "Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data]: timed out waiting for the condition",
            "kubelet 1.2–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Default, Serialize)]
struct Facts {
    volume: String,
    claim: Option<String>,
    /// `nfs`
    fs: String,
    place: Option<String>,
    server: Option<String>,
    driver: Option<String>,
    node: String,
    words: String,
    /// The Secret of the driver that is not to be had, as namespace/name.
    secret: Option<String>,
    /// The volume holds secrets of a store outside the cluster.
    store: bool,
    /// Its provider does not give what it is to hold.
    withheld: bool,
    /// What says which, as namespace/name.
    class: Option<String>,
    class_name: Option<String>,
    class_missing: bool,
    /// The identity with which they are asked for.
    account: String,
    helper: bool,
    denied: bool,
    /// A server lets nodes in by their addresses, or by a login.
    exported: bool,
    path: bool,
    unreachable: bool,
    filesystem: bool,
    busy: bool,
    stale: bool,
    option: bool,
    version: bool,
    space: bool,
    timeout: bool,
    affinity: bool,
    other: bool,
    /// The kubelet is giving its files to the pod's fsGroup, one by one.
    ownership: bool,
    /// Only the kubelet's patience ran out: why is not known.
    only_waiting: bool,
    package: Option<&'static str>,
    owner: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let found: Vec<Match> = failures(s, Trouble::Mount).iter().map(|failure| by_event(s, failure)).collect();
    if !found.is_empty() {
        return found;
    }
    // what keeps it from being attached is told by other causes
    let others = [Trouble::Multi, Trouble::Attach].iter().any(|trouble| !failures(s, *trouble).is_empty());
    if others { Vec::new() } else { by_patience(s).into_iter().collect() }
}

fn by_event(s: &Snapshot, failure: &Failure<'_>) -> Match {
    let words = &failure.event.message;
    let storage = storage_of(s, &failure.volume)
        .unwrap_or_else(|| Storage { name: failure.volume.clone(), ..Storage::default() });
    let why = why::why(words);
    let node = s.node_name().unwrap_or_default();
    let secret = why::secret_in(words);
    let class = store_class(s, &storage);
    let blame = match (why, secret.as_deref().and_then(|secret| secret.split_once('/'))) {
        (Why::Path, Some((namespace, name))) => Blame::namespaced("Secret", namespace, name),
        _ if class.is_some() && why::lacks_class(words) => {
            Blame::namespaced("SecretProviderClass", s.namespace(), &class.unwrap_or_default())
        }
        (Why::Helper, _) if class.is_none() => Blame::global("Node", node),
        _ => storage.blame(s),
    };
    let facts = facts(s, &storage, why, words);
    let declared = storage.place.as_ref().filter(|_| storage.claim.is_none());
    let spec = declared.map(|place| s.from_spec(&format!("spec.volumes[{}]", storage.name), place));
    Match::new(Confidence::Certain, blame, facts).because(Evidence::event(failure.event)).because_all(spec)
}

/// The SecretProviderClass a volume of secrets from outside the cluster names, in the pod's namespace.
fn store_class(s: &Snapshot, storage: &Storage) -> Option<String> {
    let volumes = s.spec()?.volumes.as_ref()?;
    let csi = volumes.iter().find(|volume| volume.name == storage.name)?.csi.as_ref()?;
    let attributes = csi.volume_attributes.as_ref().filter(|_| csi.driver == why::SECRETS_STORE)?;
    attributes.get("secretProviderClass").cloned()
}

/// What the kubelet writes while it gives each file of a volume to the pod's fsGroup (1.33+).
/// <https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#configure-volume-permission-and-ownership-change-policy-for-pods>
const OWNING: &str = "VolumePermissionChangeInProgress";

/// The kubelet gave up waiting, and the event that says why is gone.
fn by_patience(s: &Snapshot) -> Option<Match> {
    let (event, names) = waiting(s)?;
    let storage =
        storages(s).into_iter().find(|storage| names.is_empty() || names.contains(&storage.name))?;
    let facts = Facts { only_waiting: true, ..facts(s, &storage, Why::Other, "") };
    let facts = Facts { other: false, ..facts };
    if let Some(owning) = s.events.iter().rev().find(|e| e.reason == OWNING) {
        let facts = Facts { ownership: true, only_waiting: false, ..facts };
        let found = Match::new(Confidence::Likely, s.top_owner(), facts);
        return Some(found.because(Evidence::event(owning)).because(Evidence::event(event)));
    }
    let found = Match::new(Confidence::Possible, storage.blame(s), facts);
    Some(found.because(Evidence::event(event)))
}

fn facts(s: &Snapshot, storage: &Storage, why: Why, words: &str) -> Facts {
    let fs = if storage.kind.is_empty() { why::kind_in(words) } else { storage.kind.clone() };
    let place = storage.place.clone().or_else(|| why::place_in(words));
    let owner = s.top_owner();
    let exported = matches!(fs.as_str(), "nfs" | "nfs4" | "cifs" | "ceph" | "glusterfs");
    let store = storage.driver.as_deref() == Some(why::SECRETS_STORE);
    let class_name = store_class(s, storage);
    // words of a store's provider are about the store, not about a mount
    let why = if store && why != Why::Timeout { Why::Other } else { why };
    Facts {
        store,
        class: class_name.as_ref().map(|name| format!("{}/{name}", s.namespace())),
        class_missing: store && why::lacks_class(words),
        withheld: store && why == Why::Other && !words.is_empty() && why::secret_in(words).is_none(),
        class_name,
        account: s
            .spec()
            .and_then(|spec| spec.service_account_name.clone())
            .unwrap_or_else(|| "default".to_string()),
        volume: storage.volume.clone().unwrap_or_else(|| storage.name.clone()),
        claim: storage.claim.clone(),
        package: why::package(&fs),
        server: place.as_deref().and_then(|p| p.split_once(":/")).map(|(server, _)| server.to_string()),
        place,
        fs,
        driver: storage.driver.clone(),
        node: s.node_name().unwrap_or_default().to_string(),
        words: why::essence(words),
        secret: why::secret_in(words),
        helper: why == Why::Helper,
        denied: why == Why::Denied,
        path: why == Why::Path && why::secret_in(words).is_none(),
        unreachable: why == Why::Unreachable,
        filesystem: why == Why::FileSystem,
        busy: why == Why::Busy,
        stale: why == Why::Stale,
        option: why == Why::Option,
        version: why == Why::Version,
        exported,
        space: why == Why::Space,
        timeout: why == Why::Timeout,
        affinity: why == Why::Affinity,
        other: why == Why::Other && !store,
        ownership: false,
        only_waiting: false,
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    }
}
