//! Every message as it is seen and as it is sent, in both languages. One file a message: read it when it changes.

use podwhy_knowledge::Lang;
use podwhy_slack::render::Message;
use serde_json::{Value, json};

use crate::{asked, gallery, incidents, seen};

fn assert_snapshot(name: &str, shown: &[(Lang, String, Value)]) {
    let mut out = String::new();
    for (lang, seen, _) in shown {
        out.push_str(&format!("════ {lang}\n{seen}"));
    }
    for (lang, _, sent) in shown {
        out.push_str(&format!("════ {lang}\n{sent:#}\n"));
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, out));
}

fn assert_all(messages: impl Fn(Lang) -> Vec<(&'static str, Message)>) {
    let shown = |(name, message): (&'static str, Message), lang| {
        let sent = json!({"text": message.text, "blocks": message.blocks});
        (name, (lang, seen::message(&message), sent))
    };
    for_each(|lang| messages(lang).into_iter().map(|named| shown(named, lang)).collect());
}

fn for_each(shown: impl Fn(Lang) -> Vec<(&'static str, (Lang, String, Value))>) {
    let [english, chinese] = Lang::ALL.map(shown);
    assert_eq!(english.len(), chinese.len());
    for ((name, one), (_, other)) in english.into_iter().zip(chinese) {
        assert_snapshot(name, &[one, other]);
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

#[test]
fn what_asks_before_it_counts() {
    assert_all(|lang| vec![("approve", asked::message(lang))]);
    for_each(|lang| {
        let shown = |(name, form)| {
            let view = asked::dialog(form, lang);
            (name, (lang, seen::modal(&view), view))
        };
        asked::forms().map(shown).collect()
    });
}

#[test]
fn app_home() {
    for_each(|lang| {
        let seen = |view: &Value| seen::blocks(view["blocks"].as_array().unwrap());
        gallery::homes(lang).into_iter().map(|(name, view)| (name, (lang, seen(&view), view))).collect()
    });
}
