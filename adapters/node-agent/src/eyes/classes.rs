//! Errors in journals, by class. The words of the classes are those the knowledge's rules look for.

mod excerpt;
pub mod patterns;
mod pods;

use jiff::Timestamp;
use podwhy_api::report::{JournalClass, MOST_UIDS};
use podwhy_knowledge::agent::Unit;

use self::patterns::{Compiled, From, PATTERNS, Weight};
use super::journal::{KERNEL, Line};

/// Sandboxes of so many pods are told of, the latest: each has trouble of its own.
const MOST_SANDBOXES: usize = 8;

/// The classes of these lines: most recent first within a class, and of kills for want of memory the node's own first.
///
/// A class is told of once for each unit; `sandbox` once for each pod, and `oom-kill` apart for the node and for limits.
pub fn classify(lines: &[Line]) -> Vec<JournalClass> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for line in lines {
        for (rank, pattern) in PATTERNS.iter().enumerate() {
            if is_from(pattern, &line.unit) && pattern.matches(&line.text) {
                note(&mut groups, rank, pattern, line);
                break;
            }
        }
    }
    groups.retain(|group| group.count() > 0);
    groups.sort_by_key(|group| (group.rank, std::cmp::Reverse(group.last)));
    let mut sandboxes = 0;
    groups.retain(|group| {
        sandboxes += usize::from(group.class == "sandbox");
        group.class != "sandbox" || sandboxes <= MOST_SANDBOXES
    });
    groups.into_iter().map(Group::told).collect()
}

fn is_from(pattern: &Compiled, unit: &str) -> bool {
    match pattern.from {
        From::Kernel => unit == KERNEL,
        From::Unit => unit != KERNEL,
        From::Kubelet => Unit { name: unit.to_string(), ..Unit::default() }.is_kubelet(),
    }
}

fn note<'l>(groups: &mut Vec<Group<'l>>, rank: usize, pattern: &'static Compiled, line: &'l Line) {
    // patterns of one class stand together, and what they find does too unless it must be told apart
    let part = match pattern.class {
        "sandbox" => pods::named(&line.text).unwrap_or_default(),
        "oom-kill" => pattern.part.to_string(),
        _ => String::new(),
    };
    let same =
        |group: &Group<'_>| group.class == pattern.class && group.unit == line.unit && group.part == part;
    let index = groups.iter().position(same).unwrap_or_else(|| {
        groups.push(Group {
            rank,
            class: pattern.class,
            unit: &line.unit,
            part,
            strong: 0,
            weak: 0,
            last: None,
            best: None,
            uids: Vec::new(),
        });
        groups.len() - 1
    });
    if let Some(group) = groups.get_mut(index) {
        group.add(pattern, line);
    }
}

struct Group<'l> {
    rank: usize,
    class: &'static str,
    unit: &'l str,
    part: String,
    strong: u64,
    weak: u64,
    last: Option<Timestamp>,
    best: Option<(Weight, &'static Compiled, &'l Line)>,
    uids: Vec<String>,
}

impl<'l> Group<'l> {
    fn add(&mut self, pattern: &'static Compiled, line: &'l Line) {
        for uid in pods::uids(&line.text) {
            if !self.uids.contains(&uid) && self.uids.len() < MOST_UIDS {
                self.uids.push(uid);
            }
        }
        match pattern.weight {
            Weight::Names => return,
            Weight::Weak => self.weak += 1,
            Weight::Tells => self.strong += 1,
        }
        self.last = self.last.max(Some(line.at));
        let better =
            self.best.is_none_or(|(weight, _, known)| (pattern.weight, line.at) >= (weight, known.at));
        if better {
            self.best = Some((pattern.weight, pattern, line));
        }
    }

    fn count(&self) -> u64 {
        if self.strong > 0 { self.strong } else { self.weak }
    }

    fn told(self) -> JournalClass {
        JournalClass {
            class: self.class.to_string(),
            unit: self.unit.to_string(),
            count: self.count(),
            last: self.last,
            excerpt: self.best.map(|(_, pattern, line)| excerpt::of(&line.text, pattern)).unwrap_or_default(),
            pod_uids: self.uids,
        }
    }
}

#[cfg(test)]
mod tests;
