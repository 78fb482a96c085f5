//! Journals that someone has put other bytes into: no panic, no endless loop, and never more than is asked for.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::super::inflate::{Packing, start_of};
use super::*;

/// The fixtures, without the zeros at their ends, and where they are not zero: changing other bytes changes little.
static FORMS: LazyLock<Vec<(Vec<u8>, Vec<usize>)>> = LazyLock::new(|| {
    let form = |(_, sparse): &(&str, &str)| {
        let mut bytes = journal(sparse);
        let places: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        bytes.truncate(places[places.len() - 1] / 8 * 8 + 8);
        (bytes, places)
    };
    FIXTURES.iter().map(form).collect()
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn changed_bytes_are_survived(
        form in 0usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let (mut bytes, places) = FORMS[form].clone();
        for (index, byte) in changes {
            bytes[places[index.index(places.len())]] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(places[cut.index(places.len())]);
        }
        read(&bytes);
    }

    #[test]
    fn a_header_may_claim_anything(
        form in 0usize..3,
        claims in prop::collection::vec(((0usize..34), prop_oneof![
            any::<u64>(), Just(u64::MAX), Just(u64::MAX - 7), Just(1 << 63), (0u64..5_000_000).prop_map(|n| n & !7)
        ]), 1..6),
    ) {
        let mut bytes = FORMS[form].0.clone();
        for (field, value) in claims {
            // the signature and the flags stay, or the file is not looked into
            let at = 16 + field * 8;
            bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
        }
        read(&bytes);
    }
}

/// The one value of a fixture that systemd compressed.
static FRAME: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let bytes = &FORMS[1].0;
    let at = bytes.windows(4).position(|window| window == [0x28, 0xb5, 0x2f, 0xfd]).unwrap();
    let size = u64::from_le_bytes(bytes[at - 56..at - 48].try_into().unwrap());
    bytes[at..at - 64 + usize::try_from(size).unwrap()].to_vec()
});

proptest! {
    // the agent ends where it panics: the decoder must not
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn a_changed_frame_is_unpacked_to_no_more_than_is_asked_for(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in prop::option::weighted(0.3, any::<prop::sample::Index>()),
    ) {
        let mut frame = FRAME.clone();
        for (index, byte) in changes {
            let at = index.index(frame.len());
            frame[at] = byte;
        }
        if let Some(cut) = cut {
            frame.truncate(cut.index(frame.len()));
        }
        if let Ok(unpacked) = start_of(Packing::Zstd, &frame, 700) {
            prop_assert!(unpacked.len() <= 700);
        }
    }
}

fn read(bytes: &[u8]) {
    let (_root, host) = node(&[("system.journal", bytes)]);
    let seen = recent(&host, &ALL, Timestamp::UNIX_EPOCH, 50).unwrap();
    assert!(seen.found.len() <= 50);
    assert!(seen.found.iter().all(|line| line.text.len() <= 3 * 16 * 1024));
}

#[test]
fn a_chain_that_bites_its_tail_ends() {
    let mut bytes = journal(FIXTURES[0].1);
    let array = u64::from_le_bytes(bytes[176..184].try_into().unwrap());
    let next = usize::try_from(array).unwrap() + 16;
    bytes[next..next + 8].copy_from_slice(&array.to_le_bytes());
    bytes[152..160].copy_from_slice(&u64::MAX.to_le_bytes());
    let (_root, host) = node(&[("system.journal", &bytes)]);
    let seen = all(&host);
    // what the first array has is read, once
    assert_eq!((seen.found.len(), seen.gaps.len()), (2, 1));
    assert!(seen.gaps[0].why.contains("it is damaged"), "{:?}", seen.gaps);
}

#[test]
fn one_damaged_entry_costs_itself_alone() {
    let mut bytes = journal(FIXTURES[2].1);
    let array = usize::try_from(u64::from_le_bytes(bytes[176..184].try_into().unwrap())).unwrap();
    // the second entry's place points into the middle of nowhere
    bytes[array + 28..array + 32].copy_from_slice(&8u32.to_le_bytes());
    let (_root, host) = node(&[("system.journal", &bytes)]);
    let seen = all(&host);
    assert_eq!((seen.found.len(), seen.gaps.len()), (7, 1));
    assert!(seen.gaps[0].why.ends_with("at 8 (times: 1)"), "{:?}", seen.gaps);
}
