//! The few words that belong to no cause: headings, verdicts, counts. Every face of an answer uses these.

use podwhy_knowledge::{Kind, Lang};

use crate::answer::{BlameAnswer, GapAnswer, LogAnswer, TargetAnswer, TriageAnswer};

/// The same in both languages.
#[derive(Clone, Copy, Debug)]
pub struct Words(pub(crate) &'static str, pub(crate) &'static str);

impl Words {
    /// In a language.
    pub fn of(self, lang: Lang) -> &'static str {
        lang.pick(self.0, self.1)
    }
}

/// Above the explanation.
pub const MEANS: Words = Words("What it means", "含义");
/// Above the evidence.
pub const EVIDENCE: Words = Words("Evidence", "证据");
/// Above the remedies.
pub const TO_DO: Words = Words("What to do", "怎么办");
/// Above the gaps.
pub const NOT_READ: Words = Words("Not read", "未能读取");
/// Above the findings after the first.
pub const ALSO: Words = Words("Also", "另外");
/// Above what `explain` says to look at.
pub const TO_BE_SURE: Words = Words("To be sure", "如何确认");
/// Above the words `explain` recognised.
pub const BECAUSE_OF: Words = Words("Because of", "依据");

/// On the button that asks the same again.
pub const ASK_AGAIN: Words = Words("Ask again", "重新查看");
/// On the button that shows every piece of evidence in full.
pub const ALL_EVIDENCE: Words = Words("All evidence", "全部证据");
/// On the button that shows every command.
pub const SHOW_COMMANDS: Words = Words("Show commands", "显示命令");
/// On the button that keeps an answer current until what it is about is well.
pub const WATCH: Words = Words("Watch until well", "关注到恢复");
/// Where a button of an incident is pressed, and podwhy keeps none there.
pub const NO_INCIDENTS_HERE: Words = Words(
    "podwhy keeps no incidents here: it was configured otherwise since this message was posted.",
    "podwhy 不在这里跟踪故障：此消息发布后，配置已更改。",
);

/// Where a file is meant for one person, and went to their direct messages.
pub const FILE_IN_DIRECT: Words =
    Words("The file is in your direct messages with podwhy.", "附件在你与 podwhy 的私信中。");
/// Where it could not be sent there.
pub const FILE_NOT_SENT: Words = Words(
    "But the file could not be sent to you: podwhy may not write to you directly.",
    "但附件未能发送给你：podwhy 无法给你发私信。",
);
/// Above the file; followed by the incident's name.
pub const DUMP_OF: Words = Words("What the diagnosis saw:", "诊断所见的内容：");
/// Where something is wanted of incidents, and podwhy keeps none.
pub const NO_ORDERS_HERE: Words = Words(
    "podwhy keeps no incidents: its configuration names no channel for them in a section `routes`.",
    "podwhy 未跟踪故障：配置中没有用 `routes` 一节指定通报故障的频道。",
);
/// Where answers are for those who ask alone, and something would be offered.
pub const OFFERED_TO_ALL: Words = Words(
    "Answers in this channel are for whoever asks alone, and an offer is for everyone to see: ask in another channel.",
    "此频道的回答仅提问者可见，而操作的提议对所有人可见：请在其他频道中使用。",
);
/// In the place of the answer while something is written down.
pub const WRITING_DOWN: Words = Words("writing it down…", "正在记录……");
/// Where a text was cut.
pub const CUT: Words = Words("… cut; see All evidence", "……已截断，见“全部证据”");
/// Where a text was cut in what shows all there is.
pub const CUT_HERE: Words = Words("… cut", "……已截断");
/// Below an answer that is kept current.
pub const WATCHING: Words = Words("Watching until well", "正在关注，直到恢复");
/// Below an answer that was kept current and no longer is.
pub const WATCH_ENDED: Words =
    Words("No longer watched: ask again to see how it is now.", "已停止关注：重新提问可查看现状。");
/// Where the button that watches was pressed below an answer that only one person sees.
pub const NOT_WATCHABLE: Words = Words(
    "Only an answer that everyone here sees can be watched.",
    "只有这里所有人都能看到的回答才能持续关注。",
);
/// No more can be watched.
pub const TOO_MANY_WATCHES: Words = Words(
    "podwhy is watching as much as it can already; try again later.",
    "podwhy 正在关注的内容已达上限，请稍后再试。",
);
/// In the place of an answer that will not come, because podwhy was restarted.
pub const INTERRUPTED: Words =
    Words("podwhy was restarted before it could answer; ask again.", "podwhy 在回答之前重启了，请重新提问。");
