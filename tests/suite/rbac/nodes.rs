//! Actions on nodes: a right on resources that no API server has.

use podwhy_flow::ports::{Access, ClusterWrite, KubernetesUser};
use podwhy_tests::control_plane::eventually;

use super::{PATIENCE, Site, person};

fn access(verb: &str, part: &str) -> Access {
    Access {
        verb: verb.to_string(),
        group: "podwhy.dev".to_string(),
        resource: "nodes".to_string(),
        subresource: Some(part.to_string()).filter(|part| !part.is_empty()),
        namespace: None,
        name: Some("worker-1".to_string()),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_are_bound_to_nobody_and_allowed_to_whom_they_are_given() {
    let Some(site) = Site::of("rights on nodes", &person(1, "ann", &["on-call"])).await else { return };
    site.control_plane.install(&["deploy/remediation/node-actions.yaml"], &[]).unwrap();
    site.may_review().await;
    let user = |name: &str, groups: &[&str]| KubernetesUser {
        name: name.to_string(),
        groups: groups.iter().map(ToString::to_string).collect(),
    };
    let (ann, bob) = (user("ann", &["on-call"]), user("bob", &[]));
    let given = [("restart", "kubelet"), ("restart", "runtime"), ("delete", "images")];
    for (verb, part) in given {
        assert_eq!(site.bot.may(&ann, &access(verb, part)).await, Ok(false), "{verb} {part}");
    }
    let role = "--clusterrole=podwhy-node-actions";
    site.kubectl(&["create", "clusterrolebinding", "podwhy-node-actions", role, "--group=on-call"]);
    eventually("the binding counts", PATIENCE, async || {
        Ok(site.bot.may(&ann, &access("restart", "kubelet")).await?.then_some(()))
    })
    .await
    .unwrap();
    for (verb, part) in given {
        assert_eq!(site.bot.may(&ann, &access(verb, part)).await, Ok(true), "{verb} {part}");
        assert_eq!(site.bot.may(&bob, &access(verb, part)).await, Ok(false), "{verb} {part}");
    }
    for (verb, part) in
        [("delete", "kubelet"), ("restart", "images"), ("restart", ""), ("delete", ""), ("restart", "kubele")]
    {
        assert_eq!(site.bot.may(&ann, &access(verb, part)).await, Ok(false), "{verb} {part:?}");
    }
    // a node itself is another resource
    let of_core = Access { group: String::new(), ..access("delete", "") };
    assert_eq!(site.bot.may(&ann, &of_core).await, Ok(false));
}
