//! What the log holds that cannot be read, and what it holds that nobody knows.

use std::sync::Arc;

use spor_casework::execute::Outcome;
use spor_domain::case::Case;
use spor_domain::ids::CaseRef;
use spor_domain::sealed::Sealed;
use spor_history::error::HistoryError;
use spor_history::load::KnownAt;
use spor_history::{stream, upcast};
use spor_store::{
    ActorKind, Append, Auth, CommitId, Compartment, EventId, Expected, NewCommit, NewEvent,
    Position, Priority, StreamName,
};

use super::{Desk, OPENED, SESSION, clock, fresh_id, wish};

/// Stores an event as no command would.
async fn smuggle(desk: &Desk, name: StreamName, event_type: &str, body: &str) {
    let event = NewEvent {
        id: EventId::new(fresh_id()),
        event_type: event_type.to_owned(),
        schema_version: 1,
        occurred_on: clock().business.date_naive(),
        corrects: None,
        body: body.to_owned(),
        parts: Vec::new(),
    };
    let commit = NewCommit {
        id: CommitId::new(fresh_id()),
        actor: "smuggler".to_owned(),
        actor_kind: ActorKind::System,
        on_behalf_of: None,
        auth: Auth::Sandbox,
        idempotency_key: None,
        request_hash: [0; 32],
        command: "smuggle".to_owned(),
        correlation_id: None,
        causation_id: None,
    };
    let append = Append {
        commit,
        expected: Expected::Any,
        events: vec![(name, event)],
        at: clock().business,
        ledger: Vec::new(),
        priority: Priority::Background,
    };
    desk.store().append(append).await.expect("the store knows nothing of types");
}

fn case_stream(reference: &str) -> StreamName {
    stream::of_case(&CaseRef::parse(reference).expect("a reference"))
}

#[tokio::test]
async fn one_stream_that_cannot_be_read_does_not_silence_the_rest() {
    let desk = Desk::sandbox().await;
    desk.record(OPENED).await;
    desk.record(&OPENED.replace("0101", "0202")).await;
    smuggle(&desk, case_stream("SPOR-2025-0101"), "SessionHeld", r#"{"minutes":"many"}"#).await;
    let streams = [case_stream("SPOR-2025-0101"), case_stream("SPOR-2025-0202")];
    let memory = desk.casework.memory();
    let folded = memory.fold(&streams, KnownAt::Everything).await.expect("two answers");
    let broken = folded[0].1.as_ref().expect_err("a body that does not fit");
    assert_eq!(broken.stream, streams[0]);
    assert_eq!(folded[1].1.as_ref().map(|case| case.entries().len()), Ok(1));
    let mut scan = memory.scan_cases(None, KnownAt::Everything).expect("a scan");
    let scanned = scan.next().await.expect("a page").expect("two cases");
    assert_eq!((scanned.len(), scan.after()), (2, Some(&streams[1])));
    assert!(scan.next().await.expect("the end").is_none());
    let line = super::SESSION.replace("0101", "0202");
    assert!(matches!(desk.wish(&wish(&line)).await, Ok(Outcome::Recorded(_))));
}

#[tokio::test]
async fn a_person_who_cannot_be_read_does_not_silence_the_others() {
    let desk = Desk::sandbox().await;
    desk.record(r#"{"date":"2025-01-02","type":"StaffRegistered","person":"M-01","name":"Asta Eksempel","email":"asta@kommune.example","roles":["mentor"],"administration":"employment","employment":"permanent"}"#)
        .await;
    let name = StreamName::parse("staff-M-02").expect("a stream's name");
    smuggle(&desk, name.clone(), "StaffRegistered", "{}").await;
    let memory = desk.casework.memory();
    let (directory, broken) =
        memory.directory_and_broken(KnownAt::Everything).await.expect("a directory");
    assert_eq!(directory.people().count(), 1);
    assert_eq!(broken.len(), 1);
    assert_eq!(broken[0].stream, name);
}

#[tokio::test]
async fn an_unknown_type_stops_the_program() {
    let desk = Desk::sandbox().await;
    desk.record(OPENED).await;
    let store = desk.store();
    let head = desk.head().await;
    assert_eq!(upcast::check_log(store, Position::ZERO).await.expect("all known"), head);
    smuggle(&desk, case_stream("SPOR-2025-0101"), "MoonLanded", "{}").await;
    let found = upcast::check_log(store, Position::ZERO).await.expect_err("an unknown type");
    assert_eq!(found.code(), "event_unknown");
    let memory = desk.casework.memory();
    let case = CaseRef::parse("SPOR-2025-0101").expect("a reference");
    let unread = memory.case(&case, KnownAt::Everything).await.expect_err("an unknown type");
    assert!(matches!(unread, HistoryError::UnknownType { position, .. } if position > head));
}

#[tokio::test]
async fn a_fold_is_kept_until_its_stream_or_the_keyring_moves() {
    let desk = Desk::sandbox().await;
    desk.record(OPENED).await;
    desk.record(&OPENED.replace("0101", "0202")).await;
    let streams = [case_stream("SPOR-2025-0101"), case_stream("SPOR-2025-0202")];
    let memory = desk.casework.memory();
    let fold = async || {
        let folded = memory.fold(&streams, KnownAt::Everything).await.expect("readable cases");
        folded.into_iter().map(|(_, case)| case.expect("a case")).collect::<Vec<_>>()
    };
    let (first, again) = (fold().await, fold().await);
    assert!(Arc::ptr_eq(&first[0], &again[0]) && Arc::ptr_eq(&first[1], &again[1]));
    let anew = memory.fold_anew(&streams).await.expect("readable cases");
    let anew = anew[0].1.as_ref().expect("a case");
    assert!(!Arc::ptr_eq(anew, &first[0]) && *anew == first[0], "read again, and the same");
    desk.record(SESSION).await;
    let moved = fold().await;
    assert_eq!((first[0].entries().len(), moved[0].entries().len()), (1, 2));
    assert!(Arc::ptr_eq(&first[1], &moved[1]), "the other one stood still");
    let until = KnownAt::Until(clock().business);
    let known = memory.fold(&streams[..1], until).await.expect("a readable case");
    assert_eq!(known[0].1.as_ref().expect("a case").entries().len(), 2, "read as it was known");
    // Whoever destroys a key: what it opened is in no fold any more, though no stream has moved.
    let today = clock().business.date_naive();
    let is_erased = |case: &Case| case.as_of(today).birth_date == Some(Sealed::Erased);
    let other = desk.reopened().await;
    for (destroyer, at) in [(desk.store(), 0), (&other, 1)] {
        let before = fold().await;
        assert!(!is_erased(&before[at]));
        let person = [Compartment::Person];
        let destroyed = destroyer.destroy_keys(&streams[at], &person, clock().business).await;
        assert_eq!(destroyed.expect("a key").len(), 1);
        assert!(is_erased(&fold().await[at]));
    }
    other.close().await.expect("a store at rest");
}
