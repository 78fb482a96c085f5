//! What people read of what is to be done.

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean_name;

use super::machine::Refused;
use super::reasons;
use super::record::{Caution, Orphaned, Phase, Remediation, Result as Of, Revision, Spec, Target, Warning};
use super::remedy::{Floor, Remedy};
use crate::words::{Words, cluster_prefix, more};

/// At most this many objects are named.
const LISTED: usize = 5;

/// Where nothing can be offered.
pub const NOTHING_TO_OFFER: Words = Words(
    "There is nothing that podwhy could do here by a button: what can be done stands in the answer to `why`, as commands.",
    "podwhy 在这里没有可以通过按钮执行的操作；可用的命令见 `why` 的回答。",
);
/// Where it is not configured, or not to be had.
pub const NO_ACTIONS: Words = Words(
    "podwhy changes nothing: its configuration has no section `remediation`, or the cluster lacks what that takes; `podwhy setup` says which.",
    "podwhy 不会更改任何内容：配置中没有 `remediation` 一节，或者集群缺少其所需的条件；`podwhy setup` 会指出是哪一种。",
);
/// Where the configuration leaves the namespace out.
pub const NOT_HERE: Words = Words(
    "podwhy may change nothing there: `remediation.of` does not list it.",
    "podwhy 不得更改那里的内容：`remediation.of` 未列出该命名空间。",
);
/// Where a button is of nothing that is known.
pub const NO_OFFER: Words = Words("There is no such offer any more.", "该操作已不存在。");
/// Where it could not be written down.
pub const NOT_NOW: Words = Words(
    "It could not be written down: nothing was done. Try again.",
    "未能记录，尚未执行任何操作。请重试。",
);
/// Where the cluster could not be asked for rights.
pub const NO_RIGHTS_NOW: Words = Words(
    "The cluster could not be asked what you may do: nothing was done. Try again.",
    "无法向集群查询你的权限，尚未执行任何操作。请重试。",
);
/// Where it is not said when somebody saw a machine off.
pub const NO_MINUTES: Words = Words(
    "Say how many minutes ago you saw it, as a number from 0 to 10. Nothing was counted.",
    "请用 0 到 10 的数字填写几分钟前确认的。未计入。",
);
/// Where nothing waits.
pub const NOTHING_WAITS: Words = Words("Nothing waits for an approval.", "没有等待同意的操作。");
/// Where nothing was done yet.
pub const NOTHING_DONE: Words = Words("Nothing was done yet.", "尚未执行过任何操作。");
/// On a page over a real cluster, why it has commands only.
pub const NO_BUTTONS: Words = Words(
    "Commands only: nobody signs in to this page, so podwhy cannot know who agrees. Buttons are in Slack and Discord; `podwhy console --playground` has them on a simulated cluster.",
    "这里只有命令：此页面没有登录，podwhy 无法得知是谁同意。按钮在 Slack 和 Discord 中；`podwhy console --playground` 可在模拟集群上试用。",
);
/// Where everything goes on.
pub const UNFROZEN: Words = Words("What is approved is done again.", "已恢复执行获得同意的操作。");
/// Where nothing was frozen.
pub const NOT_FROZEN: Words = Words("Nothing is frozen.", "没有冻结。");

