//! The pods and workloads a posted text names: an alert somebody else's bot wrote, a line somebody pasted.
//!
//! No format is known: every word that could be a name is held against what is in the cluster and may be seen.

use podwhy_knowledge::{Kind, Target};

use crate::ask::within::Visible;
use crate::ports::ClusterRead;

/// Longer texts are read to here.
const LONGEST: usize = 20_000;

/// At most this many namespaces of one text are looked into.
const NAMESPACES: usize = 5;

/// What the text names of one cluster, in its order.
pub async fn pods<C: ClusterRead>(text: &str, cluster: &C, visible: &Visible) -> Vec<Target> {
    let words = words(text);
    let known: Vec<String> = match visible {
        Visible::All => cluster.names(None).await,
        Visible::Only(listed) => listed.iter().cloned().collect(),
    };
    let mut named: Vec<&str> = Vec::new();
    for word in &words {
        if !named.contains(&word.text) && known.iter().any(|known| known == word.text) {
            named.push(word.text);
        }
    }
    named.truncate(NAMESPACES);
    let mut listed: Vec<(String, Vec<String>)> = Vec::new();
    for namespace in &named {
        listed.push(((*namespace).to_string(), cluster.names(Some(namespace)).await));
    }
    let mut found: Vec<Target> = Vec::new();
    for word in &words {
        for target in targets(word, &named, &listed, cluster, visible) {
            if !found.contains(&target) {
                found.push(target);
            }
        }
    }
    found
}

/// What one word can be: a pod that was seen, or a workload the text calls one.
fn targets<C: ClusterRead>(
    word: &Word<'_>,
    named: &[&str],
    listed: &[(String, Vec<String>)],
    cluster: &C,
    visible: &Visible,
) -> Vec<Target> {
    let target = |namespace: &str, kind| Target {
        cluster: None,
        namespace: Some(namespace.to_string()),
        kind,
        name: word.text.to_string(),
    };
    let kind = word.before.and_then(|before| Kind::from_word(before.trim_end_matches(['s', 'S'])));
    if let (Some(kind), [namespace]) = (kind.filter(|kind| kind.is_workload()), named) {
        return vec![target(namespace, Some(kind))];
    }
    // a pod called `web` is not meant by every text that speaks of the web
    let telling = word.text.contains(|c: char| c == '-' || c.is_ascii_digit());
    if !telling && kind != Some(Kind::Pod) && !word.before.is_some_and(|before| named.contains(&before)) {
        return Vec::new();
    }
    let mut places: Vec<String> =
        cluster.places_of(word.text).into_iter().filter(|namespace| visible.shows(namespace)).collect();
    let in_lists = listed.iter().filter(|(_, names)| names.iter().any(|name| name == word.text));
    for (namespace, _) in in_lists {
        if !places.contains(namespace) {
            places.push(namespace.clone());
        }
    }
    let meant: Vec<String> = places.iter().filter(|place| named.contains(&place.as_str())).cloned().collect();
    let places = if meant.is_empty() { places } else { meant };
    places.iter().map(|namespace| target(namespace, Some(Kind::Pod))).collect()
}

/// A word that could be a name, and the word before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Word<'a> {
    text: &'a str,
    before: Option<&'a str>,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let end = (0..=LONGEST.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
    let mut words = Vec::new();
    let mut before = None;
    for piece in text[..end].split(|c| !part(c)) {
        let piece = piece.trim_matches(['-', '.', '_']);
        if piece.is_empty() {
            continue;
        }
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        if piece.len() <= 253 && piece.chars().all(fits) {
            words.push(Word { text: piece, before });
        }
        before = Some(piece);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_could_be_a_name() {
        let read: Vec<&str> = words("Pod *shop/cart-0* is `CrashLooping` (10.0.0.1), see: web-1.")
            .into_iter()
            .map(|w| w.text)
            .collect();
        assert_eq!(read, ["shop", "cart-0", "is", "10.0.0.1", "see", "web-1"]);
        let labels = words("namespace=\"shop\", deployment=\"web\"");
        assert_eq!(labels[3], Word { text: "web", before: Some("deployment") });
    }
}
