//! An image is removed, so that the kubelet pulls it anew.

use super::client::{ACT, Cri, CriError, LOOK};
use super::containers::place;
use super::images::{is_dead, is_made_of, is_name, is_of, may_use};
use super::messages::{
    Container, Image, ImageSpec, ImageStatusRequest, ImageStatusResponse, Nothing, RemoveContainerRequest,
    RemoveImageRequest,
};
use super::outcome::{RemoveError, Removed, User};

/// So many of the containers that use an image are named.
const MOST_USERS: usize = 10;

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use podwhy_api::ticket::Phase;

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
}
