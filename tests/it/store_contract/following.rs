//! A follower sees everything, in order, once.

use std::time::Duration;

use spor_store::Position;

use super::support::*;

on_both! {
    a_follower_sees_everything_in_order,
    a_follower_loses_nothing_while_eight_writers_fail_one_time_in_ten,
    a_follower_sees_what_another_process_stores,
    a_deleted_event_is_an_alarm,
    local_commits_are_announced,
}

const CEILING: Duration = Duration::from_secs(30);

async fn a_follower_sees_everything_in_order(on: On) {
    let (_place, store) = sandbox(on).await;
    let mut follower = store.follow(Position::ZERO);
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let name = format!("case-F-{writer:02}");
                for version in 0..50 {
                    store.append(append_at(&name, version)).await.unwrap();
                }
            })
        })
        .collect();
    let mut seen = Vec::new();
    while seen.len() < 201 {
        let events = tokio::time::timeout(CEILING, follower.next()).await;
        let events = events.expect("events come in time").unwrap();
        seen.extend(events.iter().map(|event| event.position.get()));
    }
    assert_eq!(seen, (1..=201).collect::<Vec<_>>());
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn a_follower_loses_nothing_while_eight_writers_fail_one_time_in_ten(on: On) {
    let (place, store) = sandbox(on).await;
    let other = place.reopen().await;
    let mut follower = store.follow(Position::ZERO);
    let taken = store.read_after(Position::ZERO, 1).await.unwrap()[0].id;
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            // Four writers in each of two processes.
            let store = if writer % 2 == 0 { store.clone() } else { other.clone() };
            tokio::spawn(async move {
                let name = format!("case-F-{writer:02}");
                for version in 0..40 {
                    if version % 10 == 9 {
                        let mut refused = append_at(&name, version);
                        // The database refuses it, and everything of its transaction rolls back.
                        refused.events[0].1.id = taken;
                        let error = store.append(refused).await.unwrap_err();
                        assert_eq!(error.code(), "bad_request");
                    }
                    store.append(append_at(&name, version)).await.unwrap();
                }
            })
        })
        .collect();
    let mut seen = Vec::new();
    while seen.len() < 321 {
        let events = tokio::time::timeout(CEILING, follower.next()).await;
        let events = events.expect("events come in time").unwrap();
        seen.extend(events.iter().map(|event| event.position.get()));
    }
    assert_eq!(seen, (1..=321).collect::<Vec<_>>());
    for writer in writers {
        writer.await.unwrap();
    }
    store.verify(|_| {}).await.unwrap();
}

async fn a_follower_sees_what_another_process_stores(on: On) {
    let (place, store) = sandbox(on).await;
    let other = place.reopen().await;
    let mut follower = store.follow(Position::new(1));
    let written = other.append(append_at("case-A-1", 0)).await.unwrap();
    let events = tokio::time::timeout(CEILING, follower.next()).await;
    assert_eq!(events.unwrap().unwrap()[0].position, written.first);
}

async fn a_deleted_event_is_an_alarm(on: On) {
    let (place, store) = sandbox(on).await;
    fill(&store, 5).await;
    let mut follower = store.follow(Position::new(2));
    place.tamper("DELETE FROM events WHERE position = 4").await;
    let error = follower.next().await.unwrap_err();
    assert_eq!(error.code(), "integrity_broken");
    assert!(error.to_string().contains("position 4"), "{error}");
    place.tamper("DELETE FROM events WHERE position = 6").await;
    assert!(store.read_after(Position::new(5), 10).await.is_err());
}

async fn local_commits_are_announced(on: On) {
    let (_place, store) = sandbox(on).await;
    let mut committed = store.committed();
    store.append(append_at("case-A-1", 0)).await.unwrap();
    committed.changed().await.unwrap();
    assert_eq!(*committed.borrow(), Position::new(2));
}
