//! A journal's header and its objects, each checked before it is used.

use std::fs::File;

use super::damage::Damage;
use super::inflate::Packing;
use super::window::{Budget, Window, long_at, short_at};

/// A header as the first version wrote it: systemd itself takes none that is shorter.
const LEAST_HEADER: u64 = 208;
/// XZ, LZ4, keyed hashes, zstd, compact: all that is known. The hashes are not used here.
const KNOWN: u64 = 0b1_1111;
const COMPACT: u64 = 0b1_0000;

/// The head of an object.
pub struct Object {
    /// Its length, head and all, in bytes.
    pub size: u64,
    flags: u8,
}

/// A field of an entry.
pub struct Data {
    /// Where its value starts.
    pub start: u64,
    /// How long that is, in bytes.
    pub payload: u64,
    /// How it is compressed.
    pub packing: Packing,
}

/// What the header says.
pub struct Header {
    size: u64,
    /// Whether offsets in entries and arrays have four bytes.
    pub compact: bool,
    /// How many entries there are.
    pub entries: u64,
    /// Where the first array of them is; zero where there is none.
    pub first_array: u64,
    /// When the last one was written, in microseconds since 1970.
    pub newest: u64,
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Header, Damage> {
        if !bytes.starts_with(b"LPKSHHRH") {
            return Err(Damage::Foreign);
        }
        let flags = short_at(bytes, 12);
        match flags & !KNOWN {
            0 => Ok(Header {
                size: long_at(bytes, 88),
                compact: flags & COMPACT != 0,
                entries: long_at(bytes, 152),
                first_array: long_at(bytes, 176),
                newest: long_at(bytes, 192),
            }),
            unknown => Err(Damage::Newer(unknown)),
        }
    }
}

/// The objects of a file.
pub struct Objects {
    /// Its bytes.
    pub window: Window,
    /// Its header.
    pub header: Header,
}

impl Objects {
    /// Reads the header. Errors: where it is none.
    pub fn of(file: File, budget: &mut Budget) -> Result<Objects, Damage> {
        let mut window = Window::on(file)?;
        let header = window.bytes(0, LEAST_HEADER, budget).map_err(|damage| match damage {
            Damage::Outside(_) => Damage::Foreign,
            other => other,
        })?;
        let header = Header::parse(&header)?;
        Ok(Objects { window, header })
    }

    /// The field there. Errors: where there is none.
    pub fn data(&mut self, at: u64, budget: &mut Budget) -> Result<Data, Damage> {
        let fixed = if self.header.compact { 72 } else { 64 };
        let object = self.object(at, 1, fixed, budget)?;
        let packing = Packing::of(object.flags).ok_or(Damage::Kind(at))?;
        Ok(Data { start: at + fixed, payload: object.size - fixed, packing })
    }

    /// The object there, if it is of this kind and at least so long. None reaches beyond the end of the file.
    pub fn object(&mut self, at: u64, kind: u8, least: u64, budget: &mut Budget) -> Result<Object, Damage> {
        if at < self.header.size.max(LEAST_HEADER) || !at.is_multiple_of(8) {
            return Err(Damage::Outside(at));
        }
        let head = self.window.bytes(at, least, budget)?;
        let size = long_at(&head, 8);
        let fits = at.checked_add(size).is_some_and(|end| end <= self.window.length());
        if head.first() != Some(&kind) || size < least || !fits {
            return Err(Damage::Kind(at));
        }
        Ok(Object { size, flags: head.get(1).copied().unwrap_or_default() })
    }
}
