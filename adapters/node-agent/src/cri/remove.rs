//! An image is removed, so that the kubelet pulls it anew.

use std::fmt;

use podwhy_api::ticket::Phase;
use thiserror::Error;

use super::client::{ACT, Cri, CriError, LOOK};
use super::containers::place;
use super::images::{is_dead, is_made_of, is_name, is_of, may_use};
use super::messages::{
    Container, Image, ImageSpec, ImageStatusRequest, ImageStatusResponse, Nothing, RemoveContainerRequest,
    RemoveImageRequest,
};

/// So many of the containers that use an image are named.
const MOST_USERS: usize = 10;

/// What became of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It was removed, with the dead containers that were left of it.
    Image {
        /// Its id.
        id: String,
        /// The ids of the containers.
        containers: Vec<String>,
    },
    /// There is none of this name: somebody else was faster, or it never was.
    Gone,
}

/// A container that uses an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its pod's namespace.
    pub namespace: String,
    /// Its pod.
    pub pod: String,
    /// Its name.
    pub container: String,
}

impl fmt::Display for User {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} of {}/{}", self.container, self.namespace, self.pod)
    }
}

/// Why an image was not removed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RemoveError {
    /// That is no name of an image. Nothing was done.
    #[error("that is no name of an image")]
    BadName,
    /// The runtime takes the name for another image's. Nothing was done.
    #[error("the runtime found the image {0}, which has another name")]
    Another(String),
    /// The runtime needs it itself. Nothing was done.
    #[error("the runtime has pinned it")]
    Pinned,
    /// Containers that have not ended use it. Where some were removed before it was found, these were dead.
    #[error("it is in use by {}", named(.users))]
    InUse {
        /// At most ten of them.
        users: Vec<User>,
        /// The ids of the dead ones that were removed already.
        removed: Vec<String>,
    },
    /// The runtime did not tell what is needed. Nothing was done.
    #[error(transparent)]
    NotTold(CriError),
    /// The runtime did not do it, or not all of it.
    #[error("{why}")]
    Failed {
        /// What it said.
        why: CriError,
        /// The ids of the dead containers that were removed already.
        removed: Vec<String>,
    },
    /// The answer was lost, and so was the answer to whether it is still there.
    #[error("whether it was removed is not clear: {0}")]
    Unclear(CriError),
    /// The runtime says that it removed it, and still has it.
    #[error("it was removed, and is still there as {0}")]
    StillThere(String),
}

impl RemoveError {
    /// How far the order is with that.
    pub fn phase(&self) -> Phase {
        match self {
            RemoveError::InUse { removed, .. } if !removed.is_empty() => Phase::Failed,
            RemoveError::Failed { .. } | RemoveError::StillThere(_) => Phase::Failed,
            RemoveError::Unclear(_) => Phase::Unclear,
            _ => Phase::Refused,
        }
    }

    /// Of metrics and of a status: one word.
    pub fn word(&self) -> &'static str {
        match self {
            RemoveError::BadName => "BadName",
            RemoveError::Another(_) => "Another",
            RemoveError::Pinned => "Pinned",
            RemoveError::InUse { .. } => "InUse",
            RemoveError::NotTold(_) => "Unreachable",
            RemoveError::Failed { .. } => "Failed",
            RemoveError::Unclear(_) => "Unclear",
            RemoveError::StillThere(_) => "StillThere",
        }
    }
}

impl Cri {
    /// Removes the image that pods name so, under all of its names, and before it the dead containers that are left of it. It is refused
    /// while a container that has not ended may use it. Each removal is asked for once.
    ///
    /// # Errors
    /// [`RemoveError`]; [`RemoveError::phase`] tells whether anything was done.
    pub async fn remove_image(&self, name: &str) -> Result<Removed, RemoveError> {
        if !is_name(name) {
            return Err(RemoveError::BadName);
        }
        let Some(image) = self.image_named(name).await.map_err(RemoveError::NotTold)? else {
            return Ok(Removed::Gone);
        };
        if !is_of(&image, name) {
            return Err(RemoveError::Another(image.id));
        }
        // the sandboxes' own: the kubelet's garbage collection leaves those too
        if image.pinned {
            return Err(RemoveError::Pinned);
        }
        let all = self.list(None).await.map_err(RemoveError::NotTold)?;
        let users = users(&all, &image);
        if !users.is_empty() {
            return Err(RemoveError::InUse { users, removed: Vec::new() });
        }
        let removed = self.remove_dead(&all, &image).await?;
        // the kubelet starts a pod's container anew at its own time
        let meanwhile = match self.list(None).await {
            Ok(all) => self::users(&all, &image),
            Err(why) => return Err(RemoveError::Failed { why, removed }),
        };
        if !meanwhile.is_empty() {
            return Err(RemoveError::InUse { users: meanwhile, removed });
        }
        self.remove_one(name, image, removed).await
    }

