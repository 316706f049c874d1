//! Who has the letter of the day, and which part the next one would be. A letter that was taken back
//! before any relay heard of it is none; its number is never given again.

use std::collections::{BTreeMap, BTreeSet};

use crate::due::MORNING;
use crate::error::Result;
use crate::tick::{Round, Scheduler};

/// The letter of a person's day.
const PART: u32 = 1;
/// The letter of that day that waits for a person: what is in it may have gone out before.
pub(crate) const HELD_PART: u32 = 2;

/// The letters of one day.
#[derive(Debug, Default)]
pub(crate) struct Served {
    people: BTreeMap<String, OfPerson>,
}

#[derive(Debug, Default)]
struct OfPerson {
    has_letter: bool,
    last_part: u32,
}

impl Served {
    /// Whether a person has the letter of the day.
    pub(crate) fn has(&self, person: &str) -> bool {
        self.people.get(person).is_some_and(|of| of.has_letter)
    }

    /// The part that a person's next letter would be.
    pub(crate) fn next_part(&self, person: &str) -> u32 {
        let last = self.people.get(person).map_or(0, |of| of.last_part);
        match last {
            0 => PART,
            last => last.max(HELD_PART).saturating_add(1),
        }
    }
}

impl Scheduler {
    /// The letters that some people have for the day of a round.
    pub(crate) async fn served(&self, round: &Round, people: &BTreeSet<&str>) -> Result<Served> {
        let mut served = Served::default();
        for letter in self.store.letter_parts(people, (round.day, MORNING)).await? {
            if letter.part == HELD_PART {
                continue;
            }
            let of = served.people.entry(letter.recipient).or_default();
            of.has_letter |= letter.counts;
            of.last_part = of.last_part.max(letter.part);
        }
        Ok(served)
    }
}
