//! What each of the kubelet's reasons means.

use serde::Serialize;

/// What is at odds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The node lacks the amount.
    Room,
    /// The node's labels do not fit.
    Labels,
    /// A host port is taken.
    Ports,
    /// Devices, CPUs or memory cannot be handed out as asked.
    Devices,
    /// The pod asks for something the node may not give.
    Spec,
    /// The kubelet or its node is at fault.
    Node,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Meaning {
    #[serde(skip)]
    pub(super) why: Why,
    pub(super) en: &'static str,
    pub(super) zh: &'static str,
}

/// The kubelet's reasons, of all versions.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/lifecycle/predicate.go>
const REASONS: &[(&[&str], Why, &str, &str)] = &[
    (
        &["OutOfDisk"],
        Why::Node,
        "the node's disk was full when the pod came (kubelets before 1.10)",
        "Pod 到达时节点磁盘已满（1.10 之前的 kubelet）",
    ),
    (
        &["NodeAffinity", "MatchNodeSelector", "NodeSelectorMismatching"],
        Why::Labels,
        "the node's labels do not match the pod's nodeSelector or required node affinity: they were changed, or the kubelet had just started and did not know its labels yet",
        "节点标签与 Pod 的 nodeSelector 或必需的节点亲和不符：标签改过，或 kubelet 刚启动、还没拿到自己的标签",
    ),
    (
        &["NodePorts", "PodFitsHostPorts", "HostPortConflict"],
        Why::Ports,
        "a host port the pod wants is taken by another pod on the node",
        "Pod 要用的主机端口已被节点上别的 Pod 占用",
    ),
    (
        &["NodeName", "HostName", "NodeNameMismatch"],
        Why::Spec,
        "the pod names another node than the one it came to",
        "Pod 指定的节点名与实际到达的节点不符",
    ),
    (
        &["TaintToleration", "NodeTaints", "PodToleratesNodeTaints"],
        Why::Node,
        "the node has a taint with the effect NoExecute that the pod does not tolerate",
        "节点有 Pod 不容忍的 NoExecute 污点",
    ),
    (&["NodeUnschedulable"], Why::Node, "the node is cordoned", "节点已被 cordon"),
    (
        &["UnexpectedAdmissionError"],
        Why::Devices,
        "the kubelet could not hand out the devices, CPUs or memory the pod was promised: a device plugin is gone or has no healthy device, or the kubelet's record of them does not fit (after a restart)",
        "kubelet 分配不出承诺给 Pod 的设备、CPU 或内存：设备插件不在了或没有健康设备，或 kubelet（重启后）的分配记录对不上",
    ),
    (
        &["TopologyAffinityError"],
        Why::Devices,
        "CPUs, memory and devices cannot all come from one NUMA node, as the topology manager's policy demands",
        "按拓扑管理器的策略，CPU、内存和设备凑不到同一个 NUMA 节点",
    ),
    (
        &["SMTAlignmentError"],
        Why::Devices,
        "with the CPU manager's option full-pcpus-only the number of CPUs must be a multiple of the threads of a core",
        "CPU 管理器启用了 full-pcpus-only，CPU 数必须是每核线程数的整数倍",
    ),
    (
        &["InvalidNodeInfo"],
        Why::Node,
        "the kubelet could not read its own Node object, mostly just after it was started or without connection to the API server",
        "kubelet 读不到自己的 Node 对象，多见于刚启动或连不上 API server",
    ),
    (
        &["AppArmor"],
        Why::Spec,
        "the AppArmor profile the pod asks for is not loaded on the node, or the node has no AppArmor",
        "Pod 要的 AppArmor profile 没有加载到节点上，或节点不支持 AppArmor",
    ),
    (
        &["SysctlForbidden", "SysctlUnsupported", "UnsupportedSysctl"],
        Why::Spec,
        "the pod sets a sysctl that the kubelet does not allow (--allowed-unsafe-sysctls), or that needs the pod's own network or IPC",
        "Pod 设置了 kubelet 不允许的 sysctl（--allowed-unsafe-sysctls），或该 sysctl 需要 Pod 独立的网络或 IPC",
    ),
    (
        &["NoNewPrivs"],
        Why::Spec,
        "the runtime of the node cannot keep allowPrivilegeEscalation: false",
        "节点的运行时不支持 allowPrivilegeEscalation: false",
    ),
    (
        &["ProcMount", "ProcMountUnsupported"],
        Why::Spec,
        "the node's runtime cannot give the pod's procMount",
        "节点的运行时不支持该 procMount",
    ),
    (
        &["PodOSNotSupported", "PodOSSelectorNodeLabelDoesNotMatch"],
        Why::Spec,
        "the pod is for another operating system than the node's",
        "Pod 面向的操作系统与节点不同",
    ),
    (
        &["InitContainerRestartPolicyForbidden"],
        Why::Spec,
        "the pod has sidecars (init containers that restart) and this kubelet cannot run them",
        "Pod 带 sidecar（会重启的 init 容器），这个版本的 kubelet 不支持",
    ),
    (
        &["SupplementalGroupsPolicyNotSupported"],
        Why::Spec,
        "the node's runtime cannot keep supplementalGroupsPolicy",
        "节点的运行时不支持 supplementalGroupsPolicy",
    ),
    (
        &["PodLevelResourcesNotAdmittedReason", "PodLevelResourcesNotSupported"],
        Why::Spec,
        "this kubelet does not know resources of a whole pod",
        "这个 kubelet 不支持 Pod 级资源",
    ),
    (
        &["PodFeatureUnsupported", "UserNamespacesNotSupported"],
        Why::Spec,
        "the pod uses a feature this kubelet or its runtime does not have",
        "Pod 用到了这个 kubelet 或运行时没有的特性",
    ),
    (
        &["VolumeAttachmentLimitExceeded"],
        Why::Node,
        "no further volume can be attached to the node",
        "节点可挂载的卷数已到上限",
    ),
];

