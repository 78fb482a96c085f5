//! The few words that belong to no cause: headings, verdicts, counts. Every face of an answer uses these.

use podwhy_knowledge::{Kind, Lang};

use crate::answer::{BlameAnswer, GapAnswer, TargetAnswer, TriageAnswer};

/// The same in both languages.
#[derive(Clone, Copy, Debug)]
pub struct Words(&'static str, &'static str);

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

/// `failing`, `healthy`, `expected`, `unknown` as a heading.
pub fn verdict(verdict: &str, lang: Lang) -> &'static str {
    match verdict {
        "failing" => lang.pick("FAILING", "失败"),
        "healthy" => lang.pick("HEALTHY", "正常"),
        "expected" => lang.pick("EXPECTED", "符合预期"),
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
    (risk == "two-approvals").then(|| lang.pick("dangerous: two people", "危险：需两人同意"))
}

/// What was not read, why, and what could hide there.
pub fn gap(gap: &GapAnswer, lang: Lang) -> String {
    let hides = if gap.could_hide.is_empty() {
        String::new()
    } else {
        format!("{} {}", lang.pick(": could hide", "：可能掩盖"), gap.could_hide.join(", "))
    };
    format!("{} ({}){hides}", gap.what, gap.why)
}

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
         triage [namespace] — everything that fails, one group for each root cause\n\
         explain <text> — what a pasted event, status or log line can mean\n\
         help — this\n",
        "why shop/cart-0 — 这个 Pod 或工作负载为什么失败（也可以是 deploy/web，或 集群:shop/cart-0）\n\
         triage [命名空间] — 所有失败的对象，按根本原因分组\n\
         explain <文字> — 粘贴的事件、状态或日志可能意味着什么\n\
         help — 本说明\n",
    )
}

impl TargetAnswer {
    /// `Pod prod-eu:shop/cart-0`
    pub fn shown(&self) -> String {
        format!("{} {}{}/{}", self.kind, cluster_prefix(&self.cluster), self.namespace, self.name)
    }

    /// As it is typed: `prod-eu:shop/deploy/web`.
    pub fn typed(&self) -> String {
        let name = typed(&self.kind, Some(&self.namespace), &self.name);
        format!("{}{name}", cluster_prefix(&self.cluster))
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
