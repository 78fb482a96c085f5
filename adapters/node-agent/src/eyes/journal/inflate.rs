//! Values that journald has compressed: those of 512 bytes and more, by default.
//!
//! Only the start of each is unpacked, which is all that is ever shown of one.

use std::io::Read;

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::damage::Damage;

/// A value is compressed with the file's default window, which is far below this.
const MOST_WINDOW: u64 = 8 * 1024 * 1024;

/// How a value is compressed, by its object's flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// It is not.
    Plain,
    /// LZ4, and before it the length of what it unpacks to.
    Lz4,
    /// One zstd frame.
    Zstd,
    /// XZ: systemd before 246 in some distributions.
    Xz,
}

impl Packing {
    /// By an object's flags. Of several at once none is right.
    pub fn of(flags: u8) -> Option<Packing> {
        match flags & 0b111 {
            0 => Some(Packing::Plain),
            1 => Some(Packing::Xz),
            2 => Some(Packing::Lz4),
            4 => Some(Packing::Zstd),
            _ => None,
        }
    }
}

/// The first `most` bytes of a value.
pub fn start_of(packing: Packing, packed: &[u8], most: usize) -> Result<Vec<u8>, Damage> {
    match packing {
        Packing::Plain => Ok(packed.get(..most).unwrap_or(packed).to_vec()),
        Packing::Lz4 => lz4(packed.get(8..).unwrap_or_default(), most).ok_or(Damage::Packed("lz4")),
        Packing::Zstd => zstd(packed, most).ok_or(Damage::Packed("zstd")),
        Packing::Xz => Err(Damage::Xz),
    }
}

fn zstd(packed: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(MOST_WINDOW);
    let mut unpacked = Vec::new();
    let stream = StreamingDecoder::new_with_decoder(packed, decoder).ok()?;
    let outcome = stream.take(most as u64).read_to_end(&mut unpacked);
    // what is cut short on purpose ends with an error, and has a start all the same
    (outcome.is_ok() || !unpacked.is_empty()).then_some(unpacked)
}

/// The start of an LZ4 block. <https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md>
fn lz4(packed: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut unpacked: Vec<u8> = Vec::new();
    let mut rest = packed.iter().copied();
    while unpacked.len() < most {
        let Some(token) = rest.next() else { break };
        let literals = length(token >> 4, &mut rest)?;
        let before = unpacked.len();
        unpacked.extend(rest.by_ref().take(literals));
        if unpacked.len() - before < literals {
            // the value was cut short on purpose, or it is damaged: what is there is its start
            break;
        }
        // the last sequence has no match
        let (Some(low), Some(high)) = (rest.next(), rest.next()) else { break };
        let distance = usize::from(u16::from_le_bytes([low, high]));
        let matched = length(token & 0xf, &mut rest)?.saturating_add(4);
        if distance == 0 || distance > unpacked.len() {
            return None;
        }
        for _ in 0..matched.min(most.saturating_sub(unpacked.len())) {
            let byte = unpacked.get(unpacked.len() - distance).copied()?;
            unpacked.push(byte);
        }
    }
    unpacked.truncate(most);
    Some(unpacked)
}

fn length(short: u8, rest: &mut impl Iterator<Item = u8>) -> Option<usize> {
    let mut length = usize::from(short);
    if short == 15 {
        loop {
            let more = rest.next()?;
            length = length.checked_add(usize::from(more))?;
            if more != 255 {
                break;
            }
        }
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_start_of_an_lz4_block_is_what_another_packed(
            words in prop::collection::vec("(MESSAGE=|pod|abc|[a-z]{1,9})", 0..400),
            most in 0usize..3000,
        ) {
            let text = words.concat().into_bytes();
            let packed = lz4_flex::block::compress(&text);
            let unpacked = lz4(&packed, most).unwrap();
            prop_assert_eq!(unpacked.as_slice(), &text[..text.len().min(most)]);
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            for packing in [Packing::Plain, Packing::Lz4, Packing::Zstd, Packing::Xz] {
                if let Ok(unpacked) = start_of(packing, &bytes, 1000) {
                    prop_assert!(unpacked.len() <= 1000);
                }
            }
        }
    }

    #[test]
    fn a_flag_of_two_packings_is_none() {
        assert_eq!([0, 1, 2, 4, 8].map(|flags| Packing::of(flags).is_some()), [true; 5]);
        assert_eq!([3, 5, 6, 7].map(Packing::of), [None; 4]);
    }
}
