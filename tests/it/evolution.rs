//! A shape that was retired stays readable for ever, and its bytes stay as they were written.

use spor_domain::reminding::NOT_RECORDED;
use spor_domain::schema;
use spor_history::codec;
use spor_history::error::HistoryError;
use spor_history::upcast;
use spor_store::{EventId, NewEvent, Position, StreamName};
use uuid::Uuid;

use crate::projections::stage::Stage;

const RETIRED: &str = include_str!("../golden/events/ReminderFailed.v1.json");

fn failed(version: u16, body: &str) -> NewEvent {
    NewEvent {
        id: EventId::new(Uuid::from_u128(900 + u128::from(version))),
        event_type: "ReminderFailed".to_owned(),
        schema_version: version,
        occurred_on: "2025-03-27".parse().unwrap(),
        corrects: None,
        body: body.to_owned(),
        parts: Vec::new(),
    }
}

#[tokio::test]
async fn a_log_that_holds_the_first_shape_is_read_and_never_rewritten() {
    let golden: serde_json::Value = serde_json::from_str(RETIRED).unwrap();
    let body = golden["body"].as_str().unwrap();
    assert!(!body.contains("reason"), "the first shape did not say why");
    let mut stage = Stage::new().await;
    stage.tell(&["2025-01-13 CaseOpened case=SPOR-2025-0001"]).await;
    let stream = StreamName::parse("reminders-SPOR-2025-0001").unwrap();
    let position = stage.append(&stream, failed(1, body), 900).await;
    let stored = stage.store.read_after(Position::new(position - 1), 1).await.unwrap();
    let recorded = codec::decode(&stored[0]).unwrap();
    assert_eq!(recorded.event.clear_fields()["reason"], NOT_RECORDED);
    assert_eq!(codec::clear_body(&stored[0]).unwrap()["reason"], NOT_RECORDED);
    upcast::check_log(&stage.store, Position::ZERO).await.unwrap();
    stage.catch_up().await;
    stage.runner.rebuild(None, &|_| {}, stage.recorded_at).await.unwrap();
    let after = stage.store.read_after(Position::new(position - 1), 1).await.unwrap();
    assert_eq!((after[0].body.as_str(), after[0].schema_version), (body, 1));
    stage.store.verify(|_| {}).await.unwrap();
}

#[tokio::test]
async fn a_shape_of_a_newer_program_stops_this_one() {
    let stage = Stage::new().await;
    let newest = schema::find("ReminderFailed").unwrap().version;
    let stream = StreamName::parse("reminders-SPOR-2025-0001").unwrap();
    stage.append(&stream, failed(newest + 1, "{}"), 900).await;
    let refused = upcast::check_log(&stage.store, Position::ZERO).await;
    let Err(HistoryError::UnknownType { event_type, version, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!((event_type.as_str(), version), ("ReminderFailed", newest + 1));
}
