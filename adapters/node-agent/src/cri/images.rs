//! Which image a name is of, and which containers are of an image.

use super::messages::{Container, ContainerState, Image};

/// A name of an image is at most so long: 255 characters of the name, 128 of the tag, and a digest.
/// <https://github.com/distribution/reference/blob/main/reference.go>
const LONGEST: usize = 512;

/// Whether it can be the name of an image at all.
pub(super) fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-._/:@+[]".contains(&byte);
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(letter)
}

/// A name with its registry and its tag: `nginx` is `docker.io/library/nginx:latest`. A tag beside a digest tells nothing.
/// <https://github.com/distribution/reference/blob/main/normalize.go>
fn whole(name: &str) -> String {
    let (name, digest) = match name.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (name, None),
    };
    // a port has a slash behind it, a tag has none
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, tag),
        _ => (name, "latest"),
    };
    let path = match path.split_once('/') {
        None => format!("docker.io/library/{path}"),
        Some((host, _)) if is_host(host) => path.to_string(),
        Some(_) => format!("docker.io/{path}"),
    };
    // docker's own old name for it
    let path = path.replacen("index.docker.io/", "docker.io/", 1);
    match digest {
        Some(digest) => format!("{path}@{digest}"),
        None => format!("{path}:{tag}"),
    }
}

/// Whether the first part of a name is its registry.
fn is_host(part: &str) -> bool {
    !part.contains('/') && (part.contains(['.', ':']) || part == "localhost")
}

/// An id with or without its algorithm is the same.
fn bare(id: &str) -> &str {
    id.strip_prefix("sha256:").unwrap_or(id)
}

/// Whether the image that the runtime found is one of this name. Runtimes take the beginning of an id for a name as well, and a ticket's
/// name is never meant so.
pub(super) fn is_of(image: &Image, name: &str) -> bool {
    if bare(&image.id) == bare(name) {
        return true;
    }
    let sought = whole(name);
    let tail = match name.split_once('/') {
        Some((host, _)) if is_host(host) => None,
        _ => sought.strip_prefix("docker.io/").map(|tail| tail.strip_prefix("library/").unwrap_or(tail)),
    };
    // an unqualified name may be found in a registry that the node's configuration names: containers-registries.conf(5)
    let elsewhere = |one: &str| {
        let host = tail.and_then(|tail| one.strip_suffix(tail)?.strip_suffix('/'));
        host.is_some_and(is_host)
    };
    let named = image.repo_tags.iter().chain(&image.repo_digests);
    named.map(|one| whole(one)).any(|one| one == sought || elsewhere(&one))
}

/// Whether a container was made of exactly this image.
pub(super) fn is_made_of(container: &Container, image: &Image) -> bool {
    let spec = container.image.as_ref();
    let refs = [&container.image_id, &container.image_ref];
    let refs = refs.into_iter().chain(spec.map(|spec| &spec.image_ref)).filter(|one| !one.is_empty());
    refs.map(String::as_str).any(|one| {
        bare(one) == bare(&image.id) || image.repo_digests.iter().any(|digest| whole(digest) == whole(one))
    })
}

/// Whether a container may be of this image: it was made of it, or has one of its names.
pub(super) fn may_use(container: &Container, image: &Image) -> bool {
    let spec = container.image.as_ref();
    let names = spec.into_iter().flat_map(|spec| [&spec.image, &spec.user_specified_image]);
    let names = names.chain([&container.image_ref]).filter(|name| !name.is_empty());
    is_made_of(container, image) || names.map(String::as_str).any(|name| is_of(image, name))
}

/// Whether it has ended for good. One that was created may start any moment, and of an unknown one nothing is known.
pub(super) fn is_dead(container: &Container) -> bool {
    container.state == i32::from(ContainerState::Exited)
}

#[cfg(test)]
mod tests {
    use super::super::messages::ImageSpec;
    use super::*;

    fn image() -> Image {
        let text = str::to_string;
        Image {
            id: text("sha256:1111"),
            repo_tags: vec![text("docker.io/library/nginx:1.2")],
            repo_digests: vec![text("docker.io/library/nginx@sha256:2222")],
            pinned: false,
        }
    }

    #[test]
    fn names_are_made_whole_as_docker_does() {
        for (name, expected) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.2", "docker.io/library/nginx:1.2"),
            ("bitnami/redis", "docker.io/bitnami/redis:latest"),
            ("index.docker.io/bitnami/redis:7", "docker.io/bitnami/redis:7"),
            ("localhost/app", "localhost/app:latest"),
            ("registry:5000/app", "registry:5000/app:latest"),
            ("registry.example/a/b:1@sha256:2222", "registry.example/a/b@sha256:2222"),
        ] {
            assert_eq!(whole(name), expected, "{name}");
        }
    }

    #[test]
    fn an_image_is_known_by_its_names_and_its_whole_id_only() {
        for name in [
            "nginx:1.2",
            "library/nginx:1.2",
            "docker.io/library/nginx:1.2",
            "nginx@sha256:2222",
            "nginx:9@sha256:2222",
            "sha256:1111",
            "1111",
        ] {
            assert!(is_of(&image(), name), "{name}");
        }
        for name in [
            "nginx",
            "nginx:1.3",
            "inx:1.2",
            "sha256:11",
            "11",
            "quay.io/nginx:1.2",
            "other/nginx:1.2",
            "nginx@sha256:1111",
        ] {
            assert!(!is_of(&image(), name), "{name}");
        }
        let elsewhere = Image { repo_tags: vec!["quay.io/team/app:1".to_string()], ..image() };
        assert!(is_of(&elsewhere, "team/app:1"), "an unqualified name, found in another registry");
        assert!(!is_of(&elsewhere, "docker.io/team/app:1"));
        assert!(!is_of(&elsewhere, "app:1"), "another repository of the same last name");
    }

    #[test]
    fn what_is_no_name_is_not_asked_for() {
        let long = "a".repeat(LONGEST + 1);
        for name in ["", "a b", "a\nb", "ü", "$(x)", &long] {
            assert!(!is_name(name), "{name:?}");
        }
        assert!(is_name("registry.example:5000/team/app_x:v1+2@sha256:0123"));
    }

    #[test]
    fn a_container_is_of_the_image_that_the_runtime_resolved() {
        let of = |reference: &str, name: &str| Container {
            image_ref: reference.to_string(),
            image: Some(ImageSpec { image: name.to_string(), ..ImageSpec::default() }),
            ..Container::default()
        };
        // containerd's reference is the image's id, CRI-O's is its digest
        for reference in ["sha256:1111", "1111", "docker.io/library/nginx@sha256:2222", "nginx@sha256:2222"] {
            assert!(is_made_of(&of(reference, ""), &image()), "{reference}");
        }
        let older = of("sha256:3333", "nginx:1.2");
        assert!(!is_made_of(&older, &image()), "the tag was of another image then");
        assert!(may_use(&older, &image()), "and yet it is not certain");
        assert!(!may_use(&of("sha256:3333", "redis:7"), &image()));
        let newer = Container { image_id: "sha256:1111".to_string(), ..of("nginx", "") };
        assert!(is_made_of(&newer, &image()));
    }

    #[test]
    fn only_what_has_ended_is_dead() {
        for (state, dead) in [(0, false), (1, false), (2, true), (3, false), (7, false)] {
            assert_eq!(is_dead(&Container { state, ..Container::default() }), dead, "{state}");
        }
    }
}
