//! A copy has the same history and all that hangs on it, or it is none.

use std::fs;

use spor_store::{
    Compartment, KeyFiles, LetGo, LetterFilter, LetterId, LetterState, Location, NewLetter, Open,
    OpenOptions, Opened, Position, Store, Suppression,
};
use spor_tests::postgres::{self, Database};
use sqlx::Executor;
use tempfile::TempDir;

use super::support::*;

const AT: &str = "2026-03-02T12:00:00Z";

on_both!(
    a_copy_has_the_same_root_and_all_that_hangs_on_the_log,
    a_repeated_copy_brings_what_was_recorded_since,
);

/// A place that a store is copied to.
struct Target {
    folder: TempDir,
    location: Location,
    keys: KeyFiles,
    _database: Option<Database>,
}

impl Target {
    fn new(on: On) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = Location::Sqlite(folder.path().join("copy.db"));
        let keys = KeyFiles::beside(&file);
        let database = (on == On::Postgres).then(|| postgres::shared().database());
        let location = database.as_ref().map(|made| Location::parse(&made.url).unwrap());
        Self { folder, location: location.unwrap_or(file), keys, _database: database }
    }

    async fn receive(&self, place: &Place, store: &Store) -> spor_store::Result<Store> {
        store.receive(&place.keys, &self.location, &self.keys, instant(AT)).await
    }

    async fn copy(&self, place: &Place, store: &Store) -> spor_store::Result<spor_store::Copied> {
        let target = self.receive(place, store).await?;
        let copied = store.copy_to(&target, instant(AT), |_| {}).await;
        target.close().await?;
        copied
    }

    async fn open(&self) -> spor_store::Result<Store> {
        Store::open(&self.location, &self.keys, Open::ReadWrite).await
    }
}

fn letter(number: u128, day: &str, next_at: &str) -> NewLetter {
    NewLetter {
        id: LetterId::new(uuid::Uuid::from_u128(number)),
        recipient: format!("M-{number:02}"),
        address: format!("m{number}@kommune.example"),
        local_day: super::support::day(day),
        slot: "morning".to_owned(),
        part: 1,
        message_id: format!("<{number}@kommune.example>"),
        bytes: b"Subject: spor\r\n\r\nto look at\r\n".to_vec(),
        next_at: instant(next_at),
    }
}

/// A store with sealed notes, letters, an outcome and a lease.
async fn lived_in(on: On) -> (Place, Store) {
    let (place, store) = sandbox(on).await;
    fill(&store, 40).await;
    super::sealing::record_note(&store, "case-A-1", "a note about nobody").await;
    for number in 1..=3 {
        let letter = letter(number, "2026-03-02", "2026-03-02T05:30:00Z");
        store.compose(letter, vec![]).await.unwrap();
    }
    let now = instant("2026-03-02T06:00:00Z");
    let leased = store.lease_letters("worker", 1, 60, now).await.unwrap();
    assert!(store.mark_handing_over(leased[0].letter.id, leased[0].fence).await.unwrap());
    store.keep_import_outcomes(&[("line".into(), "accepted".into())], false).await.unwrap();
    store.take_lease("scheduler", "one", 60).await.unwrap();
    (place, store)
}

async fn a_copy_has_the_same_root_and_all_that_hangs_on_the_log(on: On) {
    let (place, store) = lived_in(on.other()).await;
    let target = Target::new(on);
    let copied = target.copy(&place, &store).await.unwrap();
    let verified = store.verify(|_| {}).await.unwrap();
    assert_eq!((copied.root, copied.head), (verified.root, verified.head));
    let copy = target.open().await.unwrap();
    assert_eq!(copy.verify(|_| {}).await.unwrap(), verified);
    let all = LetterFilter::default();
    let letters = store.letters(&all, 10).await.unwrap();
    assert_eq!(copy.letters(&all, 10).await.unwrap(), letters);
    for letter in &letters {
        let id = letter.letter.id;
        assert_eq!(copy.attempts(id).await.unwrap(), store.attempts(id).await.unwrap());
    }
    let line = ["line".to_owned()];
    assert_eq!(copy.import_outcomes(&line).await.unwrap()["line"], "accepted");
    assert_eq!(copy.take_lease("scheduler", "two", 60).await.unwrap(), None, "leases travel");
    let events = copy.read_after(Position::ZERO, 1_000).await.unwrap();
    assert_eq!(events, store.read_after(Position::ZERO, 1_000).await.unwrap());
    let opened = copy.open_parts(&events).await.unwrap();
    let texts = opened.into_iter().flatten().filter(|(_, text)| matches!(text, Opened::Text(_)));
    assert_eq!(texts.count(), 1, "the keys travel");
    copy.append(append_any("case-A-1")).await.unwrap();
    assert_eq!(copy.verify(|_| {}).await.unwrap().events, verified.events + 1);
}

