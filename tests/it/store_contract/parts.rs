//! Which letters of a person's day count: those that somebody may have had, and those on their way.

use spor_store::{
    Composed, LedgerChange, LetterId, LetterPart, LetterState, NewLetter, ReminderId,
    ReminderState, Store,
};

use super::outbox::{new_letter, reminder};
use super::support::*;
use super::tables::{claimed, deadlines};

on_both! {
    an_address_is_released_once_and_the_release_is_noted,
    a_letter_that_was_taken_back_unheard_leaves_the_day_free,
}

const MORNING: &str = "2026-03-24T05:30:00Z";

async fn composed(store: &Store, part: u32) -> (LetterId, ReminderId) {
    let row = reminder("R01");
    store.plan(&deadlines(), vec![row.clone()], vec![]).await.unwrap();
    let letter = NewLetter { part, slot: "morning".to_owned(), ..new_letter("K-01", MORNING) };
    let id = letter.id;
    assert_eq!(store.compose(letter, vec![row.id]).await.unwrap(), Composed::New);
    (id, row.id)
}

fn moved(letter: LetterId, fence: i64, from: LetterState) -> LedgerChange {
    let text = "taken back".to_owned();
    let to = LetterState::Cancelled;
    LedgerChange::LetterMoved { letter, fence, from: vec![from], to, next_at: None, text }
}

async fn counts(store: &Store) -> Vec<bool> {
    let people = ["K-01", "K-02"].into_iter().collect();
    let of = (day("2026-03-24"), "morning");
    let parts: Vec<LetterPart> = store.letter_parts(&people, of).await.unwrap();
    let numbers: Vec<u32> = parts.iter().map(|part| part.part).collect();
    assert_eq!(numbers, (1..=3).take(parts.len()).collect::<Vec<_>>());
    parts.into_iter().map(|part| part.counts).collect()
}

async fn an_address_is_released_once_and_the_release_is_noted(on: On) {
    let (_place, store) = sandbox(on).await;
    claimed(&store).await;
    let address = "k-01@kommune.example";
    let release = || store.release_address(address, ("released by L-01", instant(MORNING)));
    assert_eq!(release().await.unwrap(), None, "nobody ever wrote to it");
    let (older, newer) = (composed(&store, 1).await.0, composed(&store, 2).await.0);
    assert_eq!(release().await.unwrap(), Some(false), "it is not refused");
    let refused =
        LedgerChange::AddressSuppressed { address: address.to_owned(), reason: "5.1.1".to_owned() };
    store.change_ledger(vec![refused], instant(MORNING)).await.unwrap();
    assert_eq!(release().await.unwrap(), Some(true));
    assert_eq!(release().await.unwrap(), Some(false), "a repeat changes nothing");
    assert!(store.suppressions().await.unwrap().is_empty());
    assert_eq!(store.attempts(older).await.unwrap(), []);
    let noted = store.attempts(newer).await.unwrap();
    let told: Vec<_> = noted.iter().map(|note| (note.phase, note.text.as_deref())).collect();
    assert_eq!(told, [(LetterState::Ready, Some("released by L-01"))]);
}

async fn a_letter_that_was_taken_back_unheard_leaves_the_day_free(on: On) {
    let (_place, store) = sandbox(on).await;
    claimed(&store).await;
    assert!(counts(&store).await.is_empty());
    let (first, told) = composed(&store, 1).await;
    assert_eq!(counts(&store).await, [true]);
    let planned = LedgerChange::ReminderMoved {
        reminder: told,
        from: vec![ReminderState::Composed],
        to: ReminderState::Planned,
        reason: None,
    };
    let back = vec![moved(first, 0, LetterState::Ready), planned];
    store.change_ledger(back, instant(MORNING)).await.unwrap();
    assert_eq!(counts(&store).await, [false]);
    // A person said of this one that it shall not go out: what is in it is told nowhere else.
    let (second, _) = composed(&store, 2).await;
    store
        .change_ledger(vec![moved(second, 0, LetterState::Ready)], instant(MORNING))
        .await
        .unwrap();
    assert_eq!(counts(&store).await, [false, true]);
    // A relay has heard of this one.
    let (third, told) = composed(&store, 3).await;
    let leased = store.lease_letters("one", 1, 60, instant(MORNING)).await.unwrap();
    assert_eq!(leased[0].letter.id, third);
    assert!(store.mark_handing_over(third, leased[0].fence).await.unwrap());
    let refused = LedgerChange::LetterSettled {
        letter: third,
        fence: leased[0].fence,
        outcome: spor_store::LetterOutcome::Deferred { next_at: instant(MORNING) },
        code: Some(451),
        text: "later".to_owned(),
    };
    let planned = LedgerChange::ReminderMoved {
        reminder: told,
        from: vec![ReminderState::Composed],
        to: ReminderState::Cancelled,
        reason: Some("met".to_owned()),
    };
    let taken = moved(third, leased[0].fence, LetterState::Deferred);
    store.change_ledger(vec![refused, taken, planned], instant(MORNING)).await.unwrap();
    assert_eq!(counts(&store).await, [false, true, true]);
}

/// The outbox only grows: what is asked for one letter or one person is found by an index.
#[tokio::test]
async fn the_letters_of_one_person_are_found_without_looking_through_the_outbox() {
    let (place, store) = sandbox(On::Sqlite).await;
    let mut raw = raw(&place.path()).await;
    for statement in [
        include_str!("../../../crates/store/sql/sqlite/list_letters_of_id.sql"),
        include_str!("../../../crates/store/sql/sqlite/list_letters_to.sql"),
        include_str!("../../../crates/store/sql/sqlite/list_parts.sql"),
    ] {
        let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(explain).fetch_all(&mut raw).await.unwrap();
        let is_found = |step: &String| step.starts_with("SEARCH letters USING INDEX");
        assert!(steps.iter().any(|(.., step)| is_found(step)), "{steps:?}");
        assert!(steps.iter().all(|(.., step)| step != "SCAN letters"), "{steps:?}");
    }
    store.close().await.unwrap();
}
