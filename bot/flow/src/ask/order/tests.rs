use proptest::prelude::*;

use super::what::causes;
use super::*;
use crate::ask::command::{Command, command};

fn shown(line: &str) -> String {
    match command(line) {
        Ok(Command::Incident(order)) => order.to_string(),
        Ok(other) => format!("no order: {other}"),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn lines_as_people_write_them() {
    let incident = "oom-killed-279117a39cac3421";
    for (line, wanted) in [
        ("ack", "ack"),
        ("/pod ack", "ack"),
        ("ACK", "ack"),
        ("ack shop/cart", "ack shop/cart"),
        ("mute shop/cart 2h", "mute shop/cart 2h"),
        ("mute shop/cart", "mute shop/cart 1h"),
        ("Mute oom-killed", "mute oom-killed 1h"),
        ("mute shop/cart for 90m", "mute shop/cart 1h30m"),
        ("mute prod:shop/deploy/cart 1d", "mute prod:shop/deploy/cart 24h"),
        ("mute deploy/cart -n shop 30m", "mute shop/deploy/cart 30m"),
        ("mute deploy cart -n shop", "mute shop/deploy/cart 1h"),
        ("mute -n shop 2h", "mute ns/shop 2h"),
        ("mute -n 2048", "mute ns/2048 1h"),
        ("mute ns/shop", "mute ns/shop 1h"),
        ("mute namespace shop", "mute ns/shop 1h"),
        ("mute prod:ns/shop", "mute prod:ns/shop 1h"),
        ("mute prod: 1h", "mute prod: 1h"),
        ("mute prod:oom-killed", "mute oom-killed prod: 1h"),
        ("mute oom-killed -n shop", "mute oom-killed ns/shop 1h"),
        ("mute cause=oom-killed namespace=shop cluster=prod 2h", "mute oom-killed prod:ns/shop 2h"),
        ("mute workload=cart", "mute workload=cart 1h"),
        ("mute node wrk-07", "mute node/wrk-07 1h"),
        ("unmute oom-killed", "unmute oom-killed"),
        ("mutes", "mutes"),
        (
            "mute",
            "error: mute takes a cause, a namespace, a workload or an incident, as in: mute shop/cart, mute oom-killed -n shop",
        ),
        (
            "mute 2h",
            "error: mute takes a cause, a namespace, a workload or an incident, as in: mute shop/cart, mute oom-killed -n shop",
        ),
        (
            "mute shop/cart 25h",
            "error: 25h is too long: a mute lasts 24h at most, so that nobody forgets it; mute it again then",
        ),
        (
            "mute shop/cart 2x",
            "error: \"2x\" is no time a mute can last: write whole minutes or hours, as 30m, 2h or 1h30m",
        ),
        (
            "mute shop/cart 30s",
            "error: \"30s\" is no time a mute can last: write whole minutes or hours, as 30m, 2h or 1h30m",
        ),
        (
            "mute shop/cart until 18:00",
            "error: \"18:00\" is no time a mute can last: write whole minutes or hours, as 30m, 2h or 1h30m",
        ),
        (
            "mute oom-kiled",
            "error: \"oom-kiled\" is no cause podwhy knows; did you mean oom-killed?; a workload is written shop/cart or deploy/cart, a namespace ns/shop",
        ),
        ("mute shop/cart shop/pay", "error: mute takes one of each: \"shop/pay\" is the second"),
        ("mute prod:shop/cart cluster=dr", "error: mute takes one of each: \"dr\" is the second"),
        ("mutes shop", "error: mutes takes nothing: it lists all that is muted here"),
        ("muet shop/cart", "error: there is no command \"muet\"; did you mean: mute shop/cart"),
        // a pod may be called so
        ("back", "no order: why back"),
    ] {
        assert_eq!(shown(line), wanted, "{line:?}");
    }
    assert_eq!(shown(&format!("ack {incident}")), format!("ack {incident}"));
    assert_eq!(shown(&format!("mute {incident} 2h")), format!("mute {incident} 2h"));
    let beside = shown(&format!("mute {incident} -n shop"));
    assert!(beside.starts_with("error: an incident's name stands alone"), "{beside}");
}

#[test]
fn what_cannot_be_read_is_told_in_either_language() {
    for line in ["mute", "mute x", "mute shop/cart 25h", "mute shop/cart 2x", "mutes all"] {
        let error = command(line).unwrap_err();
        let (en, zh) = (error.told(podwhy_knowledge::Lang::En), error.told(podwhy_knowledge::Lang::Zh));
        assert!(en.is_ascii() && !zh.is_ascii(), "{en} / {zh}");
    }
}

fn any_target() -> impl Strategy<Value = Target> {
    let name = "[a-z][a-z0-9-]{0,8}[a-z0-9]";
    let kind = prop::option::of(prop::sample::select(podwhy_knowledge::Kind::all().collect::<Vec<_>>()));
    (prop::option::of("[a-z][a-z0-9:/-]{0,8}[a-z]"), prop::option::of(name), kind, name).prop_map(
        |(cluster, namespace, kind, name)| {
            let namespace = namespace.filter(|_| kind.is_none_or(podwhy_knowledge::Kind::is_namespaced));
            Target { cluster, namespace, kind, name }
        },
    )
}

fn any_about() -> impl Strategy<Value = About> {
    let cause = prop::option::of(prop::sample::select(causes().map(str::to_string).collect::<Vec<_>>()));
    let cluster = prop::option::of("[a-z][a-z0-9:/-]{0,8}[a-z]");
    prop_oneof![
        "[a-z]{1,9}(-[a-z0-9]{1,5}){0,3}-[0-9a-f]{16}".prop_map(About::Incident),
        (cause, cluster, prop::option::of(any_target()))
            .prop_map(|(cause, cluster, target)| Fitting {
                cause,
                cluster: cluster.filter(|_| target.is_none()),
                target
            })
            .prop_filter("it names something", |fitting| *fitting != Fitting::default())
            .prop_map(About::All),
    ]
}

fn any_order() -> impl Strategy<Value = Order> {
    let lasts = (1..=24 * 60_u64).prop_map(|minutes| Lasts::minutes(minutes).unwrap());
    prop_oneof![
        prop::option::of(any_about()).prop_map(Order::Ack),
        (any_about(), lasts).prop_map(|(about, lasts)| Order::Mute(about, lasts)),
        any_about().prop_map(Order::Unmute),
        Just(Order::Mutes),
    ]
}

/// A pod in a namespace that is called like a kind is written with its kind.
fn written(order: Order) -> Order {
    let Some(About::All(fitting)) = order.about().cloned() else { return order };
    let target = fitting.target.clone().map(|target| {
        let like_kind = target.namespace.as_deref().and_then(podwhy_knowledge::Kind::from_word);
        let kind = target.kind.or(like_kind.map(|_| podwhy_knowledge::Kind::Pod));
        Target { kind, ..target }
    });
    order.of(About::All(Fitting { target, ..fitting }))
}

proptest! {
    #[test]
    fn what_is_shown_is_read_back(order in any_order()) {
        let line = order.to_string();
        prop_assert_eq!(command(&line), Ok(Command::Incident(written(order))), "{}", line);
    }

    #[test]
    fn no_line_is_too_odd(rest in "[a-z0-9:/=\\- é\u{202e}]{0,60}", word in prop::sample::select(WORDS.to_vec())) {
        if let Ok(order) = order(word, &rest) {
            let again = order.to_string();
            prop_assert_eq!(command(&again).map(|read| read.to_string()), Ok(again));
        }
    }
}
