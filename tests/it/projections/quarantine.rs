//! One broken stream never silences the rest.

use spor_projections::query::Query;
use spor_projections::runner::QUARANTINE;

use super::stage::{Stage, broken_session, stream};

#[tokio::test]
async fn a_stream_that_cannot_be_folded_is_unknown_and_overdue() {
    let mut stage = Stage::new().await;
    stage
        .tell(&[
            "2025-01-13 CaseOpened case=SPOR-2025-0001",
            "2025-01-13 CaseOpened case=SPOR-2025-0002",
            "2025-01-02 StaffRegistered person=L-01 roles=professional_lead",
        ])
        .await;
    stage.catch_up().await;
    let position = stage.append(&stream("case-SPOR-2025-0002"), broken_session(), 99).await;
    stage.catch_up().await;
    assert_eq!(stage.column("cases", "case", "state = unknown").await, ["SPOR-2025-0002"]);
    assert_eq!(stage.column("cases", "case", "state = open").await, ["SPOR-2025-0001"]);
    assert_eq!(stage.column("deadlines", "case", "status=overdue").await, ["SPOR-2025-0002"]);
    assert_eq!(stage.column("deadlines", "roles", "rule=unknown").await, ["professional_lead"]);
    assert_eq!(stage.column("deadlines", "level", "rule=unknown").await, ["overdue"]);
    let today = Some(stage.recorded_at.date_naive());
    let as_of =
        Query { as_of: today, where_text: Some("state=unknown".to_owned()), ..Query::default() };
    assert_eq!(stage.ask("cases", as_of).await.rows.len(), 1);
    let failures = stage.store.failures().await.unwrap();
    assert_eq!(failures.len(), 1);
    assert_eq!((failures[0].what.as_str(), failures[0].position.get()), (QUARANTINE, position));
    assert_eq!(failures[0].stream, stream("case-SPOR-2025-0002"));
    assert_eq!(failures[0].resolution, None);
    let rebuilt =
        stage.runner.rebuild(Some("deadlines"), &|_| {}, stage.recorded_at).await.unwrap();
    assert_eq!(rebuilt[0].was_same, Some(true));
}