/// `Evict pod prod:shop/web-a`
pub fn title(spec: &Spec, lang: Lang) -> String {
    let (count, first) = (spec.plan.targets.len(), spec.plan.targets.first().map(name).unwrap_or_default());
    let place = format!("{}{first}", cluster_prefix(&spec.root_cause.cluster));
    let place = match (&spec.plan.finalizer, lang) {
        (None, _) => place,
        (Some(orphaned), Lang::En) => format!("{} of pod {place}", orphaned.name),
        (Some(orphaned), Lang::Zh) => format!("{}（Pod {place}）", orphaned.name),
    };
    let (one, several) = match spec.plan.remedy {
        Remedy::DeletePod => (Words("Evict pod", "驱逐 Pod"), Words("Evict pods", "驱逐 Pod")),
        Remedy::DeleteFailedPods => {
            (Words("Delete failed pod", "删除失败的 Pod"), Words("Delete failed pods", "删除失败的 Pod"))
        }
        Remedy::Uncordon => (Words("Uncordon node", "取消封锁节点"), Words("Uncordon nodes", "取消封锁节点")),
        Remedy::RolloutRestart => (Words("Restart", "滚动重启"), Words("Restart", "滚动重启")),
        Remedy::RollBack => (Words("Roll back", "回滚"), Words("Roll back", "回滚")),
        Remedy::RemoveFinalizer => {
            (Words("Remove finalizer", "移除 finalizer"), Words("Remove finalizer", "移除 finalizer"))
        }
        Remedy::TaintOutOfService => {
            (Words("Mark out of service: node", "标记为停止服务：节点"), Words("Mark nodes", "标记节点"))
        }
        Remedy::UntaintOutOfService => (
            Words("Back in service: node", "恢复服务：节点"),
            Words("Back in service: nodes", "恢复服务：节点"),
        ),
        Remedy::ForceDelete => {
            (Words("Force-delete pod", "强制删除 Pod"), Words("Force-delete pods", "强制删除 Pod"))
        }
        Remedy::DeleteNode => (Words("Delete node", "删除节点"), Words("Delete nodes", "删除节点")),
        Remedy::RestartKubelet => {
            let what = Words("Restart the kubelet of node", "重启 kubelet：节点");
            (what, what)
        }
        Remedy::RestartRuntime => {
            let what = Words("Restart the container runtime of node", "重启容器运行时：节点");
            (what, what)
        }
        Remedy::RemoveImage => {
            let what = Words("Remove an image from node", "移除镜像：节点");
            (what, what)
        }
    };
    let what = if count == 1 { one } else { several };
    let beyond = if count > 1 { format!(" {}", more(count - 1, lang)) } else { String::new() };
    let image = spec.plan.ticket.as_ref().and_then(|ticket| ticket.image.as_deref());
    let image = image.map(|image| format!("{}{image}", lang.pick(": ", "："))).unwrap_or_default();
    clean_name(&format!("{} {place}{beyond}{image}", what.of(lang)))
}

/// At most so many changes of a template are told.
const CHANGES: usize = 8;

/// To which revision, and what that changes.
pub fn revision(revision: &Revision, lang: Lang) -> Vec<String> {
    let (number, set) = (revision.number, &revision.replica_set.name);
    let head = match lang {
        Lang::En => format!("Back to revision {number} (ReplicaSet {set}):"),
        Lang::Zh => format!("回到 revision {number}（ReplicaSet {set}）："),
    };
    let changes = revision.changes.iter().take(CHANGES).map(|change| format!("• {}", change.of(lang)));
    let beyond = revision.changes.len().saturating_sub(CHANGES);
    let beyond = (beyond > 0).then(|| more(beyond, lang));
    [head].into_iter().chain(changes).chain(beyond).map(|line| clean_name(&line)).collect()
}

/// Whose finalizer it is, and what of them was looked for in vain.
pub fn orphaned(orphaned: &Orphaned, lang: Lang) -> Vec<String> {
    let (name, controller, at) = (&orphaned.name, &orphaned.controller, moment(orphaned.looked_at));
    let head = match lang {
        Lang::En => format!(
            "{controller} would take {name} off. Nothing of it was found in the cluster at {at}; it is looked for again before anything is done:"
        ),
        Lang::Zh => {
            format!("{name} 应由 {controller} 移除。{at} 在整个集群中未找到以下任何对象，执行前会再次查找：")
        }
    };
    let absent = orphaned.absent.iter().map(|part| format!("• {part}"));
    [head].into_iter().chain(absent).map(|line| clean_name(&line)).collect()
}

/// `shop/web-a`, or of a node its name.
pub fn name(target: &Target) -> String {
    if target.namespace.is_empty() {
        target.name.clone()
    } else {
        format!("{}/{}", target.namespace, target.name)
    }
}

/// What is changed, as far as it is listed.
pub fn targets(spec: &Spec, lang: Lang) -> String {
    let all = &spec.plan.targets;
    let listed: Vec<String> = all.iter().take(LISTED).map(name).collect();
    let beyond = all.len().saturating_sub(LISTED);
    let beyond = if beyond > 0 { format!(", {}", more(beyond, lang)) } else { String::new() };
    clean_name(&format!("{}{beyond}", listed.join(", ")))
}

/// Who agreed: `ann, bob`.
pub fn people(one: &Remediation) -> String {
    let users: Vec<&str> = one.status.approvals.iter().map(|approval| approval.user.as_str()).collect();
    clean_name(&users.join(", "))
}

