//! Whether a bot is let do all that it tries, and tries all that it is let do.
//!
//! Each need of the table of rights is borne out by one test, which runs the bot under the rights that are shipped and calls [`check`]:
//!
//! | needs | test |
//! |---|---|
//! | `Read`, `Secrets` | `bridge`: every case and every recording |
//! | `Chat`, `Watch`, `Persons`, `Claims`, `Incidents`, `Act`, `Revisions` | `rbac::whole` |
//! | `DeadNodes` | `rbac::whole`, and `dead_node` for what is done |
//! | `Controllers` | `finalizers` |
//! | `Agents`, `Witnesses`, `Tickets` | `agents::restarted` |

use std::collections::BTreeSet;

use podwhy_kubernetes::rights::{self, Need};

use crate::control_plane::{ControlPlane, Request};

/// `list apps/replicasets`
fn word(verb: &str, group: &str, resource: &str) -> String {
    if group.is_empty() { format!("{verb} {resource}") } else { format!("{verb} {group}/{resource}") }
}

/// What this user did as itself, and what it was refused.
///
/// # Errors
/// When the audit log cannot be read.
pub fn tried(control_plane: &ControlPlane, user: &str) -> anyhow::Result<(BTreeSet<String>, Vec<Request>)> {
    let (mut done, mut refused) = (BTreeSet::new(), Vec::new());
    for request in control_plane.requests()? {
        // what it does as a person is for that person's rights
        if request.user != user || request.impersonated_user.is_some() {
            continue;
        }
        let Some(about) = &request.about else { continue };
        let resource = match about.subresource.as_str() {
            "" => about.resource.clone(),
            part => format!("{}/{part}", about.resource),
        };
        done.insert(word(&request.verb, &about.api_group, &resource));
        if request.code == 403 {
            refused.push(request);
        }
    }
    Ok((done, refused))
}

/// What these needs let it do.
#[must_use]
pub fn granted(needs: &[Need]) -> BTreeSet<String> {
    let needs = needs.iter().copied().collect();
    rights::all()
        .into_iter()
        .filter(|right| right.is_for(&needs))
        .flat_map(|right| {
            let rule = right.rule;
            let (group, verbs) = (rule.group, rule.verbs);
            rule.resources.into_iter().flat_map(move |resource| {
                verbs.clone().into_iter().map(move |verb| word(verb, group, resource))
            })
        })
        .collect()
}

/// Asserts that it did this as itself.
///
/// # Panics
/// When it did not.
#[expect(clippy::expect_used, reason = "only tests call it, and what is not known must not be passed over")]
pub fn used(control_plane: &ControlPlane, user: &str, right: &str) {
    let (done, _) = tried(control_plane, user).expect("an audit log");
    assert!(done.contains(right), "{right} was never used: {done:#?}");
}

/// Asserts that nothing was refused, and that each right these needs take was used, but for those that another test uses.
///
/// # Panics
/// When it was not.
#[expect(clippy::expect_used, reason = "only tests call it, and what is not known must not be passed over")]
pub fn check(control_plane: &ControlPlane, user: &str, needs: &[Need], elsewhere: &[&str]) {
    let (done, refused) = tried(control_plane, user).expect("an audit log");
    assert!(refused.is_empty(), "refused: {refused:#?}");
    // a watch begins with a list where the server cannot stream one, as those before 1.34 cannot by themselves:
    // https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
    let began =
        |right: &String| right.strip_prefix("list ").is_some_and(|of| done.contains(&format!("watch {of}")));
    let unused: Vec<String> =
        granted(needs).into_iter().filter(|right| !done.contains(right) && !began(right)).collect();
    let unused: Vec<String> =
        unused.into_iter().filter(|right| !elsewhere.contains(&right.as_str())).collect();
    assert!(unused.is_empty(), "granted and never used: {unused:#?}");
}
