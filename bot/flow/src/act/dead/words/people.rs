//! Words for what people say, and what they have to do.

use podwhy_knowledge::Lang;

use super::super::attestation::AttestationError;
use super::super::judge::Missing;
use super::super::signal::OfAttestation;
use super::said;
use crate::show::time::moment;
use crate::words::Words;

pub(super) fn attested(by: &str, what: &OfAttestation, lang: Lang) -> String {
    let what = match (what, lang) {
        (OfAttestation::Counts { at, how }, Lang::En) => format!("off at {} ({})", moment(*at), said(how)),
        (OfAttestation::Counts { at, how }, Lang::Zh) => {
            format!("{} 已关机（{}）", moment(*at), said(how))
        }
        (OfAttestation::ByApprover { at, how }, Lang::En) => format!(
            "off at {} ({}); an approver's, which counts together with the cloud's taint only",
            moment(*at),
            said(how)
        ),
        (OfAttestation::ByApprover { at, how }, Lang::Zh) => {
            format!("{} 已关机（{}）；批准人的证明，只能与云平台污点一并计入", moment(*at), said(how))
        }
        (OfAttestation::TooEarly, _) => lang
            .pick("does not count, the node still spoke after that", "不计入，在那之后节点仍有上报")
            .to_string(),
        (OfAttestation::Invalid(error), Lang::En) => {
            format!("does not count: {}", not_taken(*error, lang))
        }
        (OfAttestation::Invalid(error), Lang::Zh) => format!("不计入：{}", not_taken(*error, lang)),
    };
    match lang {
        Lang::En => format!("Attestation of {}: {what}", said(by)),
        Lang::Zh => format!("{} 的人工证明：{what}", said(by)),
    }
}

pub(super) fn not_taken(error: AttestationError, lang: Lang) -> &'static str {
    let words = match error {
        AttestationError::Nobody => Words("nobody is named", "未注明证明人"),
        AttestationError::TooShort => Words(
            "say how you know that the machine is off: its BMC, its console, hands on the machine",
            "请说明如何确认机器已关机：BMC、控制台或现场查看",
        ),
        AttestationError::TooLong => Words("say it in at most 500 characters", "说明请不超过 500 字"),
        AttestationError::TooOld => Words(
            "it was established more than 10 minutes ago; look again",
            "确认时间已超过 10 分钟，请重新确认",
        ),
        AttestationError::Future => Words("it was established in the future", "确认时间在未来"),
    };
    words.of(lang)
}

pub(super) fn missing(missing: Missing, lang: Lang) -> String {
    let words = match missing {
        Missing::Witnesses { have, needed } => {
            return match lang {
                Lang::En => format!(
                    "{} more neighbours that get no answer: their agents probe within a minute",
                    needed.saturating_sub(have)
                ),
                Lang::Zh => {
                    format!("还需 {} 个相邻节点探测超时：其代理会在一分钟内探测", needed.saturating_sub(have))
                }
            };
        }
        Missing::Node => Words("the Node object has to be read", "需要读取 Node 对象"),
        Missing::Ready => Words(
            "Ready has to be seen Unknown for 5 min by this process; a restart begins again",
            "需由本进程观察到 Ready 为 Unknown 满 5 分钟；重启后重新计时",
        ),
        Missing::Lease => Words(
            "the node's Lease has to be watched unchanged for 5 min; a restart or a gap begins again",
            "需持续观察节点 Lease 满 5 分钟未续期；重启或中断后重新计时",
        ),
        Missing::AgentLease => Words(
            "its agent's Lease has to be watched unchanged for 5 min as well",
            "还需持续观察其代理的 Lease 满 5 分钟未续期",
        ),
        Missing::Crowd => Words("how many nodes are Unknown has to be known", "需要知道有多少节点为 Unknown"),
        Missing::PowerOff => Words(
            "a proof that the power is off: the power probe, the cloud's taint, or the attestation of somebody who approves nothing here",
            "需要关机的证据：电源探测、云平台污点，或由非批准人提供的人工证明",
        ),
        Missing::PowerOffByMachine => Words(
            "a proof that the power is off: the power probe, or the cloud's taint with the attestation of both approvers; a person's word alone is not enough where no neighbour can be asked",
            "需要关机的证据：电源探测，或云平台污点加两位批准人各自的人工证明；没有相邻节点可询问时，仅凭人工证明不够",
        ),
        Missing::Approvers => Words(
            "two approvers, and the attestation of each, in a dialog of their own",
            "需要两位批准人，且每人各自单独提供人工证明",
        ),
    };
    words.of(lang).to_string()
}