/// Where the app lets the bot answer, but not edit its answer later.
pub const INVITE: Words = Words(
    "podwhy is not a member of this channel: invite it, and answers can be watched and kept current.",
    "podwhy 不是此频道的成员：邀请它加入后，才能持续更新回答。",
);
/// A fault of podwhy's own; followed by its id.
pub const FAULT: Words = Words(
    "podwhy failed to answer. Its log has the reason under",
    "podwhy 未能回答。原因在它的日志中，编号为",
);
/// Too many questions wait already.
pub const BUSY: Words = Words(
    "podwhy has too many questions to answer right now; ask again in a minute.",
    "podwhy 目前问题过多，请一分钟后再问。",
);

/// Where a channel has no configuration.
pub const NOT_CONFIGURED_HERE: Words = Words(
    "podwhy may read nothing for this channel: nobody has listed it under `channels` in its configuration.",
    "此频道没有可读的内容：podwhy 配置的 `channels` 中没有它。",
);
/// Where someone asks without a channel, and is not listed.
pub const NOT_CONFIGURED_DIRECT: Words = Words(
    "podwhy may read nothing for you outside of channels: its configuration lists nobody like you under `direct`.",
    "在频道之外，podwhy 没有可为你读取的内容：配置的 `direct` 中没有你。",
);
/// Where each person's own rights decide, and podwhy does not know who this is to the clusters.
pub const NOT_MAPPED: Words = Words(
    "podwhy does not know which Kubernetes user you are: ask whoever runs it to add you to `people` in its configuration.",
    "podwhy 不知道你对应哪个 Kubernetes 用户：请让管理员在配置的 `people` 中加入你。",
);
/// Where logs may not be shown.
pub const LOGS_OFF: Words =
    Words("Logs of this namespace are not shown here.", "这里不显示该命名空间的日志。");

/// Where a cluster could not be asked what a person may read; followed by the reason.
pub const RIGHTS_UNKNOWN: Words = Words("What you may read could not be asked:", "无法查询你的读取权限：");
/// Where a person may read nothing of what the channel lists.
pub const NOTHING_READABLE: Words = Words(
    "You may read the pods of none of the namespaces that are listed here.",
    "这里列出的命名空间中，没有你有权读取 Pod 的。",
);
/// Where a person's rights would have to be asked for too often.
pub const TOO_MANY_NAMESPACES: Words = Words(
    "There are too many namespaces to ask for your rights in each: name one, as in: triage shop",
    "命名空间太多，无法逐一查询你的权限：请指定一个，例如：triage shop",
);

/// Several clusters could be meant.
pub fn which_cluster(known: &[&str], lang: Lang) -> String {
    let known = known.join(", ");
    match lang {
        Lang::En => format!("which cluster? write CLUSTER:NAMESPACE/NAME; here there are {known}"),
        Lang::Zh => format!("哪个集群？请写 集群:命名空间/名称；这里有 {known}"),
    }
}

/// No cluster of this name may be asked here.
pub fn no_cluster(named: &str, meant: Option<String>, lang: Lang) -> String {
    let hint = match (&meant, lang) {
        (Some(meant), Lang::En) => format!("; did you mean {meant}?"),
        (Some(meant), Lang::Zh) => format!("；是不是 {meant}？"),
        (None, _) => String::new(),
    };
    match lang {
        Lang::En => format!("there is no cluster {named:?} here{hint}"),
        Lang::Zh => format!("这里没有集群 {named:?}{hint}"),
    }
}

/// A mute would reach beyond what may be read here.
pub fn mute_of_which(listed: &[String], lang: Lang) -> String {
    let listed: Vec<String> = listed.iter().map(|namespace| format!("`-n {namespace}`")).collect();
    match lang {
        Lang::En => {
            format!("Here only what may be read here can be muted: name a namespace, {}", listed.join(" or "))
        }
        Lang::Zh => format!("这里只能静音此处可读的内容：请指定命名空间，{}", listed.join(" 或 ")),
    }
}

