//! Why a node was refused, in words with names and numbers.

use k8s_openapi::api::core::v1::Taint;
use serde::Serialize;

use super::affinity::Unmatched;
use super::message::Class;
use super::pods::Clash;
use super::room::Shortage;
use super::spreading::{Skew, Spread};
use super::taint;
use super::volumes::{Elsewhere, Full};
use crate::brief::HostPort;
use crate::text::counted;

/// The longest a sentence about one node becomes.
const MAX_CHARS: usize = 300;

/// A sentence in both languages: a page shows its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Words {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Words {
    /// A sentence.
    pub fn new(en: impl Into<String>, zh: impl Into<String>) -> Words {
        Words { en: en.into(), zh: zh.into() }
    }

    /// What needs no translation.
    pub fn same(text: impl Into<String>) -> Words {
        let text = text.into();
        Words { en: text.clone(), zh: text }
    }

    /// Several, one after the other.
    pub fn join(parts: &[Words]) -> Words {
        let of = |part: fn(&Words) -> &str| parts.iter().map(part).collect::<Vec<_>>();
        Words { en: of(|w| &w.en).join("; "), zh: of(|w| &w.zh).join("；") }
    }

    /// Nothing is said.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty()
    }

    /// Not longer than a reader reads: a selector may list a thousand values.
    #[must_use]
    pub fn bounded(mut self) -> Words {
        for text in [&mut self.en, &mut self.zh] {
            if let Some((end, _)) = text.char_indices().nth(MAX_CHARS) {
                text.truncate(end);
                text.push('…');
            }
        }
        self
    }
}

/// One reason.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// `kubectl cordon`.
    Cordoned,
    /// A taint that is not tolerated, with its class.
    Taint(Class, Taint),
    /// A label that is not there.
    Label(Unmatched),
    /// A host port, and the pod that holds it.
    Port(HostPort, String),
    /// Too little of a resource.
    Short(Shortage),
    /// As many pods as the node takes: running, limit.
    TooManyPods(usize, i128),
    /// No more volumes of a driver.
    VolumesFull(Full),
    /// A volume that can be used elsewhere only.
    VolumeElsewhere(Elsewhere),
    /// A topology spread constraint.
    Spread(Words),
    /// Required pod affinity.
    Near(Words),
    /// Required pod anti-affinity.
    Far(Words),
}

impl Reason {
    /// The class it belongs to.
    pub fn class(&self) -> Class {
        match self {
            Reason::Cordoned => Class::Unschedulable,
            Reason::Taint(class, _) => class.clone(),
            Reason::Label(_) => Class::NodeSelector,
            Reason::Port(..) => Class::HostPort,
            Reason::Short(short) => Class::Resource(short.resource.clone()),
            Reason::TooManyPods(..) => Class::TooManyPods,
            Reason::VolumesFull(_) => Class::VolumeLimit,
            Reason::VolumeElsewhere(_) => Class::VolumePlace,
            Reason::Spread(_) => Class::TopologySpread,
            Reason::Near(_) => Class::PodAffinity,
            Reason::Far(_) => Class::PodAntiAffinity,
        }
    }

    pub(super) fn skew(spread: &Spread, skew: &Skew<'_>) -> Reason {
        Reason::Spread(match skew {
            Skew::NoDomain(key) => Words::new(
                format!("no label {key}, by which pods are spread"),
                format!("没有用来打散 Pod 的标签 {key}"),
            ),
            Skew::TooMany { key, value, here, least, max_skew } => {
                let pods = spread.selector.show();
                Words::new(
                    format!(
                        "{key}={value} has {} of {pods}, the emptiest domain counts {least}, maxSkew {max_skew}",
                        counted(*here, "pod", "pods")
                    ),
                    format!(
                        "{key}={value} 已有 {here} 个 {pods} 的 Pod，最少的域计 {least} 个，maxSkew 为 {max_skew}"
                    ),
                )
            }
        })
    }

