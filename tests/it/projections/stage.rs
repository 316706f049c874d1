//! A store with a log in memory beside it: what one says about a day, the other must say too.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::calendar;
use spor_domain::door::{self, Stream};
use spor_domain::event::Event;
use spor_domain::ids::CaseRef;
use spor_history::codec::{Draft, Keys};
use spor_history::load::Memory;
use spor_projections::query::{self, Answer, Query};
use spor_projections::runner::Runner;
use spor_projections::tables::{self, Folded, Governed, Table};
use spor_store::{
    ActorKind, Append, Auth, Cell, CommitId, EventId, Expected, Genesis, KeyFiles, Kind, Location,
    NewCommit, NewEvent, Priority, Store, StoreId, StreamName,
};
use spor_tests::book::{self, Book};
use spor_tests::entry::journal_line;
use tempfile::TempDir;
use uuid::Uuid;

/// Long enough for a test's log.
pub(crate) const AMPLE: Duration = Duration::from_secs(60);

pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    pub(crate) memory: Memory,
    pub(crate) runner: Runner,
    pub(crate) book: Book,
    pub(crate) recorded_at: DateTime<Utc>,
    keys: Keys,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let location = Location::Sqlite(folder.path().join("spor.db"));
        let at = "1900-01-01T00:00:00Z".parse().unwrap();
        let genesis = Genesis {
            store_id: StoreId::new(Uuid::from_u128(7)),
            kind: Kind::Sandbox,
            commit: commit(0),
            events: vec![(stream("programme"), genesis_event())],
            at,
        };
        let keys = KeyFiles::beside(&location);
        let store = Store::create(&location, &keys, genesis).await.unwrap();
        let memory = Memory::new(store.clone());
        let runner = Runner::new(memory.clone(), "runner-1");
        let mut book = Book::default();
        // The genesis event has position 1: here something stands in its place.
        let first = "1900-01-01 ConfidentialityPledgeSigned person=V-99";
        assert_eq!(book.take(&journal_line(first)).code(), "accepted");
        Self { folder, store, memory, runner, book, recorded_at: at, keys: Keys::default() }
    }

    /// Takes a line to both logs when it is accepted; says what became of it.
    pub(crate) async fn take(&mut self, line: &str) -> &'static str {
        let answer = self.book.take(line);
        let book::Answer::Accepted(accepted) = &answer else {
            return answer.code();
        };
        let command = door::parse_line(line).unwrap().command;
        let (_, recorded) = self.book.entries().last().unwrap();
        self.recorded_at = recorded.recorded_at;
        let draft = Draft {
            kind: command.kind,
            on: command.on,
            id: command.id.as_ref(),
            corrects: None,
            clear: &accepted.clear,
            sealed: &accepted.sealed,
            reason: Some("as agreed"),
        };
        let stream = stream(&command.stream.name());
        self.keys.fetch(&self.store, draft.keys(&stream).collect()).await.unwrap();
        let id = EventId::new(recorded.event_id.0);
        let event = draft.seal(&self.store, &self.keys, &stream, id);
        let position = recorded.position.0;
        let appended = self.append(&stream, event, position).await;
        assert_eq!(appended, position, "both logs have the same positions");
        answer.code()
    }

    /// Takes short entries that must be accepted.
    pub(crate) async fn tell(&mut self, entries: &[&str]) {
        for entry in entries {
            assert_eq!(self.take(&journal_line(entry)).await, "accepted", "{entry}");
        }
    }

    /// Appends an event past all rules.
    pub(crate) async fn append(&self, stream: &StreamName, event: NewEvent, number: i64) -> i64 {
        let append = Append {
            commit: commit(number),
            expected: Expected::Any,
            events: vec![(stream.clone(), event)],
            at: self.recorded_at,
            ledger: Vec::new(),
            priority: Priority::People,
        };
        self.store.append(append).await.unwrap().last.get()
    }

    pub(crate) async fn catch_up(&self) {
        let caught = self.runner.catch_up(AMPLE, self.recorded_at).await.unwrap();
        assert_eq!((caught.behind, caught.stale), (0, false));
    }

    pub(crate) async fn ask(&self, table: &str, query: Query) -> Answer {
        let table = tables::find(table).unwrap();
        query::run(&self.runner, table, &query, self.recorded_at).await.unwrap()
    }

    /// One column of the rows for which a condition holds, in order.
    pub(crate) async fn column(&self, table: &str, column: &str, condition: &str) -> Vec<String> {
        let query = Query {
            where_text: Some(condition.to_owned()),
            columns: Some(column.to_owned()),
            ..Query::default()
        };
        let answer = self.ask(table, query).await;
        answer.rows.iter().map(|row| shown(&row[0])).collect()
    }

    /// The cases of the log in memory.
    pub(crate) fn cases(&self) -> Vec<CaseRef> {
        let cases = self.book.entries().iter().filter_map(|(stream, _)| match stream {
            Stream::Case(case) => Some((case.as_str().to_owned(), case.clone())),
            Stream::Staff(_) | Stream::Group(_) | Stream::Programme => None,
        });
        cases.collect::<BTreeMap<_, _>>().into_values().collect()
    }

    /// The kept cells of a table as of a day, folded without any store.
    pub(crate) fn pure_rows(
        &self,
        table: &'static Table,
        day: NaiveDate,
        known: NaiveDate,
    ) -> Vec<Vec<Cell>> {
        let zone = self.book.policies(None).on(day).zone;
        let known_at = Some(calendar::end_of_day(known, zone));
        let policies = self.book.policies(known_at);
        let mut rows = Vec::new();
        for case in self.cases() {
            let fold = self.book.case(&case, known_at);
            let governed = Governed { policies: &policies, on: day };
            rows.extend(table.rows(&Folded::new(&case, &fold, day, governed)));
        }
        rows
    }
}

