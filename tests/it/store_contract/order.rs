//! Order, conflicts, idempotency.

use spor_store::{Appended, Position, ReadSet, Result, StoreError, Version};

use super::support::*;

on_both! {
    positions_have_no_gaps_with_eight_writers,
    two_openers_of_one_file_share_the_head,
    a_stream_that_was_only_read_can_conflict,
    a_written_stream_that_was_not_read_must_be_absent,
    several_streams_are_written_together_or_not_at_all,
    a_retry_gets_the_first_answer_before_versions_are_looked_at,
    one_key_stands_for_one_request,
    of_fifty_equal_commands_at_once_one_is_stored,
    a_group_is_stored_in_order_and_each_request_gets_its_own_answer,
    what_builds_on_a_refused_request_is_refused_too,
    recorded_never_goes_back,
    what_could_not_be_given_back_is_refused,
}

async fn positions_have_no_gaps_with_eight_writers(on: On) {
    let (_place, store) = sandbox(on).await;
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let name = format!("case-W-{writer:02}");
                for version in 0..40 {
                    let appended = store.append(append_at(&name, version)).await.unwrap();
                    assert_eq!(appended.first, appended.last);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(positions(&store).await, (1..=321).collect::<Vec<_>>());
    assert_eq!(version(&store, "case-W-03").await, 40);
    assert_eq!(store.verify(|_| {}).await.unwrap().events, 321);
}

async fn two_openers_of_one_file_share_the_head(on: On) {
    let (place, store) = sandbox(on).await;
    let other = place.reopen().await;
    for round in 0..20 {
        store.append(append_at("case-A-1", 2 * round)).await.unwrap();
        other.append(append_at("case-A-1", 2 * round + 1)).await.unwrap();
    }
    assert_eq!(positions(&store).await, (1..=41).collect::<Vec<_>>());
    assert_eq!(other.verify(|_| {}).await.unwrap().events, 41);
}

async fn a_stream_that_was_only_read_can_conflict(on: On) {
    let (_place, store) = sandbox(on).await;
    store.append(append_at("staff-K-01", 0)).await.unwrap();
    let mut read = ReadSet::new();
    read.note(stream("staff-K-01"), Version::ZERO);
    read.note(stream("case-A-1"), Version::ZERO);
    let late = append(read, vec![(stream("case-A-1"), fact("SessionHeld"))]);
    let error = store.append(late).await.unwrap_err();
    assert_eq!(error.code(), "conflict");
    let StoreError::Conflict { stream, expected, actual } = error else {
        panic!("a conflict names the stream");
    };
    assert_eq!((stream.as_str(), expected.get(), actual.get()), ("staff-K-01", 0, 1));
    assert_eq!(version(&store, "case-A-1").await, 0);
}

async fn a_written_stream_that_was_not_read_must_be_absent(on: On) {
    let (_place, store) = sandbox(on).await;
    let claim = store.claim_stream("source_id", "kommune/4711").unwrap();
    let first = append(ReadSet::new(), vec![(claim.clone(), fact("Claimed"))]);
    let second = append(ReadSet::new(), vec![(claim, fact("Claimed"))]);
    store.append(first).await.unwrap();
    assert_eq!(store.append(second).await.unwrap_err().code(), "conflict");
}

async fn several_streams_are_written_together_or_not_at_all(on: On) {
    let (_place, store) = sandbox(on).await;
    store.append(append_at("case-A-2", 0)).await.unwrap();
    let events = || {
        vec![
            (stream("case-A-1"), fact("SessionHeld")),
            (stream("case-A-2"), fact("SessionHeld")),
            (stream("case-A-1"), fact("GoalSet")),
        ]
    };
    let mut read = ReadSet::new();
    read.note(stream("case-A-1"), Version::ZERO);
    assert!(store.append(append(read.clone(), events())).await.is_err());
    assert_eq!(version(&store, "case-A-1").await, 0);
    read.note(stream("case-A-2"), Version::new(1));
    let appended = store.append(append(read, events())).await.unwrap();
    assert_eq!((appended.first.get(), appended.last.get()), (3, 5));
    assert_eq!(version(&store, "case-A-1").await, 2);
    let commits = store.commits(&[appended.commit_id]).await.unwrap();
    assert_eq!(commits[&appended.commit_id].last_position.get(), 5);
}

async fn a_retry_gets_the_first_answer_before_versions_are_looked_at(on: On) {
    let (_place, store) = sandbox(on).await;
    let mut request = append_at("case-A-1", 0);
    request.commit.idempotency_key = Some("line-1".to_owned());
    let first = store.append(request.clone()).await.unwrap();
    assert!(!first.replayed);
    store.append(append_at("case-A-1", 1)).await.unwrap();
    let again = store.append(request).await.unwrap();
    assert!(again.replayed);
    assert_eq!(
        (again.commit_id, again.first, again.recorded_at),
        (first.commit_id, first.first, first.recorded_at)
    );
    let found = store
        .find_commits("staff-K-01", &["line-1".to_owned(), "line-2".to_owned()])
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found["line-1"].commit.id, first.commit_id);
}

