//! What was acknowledged, and whether the log holds it: each once, nothing missing, no gap.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use spor_store::{Open, Opened, Position, Store};

use super::stage::Stage;

/// Events read at a time.
const STEP: usize = 1_000;
/// Marks begin like this; nothing else in the log does.
const MARK: &str = "mark-";

/// What a writer remembers of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Where the fact was said to stand.
    pub position: i64,
    /// The id it was said to have.
    pub event: String,
}

/// Everything that was acknowledged, by its mark; an imported line has no receipt of its own.
#[derive(Debug, Default)]
pub struct Tally {
    acknowledged: Mutex<BTreeMap<String, Option<Receipt>>>,
}

/// What the count has shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Count {
    /// Events in the log.
    pub events: u64,
    /// Marks that were acknowledged and are there once.
    pub marks: u64,
}

/// The mark of a writer's nth fact.
pub fn mark(writer: &str, nth: u64) -> String {
    format!("{MARK}{writer}-{nth:06}")
}

/// Reads an answer of `spor session -o json`.
///
/// # Panics
/// When it is none.
pub fn receipt(answer: &str) -> (Receipt, bool) {
    let answer: Value = serde_json::from_str(answer).expect("-o json gives JSON");
    let receipt = Receipt {
        position: answer["position"].as_i64().expect("an answer names its position"),
        event: answer["event_id"].as_str().expect("an answer names its event").to_owned(),
    };
    (receipt, answer["replayed"] == true)
}

impl Tally {
    /// Remembers that a fact was acknowledged.
    pub fn note(&self, mark: String, receipt: Option<Receipt>) {
        let mut acknowledged = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        acknowledged.insert(mark, receipt);
    }

    /// How many facts were acknowledged.
    pub fn len(&self) -> usize {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether nothing was acknowledged yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads the whole log with the library, opens every sealed part, and counts.
    ///
    /// # Panics
    /// When something is missing, twice, elsewhere than was said, or unreadable.
    pub fn check(&self, stage: &Stage) -> Count {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let found = runtime.expect("a runtime").block_on(marks(stage));
        let acknowledged = self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        for (mark, receipt) in &*acknowledged {
            let places = found.marks.get(mark).map_or(&[][..], Vec::as_slice);
            let [place] = places else {
                panic!("{mark} was acknowledged and is in the log {} times", places.len());
            };
            if let Some(receipt) = receipt {
                assert_eq!(place, receipt, "{mark} stands where its answer said");
            }
        }
        for (mark, places) in &found.marks {
            assert_eq!(places.len(), 1, "{mark} is in the log more than once");
        }
        Count { events: found.events, marks: acknowledged.len() as u64 }
    }
}

struct Found {
    events: u64,
    marks: BTreeMap<String, Vec<Receipt>>,
}

async fn marks(stage: &Stage) -> Found {
    let (location, keys) = stage.place();
    let store = Store::open(&location, &keys, Open::ReadOnly).await.expect("the store opens");
    let mut found = Found { events: 0, marks: BTreeMap::new() };
    let mut last = Position::ZERO;
    loop {
        let events = store.read_after(last, STEP).await.expect("the log has no gap");
        let parts = store.open_parts(&events).await.expect("sealed parts open");
        for (event, parts) in events.iter().zip(parts) {
            assert_eq!(event.position, last.next(), "positions follow each other");
            last = event.position;
            found.events += 1;
            for (part, opened) in parts {
                if opened == Opened::KeyMissing {
                    panic!("the key of {part} of the event at {last} is missing");
                }
                let Opened::Text(text) = opened else { continue };
                for mark in text.split('"').filter(|word| word.starts_with(MARK)) {
                    let receipt =
                        Receipt { position: last.get(), event: event.id.get().to_string() };
                    found.marks.entry(mark.to_owned()).or_default().push(receipt);
                }
            }
        }
        if events.is_empty() {
            store.close().await.expect("the store closes");
            return found;
        }
    }
}
