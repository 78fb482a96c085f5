//! What is known of images on nodes: who has which, who runs it, who else waits.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Node;

use crate::container::{ContainerView, containers};
use crate::image::same_image;
use crate::pull::REASONS;
use crate::quantity::Milli;
use crate::snapshot::Snapshot;
use crate::world::World;

/// At most this many names are listed.
const MAX_NAMES: usize = 5;

/// The nodes that list the image, or run a container of it. A kubelet lists its 50 largest images only
/// (`nodeStatusMaxImages`), so that a node that is not here may have it all the same.
pub fn nodes_with(world: &World, image: &str) -> BTreeSet<String> {
    let listed = world.nodes.iter().filter(|(_, node)| lists(node, image)).map(|(name, _)| name.clone());
    let run = world.pods.values().filter_map(|object| {
        let node = object.pod.spec.as_ref()?.node_name.clone()?;
        let runs = |c: &ContainerView<'_>| c.is_running() && same_image(c.image(), image);
        containers(&object.pod).iter().any(runs).then_some(node)
    });
    listed.chain(run).collect()
}

fn lists(node: &Node, image: &str) -> bool {
    size_on(node, image).is_some()
}

fn size_on(node: &Node, image: &str) -> Option<i64> {
    let images = node.status.as_ref()?.images.as_ref()?;
    let listed =
        images.iter().find(|known| known.names.iter().flatten().any(|name| same_image(name, image)))?;
    Some(listed.size_bytes.unwrap_or(0))
}

/// How large the image is, unpacked or packed as the node's runtime counts it, where some node has it.
pub fn size_of(world: &World, image: &str) -> Option<String> {
    let bytes =
        world.nodes.values().filter_map(|node| size_on(node, image)).max().filter(|size| *size > 0)?;
    Some(Milli::units(i128::from(bytes)).show("memory"))
}

/// The containers on the node that wait for an image now, those of this pod included, and the pods they are in.
pub fn waiting_on(s: &Snapshot, node: &str) -> (usize, usize) {
    let pods =
        s.world.pods.values().filter(|object| {
            object.pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node)
        });
    let counts = pods.map(|object| {
        let waits = |c: &&ContainerView<'_>| c.waiting().is_some_and(|(reason, _)| REASONS.contains(&reason));
        containers(&object.pod).iter().filter(waits).count()
    });
    counts.filter(|count| *count > 0).fold((0, 0), |(all, pods), count| (all + count, pods + 1))
}

/// The pods on the node that have a container of this image, by `namespace/name`.
pub fn users_of(world: &World, node: &str, image: &str) -> Vec<String> {
    let uses = |c: &ContainerView<'_>| same_image(c.image(), image);
    world
        .pods
        .values()
        .filter(|object| object.pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node))
        .filter(|object| containers(&object.pod).iter().any(uses))
        .map(|object| {
            let meta = &object.pod.metadata;
            format!(
                "{}/{}",
                meta.namespace.as_deref().unwrap_or_default(),
                meta.name.as_deref().unwrap_or_default()
            )
        })
        .collect()
}

/// The first few of a list, the rest counted: `a, b, +3`.
pub fn list(names: impl IntoIterator<Item = String>) -> Option<String> {
    let names: Vec<String> = names.into_iter().collect();
    let shown = names.iter().take(MAX_NAMES).cloned().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        all if all > MAX_NAMES => Some(format!("{shown}, +{}", all - MAX_NAMES)),
        _ => Some(shown),
    }
}
