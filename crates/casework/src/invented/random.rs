//! Chance with a seed: the same seed gives the same case for ever, on every machine.

use std::ops::RangeInclusive;

/// `SplitMix64` (Steele, Lea, Flood 2014): eight bytes a case, and any seed is a good one.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

impl Random {
    /// The stream of chance that belongs to one number under one seed.
    pub(super) fn of(seed: u64, number: u64) -> Self {
        let mut mixed = Self(seed ^ number.wrapping_mul(0xA076_1D64_78BD_642F));
        Self(mixed.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when there is none.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let scaled = (self.next() >> 32) * u64::from(end);
        u32::try_from(scaled >> 32).expect("a fraction of a u32 is a u32")
    }

    /// A number of the range, both ends included.
    pub(super) fn between(&mut self, range: RangeInclusive<u32>) -> u32 {
        let (least, most) = range.into_inner();
        least + self.below(most.saturating_sub(least).saturating_add(1))
    }

    /// True so many times in a hundred.
    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    /// One of the words.
    pub(super) fn pick<T: Copy>(&mut self, words: &[T]) -> T {
        let count = u32::try_from(words.len()).expect("a list of words is short");
        let at = self.below(count);
        words[usize::try_from(at).expect("a u32 is an index")]
    }
}
