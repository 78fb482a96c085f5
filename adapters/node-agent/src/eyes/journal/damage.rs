//! What can be wrong with a journal.

/// After so many entries that cannot be read the rest of a file is not tried.
const MOST_DAMAGE: usize = 64;

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// Its first bytes are no journal's.
    #[error("it is no journal")]
    Foreign,
    /// It is written in a way that came later.
    #[error("it has features that are not known here ({0:#x})")]
    Newer(u64),
    /// Something is said to be where nothing can be.
    #[error("it is damaged: something is said to be at {0}")]
    Outside(u64),
    /// An object is not what it should be.
    #[error("it is damaged: what is at {0} is not what it should be")]
    Kind(u64),
    /// A compressed value cannot be unpacked.
    #[error("it is damaged: a value is no valid {0}")]
    Packed(&'static str),
    /// A value is compressed in a way that is not read.
    #[error("some of its messages are compressed with xz, which is not read")]
    Xz,
    /// No more work is allowed.
    #[error("it is longer than is looked at")]
    Spent,
}

/// What was wrong while a file was read: each kind once.
#[derive(Default)]
pub struct Troubles {
    count: usize,
    first: Option<Damage>,
    xz: usize,
}

impl Troubles {
    /// Notes what was wrong with an entry.
    pub fn add(&mut self, damage: Damage) {
        match damage {
            Damage::Xz => self.xz += 1,
            other => {
                self.count += 1;
                self.first.get_or_insert(other);
            }
        }
    }

    /// Whether the rest is not worth trying.
    pub fn too_many(&self) -> bool {
        self.count >= MOST_DAMAGE
    }

    /// In words, if anything was wrong.
    pub fn told(self) -> Vec<String> {
        let rest = if self.too_many() { ", and the rest is not tried" } else { "" };
        let damage = self.first.map(|first| format!("{first} (times: {}{rest})", self.count));
        let xz = (self.xz > 0).then(|| format!("{} (times: {})", Damage::Xz, self.xz));
        damage.into_iter().chain(xz).collect()
    }
}
