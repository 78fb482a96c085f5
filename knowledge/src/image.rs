//! Image references and the registries they come from.

use std::sync::LazyLock;

use regex::Regex;

/// The registry of a reference that names none.
pub const DOCKER_HUB: &str = "docker.io";

/// The registry an image is pulled from, `host[:port]`.
/// The first part is a host if it holds a dot or a colon or is `localhost`, as in
/// <https://github.com/distribution/reference/blob/main/normalize.go> (`splitDockerDomain`).
pub fn registry_of(image: &str) -> String {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host.to_string(),
        _ => DOCKER_HUB.to_string(),
    }
}

/// Whose nodes log in to a registry by a role of their own, as far as it may pull: the kubelet asks a credential provider.
/// <https://kubernetes.io/docs/tasks/administer-cluster/kubelet-credential-provider/>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Amazon ECR.
    Aws,
    /// Azure Container Registry.
    Azure,
    /// Google Artifact Registry.
    Google,
}

/// The cloud a registry is of.
pub fn cloud(registry: &str) -> Option<Cloud> {
    let ends = |names: &[&str]| names.iter().any(|name| registry.ends_with(name));
    if registry.contains(".dkr.ecr") && ends(&[".amazonaws.com", ".amazonaws.com.cn", ".on.aws"]) {
        Some(Cloud::Aws)
    } else if ends(&[".azurecr.io", ".azurecr.cn", ".azurecr.us"]) {
        Some(Cloud::Azure)
    } else {
        (ends(&[".pkg.dev", ".gcr.io"]) || registry == "gcr.io").then_some(Cloud::Google)
    }
}

/// The reference without tag and digest.
pub fn repository_of(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// The tag, or the digest, of a reference; `latest` where it names neither.
pub fn tag_of(image: &str) -> &str {
    if let Some((_, digest)) = image.split_once('@') {
        return digest;
    }
    match image.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => tag,
        _ => "latest",
    }
}

/// Whether two references name the same image: Docker Hub's prefix and `latest` may be left out.
pub fn same_image(a: &str, b: &str) -> bool {
    fn short(image: &str) -> (&str, &str) {
        let name = repository_of(image);
        let name = name.strip_prefix("docker.io/").unwrap_or(name);
        (name.strip_prefix("library/").unwrap_or(name), tag_of(image))
    }
    !a.is_empty() && short(a) == short(b)
}

/// How messages name an image, most exact first: quoted, as CRI-O's `docker://`, tag before repository, bare.
static IMAGES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r#"(?i)image\s+"([a-z0-9][a-z0-9._:/@-]*[a-z0-9])""#,
        // one that is no name at all
        r#"(?i)image (?:tag|name|reference) "([^"\s]+)""#,
        r"(?i)docker://([a-z0-9][a-z0-9._:/@-]*[a-z0-9])",
        r"(?i)reading manifest (?P<tag>[a-z0-9_][a-z0-9._:-]*) in (?P<repository>[a-z0-9][a-z0-9._/:-]*[a-z0-9])",
        // what the kubelet asked its runtime about, quotes that do not belong there and all
        r#"\bImageStatus (?:for image )?\{?"((?:[^"\\\s]|\\.)+)""#,
        r#"\bimage="((?:[^"\\\s]|\\.)+)""#,
        r#"(?i)(?:manifest for|access denied for|reference)\s+"([a-z0-9][a-z0-9._:/@-]*[a-z0-9])""#,
        r"(?i)(?:manifest for|access denied for)\s+([a-z0-9][a-z0-9._:/@-]*[a-z0-9])",
        // a word alone, as in "image service", is none
        r"(?i)(?:image|reference)\s+([a-z0-9][a-z0-9._-]*[:/@][a-z0-9._:/@-]*[a-z0-9])",
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

static HOST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)https?://([a-z0-9.\[\]:-]+?)/?(?:v[12]\b|[/"?\s]|$)"#).ok());

/// The image a runtime's message names.
pub fn image_in(text: &str) -> Option<String> {
    IMAGES.iter().find_map(|regex| {
        let captures = regex.captures(text)?;
        match (captures.name("tag"), captures.name("repository")) {
            (Some(tag), Some(repository)) => {
                let mark = if tag.as_str().contains(':') { '@' } else { ':' };
                Some(format!("{}{mark}{}", repository.as_str(), tag.as_str()))
            }
            _ => Some(captures.get(1)?.as_str().replace("\\\"", "\"")),
        }
    })
}

/// The host of the first URL a message names.
pub fn host_in(text: &str) -> Option<String> {
    let captures = HOST.as_ref()?.captures(text)?;
    Some(captures[1].trim_end_matches('/').to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart() {
        for (image, registry, repository, tag) in [
            ("nginx", "docker.io", "nginx", "latest"),
            ("team/app:v1", "docker.io", "team/app", "v1"),
            ("registry.lab:5004/team/app:v1", "registry.lab:5004", "registry.lab:5004/team/app", "v1"),
            ("localhost/app", "localhost", "localhost/app", "latest"),
            ("127.0.0.1:5999/edge:2", "127.0.0.1:5999", "127.0.0.1:5999/edge", "2"),
            ("ghcr.io/a/b@sha256:00", "ghcr.io", "ghcr.io/a/b", "sha256:00"),
        ] {
            assert_eq!(
                (registry_of(image).as_str(), repository_of(image), tag_of(image)),
                (registry, repository, tag)
            );
        }
    }

    #[test]
    fn messages_name_images_and_hosts() {
        let text = r#"Failed to pull image "registry.lab:5001/team/app:1": rpc error: Get "https://registry.lab:5001/v2/": http: x"#;
        assert_eq!(image_in(text).as_deref(), Some("registry.lab:5001/team/app:1"));
        assert_eq!(host_in(text).as_deref(), Some("registry.lab:5001"));
        assert_eq!(host_in("Get https://10.0.0.1:5000/v1/_ping: x509").as_deref(), Some("10.0.0.1:5000"));
    }
}
