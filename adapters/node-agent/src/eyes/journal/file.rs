//! One journal file.
//!
//! A header points to a chain of arrays, each about twice as long as the one before, of the offsets of all entries; an
//! entry has the offsets of its fields, which entries share. In the compact form offsets have four bytes. A file that
//! is being written grows, and nothing that its header already counts is moved.

use std::collections::HashMap;
use std::fs::File;

use jiff::Timestamp;

use super::Line;
use super::damage::{Damage, Troubles};
use super::entry::{Field, HEAD, unit_of};
use super::inflate::{Packing, start_of};
use super::object::Objects;
use super::window::{Budget, long_at, short_at};

/// Arrays double: so many hold more entries than a file has bytes.
const MOST_ARRAYS: usize = 64;
/// journald itself takes 1024 fields an entry. <https://github.com/systemd/systemd/blob/main/src/shared/journal-importer.h>
const MOST_FIELDS: u64 = 1024;
/// A line is cut after so many bytes.
const MOST_TEXT: u64 = 16 * 1024;
/// So much of a compressed value is read.
const MOST_PACKED_BYTES: u64 = 64 * 1024;
const MOST_CACHED: usize = 50_000;

/// A journal file that is open.
pub struct Journal {
    objects: Objects,
    /// What is known of the fields at these offsets: most entries of a unit share most of theirs.
    fields: HashMap<u64, Field>,
}

impl Journal {
    /// Reads the header. Errors: where it is none.
    pub fn open(file: File, budget: &mut Budget) -> Result<Journal, Damage> {
        Ok(Journal { objects: Objects::of(file, budget)?, fields: HashMap::new() })
    }

    /// When its newest entry was written, in microseconds since 1970.
    pub fn newest(&self) -> u64 {
        self.objects.header.newest
    }

    /// Whether all of it was written before that.
    pub fn ends_before(&self, at: Timestamp) -> bool {
        u64::try_from(at.as_microsecond()).is_ok_and(|at| self.objects.header.newest < at)
    }

    /// Adds the last `most` lines of these units since then, newest first. Says what could not be read.
    pub fn read(
        &mut self,
        units: &[&str],
        since: u64,
        most: usize,
        budget: &mut Budget,
        lines: &mut Vec<Line>,
    ) -> Vec<String> {
        let mut troubles = Troubles::default();
        let mut arrays = Vec::new();
        if let Err(damage) = self.arrays(&mut arrays, budget) {
            // what the chain leads to before it breaks can still be read
            troubles.add(damage);
        }
        let mut left = most;
        'all: for array in arrays.iter().rev() {
            for index in (0..array.used).rev() {
                if left == 0 || budget.is_spent() || troubles.too_many() {
                    break 'all;
                }
                budget.entries -= 1;
                match self.line(array, index, units, since, budget) {
                    Ok(Found::Line(line)) => {
                        lines.push(line);
                        left -= 1;
                    }
                    Ok(Found::Other) => {}
                    Ok(Found::Older) | Err(Damage::Spent) => break 'all,
                    Err(damage) => troubles.add(damage),
                }
            }
        }
        troubles.told()
    }

    /// The chain of arrays, each with how many of its places are used, as far as it goes.
    fn arrays(&mut self, found: &mut Vec<Array>, budget: &mut Budget) -> Result<(), Damage> {
        let width = if self.objects.header.compact { 4 } else { 8 };
        let mut left = self.objects.header.entries;
        let mut next = self.objects.header.first_array;
        while left > 0 && next != 0 {
            // objects are only ever added at the end: a chain that goes back is damaged, and may have no end
            let back = found.last().is_some_and(|last| next <= last.at);
            if back || found.len() >= MOST_ARRAYS {
                return Err(Damage::Kind(next));
            }
            let object = self.objects.object(next, 6, 24, budget)?;
            let used = ((object.size - 24) / width).min(left);
            found.push(Array { at: next, used });
            left -= used;
            next = self.objects.window.long(next + 16, budget)?;
        }
        Ok(())
    }

    fn line(
        &mut self,
        array: &Array,
        index: u64,
        units: &[&str],
        since: u64,
        budget: &mut Budget,
    ) -> Result<Found, Damage> {
        let entry = match self.objects.header.compact {
            true => self.objects.window.short(array.at + 24 + index * 4, budget)?,
            false => self.objects.window.long(array.at + 24 + index * 8, budget)?,
        };
        // a place that is counted and not yet filled
        if entry == 0 {
            return Ok(Found::Other);
        }
        let object = self.objects.object(entry, 3, 64, budget)?;
        let written = self.objects.window.long(entry + 24, budget)?;
        if written < since {
            return Ok(Found::Older);
        }
        let fields = self.fields_of(entry, object.size, budget)?;
        let Some(unit) = unit_of(&fields, units) else { return Ok(Found::Other) };
        let Some(text) = self.message(&fields, budget)? else { return Ok(Found::Other) };
        let at = i64::try_from(written).ok().and_then(|at| Timestamp::from_microsecond(at).ok());
        let at = at.ok_or(Damage::Kind(entry))?;
        Ok(Found::Line(Line { unit: unit.to_string(), at, text }))
    }

    fn fields_of(&mut self, entry: u64, size: u64, budget: &mut Budget) -> Result<Vec<(u64, Field)>, Damage> {
        let width: u64 = if self.objects.header.compact { 4 } else { 16 };
        let count = ((size - 64) / width).min(MOST_FIELDS);
        let items = self.objects.window.bytes(entry + 64, count * width, budget)?;
        let mut fields = Vec::new();
        for item in items.chunks_exact(if self.objects.header.compact { 4 } else { 16 }) {
            let at = if self.objects.header.compact { short_at(item, 0) } else { long_at(item, 0) };
            fields.push((at, self.field(at, budget)?));
        }
        Ok(fields)
    }

    fn field(&mut self, at: u64, budget: &mut Budget) -> Result<Field, Damage> {
        if let Some(known) = self.fields.get(&at) {
            return Ok(known.clone());
        }
        let object = self.objects.data(at, budget)?;
        let field = match object.packing {
            Packing::Plain => {
                let length = object.payload.min(HEAD);
                Field::of(&self.objects.window.bytes(object.start, length, budget)?)
            }
            _ => Field::Packed,
        };
        if self.fields.len() >= MOST_CACHED {
            self.fields.clear();
        }
        self.fields.insert(at, field.clone());
        Ok(field)
    }

    /// The entry's message. One that is compressed looks like any other compressed field from outside.
    fn message(&mut self, fields: &[(u64, Field)], budget: &mut Budget) -> Result<Option<String>, Damage> {
        let plain = fields.iter().filter(|(_, field)| *field == Field::Message);
        let packed = fields.iter().filter(|(_, field)| *field == Field::Packed);
        for (at, field) in plain.chain(packed) {
            let object = self.objects.data(*at, budget)?;
            let most = if *field == Field::Packed { MOST_PACKED_BYTES } else { MOST_TEXT };
            if *field == Field::Packed {
                budget.packed = budget.packed.checked_sub(1).ok_or(Damage::Spent)?;
            }
            let bytes = self.objects.window.bytes(object.start, object.payload.min(most), budget)?;
            let value = start_of(object.packing, &bytes, usize::try_from(MOST_TEXT).unwrap_or(usize::MAX))?;
            if let Some(text) = value.strip_prefix(b"MESSAGE=") {
                return Ok(Some(String::from_utf8_lossy(text).into_owned()));
            }
        }
        Ok(None)
    }
}

struct Array {
    at: u64,
    used: u64,
}

enum Found {
    Line(Line),
    Other,
    Older,
}