async fn a_repeated_copy_brings_what_was_recorded_since(on: On) {
    let (place, store) = lived_in(on.other()).await;
    let target = Target::new(on);
    target.copy(&place, &store).await.unwrap();
    fill(&store, 30).await;
    let again = letter(9, "2026-03-02", "2026-03-02T05:30:00Z");
    store.compose(again, vec![]).await.unwrap();
    let refused = Suppression {
        address: "m1@kommune.example".to_owned(),
        reason: "550".to_owned(),
        at: instant(AT),
    };
    let change = spor_store::LedgerChange::AddressSuppressed {
        address: refused.address.clone(),
        reason: refused.reason.clone(),
    };
    store.change_ledger(vec![change], instant(AT)).await.unwrap();
    let copied = target.copy(&place, &store).await.unwrap();
    assert_eq!(copied.head.get() - copied.from.get(), 30);
    let copy = target.open().await.unwrap();
    assert_eq!(copy.verify(|_| {}).await.unwrap(), store.verify(|_| {}).await.unwrap());
    assert_eq!(copy.letters(&LetterFilter::default(), 10).await.unwrap().len(), 4);
    assert_eq!(copy.suppressions().await.unwrap(), [refused]);
}

#[tokio::test]
async fn a_target_that_is_no_copy_is_refused_and_left_alone() {
    let (place, store) = lived_in(On::Sqlite).await;
    // Another store.
    let (other_place, other) = sandbox(On::Sqlite).await;
    other.close().await.unwrap();
    let refused = store
        .receive(&place.keys, &other_place.location, &other_place.keys, instant(AT))
        .await
        .unwrap();
    let error = store.copy_to(&refused, instant(AT), |_| {}).await.unwrap_err();
    assert_eq!(error.code(), "other_history");
    assert_eq!(positions(&refused).await, [1]);
    // The same store, gone on by itself.
    let target = Target::new(On::Sqlite);
    target.copy(&place, &store).await.unwrap();
    let copy = target.open().await.unwrap();
    copy.append(append_any("case-A-1")).await.unwrap();
    copy.close().await.unwrap();
    assert_eq!(target.copy(&place, &store).await.unwrap_err().code(), "other_history");
    store.append(append_any("case-B-1")).await.unwrap();
    assert_eq!(target.copy(&place, &store).await.unwrap_err().code(), "other_history");
    // The keyring of another store.
    let target = Target::new(On::Sqlite);
    fs::copy(&other_place.keys.keyring, &target.keys.keyring).unwrap();
    assert_eq!(target.copy(&place, &store).await.unwrap_err().code(), "wrong_keyring");
}

