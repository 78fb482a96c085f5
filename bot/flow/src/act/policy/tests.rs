use jiff::Timestamp;
use podwhy_knowledge::Lang;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::act::machine::testing::remediation;
use crate::hours::Hours;
use crate::ports::KubernetesUser;

fn area(cluster: &str, namespace: Option<&str>) -> Area {
    Area { cluster: cluster.to_string(), namespace: namespace.map(str::to_string) }
}

fn policy() -> Policy {
    Policy {
        areas: vec![area("prod", Some("shop")), area("dev", None)],
        remedies: vec![Remedy::DeletePod, Remedy::Uncordon],
        protected: vec![area("dev", Some("pay"))],
        floor: Floor { approvals: 1, typed_name: false },
        per_hour: 10,
        ..Policy::default()
    }
}

/// Asked for by ann, of a pod in `dev:NAMESPACE`, as this policy offers it.
fn spec(policy: &Policy, namespace: &str) -> Spec {
    let mut spec = remediation().spec;
    spec.root_cause.cluster = "dev".to_string();
    spec.plan.remedy = Remedy::DeletePod;
    spec.plan.targets[0].namespace = namespace.to_string();
    spec.asked_by = Some("ann".to_string());
    (spec.floor, spec.risk) = policy.floor(Remedy::DeletePod, Circumstances::default(), "dev", namespace);
    spec
}

fn user(name: &str, groups: &[&str]) -> KubernetesUser {
    KubernetesUser { name: name.to_string(), groups: groups.iter().map(|group| group.to_string()).collect() }
}

/// At this hour of a day.
fn at(hour: i64) -> Timestamp {
    Timestamp::from_second(1_790_035_200 + hour * 3600).unwrap()
}

fn with(rule: Rule) -> Policy {
    Policy { rules: vec![Rule { name: "pods".to_string(), ..rule }], ..policy() }
}

#[test]
fn only_what_is_listed_is_allowed_where_it_is() {
    let policy = policy();
    assert!(
        policy.allows(Remedy::DeletePod, "prod", "shop") && policy.allows(Remedy::DeletePod, "dev", "any")
    );
    assert!(
        !policy.allows(Remedy::DeletePod, "prod", "pay") && !policy.allows(Remedy::DeletePod, "test", "shop")
    );
    assert!(!policy.allows(Remedy::RolloutRestart, "prod", "shop"));
    assert!(policy.allows(Remedy::Uncordon, "dev", "") && !policy.allows(Remedy::Uncordon, "prod", ""));
}

#[test]
fn it_tightens_and_never_loosens() {
    let mut policy = policy();
    let of = |policy: &Policy, cluster: &str, namespace: &str| {
        policy.floor(Remedy::DeletePod, Circumstances::default(), cluster, namespace).0
    };
    assert_eq!(of(&policy, "dev", "shop").approvals, 1);
    assert_eq!(of(&policy, "dev", "pay").approvals, 2);
    policy.floor = Floor { approvals: 3, typed_name: true };
    assert_eq!(of(&policy, "dev", "pay"), Floor { approvals: 3, typed_name: true });
    policy.floor = Floor { approvals: 0, typed_name: false };
    assert_eq!(of(&policy, "dev", "shop").approvals, 1);
}

#[test]
fn a_rule_is_about_what_it_names() {
    let three = || Rule { floor: Floor { approvals: 3, typed_name: true }, ..Rule::default() };
    let table = [
        (three(), [3, 3]),
        (Rule { remedies: vec![Remedy::DeletePod], ..three() }, [3, 3]),
        (Rule { remedies: vec![Remedy::Uncordon], ..three() }, [1, 2]),
        (Rule { areas: vec![area("dev", Some("shop"))], ..three() }, [3, 2]),
        (Rule { areas: vec![area("prod", None)], ..three() }, [1, 2]),
        (Rule { risk: Some(Risk::Low), ..three() }, [3, 2]),
        (Rule { risk: Some(Risk::High), ..three() }, [1, 3]),
    ];
    for (rule, wanted) in table {
        let policy = with(rule.clone());
        // the second is protected: two have to agree there, so that its risk is high
        let found = ["shop", "pay"].map(|namespace| spec(&policy, namespace).floor.approvals);
        assert_eq!(found, wanted, "{rule:?}");
        for namespace in ["shop", "pay"] {
            let spec = spec(&policy, namespace);
            assert_eq!(policy.requirements(&spec).floor, spec.floor, "the same at the click: {rule:?}");
        }
    }
}