pub(crate) fn stream(name: &str) -> StreamName {
    StreamName::parse(name).unwrap()
}

pub(crate) fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Null => "-".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(integer) => integer.to_string(),
        Cell::Real(real) => real.to_string(),
        Cell::Date(date) => date.to_string(),
        Cell::Instant(at) => at.to_rfc3339(),
        Cell::Flag(flag) => flag.to_string(),
    }
}

/// A session that nobody can read.
pub(crate) fn broken_session() -> NewEvent {
    NewEvent {
        id: EventId::new(Uuid::from_u128(0xb0)),
        event_type: "SessionHeld".to_owned(),
        schema_version: 1,
        occurred_on: "2025-01-13".parse().unwrap(),
        corrects: None,
        body: r#"{"minutes":"many"}"#.to_owned(),
        parts: Vec::new(),
    }
}

fn commit(number: i64) -> NewCommit {
    let id = Uuid::from_u128(0x0191_0000_0000_7000_8000_0000_0000_0000 + number as u128);
    NewCommit {
        id: CommitId::new(id),
        actor: "staff-K-01".to_owned(),
        actor_kind: ActorKind::Person,
        on_behalf_of: None,
        auth: Auth::Sandbox,
        idempotency_key: None,
        request_hash: [7; 32],
        command: "record".to_owned(),
        correlation_id: None,
        causation_id: None,
    }
}

fn genesis_event() -> NewEvent {
    let event = spor_domain::schema::find("StoreCreated").unwrap();
    let body =
        r#"{"store":"00000000-0000-0000-0000-000000000007","kind":"sandbox","municipality":"A"}"#;
    assert!(Event::decode(event.name, body).is_ok());
    NewEvent {
        id: EventId::new(Uuid::from_u128(1)),
        event_type: event.name.to_owned(),
        schema_version: event.version,
        occurred_on: "1900-01-01".parse().unwrap(),
        corrects: None,
        body: body.to_owned(),
        parts: Vec::new(),
    }
}

