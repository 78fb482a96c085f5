//! One list of pods out of those of several namespaces.

use std::collections::BTreeSet;

use futures::stream::{self, Stream, StreamExt};
use podwhy_flow::ports::{Seen, What};

use super::brief::PodBrief;
use super::follow::Told;

/// One namespace's list. Its uids are held, for what went while it was not seen must be told one by one: the whole is not listed
/// anew because a part is.
#[derive(Default)]
struct Part {
    namespace: String,
    /// Whether it was listed or refused: either way nobody waits for it any longer.
    is_in: bool,
    is_listing: bool,
    is_lost: bool,
    held: BTreeSet<Box<str>>,
    fresh: BTreeSet<Box<str>>,
}

/// Begins with [`Seen::Relisting`]; [`Seen::Listed`] comes when the last list is in, or is refused.
pub(super) fn merged<S>(lists: Vec<(String, S)>) -> impl Stream<Item = Seen>
where
    S: Stream<Item = Told<PodBrief>> + Send + 'static,
{
    let (namespaces, lists): (Vec<_>, Vec<_>) = lists.into_iter().unzip();
    let mut parts: Vec<Part> =
        namespaces.into_iter().map(|namespace| Part { namespace, ..Part::default() }).collect();
    let told = lists.into_iter().enumerate().map(|(at, list)| list.map(move |told| (at, told)).boxed());
    let seen = stream::select_all(told).flat_map(move |(at, told)| stream::iter(merge(&mut parts, at, told)));
    stream::iter([Seen::Relisting(What::Pods)]).chain(seen)
}

fn merge(parts: &mut [Part], at: usize, told: Told<PodBrief>) -> Vec<Seen> {
    let waited = parts.iter().any(|part| !part.is_in);
    let Some(part) = parts.get_mut(at) else { return Vec::new() };
    let was_lost = part.is_lost;
    let is_end = matches!(told, Told::Listed | Told::Lost(_));
    let is_well_again = was_lost && matches!(told, Told::Listed);
    let mut seen = part.take(told);
    let is_whole = parts.iter().all(|part| part.is_in);
    if (is_end && waited && is_whole) || (is_well_again && is_whole) {
        seen.push(Seen::Listed(What::Pods));
    }
    seen
}

impl Part {
    fn take(&mut self, told: Told<PodBrief>) -> Vec<Seen> {
        match told {
            Told::Relisting => {
                self.is_listing = true;
                self.fresh.clear();
                Vec::new()
            }
            Told::Is(brief) => {
                let uids = if self.is_listing { &mut self.fresh } else { &mut self.held };
                uids.insert(brief.seen.uid.as_str().into());
                vec![Seen::Pod(brief.seen)]
            }
            Told::Gone(brief) => {
                self.held.remove(brief.seen.uid.as_str());
                vec![Seen::PodGone(brief.seen.uid)]
            }
            Told::Listed => {
                (self.is_in, self.is_listing, self.is_lost) = (true, false, false);
                let before = std::mem::replace(&mut self.held, std::mem::take(&mut self.fresh));
                before.difference(&self.held).map(|uid| Seen::PodGone(uid.to_string())).collect()
            }
            Told::Lost(why) => {
                (self.is_in, self.is_lost) = (true, true);
                vec![Seen::Lost(What::Pods, format!("namespace {}: {why}", self.namespace))]
            }
        }
    }
}