#[test]
fn each_part_of_a_rule_says_whom_and_when_it_lets() {
    let approvers = Approvers { users: vec!["bob".to_string()], groups: vec!["sre".to_string()] };
    let policy = with(Rule { approvers: Some(approvers.clone()), ..Rule::default() });
    let (spec_of, needs) = (spec(&policy, "shop"), |user: &KubernetesUser| {
        policy.requirements(&spec(&policy, "shop")).may_agree(&spec(&policy, "shop"), user)
    });
    assert_eq!((needs(&user("bob", &[])), needs(&user("ann", &["sre"]))), (Ok(()), Ok(())));
    let (rule, ann) = ("pods".to_string(), "ann".to_string());
    assert_eq!(
        needs(&user("ann", &["dev"])),
        Err(Denied::Approvers { rule: rule.clone(), user: ann, approvers })
    );
    assert_eq!(policy.requirements(&spec_of).may_begin(&spec_of, at(3)), Ok(()));

    let policy = with(Rule { no_self_approval: true, ..Rule::default() });
    let needs = policy.requirements(&spec_of);
    assert_eq!(needs.may_agree(&spec_of, &user("ann", &[])), Err(Denied::Requester { rule: rule.clone() }));
    assert_eq!(needs.may_agree(&spec_of, &user("bob", &[])), Ok(()));
    let by_alert = Spec { asked_by: None, ..spec_of.clone() };
    assert_eq!(needs.may_agree(&by_alert, &user("ann", &[])), Ok(()));

    let hours = Hours::utc(9 * 60, 17 * 60);
    let policy = with(Rule { hours: Some(hours.clone()), ..Rule::default() });
    let needs = policy.requirements(&spec_of);
    assert_eq!(needs.may_begin(&spec_of, at(9)), Ok(()));
    assert_eq!(needs.may_begin(&spec_of, at(17)), Err(Denied::Hours { rule, hours }));
}

#[test]
fn what_was_tightened_since_the_offer_is_not_begun() {
    let offered = spec(&policy(), "shop");
    let begins = |policy: &Policy| policy.requirements(&offered).may_begin(&offered, at(0));
    assert_eq!(begins(&policy()), Ok(()));
    let two = Floor { approvals: 2, typed_name: false };
    let typed = Floor { approvals: 1, typed_name: true };
    for floor in [two, typed] {
        let stricter = Denied::Stricter { rule: Some("pods".to_string()) };
        assert_eq!(begins(&with(Rule { floor, ..Rule::default() })), Err(stricter));
        assert_eq!(begins(&Policy { floor, ..policy() }), Err(Denied::Stricter { rule: None }));
    }
    let protected = Policy { protected: vec![area("dev", None)], ..policy() };
    assert_eq!(begins(&protected), Err(Denied::Stricter { rule: None }));
    for unlisted in [Policy { areas: Vec::new(), ..policy() }, Policy { remedies: Vec::new(), ..policy() }] {
        assert_eq!(begins(&unlisted), Err(Denied::NotListed));
    }
}