/// Several namespaces could be meant, or none is known.
pub fn which_namespace(name: &str, seen: &[String], lang: Lang) -> String {
    let places: Vec<String> = seen.iter().map(|namespace| format!("{namespace}/{name}")).collect();
    let places = places.join(", ");
    match (seen.is_empty(), lang) {
        (true, Lang::En) => format!("which namespace? write NAMESPACE/{name}"),
        (true, Lang::Zh) => format!("哪个命名空间？请写 命名空间/{name}"),
        (false, Lang::En) => format!("{name} is in several namespaces; which one? {places}"),
        (false, Lang::Zh) => format!("多个命名空间中有 {name}，是哪一个？{places}"),
    }
}

/// No answer within the time a question may take.
pub fn too_late(patience: std::time::Duration, lang: Lang) -> String {
    let seconds = patience.as_secs();
    match lang {
        Lang::En => {
            format!("the cluster did not answer within {seconds} s; ask again, or raise timeouts.total")
        }
        Lang::Zh => format!("集群在 {seconds} 秒内没有回答；请重试，或调大 timeouts.total"),
    }
}

/// In the place of the answer while it is looked for: `looking at prod:shop/cart-0…`.
pub fn looking(line: Option<&str>, lang: Lang) -> String {
    let what = line.map(|line| line.strip_prefix("why ").unwrap_or(line));
    match (what, lang) {
        (Some(what), Lang::En) => format!("looking at {what}…"),
        (Some(what), Lang::Zh) => format!("正在查看 {what}……"),
        (None, Lang::En) => "looking at this message…".to_string(),
        (None, Lang::Zh) => "正在查看这条消息……".to_string(),
    }
}

/// Where there is no event, or none is kept any more.
pub const NO_EVENTS: Words = Words(
    "No events: none were told, or they are older than the cluster keeps them (an hour, mostly).",
    "没有事件：未曾产生，或已超过集群的保留时间（通常一小时）。",
);

/// Above a container's last lines.
pub fn log_heading(log: &LogAnswer, lang: Lang) -> String {
    let run = if log.previous { lang.pick(" · previous run", " · 上一次运行") } else { "" };
    let what = match (log.text.trim().is_empty(), log.cut) {
        (true, _) => lang.pick(" · nothing written", " · 没有输出"),
        (false, true) => lang.pick(" · last lines", " · 最后几行"),
        (false, false) => "",
    };
    format!("{}{run}{what}", log.container)
}

/// ` × 12` where something was told more than once.
pub fn times(count: i64) -> String {
    if count > 1 { format!(" × {count}") } else { String::new() }
}

/// When something that was watched became well: `well again after 5m`.
pub fn well_after(minutes: i64, lang: Lang) -> String {
    match lang {
        Lang::En => format!("Well again, after {minutes} min."),
        Lang::Zh => format!("已恢复，历时 {minutes} 分钟。"),
    }
}

/// Before the object at fault.
pub const AT_FAULT: Words = Words("At fault", "问题出在");
/// Before a container's name.
pub const CONTAINER: Words = Words("container", "容器");
/// Before the time at which a cluster was read.
pub const AS_OF: Words = Words("as of", "截至");
/// Before the time since which an answer is kept current.
pub const SINCE: Words = Words("since", "始于");
/// Before the channels in which the asker may ask.
pub const ASK_IN: Words = Words("You can ask in", "可以在这里提问：");
/// Above every command of an answer.
pub const COMMANDS: Words = Words("Commands", "命令");
/// Where an answer has no command.
pub const NO_COMMANDS: Words = Words("There is no command to paste for this.", "没有可粘贴的命令。");
/// Above what can be asked.
pub const HELP: Words = Words("What can be asked", "可以问什么");
/// Below what can be asked, in Slack.
pub const NO_SLASH_IN_THREADS: Words = Words(
    "Slack takes no slash commands in threads: mention the bot there, as in",
    "Slack 的消息列中不能使用斜杠命令，请在其中提及机器人，例如",
);
/// Above what fails in all clusters.
pub const FAILING_NOW: Words = Words("Failing now", "当前失败");

/// How many of a list are not shown: `+97 more`.
pub fn more(count: usize, lang: Lang) -> String {
    match lang {
        Lang::En => format!("+{count} more"),
        Lang::Zh => format!("另有 {count} 个"),
    }
}