/// How it stands, in one line.
pub fn stands(one: &Remediation, lang: Lang) -> String {
    let (spec, status) = (&one.spec, &one.status);
    let last = status.history.last();
    let why = last
        .map(|step| clean_name(&reasons::told(&step.why, lang)))
        .filter(|why| !why.is_empty())
        .unwrap_or_default();
    let who = last.map(|step| clean_name(&step.who)).unwrap_or_default();
    let said = |english: String, chinese: String| if lang == Lang::En { english } else { chinese };
    let with = |text: String| if why.is_empty() { text } else { format!("{text} {why}") };
    match status.phase {
        Phase::Offered => offered(one, lang),
        Phase::Approved if spec.plan.finalizer.is_some() => said(
            format!("{} agreed; it begins after the second look, a minute after the first.", people(one)),
            format!("{} 已同意；首次查找一分钟后再次查找，然后执行。", people(one)),
        ),
        Phase::Approved => {
            said(format!("{} agreed; it begins.", people(one)), format!("{} 已同意，即将执行。", people(one)))
        }
        Phase::Declined => {
            with(said(format!("{who} declined: nothing is done."), format!("{who} 已拒绝，不会执行。")))
        }
        Phase::Expired => said(
            "Nobody agreed in time, or it could not be begun: nothing was done. Ask again with `fix`."
                .to_string(),
            "未在时限内获得同意或未能开始，没有执行。可再次使用 `fix`。".to_string(),
        ),
        Phase::Superseded => {
            with(said("Not done, as things are otherwise by now:".into(), "情况已变化，未执行：".into()))
        }
        Phase::Executing => said("It is being done.".into(), "正在执行。".into()),
        Phase::Verifying => {
            let until = status.verify_until.map(moment).unwrap_or_default();
            said(
                format!("Done; whether it helps is looked at until {until}."),
                format!("已执行，正在确认效果，直至 {until}。"),
            )
        }
        Phase::Succeeded => with(said("Done, and it helped.".into(), "已执行，并已见效。".into())),
        Phase::Partial => with(said("Some of it was done, and helped.".into(), "部分已执行并见效。".into())),
        Phase::Failed if status.outcomes.iter().any(|outcome| outcome.result == Of::Done) => {
            with(said("Done, but it did not help:".into(), "已执行，但未见效：".into()))
        }
        Phase::Failed => with(said("Not done:".into(), "未执行：".into())),
        Phase::Unclear => {
            let listed = targets(spec, lang);
            with(said(
                format!("It may or may not have been done; look at {listed} yourself."),
                format!("可能已执行，也可能未执行；请自行检查 {listed}。"),
            ))
        }
    }
}

fn offered(one: &Remediation, lang: Lang) -> String {
    let until = moment(one.spec.expires_at());
    let needed =
        one.spec.floor.approvals.saturating_sub(u32::try_from(one.status.approvals.len()).unwrap_or(0));
    let agreed = people(one);
    match (one.status.approvals.is_empty(), lang) {
        (true, Lang::En) if needed == 1 => format!("One person has to agree, until {until}."),
        (true, Lang::En) => format!("{needed} people have to agree, until {until}."),
        (false, Lang::En) => format!("{agreed} agreed; {needed} more has to, until {until}."),
        (true, Lang::Zh) => format!("需要 {needed} 人同意，截至 {until}。"),
        (false, Lang::Zh) => format!("{agreed} 已同意，还需 {needed} 人，截至 {until}。"),
    }
}

fn moment(at: Timestamp) -> String {
    crate::incident::words::moment(at)
}

/// Why it is offered.
pub fn reason(spec: &Spec, lang: Lang) -> String {
    let cause = &spec.root_cause;
    let blame = crate::incident::words::blamed(cause);
    let because = lang.pick("Because of", "原因：");
    clean_name(&format!("{because} {} · {blame}", cause.cause))
}

