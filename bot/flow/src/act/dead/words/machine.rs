//! Words for what the neighbours, the power probe and the cloud say.

use std::time::Duration;

use podwhy_knowledge::Lang;

use super::super::inputs::Outcome;
use super::super::signal::{OfNeighbour, OfPower, OfTaint, OfWitnesses};
use super::{said, span};
use crate::show::time::moment;
use crate::words::more;

/// At most so many managers of a field.
const WRITERS: usize = 3;

pub(super) fn witnesses(all: OfWitnesses, lang: Lang) -> String {
    match (all, lang) {
        (OfWitnesses::Enough { timed_out, needed }, Lang::En) => {
            format!("Neighbours: {timed_out} get no answer, {needed} are needed")
        }
        (OfWitnesses::Enough { timed_out, needed }, Lang::Zh) => {
            format!("相邻节点：{timed_out} 个探测超时，需要 {needed} 个")
        }
        (OfWitnesses::Awaited { timed_out, needed }, Lang::En) => {
            format!("Neighbours: {timed_out} get no answer so far, {needed} are needed")
        }
        (OfWitnesses::Awaited { timed_out, needed }, Lang::Zh) => {
            format!("相邻节点：目前 {timed_out} 个探测超时，需要 {needed} 个")
        }
        (OfWitnesses::TooFew { able, needed }, Lang::En) => {
            format!("Neighbours: not available, {able} could be a witness and {needed} are needed")
        }
        (OfWitnesses::TooFew { able, needed }, Lang::Zh) => {
            format!("相邻节点：不可用，能作证的有 {able} 个，需要 {needed} 个")
        }
        (OfWitnesses::NoAgents, Lang::En) => "Neighbours: not available, no agent runs on them".to_string(),
        (OfWitnesses::NoAgents, Lang::Zh) => "相邻节点：不可用，没有运行中的代理".to_string(),
    }
}

pub(super) fn neighbour(name: &str, found: OfNeighbour, lang: Lang) -> String {
    let what = match (found, lang) {
        (OfNeighbour::TimedOut(ago), Lang::En) => format!("no answer, {} ago", span(ago, lang)),
        (OfNeighbour::TimedOut(ago), Lang::Zh) => format!("{}前探测超时", span(ago, lang)),
        (OfNeighbour::Contact(outcome, ago), _) => contact(outcome, ago, lang),
        (OfNeighbour::Earlier, Lang::En) => "not available, its last answer is from before".to_string(),
        (OfNeighbour::Earlier, Lang::Zh) => "不可用，上次得到应答是在故障之前".to_string(),
        (OfNeighbour::NoRoute, Lang::En) => "not available, it has no route there".to_string(),
        (OfNeighbour::NoRoute, Lang::Zh) => "不可用，没有到该节点的路由".to_string(),
        (OfNeighbour::Old(Some(ago)), Lang::En) => {
            format!("not available, its last probe is {} old", span(ago, lang))
        }
        (OfNeighbour::Old(Some(ago)), Lang::Zh) => format!("不可用，上次探测在 {}前", span(ago, lang)),
        (OfNeighbour::Old(None), Lang::En) => "not available, nobody knows how old its probe is".to_string(),
        (OfNeighbour::Old(None), Lang::Zh) => "不可用，探测时间未知".to_string(),
        (OfNeighbour::NoProbe, Lang::En) => "not available, it has not probed the node".to_string(),
        (OfNeighbour::NoProbe, Lang::Zh) => "不可用，尚未探测该节点".to_string(),
        (OfNeighbour::NeverReached, Lang::En) => {
            "not available, it is not known to have reached the node before".to_string()
        }
        (OfNeighbour::NeverReached, Lang::Zh) => "不可用，故障前没有连通过该节点的记录".to_string(),
        (OfNeighbour::NoAgent, Lang::En) => "not available, no agent runs there".to_string(),
        (OfNeighbour::NoAgent, Lang::Zh) => "不可用，代理未运行".to_string(),
    };
    match lang {
        Lang::En => format!("Neighbour {}: {what}", said(name)),
        Lang::Zh => format!("相邻节点 {}：{what}", said(name)),
    }
}

