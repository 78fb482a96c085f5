//! How much of a message each of its parts may take.

/// What is left for a message to say. Each part has a share of its own, and what the parts before it left over.
#[derive(Debug, Default)]
pub struct Room {
    left: usize,
    cut: bool,
}

impl Room {
    /// Begins a part.
    pub fn share(&mut self, units: usize) {
        self.left += units;
    }

    /// Takes this much, if there is as much.
    pub fn takes(&mut self, units: usize) -> bool {
        let fits = units <= self.left;
        if fits {
            self.left -= units;
        }
        fits
    }

    /// What is said in any case takes this much: what there is not so much of is used up.
    pub fn spends(&mut self, units: usize) {
        self.left = self.left.saturating_sub(units);
    }

    /// Notes that something is missing.
    pub fn missing(&mut self, cut: bool) {
        self.cut |= cut;
    }

    /// Whether something is missing since this was last asked.
    pub fn take_cut(&mut self) -> bool {
        std::mem::take(&mut self.cut)
    }

    /// As many of the items, from the first, as there is room for.
    pub fn fill<T>(&mut self, items: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<T> {
        items.into_iter().take_while(|item| self.takes(size(item))).collect()
    }
}

/// What each of several texts may take of a room, so that the short ones leave theirs to the long ones.
pub fn share_of(needs: &[usize], all: usize) -> usize {
    let (mut left, mut share) = (all, all / needs.len().max(1));
    let mut needs = needs.to_vec();
    needs.sort_unstable();
    for (number, need) in needs.iter().enumerate() {
        share = left / (needs.len() - number);
        if *need > share {
            break;
        }
        left -= need;
    }
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_its_share_and_what_was_left_over() {
        let mut room = Room::default();
        room.share(3);
        assert!(room.takes(2));
        room.share(3);
        assert_eq!(room.fill(vec!["ab", "cd", "ef"], |item| item.len()), ["ab", "cd"]);
    }

    #[test]
    fn what_is_said_in_any_case_leaves_nothing_where_it_is_too_long() {
        let mut room = Room::default();
        room.share(3);
        room.spends(5);
        assert!(!room.takes(1));
    }

    #[test]
    fn what_is_missing_is_told_once() {
        let mut room = Room::default();
        room.missing(true);
        room.missing(false);
        assert!(room.take_cut());
        assert!(!room.take_cut());
    }

    #[test]
    fn the_short_leave_to_the_long() {
        assert_eq!(share_of(&[10, 2, 900], 100), 88);
        assert_eq!(share_of(&[60, 60], 100), 50);
        assert_eq!(share_of(&[], 100), 100);
    }
}