/// What whoever agrees has to know.
pub fn warning(warning: &Warning, lang: Lang) -> String {
    let what = match warning.caution {
        Caution::Stateful => Words(
            "A pod of a StatefulSet: the next one waits until this one is gone, and takes its name and claims",
            "StatefulSet 的 Pod：新 Pod 要等它完全消失，并沿用其名称与存储",
        ),
        Caution::SingleUseVolumes => Words(
            "Volumes that one node or pod at a time may use; the next pod waits for them",
            "只能由一个节点或 Pod 使用的卷，新 Pod 需要等待",
        ),
        Caution::PeersNotReady => Words("Not ready either, of the same owner", "同一控制器下同样未就绪"),
        Caution::ControlPlane => Words(
            "On a node of the control plane, or one that could not be read",
            "位于控制平面节点，或该节点未能读取",
        ),
        Caution::OnlyOne => Words(
            "Of one pod: while it is replaced there may be none",
            "只有一个副本：替换期间可能没有可用的 Pod",
        ),
        Caution::CleanupSkipped => Words(
            "What it stands for is never done: what the controller would have cleaned up, also outside of the cluster, may stay behind",
            "对应的清理将不会执行：控制器本应清理的内容（包括集群外的）可能会残留",
        ),
        Caution::StaysChanged => Words(
            "Only the pod template goes back, not what is in these, nor what the newer revision wrote elsewhere",
            "仅回滚 Pod 模板；以下内容以及新版本写到别处的数据不会回滚",
        ),
        Caution::Evicted => Words(
            "These pods go, those of DaemonSets among them, which is expected",
            "以下 Pod 会被移除，其中包括 DaemonSet 的 Pod，属预期行为",
        ),
        Caution::Tolerates => Words("These pods tolerate the taint and stay", "以下 Pod 容忍该污点，会保留"),
        Caution::RunsTwice => Words(
            "Pods of StatefulSets, which run twice if the machine is alive",
            "StatefulSet 的 Pod，若机器仍在运行会出现两份",
        ),
        Caution::TwoWriters => Words(
            "ReadWriteOnce volumes, or such as could not be read, which two writers can destroy",
            "ReadWriteOnce 卷（或未能读取的卷），两处同时写入会损坏数据",
        ),
        Caution::StaysAttached => Words(
            "ReadWriteOnce volumes stay attached to the dead node for about 6 minutes",
            "ReadWriteOnce 卷还会在故障节点上保持挂接约 6 分钟",
        ),
        Caution::Forgotten => Words(
            "Its labels and taints are lost, and its kubelet has to be restarted to register anew",
            "该节点的标签与污点会丢失，重新加入需重启 kubelet",
        ),
        Caution::ContainersDie => Words(
            "So many containers of the node end with it (how many run, and why)",
            "该节点上的容器会随之终止（运行数量与依据）",
        ),
        Caution::SomebodyCordoned => {
            Words("Somebody cordoned it: ask whether they are done", "有人封锁了该节点：请先确认其工作已完成")
        }
    };
    let names = warning.names.join(", ");
    let names = if names.is_empty() { String::new() } else { format!(": {names}") };
    clean_name(&format!("⚠ {}{names}", what.of(lang)))
}

/// What became of a target that was not changed.
pub fn not_done(target: &Target, why: &str, lang: Lang) -> String {
    let said = lang.pick("not changed", "未更改");
    clean_name(&format!("{}: {said}: {}", name(target), reasons::told(why, lang)))
}

/// Why a button does nothing, to the one who pressed it.
pub fn refused(refused: Refused, one: &Remediation, lang: Lang) -> String {
    let words = match refused {
        Refused::Twice => Words("You agreed already; somebody else has to.", "你已同意；还需要其他人同意。"),
        Refused::Requester => Words(
            "You asked for it: the second to agree has to be somebody else.",
            "由你提出：第二位同意者必须是其他人。",
        ),
        Refused::NoWord => Words("Nobody's word is needed for this.", "此操作不需要人工证明。"),
        Refused::Enough => Words("Enough people gave their word.", "已有足够的人工证明。"),
        Refused::NotTyped => Words("That is not the name. Nothing was counted.", "名称不符，未计入。"),
        Refused::Expired => Words("The offer is over; ask again with `fix`.", "已过时限，请再次使用 `fix`。"),
        _ => return stands(one, lang),
    };
    words.of(lang).to_string()
}

