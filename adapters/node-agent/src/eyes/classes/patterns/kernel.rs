//! What the kernel says.

use super::{From, Pattern, Weight};

const KERNEL: Pattern = Pattern {
    class: "",
    part: "",
    from: From::Kernel,
    weight: Weight::Tells,
    wanted: "",
    unless: None,
    samples: &[],
    near: &[],
};

pub const PATTERNS: &[Pattern] = &[
    // the node as a whole had run out: no limit is named
    // <https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git/tree/mm/oom_kill.c>
    Pattern {
        class: "oom-kill",
        part: "node",
        wanted: r"^Out of memory(?: \([a-z_]+\))?: Kill(?:ed)? process",
        samples: &[
            "Out of memory: Killed process 20177 (ingest) total-vm:6813420kB, anon-rss:1204416kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4120kB oom_score_adj:985",
            "Out of memory: Kill process 19961 (python) score 17 or sacrifice child",
            "Out of memory (oom_kill_allocating_task): Killed process 7 (java) total-vm:5400kB, anon-rss:252kB, file-rss:4kB",
        ],
        near: &[
            "Memory cgroup out of memory: Killed process 5000 (node) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:1kB oom_score_adj:0",
            "app: Out of memory: Killed process 3",
        ],
        ..KERNEL
    },
    Pattern {
        class: "oom-kill",
        part: "node",
        weight: Weight::Names,
        wanted: r"^oom-kill:constraint=CONSTRAINT_(?:NONE|CPUSET|MEMORY_POLICY)\b.*task_memcg=",
        samples: &[
            "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/kubepods/besteffort/pod8566433c-80bf-e76d-601d-52d2fc3d487b/5f1c,task=node,pid=2092,uid=0",
            "oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=(null),cpuset=a,mems_allowed=1,global_oom,task_memcg=/kubepods.slice/kubepods-pod8566433c_80bf_e76d_601d_52d2fc3d487b.slice/cri-5f1c.scope,task=a,pid=1,uid=0",
        ],
        near: &[
            "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/kubepods/pod1,task_memcg=/kubepods/pod1/a,task=node,pid=5000,uid=1000",
        ],
        ..KERNEL
    },
    // a limit was reached
    Pattern {
        class: "oom-kill",
        part: "limit",
        wanted: r"^Memory cgroup out of memory: Kill(?:ed)? process",
        samples: &[
            "Memory cgroup out of memory: Killed process 5000 (node) total-vm:1kB, anon-rss:1kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:1kB oom_score_adj:0",
            "Memory cgroup out of memory: Kill process 28701 (java) score 1968 or sacrifice child",
        ],
        near: &["Out of memory: Killed process 20177 (ingest) total-vm:6813420kB"],
        ..KERNEL
    },
    Pattern {
        class: "oom-kill",
        part: "limit",
        weight: Weight::Names,
        wanted: r"^oom-kill:constraint=CONSTRAINT_MEMCG\b.*task_memcg=|^Task in /\S+ killed as a result of limit of /",
        samples: &[
            "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=0,oom_memcg=/kubepods/pod1,task_memcg=/kubepods/pod1/a,task=node,pid=5000,uid=1000",
            "Task in /kubepods/burstable/pod8566433c-80bf-e76d-601d-52d2fc3d487b/5f1c killed as a result of limit of /kubepods/burstable/pod8566433c-80bf-e76d-601d-52d2fc3d487b",
        ],
        near: &[
            "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/a,task=b,pid=1,uid=0",
        ],
        ..KERNEL
    },
    Pattern {
        class: "read-only",
        wanted: r"Remounting filesystem read-only|BTRFS.*forced readonly",
        samples: &[
            "EXT4-fs (vda1): Remounting filesystem read-only",
            "EXT3-fs (sdb1): error: remounting filesystem read-only; Remounting filesystem read-only",
            "BTRFS info (device sdd): forced readonly",
            "BTRFS info (device vdc: state EA): forced readonly",
        ],
        near: &[
            "EXT4-fs (sda1): mounted filesystem with ordered data mode. Opts: errors=remount-ro",
            "EXT4-fs (vda1): re-mounted 0a1b ro. Quota mode: none.",
            "VFS: Mounted root (ext4 filesystem) readonly on device 8:1.",
        ],
        ..KERNEL
    },
    // floppies and optical drives that hold nothing answer so to everyone who looks
    Pattern {
        class: "disk-io",
        wanted: concat!(
            r"I/O error, dev \w|Buffer I/O error on dev|critical (?:medium|target) error, dev|",
            r"EXT[234]-fs error \(device |BTRFS:? error \(device|nvme \w+: I/O (?:tag )?\d+ .*timeout|",
            r"XFS \(\S+\): (?:.*I/O error|Metadata (?:CRC error|corruption) detected|.*[Ss]hut(?:ting)? down)",
        ),
        unless: Some(r"dev(?:ice)? (?:fd|sr)\d"),
        samples: &[
            "blk_update_request: I/O error, dev vdb, sector 1953",
            "I/O error, dev nvme0n1, sector 123 op 0x0:(READ) flags 0x80700 phys_seg 1 prio class 2",
            "end_request: I/O error, dev sda, sector 61632515",
            "Buffer I/O error on dev dm-0, logical block 20639616, async page read",
            "Buffer I/O error on device sda1, logical block 7",
            "print_req_error: critical medium error, dev sda, sector 9",
            "EXT4-fs error (device sda1): ext4_find_entry:1455: inode #2: comm kubelet: reading directory lblock 0",
            r#"XFS (dm-0): metadata I/O error in "xfs_imap_to_bp+0x5c/0x80 [xfs]" at daddr 0x8a66c0 len 32 error 5"#,
            "XFS (dm-0): log I/O error -5",
            "XFS (sda2): Filesystem has been shut down due to log error (0x2).",
            "BTRFS error (device loop0 state A): Transaction aborted (error -5)",
            "nvme nvme0: I/O 12 QID 3 timeout, aborting",
        ],
        near: &[
            "blk_update_request: I/O error, dev fd0, sector 0",
            "Buffer I/O error on dev sr0, logical block 0, async page read",
            "EXT4-fs (sda1): mounted filesystem with ordered data mode. Opts: errors=remount-ro",
            "XFS (sda2): Ending clean mount",
            "XFS (sda5): Unmounting Filesystem eb4b7840",
        ],
        ..KERNEL
    },
];
