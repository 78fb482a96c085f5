//! Acting as another: `Impersonate-User` and the headers that go with it.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation/constrained_impersonation.go>

use std::collections::BTreeMap;

use axum::http::HeaderMap;

use crate::api::{Failure, decoded};
use crate::rights::{Caller, User};

const EXTRA: &str = "impersonate-extra-";

/// Who makes a request with these headers. The uid and the extra fields say nothing to RBAC and are only checked.
///
/// # Errors
/// 400 where groups, a uid or extra fields stand without a user.
pub(crate) fn caller(headers: &HeaderMap) -> Result<Caller, Failure> {
    let one = |name: &str| all(headers, name).into_iter().next().unwrap_or_default();
    let (name, uid) = (one("impersonate-user"), one("impersonate-uid"));
    let groups = all(headers, "impersonate-group");
    let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for field in headers.keys() {
        if let Some(key) = field.as_str().strip_prefix(EXTRA) {
            // in a path's escapes a plus is a plus
            let key = decoded(&key.replace('+', "%2B"));
            extra.entry(key).or_default().extend(all(headers, field.as_str()));
        }
    }
    if !name.is_empty() {
        return Ok(Caller::User(User { groups: groups_of(&name, groups), name }));
    }
    if groups.is_empty() && uid.is_empty() && extra.is_empty() {
        return Ok(Caller::Owner);
    }
    let told = format!(
        "&user.DefaultInfo{{Name:\"\", UID:{uid:?}, Groups:{}, Extra:{}}}",
        strings(&groups),
        fields(&extra)
    );
    Err(Failure::bad_request(format!("requested {told} without impersonating a user name")))
}

fn all(headers: &HeaderMap, name: &str) -> Vec<String> {
    headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

/// Named groups are all a user has, but for the one that says whether anybody knows who it is.
fn groups_of(name: &str, mut groups: Vec<String>) -> Vec<String> {
    const KNOWN: &str = "system:authenticated";
    const UNKNOWN: &str = "system:unauthenticated";
    let service_account = name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    if let (true, Some((namespace, account))) = (groups.is_empty(), service_account)
        && !account.contains(':')
    {
        groups.push("system:serviceaccounts".to_string());
        groups.push(format!("system:serviceaccounts:{namespace}"));
    }
    let has = |group: &str| groups.iter().any(|known| known == group);
    let added = match name {
        "system:anonymous" => Some(UNKNOWN).filter(|group| !has(group)),
        _ => Some(KNOWN).filter(|_| !has(KNOWN) && !has(UNKNOWN)),
    };
    groups.extend(added.map(str::to_string));
    groups
}

/// As Go writes a list (`%#v`).
fn strings(values: &[String]) -> String {
    match values {
        [] => "[]string(nil)".to_string(),
        _ => {
            let quoted: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
            format!("[]string{{{}}}", quoted.join(", "))
        }
    }
}

fn fields(extra: &BTreeMap<String, Vec<String>>) -> String {
    if extra.is_empty() {
        return "map[string][]string(nil)".to_string();
    }
    let pairs: Vec<String> =
        extra.iter().map(|(key, values)| format!("{key:?}:{}", strings(values))).collect();
    format!("map[string][]string{{{}}}", pairs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&'static str, &'static str)]) -> Result<Caller, Failure> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        caller(&headers)
    }

    #[test]
    fn groups_are_those_of_a_real_server() {
        for (name, groups, wanted) in [
            ("jane", &[][..], &["system:authenticated"][..]),
            ("jane", &["a", "b"], &["a", "b", "system:authenticated"]),
            ("jane", &["system:authenticated", "a"], &["system:authenticated", "a"]),
            ("jane", &["system:unauthenticated"], &["system:unauthenticated"]),
            ("system:anonymous", &[], &["system:unauthenticated"]),
            ("system:anonymous", &["a"], &["a", "system:unauthenticated"]),
            (
                "system:serviceaccount:shop:web",
                &[],
                &["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"],
            ),
            ("system:serviceaccount:shop:web", &["a"], &["a", "system:authenticated"]),
        ] {
            let mut pairs = vec![("impersonate-user", name)];
            pairs.extend(groups.iter().map(|group| ("impersonate-group", *group)));
            let Caller::User(user) = of(&pairs).unwrap() else { panic!("{name} is nobody") };
            assert_eq!(user.groups, wanted, "{name} {groups:?}");
        }
        assert_eq!(of(&[]), Ok(Caller::Owner));
    }

    #[test]
    fn without_a_user_the_rest_means_nothing() {
        let refused = |pairs: &[(&'static str, &'static str)]| of(pairs).unwrap_err().status();
        let told = refused(&[("impersonate-group", "a")]);
        assert_eq!(told["code"], 400);
        assert_eq!(
            told["message"],
            "requested &user.DefaultInfo{Name:\"\", UID:\"\", Groups:[]string{\"a\"}, Extra:map[string][]string(nil)} without impersonating a user name"
        );
        assert_eq!(refused(&[("impersonate-uid", "1")])["code"], 400);
        let told = refused(&[("impersonate-extra-acme.com%2fproject", "x")]);
        assert!(
            told["message"].as_str().unwrap().contains("{\"acme.com/project\":[]string{\"x\"}}"),
            "{told}"
        );
    }
}
