//! What a card says of annotations.

use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::clean_name;

use super::{Annotations, Refused, Why};
use crate::incident::words::moment;
use crate::words::Words;

const RUNBOOK: Words = Words("Runbook", "操作手册");
const NOT_ALLOWED: Words = Words(
    "The annotation KEY of OBJECT is not honoured: the configuration does not allow it there",
    "OBJECT 的注解 KEY 未生效：配置在此处不允许",
);
const NOT_A_TIME: Words = Words(
    "The annotation KEY of OBJECT is not honoured: write a time such as 2026-11-26T18:00:00Z",
    "OBJECT 的注解 KEY 未生效：请写成 2026-11-26T18:00:00Z 这样的时间",
);
const NOT_A_URL: Words = Words(
    "The annotation KEY of OBJECT is not honoured: write a URL that begins with https://",
    "OBJECT 的注解 KEY 未生效：请写成以 https:// 开头的网址",
);
const TOO_FAR: Words = Words(
    "The annotation KEY of OBJECT is not honoured: a mute lasts at most 24 hours",
    "OBJECT 的注解 KEY 未生效：静音最长 24 小时",
);

/// What else is to be told, a line each.
pub fn lines(annotations: &Annotations, is_open: bool, lang: Lang) -> Vec<String> {
    let muted = annotations.muted_until.filter(|_| is_open).map(|until| match lang {
        Lang::En => format!("Muted until {} by annotation", moment(until)),
        Lang::Zh => format!("由注解静音至 {}", moment(until)),
    });
    let refused = annotations.refused.iter().filter(|_| is_open).map(|refused| said(refused, lang));
    muted.into_iter().chain(refused).collect()
}

/// Runbooks, as a card has them.
pub fn links(annotations: &Annotations, lang: Lang) -> impl Iterator<Item = (String, String)> {
    annotations.runbooks.iter().map(move |url| (RUNBOOK.of(lang).to_string(), url.clone()))
}

fn said(refused: &Refused, lang: Lang) -> String {
    let is_time = refused.key.ends_with("mute-until");
    let words = match refused.why {
        Why::NotAllowed => NOT_ALLOWED,
        Why::NotReadable if is_time => NOT_A_TIME,
        Why::NotReadable => NOT_A_URL,
        Why::TooFar => TOO_FAR,
    };
    words.of(lang).replace("KEY", &refused.key).replace("OBJECT", &clean_name(&refused.object))
}
