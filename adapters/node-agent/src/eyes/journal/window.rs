//! A file that is read in small pieces from anywhere, within a budget. Pieces are kept: what belongs together in a
//! journal lies together.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::os::unix::fs::FileExt;

use super::damage::Damage;

const BLOCK: u64 = 32 * 1024;
/// Two megabytes in all.
const MOST_BLOCKS: usize = 64;

/// What one reading may still cost.
#[derive(Debug)]
pub struct Budget {
    /// Entries that may still be looked at.
    pub entries: usize,
    /// Bytes that may still be read.
    pub bytes: u64,
    /// Compressed values that may still be unpacked.
    pub packed: usize,
}

impl Budget {
    /// Whether something of it is used up.
    pub fn is_spent(&self) -> bool {
        self.entries == 0 || self.bytes == 0 || self.packed == 0
    }
}

/// A file, of which the blocks that were read last are kept.
pub struct Window {
    file: File,
    length: u64,
    blocks: HashMap<u64, Vec<u8>>,
    order: VecDeque<u64>,
}

impl Window {
    /// A window on a file as long as it is now.
    pub fn on(file: File) -> std::io::Result<Window> {
        let length = file.metadata()?.len();
        Ok(Window { file, length, blocks: HashMap::new(), order: VecDeque::new() })
    }

    /// How long the file was when it was opened.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// The bytes from `at` on, exactly so many of them.
    pub fn bytes(&mut self, at: u64, length: u64, budget: &mut Budget) -> Result<Vec<u8>, Damage> {
        let end = at.checked_add(length).filter(|end| *end <= self.length).ok_or(Damage::Outside(at))?;
        let mut found = Vec::new();
        let mut next = at;
        while next < end {
            let number = next / BLOCK;
            let block = self.block(number, budget)?;
            let start = usize::try_from(next % BLOCK).map_err(|_| Damage::Outside(at))?;
            let wanted = usize::try_from(end - next).map_err(|_| Damage::Outside(at))?;
            let part = block.get(start..).unwrap_or_default();
            let part = part.get(..wanted).unwrap_or(part);
            if part.is_empty() {
                return Err(Damage::Outside(at));
            }
            found.extend_from_slice(part);
            next += part.len() as u64;
        }
        Ok(found)
    }

    /// The number of eight bytes at `at`.
    pub fn long(&mut self, at: u64, budget: &mut Budget) -> Result<u64, Damage> {
        self.bytes(at, 8, budget).map(|bytes| long_at(&bytes, 0))
    }

    /// The number of four bytes at `at`.
    pub fn short(&mut self, at: u64, budget: &mut Budget) -> Result<u64, Damage> {
        self.bytes(at, 4, budget).map(|bytes| short_at(&bytes, 0))
    }

    fn block(&mut self, number: u64, budget: &mut Budget) -> Result<&[u8], Damage> {
        if !self.blocks.contains_key(&number) {
            if budget.bytes == 0 {
                return Err(Damage::Spent);
            }
            budget.bytes = budget.bytes.saturating_sub(BLOCK);
            let block = self.fetch(number)?;
            if self.order.len() >= MOST_BLOCKS
                && let Some(oldest) = self.order.pop_front()
            {
                self.blocks.remove(&oldest);
            }
            self.order.push_back(number);
            self.blocks.insert(number, block);
        }
        Ok(self.blocks.get(&number).map(Vec::as_slice).unwrap_or_default())
    }

    fn fetch(&self, number: u64) -> Result<Vec<u8>, Damage> {
        let start = number.saturating_mul(BLOCK);
        let length = usize::try_from(BLOCK.min(self.length.saturating_sub(start))).unwrap_or(0);
        let mut block = vec![0; length];
        let mut filled = 0;
        while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, start.saturating_add(filled as u64)) {
                Ok(0) => break,
                Ok(more) => filled += more,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Damage::Io(error)),
            }
        }
        block.truncate(filled);
        Ok(block)
    }
}

/// The little-endian number of eight bytes there; nothing where the bytes end before.
pub fn long_at(bytes: &[u8], at: usize) -> u64 {
    let part = at.checked_add(8).and_then(|end| bytes.get(at..end));
    part.and_then(|part| part.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// The same of four bytes.
pub fn short_at(bytes: &[u8], at: usize) -> u64 {
    let part = at.checked_add(4).and_then(|end| bytes.get(at..end));
    part.and_then(|part| part.try_into().ok()).map_or(0, u32::from_le_bytes).into()
}