    pub(super) fn clash(clash: &Clash<'_>, name: impl Fn(usize) -> String) -> Reason {
        match clash {
            Clash::NoDomain(term) => Reason::Near(Words::new(
                format!("no label {}, which pod affinity goes by", term.key),
                format!("没有 Pod 亲和性所依据的标签 {}", term.key),
            )),
            Clash::NobodyNear(term) => Reason::Near(Words::new(
                format!("no pod with {} in its {}", term.selector.show(), term.key),
                format!("所在的 {} 内没有 {} 的 Pod", term.key, term.selector.show()),
            )),
            Clash::TooNear(key, value, place) => Reason::Far(Words::new(
                format!("{} is in {key}={value}, which the pod's anti-affinity forbids", name(*place)),
                format!("{} 已在 {key}={value}，与该 Pod 的反亲和性冲突", name(*place)),
            )),
            Clash::KeptOff(key, value, place) => Reason::Far(Words::new(
                format!("{} in {key}={value} keeps such pods off by its anti-affinity", name(*place)),
                format!("{key}={value} 内的 {} 以反亲和性排斥该 Pod", name(*place)),
            )),
        }
    }

    /// In words.
    pub fn words(&self) -> Words {
        match self {
            Reason::Cordoned => Words::new("cordoned", "已停止调度（cordon）"),
            Reason::Taint(_, taint) => {
                let taint = taint::show(taint);
                Words::new(format!("taint {taint}"), format!("污点 {taint}"))
            }
            Reason::Label(missing) => label_words(missing),
            Reason::Port(port, holder) => Words::new(
                format!("port {}/{} held by Pod {holder}", port.port, port.protocol),
                format!("端口 {}/{} 被 {holder} 占用", port.port, port.protocol),
            ),
            Reason::Short(short) => shortage(short),
            Reason::TooManyPods(running, limit) => Words::new(
                format!("{running} of {}", counted(limit, "pod", "pods")),
                format!("Pod 数 {running}，上限 {limit}"),
            ),
            Reason::VolumesFull(full) => {
                let Full { driver, attached, more, limit } = full;
                Words::new(
                    format!(
                        "{attached} of {} of {driver} attached, {more} more asked",
                        counted(limit, "volume", "volumes")
                    ),
                    format!("{driver} 的卷已挂 {attached} 个，上限 {limit}，还要 {more} 个"),
                )
            }
            Reason::VolumeElsewhere(Elsewhere::Affinity(volume)) => Words::new(
                format!("PersistentVolume {volume} can be used on other nodes only"),
                format!("PersistentVolume {volume} 只能在别的节点使用"),
            ),
            Reason::VolumeElsewhere(Elsewhere::Zone(volume, key, place)) => Words::new(
                format!("PersistentVolume {volume} is in {key}={place}"),
                format!("PersistentVolume {volume} 在 {key}={place}"),
            ),
            Reason::Spread(words) | Reason::Near(words) | Reason::Far(words) => words.clone(),
        }
    }
}

/// What a label lacks.
pub fn label_words(missing: &Unmatched) -> Words {
    match &missing.has {
        Some(value) => Words::new(
            format!("asked {}, has {}={value}", missing.asked, missing.key),
            format!("要求 {}，实为 {}={value}", missing.asked, missing.key),
        ),
        None => Words::new(
            format!("asked {}, label absent", missing.asked),
            format!("要求 {}，节点无此标签", missing.asked),
        ),
    }
}

fn shortage(short: &Shortage) -> Words {
    let amount = |amount: crate::quantity::Milli| amount.show(&short.resource);
    let (free, all, asked) = (amount(short.free()), amount(short.allocatable), amount(short.asked));
    Words::new(
        format!("{} {free} of {all} free, {asked} asked", short.resource),
        format!("{} 共 {all}，剩 {free}，要 {asked}", short.resource),
    )
}
