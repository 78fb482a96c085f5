//! In which ways something is unwell.

/// How something is unwell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// No node.
    Unscheduled,
    /// Not all of its containers have started.
    Starting,
    /// An image cannot be pulled.
    Image,
    /// A container cannot be made or started.
    Refused,
    /// A container ends again and again.
    CrashLooping,
    /// It runs and is not ready.
    NotReady,
    /// It failed, and nothing makes a new one.
    Failed,
    /// A Job's pod failed, and no later one followed.
    FailedJob,
    /// It is still there past its grace.
    Terminating,
    /// A node is not ready.
    Node,
    /// A cordoned node is not ready.
    CordonedNode,
    /// A workload has no pod where it should.
    Lacking,
}

impl Trouble {
    /// Every one, as the table has them.
    pub const ALL: [Trouble; 12] = [
        Trouble::Unscheduled,
        Trouble::Starting,
        Trouble::Image,
        Trouble::Refused,
        Trouble::CrashLooping,
        Trouble::NotReady,
        Trouble::Failed,
        Trouble::FailedJob,
        Trouble::Terminating,
        Trouble::Node,
        Trouble::CordonedNode,
        Trouble::Lacking,
    ];

    /// As configuration and metrics have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Trouble::Unscheduled => "unscheduled",
            Trouble::Starting => "starting",
            Trouble::Image => "image",
            Trouble::Refused => "refused",
            Trouble::CrashLooping => "crash_loop",
            Trouble::NotReady => "not_ready",
            Trouble::Failed => "failed",
            Trouble::FailedJob => "failed_job",
            Trouble::Terminating => "terminating",
            Trouble::Node => "node",
            Trouble::CordonedNode => "cordoned_node",
            Trouble::Lacking => "lacking",
        }
    }
}
