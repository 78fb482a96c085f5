//! The phrases by which one failure of a pull is told from another, in lower case.

/// The kubelet does not reach its own runtime: of the image and its registry nothing is said.
pub(super) const RUNTIME_GONE: &[&str] = &[
    "dial unix",
    ".sock:",
    ".sock\"",
    "cannot connect to the docker daemon",
    "error reading from server",
    "transport is closing",
    "connection error: desc",
    "unknown service runtime.",
];
/// A name without a registry, where CRI-O is not told of one to take: none was asked.
/// <https://github.com/containers/image/blob/main/pkg/shortnames/shortnames.go>
pub(super) const SHORT_NAME: &[&str] = &["short-name \"", "short-name resolution", "short name mode"];
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/images/puller.go> and `helpers.go`
pub(super) const QPS: &[&str] = &["pull qps exceeded"];
pub(super) const DISK_FULL: &[&str] = &[
    "no space left on device",
    "disk quota exceeded",
    "not enough space on the disk",
    // https://github.com/moby/moby/blob/v26.1.4/daemon/graphdriver/devmapper/deviceset.go
    "free data blocks which is less than minimum",
    "free metadata blocks which is less than minimum",
];
pub(super) const RATE: &[&str] = &[
    "toomanyrequests:",
    "toomanyrequests\"",
    "too many requests",
    "status 429",
    "pull rate limit",
    "rate exceeded",
    ": 429",
];
/// containerd, dockerd (since 1.10), CRI-O (containers/image), Windows.
pub(super) const PLATFORM: &[&str] = &[
    "no match for platform in manifest",
    "no matching manifest for",
    "no supported platform found in manifest list",
    "cannot be used on this platform",
    "no image found in manifest list for architecture",
    "no image found in image index for architecture",
    "image operating system mismatch",
    "image architecture mismatch",
    "does not match the specified platform",
    "operating system does not match the host operating system",
    "-based image is incompatible with a ",
];
pub(super) const LOST: &[&str] =
    &["unknown blob", "blob unknown", "blob_unknown", "blob not found", "could not fetch content descriptor"];
pub(super) const MISMATCH: &[&str] = &[
    "filesystem layer verification failed",
    "manifest verification failed",
    "image verification failed for digest",
    "config verification failed for digest",
    "unexpected commit digest",
    "unexpected commit size",
    "failed size validation",
    "digest did not match",
    "digest mismatch",
    "digest mismatched",
    "does not match provided manifest digest",
    "layers from manifest don't match image configuration",
];
pub(super) const FORMAT: &[&str] = &[
    "manifest invalid",
    "manifest_invalid",
    "schema 1 support",
    "schema1",
    "manifest.v1+prettyjws",
    "unsupported manifest media type",
    "unsupported manifest format",
    "unsupported schema version",
    "unknown manifest type",
    "mediatype in manifest should be",
    "invalid tar header",
    "gzip: invalid header",
    "unsupported media type",
    "unknown media type",
    "unexpected media type",
    "missing signature key",
];
/// What dockerd, containerd's content store and the snapshotters say of damaged files of their own.
pub(super) const NODE_COPY: &[&str] = &[
    "file integrity checksum failed",
    "input/output error",
    "structure needs cleaning",
    "unable to prepare extraction snapshot",
    "failed to get reader from content store",
    "layer does not exist",
    "layer not known",
    "consider removing the image",
    "overlay mount to",
    "failed to mount rootfs component",
    "failed to resolve rootfs",
    "error unpacking image",
    "failed to stat parent",
    "parent snapshot",
    "bad message",
];
pub(super) const DNS: &[&str] =
    &["no such host", "read udp", "server misbehaving", "name resolution", "dial tcp: lookup"];
pub(super) const NO_ANSWER: &[&str] = &[
    "i/o timeout",
    "connection timed out",
    "handshake timeout",
    "awaiting headers",
    "waiting for connection",
    "a connection attempt failed because the connected party did not properly respond",
];
pub(super) const REFUSED: &[&str] =
    &["connection refused", "actively refused", "no route to host", "network is unreachable", "host is down"];
pub(super) const CUT: &[&str] = &[
    "connection reset",
    "broken pipe",
    "unexpected eof",
    "http2: server sent goaway",
    "stream error: stream id",
    "connection was aborted",
    "forcibly closed",
    "transport connection broken",
    "use of closed network connection",
    "server closed idle connection",
    "client connection lost",
];
pub(super) const UNAVAILABLE: &[&str] = &[
    "500 internal server error",
    "502 bad gateway",
    "503 service",
    "504 gateway",
    "status code 500",
    "status code 502",
    "status code 503",
    "status code 504",
    "status: 500",
    "status: 502",
    "status: 503",
    "status: 504",
    "received unexpected http status: 5",
    "bad gateway",
    "registry is unavailable",
    "registryunavailable",
    "\": service unavailable",
    "internal server error",
];
/// Sentences with a time that ran out while the image came.
pub(super) const READING: &[&str] =
    &["while reading body", "read tcp", "failed to copy", "copying blob", "writing blob"];
