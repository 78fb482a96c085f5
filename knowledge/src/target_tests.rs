use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Target {
    text.parse().unwrap()
}

fn target(cluster: Option<&str>, namespace: Option<&str>, kind: Option<Kind>, name: &str) -> Target {
    Target {
        cluster: cluster.map(str::to_string),
        namespace: namespace.map(str::to_string),
        kind,
        name: name.to_string(),
    }
}

#[test]
fn every_form_is_read() {
    assert_eq!(parse("cart-0"), target(None, None, None, "cart-0"));
    assert_eq!(parse("shop/cart-0"), target(None, Some("shop"), None, "cart-0"));
    assert_eq!(parse("deploy/cart"), target(None, None, Some(Kind::Deployment), "cart"));
    assert_eq!(parse("Deployments.apps/cart"), target(None, None, Some(Kind::Deployment), "cart"));
    assert_eq!(parse("job.batch/a"), target(None, None, Some(Kind::Job), "a"));
    assert_eq!(parse("job.example/a"), target(None, Some("job.example"), None, "a"));
    assert_eq!(parse("shop/sts/db"), target(None, Some("shop"), Some(Kind::StatefulSet), "db"));
    assert_eq!(parse("prod-eu:shop/cart-0"), target(Some("prod-eu"), Some("shop"), None, "cart-0"));
    assert_eq!(parse("node/worker-1"), target(None, None, Some(Kind::Node), "worker-1"));
    let arn = "arn:aws:eks:eu-west-1:1:cluster/prod";
    assert_eq!(parse(&format!("{arn}:po/x")), target(Some(arn), None, Some(Kind::Pod), "x"));
}

#[test]
fn every_kind_answers_to_its_plural() {
    for kind in Kind::all() {
        let plural = format!("{}s", kind.camel().to_lowercase());
        assert_eq!(Kind::from_word(&plural), Some(kind), "{plural}");
        assert_eq!(Kind::from_word(kind.short()), Some(kind));
        assert_eq!(Kind::from_camel(kind.camel()), Some(kind));
    }
}

#[test]
fn mistakes_are_named() {
    for (text, part) in [
        ("", "empty part"),
        ("shop/", "empty part"),
        (":cart", "empty part"),
        ("a/b/c/d", "too many parts"),
        ("shop/widget/x", "no kind podwhy knows"),
        ("shop/Cart", "no Kubernetes name"),
        ("shop/cart;rm", "no Kubernetes name"),
        ("shop/node/x", "in no namespace"),
    ] {
        let error = text.parse::<Target>().unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn the_flag_and_the_target_must_agree() {
    assert_eq!(parse("cart").in_namespace(Some("shop")).unwrap().namespace.as_deref(), Some("shop"));
    assert_eq!(parse("shop/cart").in_namespace(Some("shop")).unwrap(), parse("shop/cart"));
    assert_eq!(parse("node/n").in_namespace(Some("shop")).unwrap(), parse("node/n"));
    let error = parse("shop/cart").in_namespace(Some("till")).unwrap_err();
    assert_eq!(
        error,
        TargetError::NamespaceConflict { target: "shop".to_string(), flag: "till".to_string() }
    );
}

fn name() -> impl Strategy<Value = String> {
    "[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?"
}

fn any_target() -> impl Strategy<Value = Target> {
    let kind = proptest::sample::select(Kind::all().collect::<Vec<_>>());
    (
        proptest::option::of("[A-Za-z0-9@:/._-]{1,30}"),
        proptest::option::of(name()),
        proptest::option::of(kind),
        name(),
    )
        .prop_map(|(cluster, namespace, kind, name)| {
            let namespaced = kind.is_none_or(Kind::is_namespaced);
            Target { cluster, namespace: namespace.filter(|_| namespaced), kind, name }
        })
}

proptest! {
    #[test]
    fn what_is_shown_reads_back(target in any_target()) {
        let again = parse(&target.to_string());
        // a namespace spelled like a kind is shown with the kind a bare name stands for first
        let expected = match (&target.namespace, target.kind) {
            (Some(namespace), None) if Kind::from_word(namespace).is_some() => {
                Target { kind: Some(Kind::Pod), ..target.clone() }
            }
            _ => target.clone(),
        };
        prop_assert_eq!(again, expected);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,60}") {
        let _ = text.parse::<Target>();
    }
}