/// A node that is not confirmed dead is left alone.
pub fn not_dead(lacks: &[String], lang: Lang) -> String {
    let head =
        lang.pick("The node is not confirmed dead: nothing was counted.", "尚未确认该节点已宕机，未计入。");
    let lines = lacks.iter().map(|line| clean_name(line));
    [head.to_string()].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

/// Which right is missing.
pub fn may_not(user: &str, access: &str, lang: Lang) -> String {
    clean_name(&match lang {
        Lang::En => {
            format!("Kubernetes does not let {user} do this: `{access}` is missing. Nothing was counted.")
        }
        Lang::Zh => format!("Kubernetes 不允许 {user} 执行此操作：缺少 `{access}`。未计入。"),
    })
}

/// Who may do everything is nobody to write as.
pub fn privileged(user: &str, lang: Lang) -> String {
    clean_name(&match lang {
        Lang::En => format!(
            "{user} may do everything in this cluster, by name or by a group: podwhy does not write as such a user unless `remediation.allow_privileged` lists that name."
        ),
        Lang::Zh => format!(
            "{user}（本人或其所属组）在此集群拥有全部权限：除非 `remediation.allow_privileged` 列出该名称，podwhy 不以其身份写入。"
        ),
    })
}

/// Since when nothing is begun.
pub fn frozen(by: &str, until: Option<Timestamp>, lang: Lang) -> String {
    let (by, until) = (clean_name(by), until.map(moment));
    match (until, lang) {
        (Some(until), Lang::En) => {
            format!("{by} froze every action until {until}: what was not begun does not begin.")
        }
        (Some(until), Lang::Zh) => format!("{by} 已冻结所有操作，直至 {until}：未开始的不会开始。"),
        (None, Lang::En) => "The configuration freezes every action.".to_string(),
        (None, Lang::Zh) => "配置已冻结所有操作。".to_string(),
    }
}

/// Something else is under way at the same place.
pub fn busy(other: &Remediation, lang: Lang) -> String {
    let title = title(&other.spec, lang);
    match lang {
        Lang::En => format!("Something is under way there already: {title}. Wait for its end."),
        Lang::Zh => format!("那里已有操作正在进行：{title}。请等待其结束。"),
    }
}

/// Enough was done there within an hour.
pub fn enough(namespace: &str, most: u32, lang: Lang) -> String {
    clean_name(&match lang {
        Lang::En => format!(
            "{most} actions were done in {namespace} within an hour: no more is begun. Look what is wrong there."
        ),
        Lang::Zh => {
            format!("一小时内已在 {namespace} 执行 {most} 次操作，不再开始新的操作。请检查那里的问题。")
        }
    })
}

/// What was offered, to the one who asked.
pub fn offered_below(titles: &[String], lang: Lang) -> String {
    let head = lang.pick("Offered:", "可执行的操作：");
    let list: Vec<String> = titles.iter().map(|title| format!("• {title}")).collect();
    format!("{head}\n{}", list.join("\n"))
}

/// What it takes, in one line.
pub fn needed(floor: Floor, lang: Lang) -> String {
    let people = match (floor.approvals, lang) {
        (1, Lang::En) => "One person has to agree".to_string(),
        (many, Lang::En) => format!("{many} people have to agree"),
        (many, Lang::Zh) => format!("需要 {many} 人同意"),
    };
    let typed = lang.pick(", and to type the name", "，并输入名称");
    let end = lang.pick(".", "。");
    format!("{people}{}{end}", if floor.typed_name { typed } else { "" })
}

/// How far it is, in a word or two.
pub fn phase(phase: Phase, lang: Lang) -> &'static str {
    let words = match phase {
        Phase::Offered => Words("waits", "等待同意"),
        Phase::Approved => Words("agreed", "已同意"),
        Phase::Declined => Words("declined", "已拒绝"),
        Phase::Expired => Words("expired", "已过期"),
        Phase::Superseded => Words("not needed", "不再需要"),
        Phase::Executing => Words("being done", "执行中"),
        Phase::Verifying => Words("being checked", "确认中"),
        Phase::Succeeded => Words("helped", "已见效"),
        Phase::Partial => Words("in part", "部分完成"),
        Phase::Failed => Words("failed", "失败"),
        Phase::Unclear => Words("unclear", "不明"),
    };
    words.of(lang)
}

/// Who is chosen is nobody that can be acted as.
pub fn nobody(by: &str, lang: Lang) -> String {
    clean_name(&match lang {
        Lang::En => format!("Nobody is called {by:?} here: choose whom you act as."),
        Lang::Zh => format!("这里没有 {by:?}：请选择操作身份。"),
    })
}