    async fn remove_dead(&self, all: &[Container], image: &Image) -> Result<Vec<String>, RemoveError> {
        let mut removed = Vec::new();
        for one in all.iter().filter(|one| is_dead(one) && is_made_of(one, image)) {
            let asked = RemoveContainerRequest { container_id: one.id.clone() };
            match self.runtime::<_, Nothing>("RemoveContainer", asked, ACT).await {
                Ok(Nothing {}) => removed.push(one.id.clone()),
                // the kubelet's own garbage collection was faster
                Err(CriError::NotFound(_)) => {}
                Err(why) => return Err(RemoveError::Failed { why, removed }),
            }
        }
        Ok(removed)
    }

    async fn remove_one(
        &self,
        name: &str,
        image: Image,
        containers: Vec<String>,
    ) -> Result<Removed, RemoveError> {
        // by its id, as the kubelet does: by one of its names some runtimes take away no more than that name
        let asked = RemoveImageRequest { image: Some(spec(&image.id)) };
        let said = self.image::<_, Nothing>("RemoveImage", asked, ACT).await;
        let still = match self.image_named(&image.id).await {
            Ok(None) => self.image_named(name).await,
            there => there,
        };
        outcome(image.id, containers, said, still)
    }

    async fn image_named(&self, name: &str) -> Result<Option<Image>, CriError> {
        let asked = ImageStatusRequest { image: Some(spec(name)) };
        match self.image::<_, ImageStatusResponse>("ImageStatus", asked, LOOK).await {
            Ok(said) => Ok(said.image.filter(|image| !image.id.is_empty())),
            Err(CriError::NotFound(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

/// What the runtime said of the removal, and what it has of this name afterwards, together.
fn outcome(
    id: String,
    containers: Vec<String>,
    said: Result<Nothing, CriError>,
    still: Result<Option<Image>, CriError>,
) -> Result<Removed, RemoveError> {
    match (said, still) {
        (_, Ok(None)) => Ok(Removed::Image { id, containers }),
        // it was pulled anew already
        (Ok(_), Ok(Some(other))) if other.id != id => Ok(Removed::Image { id, containers }),
        (Ok(_), Ok(Some(same))) => Err(RemoveError::StillThere(same.id)),
        (Err(why @ (CriError::Said(_) | CriError::NotFound(_))), _) => {
            Err(RemoveError::Failed { why, removed: containers })
        }
        // it may still be at it
        (Err(why), _) | (Ok(_), Err(why)) => Err(RemoveError::Unclear(why)),
    }
}

fn spec(image: &str) -> ImageSpec {
    ImageSpec { image: image.to_string(), ..ImageSpec::default() }
}

fn users(all: &[Container], image: &Image) -> Vec<User> {
    let living = all.iter().filter(|one| !is_dead(one) && may_use(one, image)).take(MOST_USERS);
    let user = |one| {
        let (namespace, pod, container) = place(one);
        User { namespace, pod, container }
    };
    living.map(user).collect()
}

fn named(users: &[User]) -> String {
    users.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_is_removed_only_when_it_is_seen_to_be_gone() {
        let image = |id: &str| Some(Image { id: id.to_string(), ..Image::default() });
        let lost = || CriError::TimedOut(Duration::from_secs(1));
        let said = || CriError::Said("conflict".to_string());
        let outcome = |said, still| outcome("a".to_string(), Vec::new(), said, still);
        let removed = Ok(Removed::Image { id: "a".to_string(), containers: Vec::new() });
        assert_eq!(outcome(Ok(Nothing {}), Ok(None)), removed);
        assert_eq!(outcome(Err(lost()), Ok(None)), removed);
        assert_eq!(outcome(Ok(Nothing {}), Ok(image("b"))), removed);
        assert_eq!(outcome(Ok(Nothing {}), Ok(image("a"))), Err(RemoveError::StillThere("a".to_string())));
        assert_eq!(outcome(Err(lost()), Ok(image("a"))), Err(RemoveError::Unclear(lost())));
        assert_eq!(outcome(Ok(Nothing {}), Err(lost())), Err(RemoveError::Unclear(lost())));
        let failed = RemoveError::Failed { why: said(), removed: Vec::new() };
        assert_eq!(outcome(Err(said()), Ok(image("a"))), Err(failed.clone()));
        assert_eq!(failed.phase(), Phase::Failed);
    }

    #[test]
    fn nothing_was_touched_only_where_no_container_was_removed_either() {
        let in_use = |removed: &[&str]| RemoveError::InUse {
            users: Vec::new(),
            removed: removed.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(in_use(&[]).phase(), Phase::Refused);
        assert_eq!(in_use(&["c"]).phase(), Phase::Failed);
    }
}