/// A row of dice, the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    pub(crate) fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        let at = usize::try_from(self.below(words.len() as u64)).unwrap();
        words[at]
    }
}

/// A random line about one of a few cases; many of them are refused, which is as it should be.
pub(crate) fn random_line(dice: &mut Dice, day: NaiveDate) -> String {
    let case = format!("SPOR-2025-{:04}", 1 + dice.below(9));
    let back = u32::try_from(dice.below(20)).unwrap();
    let earlier = calendar::days_before(day, back);
    let on = dice.pick(&["today", "today", "earlier"]);
    let on = if on == "today" { day } else { earlier };
    let track = dice.pick(&["T1", "T2", "T3"]);
    let until = calendar::days_after(on, 30 + u32::try_from(dice.below(120)).unwrap());
    let born = calendar::days_before(day, 6_200 + u32::try_from(dice.below(700)).unwrap());
    let entry = match dice.below(17) {
        0..=2 => format!("{on} CaseOpened birth_date={born} mentor=M-0{}", 1 + dice.below(3)),
        3 => {
            format!("{on} SupportGranted track={track} basis=LAB-167 weekly_hours=2 until={until}")
        }
        4 => format!(
            "{on} SupportGranted track={track} basis=voluntary weekly_hours=3 until=- person=V-01"
        ),
        5 => format!("{on} SupportSwitched from_track={track} track=T4 basis=SEL-85 until=-"),
        6..=7 => format!("{on} FollowUpHeld participants=caseworker,mentor,youth"),
        8 => format!("{on} FollowUpHeld participants=caseworker,mentor"),
        9 => format!("{on} MethodReviewHeld participants=professional_lead,mentor"),
        10 => format!("{on} TransitionMeetingHeld"),
        11 => format!(
            "{on} LimitedSupportPeriodStarted track={track} until={}",
            calendar::days_after(on, 20)
        ),
        12 => format!("{on} FollowUpDelayExplained"),
        13 => format!("{on} CaseClosed reason=youth_wish"),
        14 => format!("{on} CaseReopened mentor=M-04"),
        _ => format!("{on} SessionHeld minutes={} track={track}", 30 + dice.below(90)),
    };
    let mut fields = spor_tests::entry::fields(&entry);
    fields.insert("case".to_owned(), case.into());
    fields.insert("recorded".to_owned(), day.to_string().into());
    serde_json::Value::Object(fields).to_string()
}

impl Stage {
    /// A year and a half of a few cases, some of it corrected, told up to `days` days.
    pub(crate) async fn random_days(&mut self, dice: &mut Dice, from: NaiveDate, days: u32) {
        for past in 0..days {
            let day = calendar::days_after(from, past);
            for _ in 0..dice.below(3) {
                self.take(&random_line(dice, day)).await;
            }
            if dice.below(25) == 0 {
                self.take(&self.correction(dice, day)).await;
            }
        }
    }

    /// A line that moves, or takes back, any earlier entry of a case.
    fn correction(&self, dice: &mut Dice, day: NaiveDate) -> String {
        let entries = self.book.entries();
        let at = usize::try_from(dice.below(entries.len() as u64)).unwrap();
        let (stream, target) = &entries[at];
        let Stream::Case(case) = stream else {
            return String::new();
        };
        let moved = calendar::days_before(target.occurred_on, 3);
        let (kind, changes) = match dice.below(3) {
            0 => ("EntryRetracted", None),
            _ => ("EntryCorrected", Some(serde_json::json!({"date": moved}))),
        };
        let mut line = serde_json::json!({
            "date": day, "type": kind, "case": case.as_str(), "reason": "typing error",
            "target": target.event_id.to_string(),
        });
        if let Some(changes) = changes {
            line["changes"] = changes;
        }
        line.to_string()
    }
}
