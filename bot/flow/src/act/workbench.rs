//! Actions for a page that is read, instead of a channel that is told: the console's, over a simulated cluster.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use futures::future::BoxFuture;
use podwhy_knowledge::{Lang, Target};

use super::actions::Actions;
use super::record::{Remediation, Spec};
use super::told::{answer, proposal};
use super::words;
use crate::answer::RemediationAnswer;
use crate::ask::order::Lasts;
use crate::ask::within::Visible;
use crate::chat::{Asker, Platform};
use crate::incident::Button;
use crate::incident::reach::Reach;
use crate::ports::{Click, ClusterRead, Found, KubernetesUser, Press, Workbench};

/// At most this many of a list.
const LISTED: usize = 20;

/// The same actions as in a chat. Nothing of them is told anywhere: the page asks.
#[derive(Debug)]
pub struct Bench<C> {
    actions: Arc<Actions<C>>,
    people: Vec<KubernetesUser>,
    reach: Reach,
}

impl<C: ClusterRead + Debug> Bench<C> {
    /// Whoever sits there may see everything of the clusters, and act as one of these people.
    pub fn new(actions: Arc<Actions<C>>, clusters: &[String], people: Vec<KubernetesUser>) -> Bench<C> {
        let all = clusters.iter().map(|cluster| (cluster.clone(), Visible::All));
        Bench { actions, people, reach: Reach(all.collect::<BTreeMap<_, _>>()) }
    }

    fn person(&self, by: &str, lang: Lang) -> Result<&KubernetesUser, String> {
        let own = self.people.iter().find(|person| person.name == by);
        own.ok_or_else(|| words::nobody(by, lang))
    }

    /// What could be done, and of each the offer that goes on already.
    async fn all(&self, target: &Target, lang: Lang) -> Result<Vec<(Spec, Option<Remediation>)>, String> {
        let specs = self.actions.could(target, &self.reach, lang).await?.specs;
        let known = self.actions.going_on(&self.reach, lang).await?;
        let with_own = |spec: Spec| {
            let own = known.iter().find(|one| is_same(&one.spec, &spec)).cloned();
            (spec, own)
        };
        Ok(specs.into_iter().map(with_own).collect())
    }
}

fn is_same(one: &Spec, other: &Spec) -> bool {
    key(one) == key(other) && one.plan.targets == other.plan.targets
}

/// What tells the offers of one target apart.
fn key(spec: &Spec) -> String {
    let first = spec.plan.targets.first().map(|target| target.uid.as_str()).unwrap_or_default();
    let finalizer = spec.plan.finalizer.as_ref().map(|own| own.name.as_str()).unwrap_or_default();
    format!("{}/{}/{first}/{finalizer}", spec.root_cause.cluster, spec.plan.remedy.as_str())
}

impl<C: ClusterRead + Debug> Workbench for Bench<C> {
    fn people(&self) -> &[KubernetesUser] {
        &self.people
    }

    fn found<'a>(&'a self, target: &'a Target, lang: Lang) -> BoxFuture<'a, Vec<Found>> {
        Box::pin(async move {
            // that there is nothing to offer is no news below an answer
            let all = self.all(target, lang).await.unwrap_or_default();
            let found = all.into_iter().map(|(spec, own)| match own {
                Some(own) => Found { key: String::new(), told: answer(&own, lang) },
                None => Found { key: key(&spec), told: proposal(&spec, lang) },
            });
            found.collect()
        })
    }

    fn offer<'a>(
        &'a self,
        target: &'a Target,
        wanted: Option<&'a str>,
        by: &'a str,
        lang: Lang,
    ) -> BoxFuture<'a, Result<Vec<RemediationAnswer>, String>> {
        Box::pin(async move {
            let person = self.person(by, lang)?;
            let mut offered = Vec::new();
            for (spec, own) in self.all(target, lang).await? {
                if wanted.is_some_and(|wanted| wanted != key(&spec)) {
                    continue;
                }
                let spec = Spec { asked_by: Some(person.name.clone()), ..spec };
                let one = match own {
                    Some(own) => own,
                    None => self.actions.offer(spec, lang).await?,
                };
                offered.push(answer(&one, lang));
            }
            if offered.is_empty() { Err(words::NO_OFFER.of(lang).to_string()) } else { Ok(offered) }
        })
    }

    fn pressed<'a>(
        &'a self,
        name: &'a str,
        press: Press<'a>,
        by: &'a str,
        lang: Lang,
    ) -> BoxFuture<'a, Result<RemediationAnswer, String>> {
        Box::pin(async move {
            let person = self.person(by, lang)?;
            let (button, typed) = match press {
                Press::Agree(typed) => (Button::Approve, typed.map(str::to_string)),
                Press::Decline => (Button::Decline, None),
            };
            let asker = Asker {
                platform: Platform::Console,
                channel: None,
                person: by.to_string(),
                groups: Vec::new(),
            };
            let (incident, shown_name) = (name.to_string(), by.to_string());
            let click = Click { button, incident, asker, shown_name, typed, attests: None };
            self.actions.press(&click, person, lang).await?;
            self.one(name, lang).await?.ok_or_else(|| words::NO_OFFER.of(lang).to_string())
        })
    }

    fn one<'a>(
        &'a self,
        name: &'a str,
        lang: Lang,
    ) -> BoxFuture<'a, Result<Option<RemediationAnswer>, String>> {
        Box::pin(async move { Ok(self.actions.one(name, lang).await?.map(|one| answer(&one, lang))) })
    }

    fn list(&self, waiting: bool, lang: Lang) -> BoxFuture<'_, Result<Vec<RemediationAnswer>, String>> {
        Box::pin(async move {
            let all = match waiting {
                true => self.actions.waiting(&self.reach, lang).await?,
                false => self.actions.done(&self.reach, lang).await?,
            };
            Ok(all.iter().take(LISTED).map(|one| answer(one, lang)).collect())
        })
    }

    fn freeze<'a>(
        &'a self,
        lasts: Option<Lasts>,
        by: &'a str,
        lang: Lang,
    ) -> BoxFuture<'a, Result<String, String>> {
        Box::pin(async move {
            let person = self.person(by, lang)?;
            match lasts {
                Some(lasts) => self.actions.freeze(&person.name, lasts, lang).await,
                None => self.actions.unfreeze(lang).await,
            }
        })
    }
}
