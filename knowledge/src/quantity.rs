//! Kubernetes quantities as exact integers.
//!
//! Everything is kept in thousandths ("milli"), as the scheduler does for CPU, so that `1024m` of memory stays
//! what it is (1.024 bytes) and the mistake in it can be told.
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>

use std::fmt;

/// An amount in thousandths of the resource's unit: of a core for `cpu`, of a byte for `memory`, of one for the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Milli(pub i128);

/// The suffixes a quantity may carry, with their factor in thousandths.
const SUFFIXES: &[(&str, i128)] = &[
    ("Ki", 1024 * 1000),
    ("Mi", 1024 * 1024 * 1000),
    ("Gi", 1024 * 1024 * 1024 * 1000),
    ("Ti", 1024_i128.pow(4) * 1000),
    ("Pi", 1024_i128.pow(5) * 1000),
    ("Ei", 1024_i128.pow(6) * 1000),
    ("m", 1),
    ("k", 1_000 * 1000),
    ("M", 1_000_000 * 1000),
    ("G", 1_000_000_000 * 1000),
    ("T", 1_000_000_000_000 * 1000),
    ("P", 1_000_000_000_000_000 * 1000),
    ("E", 1_000_000_000_000_000_000 * 1000),
];

impl Milli {
    /// Whole units.
    pub fn units(n: i128) -> Milli {
        Milli(n * 1000)
    }

    /// Reads a quantity as the API server writes it. Fractions below one thousandth are rounded up, as
    /// `Quantity.MilliValue` does. `None` when the text is no quantity or too large to be one.
    pub fn parse(text: &str) -> Option<Milli> {
        let text = text.trim();
        let (number, factor) = split_suffix(text)?;
        let (sign, digits) = match number.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, number.strip_prefix('+').unwrap_or(number)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |s: &str| s.len() <= 24 && s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) {
            return None;
        }
        let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let mut total = whole.checked_mul(factor.numerator)?;
        if !fraction.is_empty() {
            // nine digits are far below what any resource is counted in
            let kept = &fraction[..fraction.len().min(9)];
            let scale = 10_i128.checked_pow(u32::try_from(kept.len()).ok()?)?;
            let part: i128 = kept.parse().ok()?;
            let scaled = part.checked_mul(factor.numerator)?;
            total = total.checked_add((scaled + scale - 1) / scale)?;
        }
        let divided = (total + factor.denominator - 1) / factor.denominator;
        Some(Milli(sign * divided))
    }

    /// Rounded up to whole units, as the scheduler counts everything but CPU.
    pub fn ceil(self) -> i128 {
        self.0.div_euclid(1000) + i128::from(self.0.rem_euclid(1000) != 0)
    }

    /// What the scheduler counts a pod's, or a node's, amount as: thousandths of `cpu`, and whole units of the rest.
    pub fn whole(self, resource: &str) -> Milli {
        if resource == "cpu" { self } else { Milli::units(self.ceil()) }
    }

    /// What is left after taking `other` away, never below zero.
    pub fn saturating_sub(self, other: Milli) -> Milli {
        Milli((self.0 - other.0).max(0))
    }

    /// How people write this amount of `resource`: `1500m`, `24006Mi`, `2`.
    pub fn show(self, resource: &str) -> String {
        match resource {
            "cpu" => show_cpu(self),
            "memory" | "ephemeral-storage" | "storage" => show_bytes(self),
            name if name.starts_with("hugepages-") => show_bytes(self),
            _ => self.ceil().to_string(),
        }
    }
}

impl std::ops::Add for Milli {
    type Output = Milli;
    fn add(self, other: Milli) -> Milli {
        Milli(self.0.saturating_add(other.0))
    }
}

impl std::iter::Sum for Milli {
    fn sum<I: Iterator<Item = Milli>>(iter: I) -> Milli {
        iter.fold(Milli(0), |a, b| a + b)
    }
}

impl fmt::Display for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 % 1000 == 0 { write!(f, "{}", self.0 / 1000) } else { write!(f, "{}m", self.0) }
    }
}

struct Factor {
    numerator: i128,
    denominator: i128,
}

fn split_suffix(text: &str) -> Option<(&str, Factor)> {
    for (suffix, milli) in SUFFIXES {
        if let Some(number) = text.strip_suffix(suffix) {
            return Some((number, Factor { numerator: *milli, denominator: 1 }));
        }
    }
    for (suffix, denominator) in [("u", 1_000), ("n", 1_000_000)] {
        if let Some(number) = text.strip_suffix(suffix) {
            return Some((number, Factor { numerator: 1, denominator }));
        }
    }
    if let Some((number, exponent)) = text.split_once(['e', 'E']) {
        let exponent: i32 = exponent.parse().ok()?;
        let size = 10_i128.checked_pow(exponent.unsigned_abs().min(30))?;
        let factor = if exponent < 0 {
            Factor { numerator: 1000, denominator: size }
        } else {
            Factor { numerator: size.checked_mul(1000)?, denominator: 1 }
        };
        return Some((number, factor));
    }
    Some((text, Factor { numerator: 1000, denominator: 1 }))
}

fn show_cpu(amount: Milli) -> String {
    amount.to_string()
}

fn show_bytes(amount: Milli) -> String {
    if amount.0 % 1000 != 0 {
        return format!("{}m", amount.0);
    }
    let bytes = amount.0 / 1000;
    for (suffix, size) in [("Gi", 1_i128 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)] {
        if bytes.abs() >= size && bytes % size == 0 {
            return format!("{}{suffix}", bytes / size);
        }
    }
    if bytes.abs() >= 10 << 20 { format!("{}Mi", bytes >> 20) } else { bytes.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_the_api_writes() {
        for (text, milli) in [
            ("4", 4_000),
            ("1024m", 1_024),
            ("100m", 100),
            ("0.5", 500),
            ("1Gi", 1 << 30),
            ("2e3", 2_000_000),
            ("1E", 1_000_000_000_000_000_000_000),
            ("24581696Ki", 24_581_696 * 1024 * 1000),
            ("3435973836800m", 3_435_973_836_800),
            ("250u", 1),
            ("1.5Gi", 3 * (1 << 29) * 1000),
        ] {
            let expected = if text == "1Gi" { milli * 1000 } else { milli };
            assert_eq!(Milli::parse(text), Some(Milli(expected)), "{text}");
        }
        for text in ["", "Mi", "1.2.3", "one", "--1", "1 Gi"] {
            assert_eq!(Milli::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn shows_amounts_as_people_write_them() {
        assert_eq!(Milli::units(2).show("cpu"), "2");
        assert_eq!(Milli(1500).show("cpu"), "1500m");
        assert_eq!(Milli::units(4).show("memory"), "4");
        assert_eq!(Milli(1024).show("memory"), "1024m");
        assert_eq!(Milli::units(64 << 20).show("memory"), "64Mi");
        assert_eq!(Milli::units(3).show("nvidia.com/gpu"), "3");
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,40}") { let _ = Milli::parse(&text); }

        #[test]
        fn whole_numbers_survive(n in 0_i64..i64::MAX) {
            prop_assert_eq!(Milli::parse(&n.to_string()), Some(Milli::units(i128::from(n))));
        }
    }
}
