//! What was put in comes out, by stream, by position, as known at a time.

use std::slice;

use spor_store::{EventId, NewEvent, Position, ReadSet, Upto, Version};

use super::support::*;

on_both! {
    an_event_comes_out_as_it_went_in,
    streams_are_read_as_known_at_a_time,
    a_scan_gives_whole_streams_in_the_order_of_names,
    what_has_moved_since_is_read_and_nothing_else,
    changed_streams_are_named_once,
    events_of_some_types_are_found_where_they_stand,
    the_fast_scan_shows_the_same_events,
}

async fn an_event_comes_out_as_it_went_in(on: On) {
    let (place, store) = sandbox(on).await;
    let mut read = ReadSet::new();
    read.note(stream("case-A-1"), Version::ZERO);
    let new = NewEvent {
        corrects: Some(EventId::new(fresh_id())),
        schema_version: 3,
        body: "{\"tekst\": \"'æøå' \\u0001 \\\\ \u{1F600}\",\n \"n\": 1.50}".to_owned(),
        ..fact("EntryCorrected")
    };
    let mut request = append(read, vec![(stream("case-A-1"), new.clone())]);
    request.commit.on_behalf_of = Some("staff-K-02".to_owned());
    request.commit.correlation_id = Some(fresh_id());
    let appended = store.append(request.clone()).await.unwrap();
    store.close().await.unwrap();
    let store = place.reopen().await;
    let events = store.read_after(Position::new(1), 10).await.unwrap();
    let event = &events[0];
    assert_eq!((event.id, event.corrects), (new.id, new.corrects));
    assert_eq!((&event.body, event.schema_version), (&new.body, 3));
    assert_eq!(event.occurred_on, new.occurred_on);
    assert_eq!(event.recorded_at, appended.recorded_at);
    let commit = &store.commits(&[event.commit_id]).await.unwrap()[&event.commit_id];
    assert_eq!(commit.commit.on_behalf_of, request.commit.on_behalf_of);
    assert_eq!(commit.commit.correlation_id, request.commit.correlation_id);
    assert_eq!(commit.first_position, event.position);
}

async fn streams_are_read_as_known_at_a_time(on: On) {
    let (_place, store) = sandbox(on).await;
    for (version, day) in ["2026-03-02", "2026-03-09", "2026-03-16"].iter().enumerate() {
        let mut request = append_at("case-A-1", i64::try_from(version).unwrap());
        request.at = instant(&format!("{day}T11:00:00Z"));
        store.append(request).await.unwrap();
    }
    let wanted = [stream("case-B-2"), stream("case-A-1")];
    let versions = |upto| {
        let store = store.clone();
        let wanted = wanted.clone();
        async move {
            let slices = store.read_streams(&wanted, upto).await.unwrap();
            assert_eq!(slices[0].stream, wanted[0]);
            let versions: Vec<_> =
                slices.iter().map(|s| (s.version.get(), s.events.len())).collect();
            versions
        }
    };
    assert_eq!(versions(Upto::Everything).await, [(0, 0), (3, 3)]);
    assert_eq!(versions(Upto::Position(Position::new(3))).await, [(0, 0), (2, 2)]);
    let known = Upto::RecordedAt(instant("2026-03-09T11:00:00Z"));
    assert_eq!(versions(known).await, [(0, 0), (2, 2)]);
    let before = Upto::RecordedAt(instant("2026-03-01T00:00:00Z"));
    assert_eq!(versions(before).await, [(0, 0), (0, 0)]);
}

async fn a_scan_gives_whole_streams_in_the_order_of_names(on: On) {
    let (_place, store) = sandbox(on).await;
    fill(&store, 50).await;
    store.append(append_at("staff-K-01", 0)).await.unwrap();
    let (mut names, mut events) = (Vec::new(), 0);
    let mut scan = store.scan_by_stream("case", None, 16, Upto::Everything).unwrap();
    loop {
        let page = scan.next().await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 2, "about sixteen events at a time");
        for packed in page {
            let whole = store.read_streams(slice::from_ref(&packed.stream), Upto::Everything).await;
            let whole = whole.unwrap().remove(0);
            let shown: Vec<_> = packed.events().map(|row| format!("{:?}", row.unwrap())).collect();
            let stored: Vec<_> = whole.events.iter().map(|e| format!("{:?}", e.row())).collect();
            assert_eq!((packed.version, &shown), (whole.version, &stored));
            events += shown.len();
            names.push(packed.stream);
        }
    }
    assert_eq!((names.len(), events), (7, 50));
    assert!(names.is_sorted());
    let page = |category, after, upto| {
        let mut scan = store.scan_by_stream(category, after, 1_000, upto).unwrap();
        async move { scan.next().await.unwrap() }
    };
    assert_eq!(page("programme", None, Upto::Everything).await[0].events().count(), 1);
    assert_eq!(page("case", None, Upto::Position(Position::new(3))).await.len(), 2);
    assert_eq!(page("case", Some(&names[4]), Upto::Everything).await.len(), 2);
}