async fn one_key_stands_for_one_request(on: On) {
    let (_place, store) = sandbox(on).await;
    let mut request = append_at("case-A-1", 0);
    request.commit.idempotency_key = Some("line-1".to_owned());
    store.append(request).await.unwrap();
    let mut other = append_at("case-A-1", 1);
    other.commit.idempotency_key = Some("line-1".to_owned());
    other.commit.request_hash = [8; 32];
    let error = store.append(other.clone()).await.unwrap_err();
    assert_eq!(error.code(), "idempotency_mismatch");
    // Another actor's key is another key.
    other.commit.actor = "staff-K-02".to_owned();
    store.append(other).await.unwrap();
}

async fn of_fifty_equal_commands_at_once_one_is_stored(on: On) {
    let (_place, store) = sandbox(on).await;
    let asked: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            let mut request = append_at("case-A-1", 0);
            request.commit.idempotency_key = Some("click".to_owned());
            tokio::spawn(async move { store.append(request).await.unwrap() })
        })
        .collect();
    let mut answers: Vec<Appended> = Vec::new();
    for one in asked {
        answers.push(one.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|answer| !answer.replayed).count(), 1);
    assert!(answers.iter().all(|a| a.first == Position::new(2)));
    assert_eq!(version(&store, "case-A-1").await, 1);
}

async fn a_group_is_stored_in_order_and_each_request_gets_its_own_answer(on: On) {
    let (_place, store) = sandbox(on).await;
    let mut twin = append_at("case-A-1", 2);
    twin.events[0].1.id = spor_store::EventId::new(fresh_id());
    let doubled = twin.events[0].1.id;
    let mut refused = append_at("case-A-1", 3);
    refused.events[0].1.id = doubled;
    let group = vec![
        append_at("case-A-1", 0),
        append_at("case-A-1", 1),
        append_at("case-A-1", 1),
        twin,
        // The database refuses the second event with this id; the others do not suffer.
        refused,
        append_at("case-A-1", 3),
    ];
    let answers: Vec<Result<Appended>> = store.append_all(group).await;
    let codes: Vec<&str> = answers
        .iter()
        .map(|answer| answer.as_ref().map_or_else(StoreError::code, |_| "stored"))
        .collect();
    let expected = ["stored", "stored", "conflict", "stored", "bad_request", "stored"];
    assert_eq!(codes, expected);
    assert_eq!(positions(&store).await, [1, 2, 3, 4, 5]);
    store.verify(|_| {}).await.unwrap();
}

async fn what_builds_on_a_refused_request_is_refused_too(on: On) {
    let (place, store) = sandbox(on).await;
    place.reopen().await.append(append_at("case-A-1", 0)).await.unwrap();
    // Somebody else has made version 1: the second request has never seen that event.
    let job = vec![append_at("case-A-1", 0), append_at("case-A-1", 1), append_at("case-B-1", 0)];
    let answers = store.append_all(job).await;
    let codes: Vec<&str> =
        answers.iter().map(|answer| answer.as_ref().map_or_else(|e| e.code(), |_| "ok")).collect();
    assert_eq!(codes, ["conflict", "conflict", "ok"]);
    assert_eq!(version(&store, "case-A-1").await, 1);
    store.append(append_at("case-A-1", 1)).await.unwrap();
}

async fn recorded_never_goes_back(on: On) {
    let (_place, store) = sandbox(on).await;
    let mut later = append_at("case-A-1", 0);
    later.at = instant("2026-03-05T08:00:00.123456789Z");
    let mut earlier = append_at("case-A-1", 1);
    earlier.at = instant("2026-03-01T08:00:00Z");
    let first = store.append(later).await.unwrap();
    let second = store.append(earlier).await.unwrap();
    assert_eq!(first.recorded_at, instant("2026-03-05T08:00:00.123456Z"));
    assert_eq!(second.recorded_at, first.recorded_at);
}

async fn what_could_not_be_given_back_is_refused(on: On) {
    let (_place, store) = sandbox(on).await;
    let mut nothing = append_at("case-A-1", 0);
    nothing.events.clear();
    let mut nul = append_at("case-A-1", 0);
    nul.events[0].1.body = "a\0b".to_owned();
    for request in [nothing, nul] {
        assert_eq!(store.append(request).await.unwrap_err().code(), "bad_request");
    }
    assert_eq!(store.head().await.unwrap().position.get(), 1);
}

#[test]
fn names_of_streams_carry_no_cpr_number() {
    use spor_store::StreamName;
    for good in ["case-C-001", "programme", "reminders-A1", "group-2026-G1"] {
        assert!(StreamName::parse(good).is_ok(), "{good}");
    }
    for bad in ["case-", "case-c1", "Case-C1", "case-0000000000", "case-000000-0000", "", "case--A"]
    {
        assert!(StreamName::parse(bad).is_err(), "{bad}");
    }
}