fn contact(outcome: Outcome, ago: Duration, lang: Lang) -> String {
    let what = match outcome {
        Outcome::Refused => lang.pick("the node refused the connection", "该节点拒绝了连接"),
        Outcome::Tls => lang.pick("the node answered with a TLS error", "该节点返回了 TLS 错误"),
        Outcome::Answered | Outcome::TimedOut | Outcome::NoRoute => {
            lang.pick("the node answered", "该节点有应答")
        }
    };
    match lang {
        Lang::En => format!("{what}, {} ago: it is alive", span(ago, lang)),
        Lang::Zh => format!("{}前{what}：节点存活", span(ago, lang)),
    }
}

pub(super) fn power(power: &OfPower, lang: Lang) -> String {
    match (power, lang) {
        (OfPower::Off(at), Lang::En) => format!("Power probe: off at {}", moment(*at)),
        (OfPower::Off(at), Lang::Zh) => format!("电源探测：{} 为关闭", moment(*at)),
        (OfPower::On(at), Lang::En) => format!("Power probe: on at {}", moment(*at)),
        (OfPower::On(at), Lang::Zh) => format!("电源探测：{} 为开启", moment(*at)),
        (OfPower::Unknown(why), Lang::En) => {
            format!("Power probe: its answer is required, and it gives none ({})", said(why))
        }
        (OfPower::Unknown(why), Lang::Zh) => format!("电源探测：必须有明确结果，但未得到（{}）", said(why)),
        (OfPower::NotConfigured, Lang::En) => "Power probe: not available, none is configured".to_string(),
        (OfPower::NotConfigured, Lang::Zh) => "电源探测：不可用，未配置".to_string(),
    }
}

pub(super) fn taint(taint: &OfTaint, lang: Lang) -> String {
    let what = match (taint, lang) {
        (OfTaint::Counts(ago), Lang::En) => {
            format!("set by the cloud {} ago: the machine was off then", span(*ago, lang))
        }
        (OfTaint::Counts(ago), Lang::Zh) => {
            format!("{}前由云平台设置：当时机器已关机", span(*ago, lang))
        }
        (OfTaint::Absent, _) => lang.pick("not there", "不存在").to_string(),
        (OfTaint::NoController, _) => lang
            .pick("does not count, no cloud controller is configured", "不计入，未配置云控制器")
            .to_string(),
        (OfTaint::NotSeen, _) => {
            lang.pick("does not count, it was not seen to appear", "不计入，未观察到它出现的时刻").to_string()
        }
        (OfTaint::TooEarly, _) => lang
            .pick(
                "does not count, it was not seen to appear after Ready went Unknown",
                "不计入，它并非在 Ready 变为 Unknown 之后出现",
            )
            .to_string(),
        (OfTaint::Others(writers), Lang::En) => {
            format!("does not count, it is not the cloud's: {}", listed(writers, lang))
        }
        (OfTaint::Others(writers), Lang::Zh) => {
            format!("不计入，并非云控制器所设：{}", listed(writers, lang))
        }
        (OfTaint::Unread(why), Lang::En) => format!("not read ({})", said(why)),
        (OfTaint::Unread(why), Lang::Zh) => format!("未能读取（{}）", said(why)),
    };
    format!("{}{what}", lang.pick("Cloud's shutdown taint: ", "云平台关机污点："))
}

fn listed(writers: &[String], lang: Lang) -> String {
    let beyond = writers.len().saturating_sub(WRITERS);
    let more = (beyond > 0).then(|| more(beyond, lang));
    let all: Vec<String> = writers.iter().take(WRITERS).map(|one| said(one)).chain(more).collect();
    if all.is_empty() {
        lang.pick("nobody is named", "未注明写入者").to_string()
    } else {
        all.join(", ")
    }
}