async fn what_has_moved_since_is_read_and_nothing_else(on: On) {
    let (_place, store) = sandbox(on).await;
    for (name, events) in [("case-A-1", 2), ("case-B-2", 3), ("case-C-3", 1)] {
        for version in 0..events {
            store.append(append_at(name, version)).await.unwrap();
        }
    }
    let names = ["case-C-3", "case-Z-9", "case-A-1", "case-B-2", "case-Y-8"].map(stream);
    let moved = async |known: [Option<i64>; 5]| {
        let known = known.map(|version| version.map(Version::new));
        let moved = store.read_moved(names.iter().zip(known)).await.unwrap().into_iter();
        let told = |packed: spor_store::PackedStream| {
            let whole = packed.events().collect::<spor_store::Result<Vec<_>>>().unwrap().len();
            assert_eq!(Some(whole), usize::try_from(packed.version.get()).ok());
            format!("{} {whole}", packed.stream)
        };
        moved.map(told).collect::<Vec<_>>()
    };
    let all = ["case-C-3 1", "case-Z-9 0", "case-A-1 2", "case-B-2 3", "case-Y-8 0"];
    assert_eq!(moved([None; 5]).await, all, "in the order asked for");
    let known = [Some(1), Some(0), Some(2), Some(2), Some(1)];
    assert_eq!(moved(known).await, ["case-B-2 3", "case-Y-8 0"]);
    assert!(moved([Some(1), Some(0), Some(2), Some(3), Some(0)]).await.is_empty());
    store.append(append_at("case-A-1", 2)).await.unwrap();
    assert_eq!(moved([Some(1), Some(0), Some(2), Some(3), Some(0)]).await, ["case-A-1 3"]);
}

async fn events_of_some_types_are_found_where_they_stand(on: On) {
    let (_place, store) = sandbox(on).await;
    // At positions 2 and 3, 4 and 5, 6 and 7.
    for name in ["case-B-2", "case-C-3", "case-A-1"] {
        store.append(append_any(name)).await.unwrap();
        store.append(append_at(name, 1)).await.unwrap();
    }
    let asked = [stream("case-A-1"), stream("case-B-2"), stream("case-D-4")];
    let found = async |types: &[&str]| {
        let found = store.events_of_types(&asked, types).await.unwrap().into_iter();
        found.map(|(at, name)| (at.get(), name.as_str().to_owned())).collect::<Vec<_>>()
    };
    let named = |of: &[(i64, &str)]| {
        of.iter().map(|(at, name)| (*at, (*name).to_owned())).collect::<Vec<_>>()
    };
    assert_eq!(found(&["SessionHeld"]).await, named(&[(3, "case-B-2"), (7, "case-A-1")]));
    let both = [(2, "case-B-2"), (3, "case-B-2"), (6, "case-A-1"), (7, "case-A-1")];
    assert_eq!(found(&["ReminderSent", "SessionHeld"]).await, named(&both));
    assert_eq!(found(&["CaseOpened"]).await, []);
    assert_eq!(found(&[]).await, []);
}

async fn changed_streams_are_named_once(on: On) {
    let (_place, store) = sandbox(on).await;
    fill(&store, 20).await;
    let changed = store.changed_streams(Position::new(1), Position::new(4)).await.unwrap();
    assert_eq!(changed.len(), 3);
    let all = store.changed_streams(Position::ZERO, Position::new(100)).await.unwrap();
    assert_eq!(all.len(), 8);
}

async fn the_fast_scan_shows_the_same_events(on: On) {
    let (_place, store) = sandbox(on).await;
    let group: Vec<_> = (0..1_200).map(|n| append_any(&format!("case-R-{:03}", n % 30))).collect();
    for chunk in group.chunks(256) {
        for answer in store.append_all(chunk.to_vec()).await {
            answer.unwrap();
        }
    }
    let events = store.read_after(Position::new(5), 100_000).await.unwrap();
    let mut shown = 0;
    let last = store
        .replay(Position::new(5), |row| {
            let event = &events[shown];
            assert_eq!((row.position, row.id), (event.position, event.id));
            assert_eq!((row.stream, row.version), (event.stream.as_str(), event.version));
            assert_eq!(
                (row.event_type, row.body),
                (event.event_type.as_str(), event.body.as_str())
            );
            assert_eq!(row.schema_version, event.schema_version);
            assert_eq!((row.occurred_on, row.recorded_at), (event.occurred_on, event.recorded_at));
            shown += 1;
        })
        .await
        .unwrap();
    assert_eq!((last.get(), shown), (1_201, 1_196));
}