#[tokio::test]
async fn an_unfinished_copy_is_not_worked_with_and_goes_on() {
    let (place, store) = lived_in(On::Sqlite).await;
    let target = Target::new(On::Sqlite);
    target.receive(&place, &store).await.unwrap().close().await.unwrap();
    assert_eq!(target.open().await.unwrap_err().code(), "copy_unfinished");
    target.copy(&place, &store).await.unwrap();
    assert_eq!(target.open().await.unwrap().verify(|_| {}).await.unwrap().events, 42);
    let mut left: Vec<_> = fs::read_dir(target.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    left.sort();
    assert_eq!(left, ["copy.db", "copy.kek", "copy.keys", "copy.pub", "copy.sign"]);
}

#[tokio::test]
async fn a_source_that_was_changed_is_not_copied() {
    let (place, store) = lived_in(On::Sqlite).await;
    store.close().await.unwrap();
    place.tamper("UPDATE events SET body = '{\"fact\":\"other\"}' WHERE position = 17").await;
    let store = place.open(OpenOptions::new(Open::ReadOnly)).await.unwrap();
    let error = Target::new(On::Sqlite).copy(&place, &store).await.unwrap_err();
    assert_eq!(error.code(), "integrity_broken");
    assert!(error.to_string().contains("position 17"), "{error}");
}

#[tokio::test]
async fn what_was_destroyed_is_destroyed_in_the_copy_too() {
    let (place, store) = lived_in(On::Sqlite).await;
    let target = Target::new(On::Sqlite);
    target.copy(&place, &store).await.unwrap();
    let key = store.data_keys(&[(stream("case-A-1"), Compartment::Person)]).await.unwrap();
    let id = key[0].id().to_string().replace('-', "");
    store.close().await.unwrap();
    let mut ring = raw(&place.keys.keyring).await;
    let destroy =
        format!("UPDATE subject_keys SET wrapped = NULL, destroyed_at = 7 WHERE key_id = x'{id}'");
    ring.execute(sqlx::AssertSqlSafe(destroy)).await.unwrap();
    drop(ring);
    let store = place.reopen().await;
    assert_eq!(store.mirror_destroyed_keys().await.unwrap(), 1);
    let mut log = raw(&place.path()).await;
    log.execute("UPDATE sealed_parts SET ciphertext = NULL").await.unwrap();
    target.copy(&place, &store).await.unwrap();
    let copy = target.open().await.unwrap();
    let events = copy.read_after(Position::ZERO, 1_000).await.unwrap();
    let parts: Vec<_> = events.iter().flat_map(|event| &event.parts).collect();
    assert!(parts.len() == 1 && parts[0].ciphertext.is_none(), "{parts:?}");
    let opened = copy.open_parts(&events).await.unwrap().concat();
    assert_eq!(opened[0].1, Opened::Erased);
    copy.verify(|_| {}).await.unwrap();
}

#[tokio::test]
async fn after_a_restore_old_letters_are_held_until_a_person_decides() {
    for (then, state) in
        [(LetGo::Send, LetterState::Ready), (LetGo::Cancel, LetterState::Cancelled)]
    {
        let (_place, store) = sandbox(On::Sqlite).await;
        let old = letter(1, "2026-03-02", "2026-03-02T05:30:00Z");
        let deferred = letter(2, "2026-02-27", "2026-03-05T05:30:00Z");
        let young = letter(3, "2026-03-05", "2026-03-05T05:30:00Z");
        for letter in [old, deferred, young] {
            store.compose(letter, vec![]).await.unwrap();
        }
        let (before, at) = (instant("2026-03-04T08:00:00Z"), instant("2026-03-05T08:00:00Z"));
        assert_eq!(store.begin_quarantine(before, at).await.unwrap(), 2);
        assert_eq!(store.held_before().await.unwrap(), Some(before));
        let leased = store.lease_letters("worker", 10, 60, at).await.unwrap();
        let sent: Vec<_> = leased.iter().map(|row| row.letter.recipient.as_str()).collect();
        assert_eq!(sent, ["M-03"]);
        assert_eq!(store.end_quarantine(then, at).await.unwrap(), 2);
        assert_eq!(store.held_before().await.unwrap(), None);
        let states = vec![state];
        let filter = LetterFilter { states, ..LetterFilter::default() };
        let let_go = store.letters(&filter, 10).await.unwrap();
        assert_eq!(let_go.len(), 2);
        let noted = store.attempts(let_go[0].letter.id).await.unwrap();
        assert_eq!(
            noted.iter().map(|note| note.phase).collect::<Vec<_>>(),
            [LetterState::Held, state]
        );
    }
}
