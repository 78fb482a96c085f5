//! Every message as it is seen and as it is sent, in both languages. One file a message: read it when it changes.

use podwhy_discord::render::Message;
use podwhy_knowledge::Lang;

use crate::{gallery, incidents, seen};

fn assert_all(messages: impl Fn(Lang) -> Vec<(&'static str, Message)>) {
    let [english, chinese] = Lang::ALL.map(messages);
    assert_eq!(english.len(), chinese.len());
    for ((name, one), (_, other)) in english.into_iter().zip(chinese) {
        let both = [(Lang::En, one), (Lang::Zh, other)];
        let mut out = String::new();
        for (lang, message) in &both {
            out.push_str(&format!("════ {lang}\n{}", seen::message(message)));
        }
        for (lang, message) in &both {
            out.push_str(&format!("════ {lang}\n{:#}\n", gallery::body(message)));
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, out));
    }
}

#[test]
fn every_cause() {
    assert_all(gallery::causes);
}

#[test]
fn every_other_message() {
    assert_all(gallery::others);
}

#[test]
fn every_incident() {
    assert_all(incidents::messages);
}