#[test]
fn a_refusal_names_the_rule() {
    let rule = || "shop\n@here".to_string();
    let approvers =
        Approvers { users: (0..4).map(|n| format!("u{n}")).collect(), groups: vec!["a".into(), "b".into()] };
    let all = [
        Denied::Hours { rule: rule(), hours: Hours::utc(22 * 60, 6 * 60 + 30) },
        Denied::Approvers { rule: rule(), user: "ann".to_string(), approvers },
        Denied::Requester { rule: rule() },
        Denied::Stricter { rule: Some(rule()) },
    ];
    for (denied, wanted) in all.iter().zip([
        "between 22:00 and 06:30 (UTC)",
        "u3, group a, +1 more",
        "somebody else",
        "asks for more",
    ]) {
        let told = denied.told(Lang::En);
        assert!(told.contains(wanted) && told.contains("“shop") && !told.contains('\n'), "{told}");
        assert!(denied.told(Lang::Zh).contains("规则“shop"), "{denied:?}");
    }
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let areas = prop_oneof![
        Just(area("dev", None)),
        Just(area("dev", Some("shop"))),
        Just(area("dev", Some("pay"))),
        Just(area("prod", None)),
    ];
    let approvers = (vec("(ann|bob|cat)", 0..3), vec("(sre|dev)", 0..2))
        .prop_map(|(users, groups)| Approvers { users, groups });
    let remedy = prop_oneof![Just(Remedy::DeletePod), Just(Remedy::Uncordon)];
    let risk = prop_oneof![Just(Risk::Low), Just(Risk::High)];
    let floor = (0..7_u32, any::<bool>()).prop_map(|(approvals, typed_name)| Floor { approvals, typed_name });
    let hours = (0..1440_u16, 0..1440_u16).prop_map(|(from, to)| Hours::utc(from, to));
    let selects = (vec(remedy, 0..2), vec(areas, 0..2), option::of(risk));
    (selects, floor, option::of(approvers), any::<bool>(), option::of(hours)).prop_map(
        |((remedies, areas, risk), floor, approvers, no_self_approval, hours)| Rule {
            name: "any".to_string(),
            remedies,
            areas,
            risk,
            floor,
            approvers,
            no_self_approval,
            hours,
        },
    )
}

proptest! {
    #[test]
    fn one_rule_more_never_loosens(
        rules in vec(any_rule(), 0..4),
        more in any_rule(),
        place in 0..4_usize,
        namespace in "(shop|pay)",
        name in "(ann|bob|cat)",
        groups in vec("(sre|dev)", 0..2),
        hour in 0..24_i64,
    ) {
        let fewer = Policy { rules: rules.clone(), ..policy() };
        let mut rules = rules;
        rules.insert(place.min(rules.len()), more);
        let stricter = Policy { rules, ..policy() };
        let (before, after) = (spec(&fewer, &namespace), spec(&stricter, &namespace));
        prop_assert_eq!(after.floor.and(before.floor), after.floor, "an offer needs no less");
        prop_assert_eq!(after.risk, before.risk);
        let user = KubernetesUser { name, groups };
        for offered in [&before, &after] {
            let counts = |policy: &Policy| {
                let needs = policy.requirements(offered);
                needs.may_begin(offered, at(hour)).is_ok() && needs.may_agree(offered, &user).is_ok()
            };
            prop_assert!(!counts(&stricter) || counts(&fewer));
        }
    }
}

#[test]
fn what_is_of_several_namespaces_needs_what_any_of_them_does() {
    let policy = policy();
    let mut plan = spec(&policy, "shop").plan;
    let mut other = plan.targets[0].clone();
    let of = |plan: &Plan| policy.floor_of(plan, Circumstances::default(), "dev");
    assert_eq!(of(&plan).0.approvals, 1);
    other.namespace = "pay".to_string();
    plan.targets.push(other);
    let (floor, risk) = of(&plan);
    assert_eq!((floor.approvals, risk), (2, Risk::High));
    let mut offered = spec(&policy, "shop");
    offered.plan = plan;
    assert_eq!(policy.requirements(&offered).floor.approvals, 2);
    let only_shop = Policy { areas: vec![area("dev", Some("shop"))], ..policy.clone() };
    assert!(!only_shop.requirements(&offered).is_listed, "all of them have to be allowed");
}