/// `failing`, `healthy`, `expected`, `unknown`, `gone` as a heading.
pub fn verdict(verdict: &str, lang: Lang) -> &'static str {
    match verdict {
        "failing" => lang.pick("FAILING", "失败"),
        "healthy" => lang.pick("HEALTHY", "正常"),
        "expected" => lang.pick("EXPECTED", "符合预期"),
        "gone" => lang.pick("GONE", "已不存在"),
        _ => lang.pick("UNKNOWN", "原因未知"),
    }
}

/// `certain`, `likely`, `possible`.
pub fn confidence(confidence: &str, lang: Lang) -> &str {
    match (confidence, lang) {
        ("certain", Lang::Zh) => "确定",
        ("likely", Lang::Zh) => "很可能",
        ("possible", Lang::Zh) => "可能",
        _ => confidence,
    }
}

/// Where a piece of evidence was read.
pub fn source(source: &str, lang: Lang) -> &str {
    match (source, lang) {
        ("condition", Lang::Zh) => "状况",
        ("state", Lang::Zh) => "容器状态",
        ("spec", Lang::Zh) => "规格",
        ("event", Lang::Zh) => "事件",
        ("log", Lang::Zh) => "日志",
        ("node", Lang::Zh) => "节点",
        ("owner", Lang::Zh) => "所属工作负载",
        ("object", Lang::Zh) => "对象",
        ("agent", Lang::Zh) => "节点代理",
        ("message", Lang::Zh) => "消息",
        _ => source,
    }
}

/// What a remedy's risk means to the one who reads it; `None` where there is nothing to warn of.
pub fn risk(risk: &str, lang: Lang) -> Option<&'static str> {
    (risk == "two-approvals").then(|| lang.pick("dangerous: two people should agree", "危险操作：须两人同意"))
}

/// Above the changes.
pub const CHANGED: Words = Words("What changed", "最近的变更");

/// What was not read, why, and what could hide there.
pub fn gap(gap: &GapAnswer, lang: Lang) -> String {
    let why = match (gap.why.as_str(), lang) {
        ("forbidden", Lang::En) => "may not be read",
        ("forbidden", Lang::Zh) => "无权读取",
        ("timed-out", Lang::En) => "no answer in time",
        ("timed-out", Lang::Zh) => "读取超时",
        ("expired", Lang::En) => "expired",
        ("expired", Lang::Zh) => "已过期",
        ("not-in-dump", Lang::En) => "not in the dump",
        ("not-in-dump", Lang::Zh) => "转储里没有",
        (other, _) => other,
    };
    let named = gap.could_hide.iter().take(HIDDEN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = gap.could_hide.len().saturating_sub(HIDDEN);
    let hides = match (gap.could_hide.len(), more, lang) {
        (0, ..) => String::new(),
        (_, 0, Lang::En) => format!("; it could show {named}"),
        (_, 1, Lang::En) => format!("; it could show {named} or one other cause"),
        (_, more, Lang::En) => format!("; it could show {named} or one of {more} other causes"),
        (_, 0, Lang::Zh) => format!("；其中可能有 {named} 的线索"),
        (_, more, Lang::Zh) => format!("；其中可能有 {named} 等 {} 种原因的线索", HIDDEN + more),
    };
    let what = podwhy_knowledge::gap::in_words(&gap.what, lang);
    match lang {
        Lang::En => format!("{what}: {why}{hides}"),
        Lang::Zh => format!("{what}：{why}{hides}"),
    }
}

/// At most this many causes are named of a gap.
const HIDDEN: usize = 4;

/// How many fail, are expected not to run, and are well.
pub fn counts(triage: &TriageAnswer, lang: Lang) -> String {
    let (failing, expected, healthy) = (triage.failing, triage.expected, triage.healthy);
    match lang {
        Lang::En => format!("{failing} failing, {expected} expected not to run, {healthy} well"),
        Lang::Zh => format!("{failing} 个失败，{expected} 个本就不应运行，{healthy} 个正常"),
    }
}

/// Above what `explain` found.
pub fn explained(known: bool, findings: usize, lang: Lang) -> &'static str {
    match (known, findings) {
        (false, _) => lang.pick("This text speaks of no cause podwhy knows.", "这段文字不指向任何已知原因。"),
        (true, 1) => lang.pick("This can mean:", "这可能是："),
        (true, _) => lang.pick("This can mean, most likely first:", "这可能是（可能性从大到小）："),
    }
}

