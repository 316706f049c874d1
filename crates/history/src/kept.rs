//! Folds that are kept in memory: as long as neither its stream nor the keyring has moved, a case
//! need not be read and folded again.

use std::collections::HashMap;
use std::sync::Arc;

use spor_domain::case::Case;
use spor_store::{KeysSeen, StreamName, Version};

/// Entries in the folds that were asked for lately. When there are more, those are let go that were
/// not asked for since there were last so many.
const MOST_ENTRIES: usize = 50_000;

/// Folds by stream, each with the version it was made at, and all with the same keys.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    keys: KeysSeen,
    lately: HashMap<StreamName, Fold>,
    entries: usize,
    before: HashMap<StreamName, Fold>,
}

type Fold = (Version, Arc<Case>);

impl Kept {
    /// Lets everything go that was made with other keys: what they opened may be erased by now.
    pub(crate) fn heed(&mut self, keys: KeysSeen) {
        if self.keys != keys {
            *self = Self { keys, ..Self::default() };
        }
    }

    /// The fold of a stream and the version it was made at.
    pub(crate) fn get(&mut self, stream: &StreamName) -> Option<Fold> {
        if let Some(fold) = self.lately.get(stream) {
            return Some(fold.clone());
        }
        let (version, case) = self.before.remove(stream)?;
        self.keep(stream, version, &case);
        Some((version, case))
    }

    /// Keeps a fold; one that was made of an older version is let go.
    pub(crate) fn keep(&mut self, stream: &StreamName, version: Version, case: &Arc<Case>) {
        let older = self.lately.insert(stream.clone(), (version, Arc::clone(case)));
        self.entries += case.entries().len();
        self.entries -= older.map_or(0, |(_, older)| older.entries().len());
        self.before.remove(stream);
        if self.entries > MOST_ENTRIES {
            self.before = std::mem::take(&mut self.lately);
            self.entries = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use spor_domain::case::Recorded;
    use spor_domain::event::Event;
    use spor_domain::ids::{EventId, Position};
    use uuid::Uuid;

    use super::*;

    fn fold(entries: usize) -> Arc<Case> {
        let event = Event::decode("CaseClosed", "{}").expect("an event");
        let recorded = Recorded {
            position: Position(1),
            event_id: EventId(Uuid::nil()),
            recorded_at: chrono::DateTime::UNIX_EPOCH,
            occurred_on: chrono::NaiveDate::default(),
            id: None,
            event,
        };
        let mut case = Case::default();
        for _ in 0..entries {
            case.evolve(recorded.clone());
        }
        Arc::new(case)
    }

    fn stream(number: usize) -> StreamName {
        StreamName::parse(&format!("case-A-{number}")).expect("a name")
    }

    #[test]
    fn the_folds_that_nobody_asks_for_are_let_go_of_and_no_others() {
        let (mut kept, of) = (Kept::default(), MOST_ENTRIES / 4);
        let case = fold(of);
        for number in 0..40 {
            kept.keep(&stream(number), Version::new(1), &case);
            assert!(kept.get(&stream(0)).is_some(), "asked for each time: {number}");
            let entries: usize = [&kept.lately, &kept.before]
                .iter()
                .flat_map(|folds| folds.values())
                .map(|(_, case)| case.entries().len())
                .sum();
            assert!(entries <= 2 * (MOST_ENTRIES + of), "{entries} after {number}");
        }
        assert!(kept.get(&stream(39)).is_some() && kept.get(&stream(1)).is_none());
    }

    #[test]
    fn the_newest_version_of_a_fold_is_kept_and_counted_once() {
        let mut kept = Kept::default();
        for version in 1..100 {
            kept.keep(&stream(1), Version::new(version), &fold(3));
        }
        assert_eq!(kept.get(&stream(1)).map(|(version, _)| version), Some(Version::new(99)));
        assert_eq!(kept.entries, 3);
    }
}
