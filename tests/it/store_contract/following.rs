//! A follower sees everything, in order, once.

use std::time::Duration;

use spor_store::Position;

use super::support::*;

const CEILING: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_sees_everything_in_order() {
    let (_place, store) = sandbox().await;
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

#[tokio::test]
async fn a_follower_sees_what_another_process_stores() {
    let (place, store) = sandbox().await;
    let other = place.reopen().await;
    let mut follower = store.follow(Position::new(1));
    let written = other.append(append_at("case-A-1", 0)).await.unwrap();
    let events = tokio::time::timeout(CEILING, follower.next()).await;
    assert_eq!(events.unwrap().unwrap()[0].position, written.first);
}

#[tokio::test]
async fn a_deleted_event_is_an_alarm() {
    let (place, store) = sandbox().await;
    fill(&store, 5).await;
    let mut follower = store.follow(Position::new(2));
    place.tamper("DELETE FROM events WHERE position = 4").await;
    let error = follower.next().await.unwrap_err();
    assert_eq!(error.code(), "integrity_broken");
    assert!(error.to_string().contains("position 4"), "{error}");
    place.tamper("DELETE FROM events WHERE position = 6").await;
    assert!(store.read_after(Position::new(5), 10).await.is_err());
}

#[tokio::test]
async fn local_commits_are_announced() {
    let (_place, store) = sandbox().await;
    let mut committed = store.committed();
    store.append(append_at("case-A-1", 0)).await.unwrap();
    committed.changed().await.unwrap();
    assert_eq!(*committed.borrow(), Position::new(2));
}
