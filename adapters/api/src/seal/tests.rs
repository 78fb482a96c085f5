use proptest::prelude::*;

use super::*;
use crate::ticket::Action;

/// A private key as `openssl genpkey -algorithm ed25519` writes it: nobody's, made of one byte.
fn private(byte: u8) -> String {
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend([byte; 32]);
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der))
}

/// Its public key, as `openssl pkey -pubout` writes it.
fn public(byte: u8) -> String {
    let mut der = vec![0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
    der.extend(SigningKey::from_bytes(&[byte; 32]).verifying_key().as_bytes());
    format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der))
}

fn keys(bytes: &[u8]) -> Result<Keys, KeyError> {
    let pems: Vec<String> = bytes.iter().map(|byte| public(*byte)).collect();
    Keys::from_pems(pems.iter().map(String::as_str))
}

fn order() -> Order {
    Order {
        node: "worker-3".into(),
        node_uid: "n-1".into(),
        action: Action::RemoveImage,
        image: Some("nginx:1".into()),
        containers_may_die: false,
        remediation: "rem-x".into(),
        remediation_uid: "r-1".into(),
        issued_at: "2026-05-04T09:00:00Z".parse().unwrap(),
        expires_at: "2026-05-04T09:02:00Z".parse().unwrap(),
    }
}

fn signed() -> Ticket {
    Key::from_pem(&private(1)).unwrap().sign(order())
}

#[test]
fn what_podwhy_signed_is_obeyed_also_while_its_key_changes() {
    let ticket = signed();
    for known in [vec![1], vec![2, 1], vec![1, 2], vec![1, 1]] {
        assert_eq!(keys(&known).unwrap().open(&ticket), Ok(&order()));
    }
    let retired = keys(&[2]).unwrap().open(&ticket).unwrap_err();
    assert_eq!(retired, Refusal::UnknownKey(ticket.key.clone()));
}

#[test]
fn a_key_of_another_name_does_not_pass() {
    let keys = keys(&[1, 2]).unwrap();
    let other = keys.ids().find(|id| *id != signed().key).unwrap();
    assert_eq!(keys.open(&Ticket { key: other, ..signed() }), Err(Refusal::Forged));
    for none in ["", "%", "AAAA"] {
        let ticket = Ticket { signature: none.into(), ..signed() };
        assert!(matches!(keys.open(&ticket), Err(Refusal::Malformed(_))), "{none:?}");
    }
}

#[test]
fn a_key_gives_away_its_public_half_as_openssl_writes_it() {
    let key = Key::from_seed(&[1; 32]);
    assert_eq!(key.public_pem().unwrap(), public(1));
    assert_eq!(key.id(), Key::from_pem(&private(1)).unwrap().id());
}

#[test]
fn keys_that_are_none_are_refused_and_not_shown() {
    assert_eq!(Keys::from_pems([]).unwrap_err(), KeyError::None);
    assert_eq!(Keys::from_pems([private(1).as_str()]).unwrap_err(), KeyError::Unreadable("public"));
    assert_eq!(Key::from_pem(&public(1)).unwrap_err(), KeyError::Unreadable("private"));
    assert_eq!(keys(&[1, 2, 3]).unwrap_err(), KeyError::TooMany(3));
    // of order 1: everything is signed by it
    let weak = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n";
    assert_eq!(Keys::from_pems([weak]).unwrap_err(), KeyError::Unreadable("public"));
    let shown = format!("{:?}", Key::from_pem(&private(1)).unwrap());
    assert!(shown.contains(&signed().key) && !private(1).lines().any(|line| shown.contains(line)), "{shown}");
}

/// Changes one thing about an order.
fn changed() -> impl Strategy<Value = Order> {
    (0..9u8, "[a-z0-9:./ -]{0,12}", 1..600i64).prop_map(|(field, text, seconds)| {
        let mut one = order();
        match field {
            0 => one.node = text,
            1 => one.node_uid = text,
            2 => one.action = Action::RestartRuntime,
            3 => one.image = Some(text),
            4 => one.image = None,
            5 => one.containers_may_die = true,
            6 => one.remediation_uid = text,
            7 => one.issued_at -= jiff::SignedDuration::from_secs(seconds),
            _ => one.expires_at += jiff::SignedDuration::from_secs(seconds),
        }
        one
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_field_can_be_changed(one in changed()) {
        prop_assume!(one != order());
        let forged = Ticket { order: one, ..signed() };
        prop_assert_eq!(keys(&[1]).unwrap().open(&forged), Err(Refusal::Forged));
    }

    #[test]
    fn no_text_slips_from_one_field_into_another(a in ".{0,6}", b in ".{0,6}", c in ".{0,6}") {
        let one = |node: &str, uid: &str, rem: &str| {
            Order { node: node.into(), node_uid: uid.into(), remediation: rem.into(), ..order() }.bytes()
        };
        let joined = format!("{a}{b}");
        prop_assume!(!a.is_empty() && !b.is_empty());
        prop_assert_ne!(one(&a, &b, &c), one(&joined, "", &c));
        prop_assert_ne!(one(&a, &b, &c), one("", &joined, &c));
    }
}