/// What can be asked in a chat, one line each.
pub fn help(lang: Lang) -> &'static str {
    lang.pick(
        "why shop/cart-0 — why this pod or workload fails (also deploy/web, or cluster:shop/cart-0)\n\
         node NAME, svc NAME, pvc NAME, ns NAME — the same of what stands around pods\n\
         triage [namespace] — everything that fails, one group for each root cause\n\
         logs shop/cart-0 [container] [--previous] — the last lines its containers wrote\n\
         events shop/cart-0 — what the cluster told about it\n\
         explain <text> — what a pasted event, status or log line can mean\n\
         ack [shop/cart] — you are on an incident; in its thread, on that one\n\
         mute shop/cart [2h] — nothing is told of it for a while (also oom-killed, ns/shop, or oom-killed -n shop)\n\
         unmute shop/cart — it is told of again\n\
         mutes — what is muted, until when and by whom\n\
         fix TARGET — offers what can be done about it by a button, where that is configured\n\
         approvals, history — what waits for somebody to agree; what was done, and whether it helped\n\
         freeze [TIME], unfreeze — nothing that was not begun begins; it does again\n\
         help — this\n",
        "why shop/cart-0 — 这个 Pod 或工作负载为什么失败（也可以是 deploy/web，或 集群:shop/cart-0）\n\
         node 名称、svc 名称、pvc 名称、ns 名称 — 查 Pod 周围的对象\n\
         triage [命名空间] — 所有失败的对象，按根本原因分组\n\
         logs shop/cart-0 [容器] [--previous] — 容器最后输出的几行\n\
         events shop/cart-0 — 集群记录的相关事件\n\
         explain <文字> — 粘贴的事件、状态或日志可能意味着什么\n\
         ack [shop/cart] — 由你处理某个故障；在其消息列中即指该故障\n\
         mute shop/cart [2h] — 一段时间内不再通报（也可以是 oom-killed、ns/shop 或 oom-killed -n shop）\n\
         unmute shop/cart — 恢复通报\n\
         mutes — 当前的静音、截止时间和设置人\n\
         fix 目标 — 给出可通过按钮执行的操作（需已配置）\n\
         approvals、history — 等待同意的操作；已执行的操作及其效果\n\
         freeze [时长]、unfreeze — 暂停所有尚未开始的操作；恢复\n\
         help — 本说明\n",
    )
}

impl TargetAnswer {
    /// `Pod prod-eu:shop/cart-0`
    pub fn shown(&self) -> String {
        format!("{} {}{}", self.kind, cluster_prefix(&self.cluster), self.place())
    }

    /// `shop/cart-0`; of a node, its name alone.
    pub fn place(&self) -> String {
        let namespace = self.namespace().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        format!("{namespace}{}", self.name)
    }

    /// As it is typed: `prod-eu:shop/deploy/web`.
    pub fn typed(&self) -> String {
        let name = typed(&self.kind, self.namespace(), &self.name);
        format!("{}{name}", cluster_prefix(&self.cluster))
    }

    /// A node and a namespace are in none.
    fn namespace(&self) -> Option<&str> {
        Some(self.namespace.as_str()).filter(|namespace| !namespace.is_empty())
    }
}

impl BlameAnswer {
    /// `Deployment shop/cart`; empty where `explain` knows no name.
    pub fn shown(&self) -> String {
        match (&self.namespace, self.name.as_str()) {
            (_, "") => String::new(),
            (Some(namespace), name) => format!("{} {namespace}/{name}", self.kind),
            (None, name) => format!("{} {name}", self.kind),
        }
    }

    /// As it is typed: `shop/deploy/web`.
    pub fn typed(&self) -> String {
        typed(&self.kind, self.namespace.as_deref(), &self.name)
    }
}

fn typed(kind: &str, namespace: Option<&str>, name: &str) -> String {
    let kind = Kind::from_word(&kind.to_lowercase()).filter(|kind| *kind != Kind::Pod);
    let kind = kind.map(|kind| format!("{}/", kind.short())).unwrap_or_default();
    let namespace = namespace.map(|namespace| format!("{namespace}/")).unwrap_or_default();
    format!("{namespace}{kind}{name}")
}

/// `prod-eu:` before what is typed; nothing where clusters have no names.
pub fn cluster_prefix(cluster: &str) -> String {
    if cluster.is_empty() { String::new() } else { format!("{cluster}:") }
}