/// Reasons of a pod that ended otherwise: other causes know them.
const OTHERS: &[&str] =
    &["Evicted", "Preempting", "NodeShutdown", "Shutdown", "Terminated", "NodeLost", "DeadlineExceeded"];

/// What the reason means; of one that is not known, only what its message proves.
pub(super) fn of(reason: &str, message: &str, never_ran: bool) -> Option<Meaning> {
    if OTHERS.contains(&reason) {
        return None;
    }
    if let Some((_, why, en, zh)) = REASONS.iter().find(|(reasons, ..)| reasons.contains(&reason)) {
        return Some(Meaning { why: *why, en, zh });
    }
    if reason.starts_with("OutOf") || message.contains("didn't have enough") {
        let en = "the node did not have enough of it left when the pod came: others took it between the scheduler's choice and now, or no scheduler was asked";
        let zh = "Pod 到达时节点的余量不够：调度之后被别的 Pod 占了，或根本没经过调度器";
        return Some(Meaning { why: Why::Room, en, zh });
    }
    // rejectPod of every version puts these words before its message
    let said = message.starts_with("Pod was rejected") || message.starts_with("Pod Predicate ");
    (said && never_ran).then_some(Meaning {
        why: Why::Node,
        en: "its own words say what it found wanting",
        zh: "原因见它自己的话",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_refusals_of_the_kubelet_are_meant() {
        for reason in
            ["OutOfcpu", "OutOfpods", "OutOfnvidia.com/gpu", "NodeAffinity", "UnexpectedAdmissionError"]
        {
            assert!(of(reason, "", true).is_some(), "{reason}");
        }
        for reason in OTHERS {
            assert!(of(reason, "Pod was rejected: x", true).is_none(), "{reason}");
        }
        assert!(of("NewReason", "Pod was rejected: no", true).is_some());
        assert!(of("NewReason", "it was rejected", true).is_none());
    }
}
