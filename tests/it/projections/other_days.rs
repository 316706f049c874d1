//! As of any day, the tables say what a fold without a store says.

use chrono::NaiveDate;
use spor_domain::calendar;
use spor_projections::query::{Moment, Query};
use spor_projections::tables::{self, Table};
use spor_store::Cell;

use super::stage::{Dice, Stage};

fn kept_columns(table: &'static Table) -> (String, Vec<usize>) {
    let shown = table
        .kept_columns()
        .enumerate()
        .filter(|(_, column)| column.is_shown() && column.name != tables::deadlines::WAKES_AT);
    let (places, names): (Vec<usize>, Vec<&str>) =
        shown.map(|(place, column)| (place, column.name)).unzip();
    (names.join(","), places)
}

fn sorted(mut rows: Vec<Vec<Cell>>) -> Vec<String> {
    rows.sort_by_key(|row| format!("{row:?}"));
    rows.into_iter().map(|row| format!("{row:?}")).collect()
}

fn picked(rows: Vec<Vec<Cell>>, places: &[usize]) -> Vec<Vec<Cell>> {
    rows.into_iter().map(|row| places.iter().map(|at| row[*at].clone()).collect()).collect()
}

#[tokio::test]
async fn as_of_and_known_at_equal_a_pure_fold_on_random_days() {
    let mut stage = Stage::new().await;
    let mut dice = Dice::new(41);
    let from: NaiveDate = "2025-01-02".parse().unwrap();
    stage
        .tell(&["2025-01-02 PolicySet key=follow_up_notice_days value=10 valid_from=2025-06-01"])
        .await;
    stage.random_days(&mut dice, from, 400).await;
    for _ in 0..12 {
        let day = calendar::days_after(from, u32::try_from(dice.below(420)).unwrap());
        let known = calendar::days_after(day, u32::try_from(dice.below(3) * 40).unwrap());
        for table in tables::ALL.into_iter().filter(|table| table.is_kept()) {
            let (columns, places) = kept_columns(table);
            let query = Query {
                columns: Some(columns),
                as_of: Some(day),
                known_at: (known != day).then_some(Moment::EndOf(known)),
                ..Query::default()
            };
            let answer = stage.ask(table.name, query).await;
            let pure = picked(stage.pure_rows(table, day, known), &places);
            assert_eq!(sorted(answer.rows), sorted(pure), "{} {day} {known}", table.name);
        }
    }
}

#[tokio::test]
async fn the_rows_of_today_equal_the_rows_as_of_today() {
    let mut stage = Stage::new().await;
    stage.random_days(&mut Dice::new(3), "2025-01-02".parse().unwrap(), 300).await;
    let today = stage.recorded_at.date_naive();
    for table in tables::ALL {
        let now = stage.ask(table.name, Query::default()).await;
        let folded = stage.ask(table.name, Query { as_of: Some(today), ..Query::default() }).await;
        assert_eq!(now.behind, 0);
        assert_eq!(now.rows, folded.rows, "{}", table.name);
    }
}

#[tokio::test]
async fn a_moved_follow_up_is_seen_from_the_day_it_was_told() {
    let mut stage = Stage::new().await;
    stage
        .tell(&[
            "2025-01-27 CaseOpened",
            "2025-04-10 FollowUpHeld participants=caseworker,mentor,youth id=e-4",
        ])
        .await;
    let moved = r#"{"date":"2025-04-15","type":"EntryCorrected","case":"SPOR-2025-0001",
        "target":"e-4","changes":{"date":"2025-03-27"},"reason":"meeting was on 27 March"}"#;
    assert_eq!(stage.take(moved).await, "accepted");
    let due = async |as_of: &str, known_at: Option<&str>| {
        let query = Query {
            where_text: Some("rule=R01 and satisfied_on is null".to_owned()),
            columns: Some("due".to_owned()),
            as_of: Some(as_of.parse().unwrap()),
            known_at: known_at.and_then(Moment::parse),
            ..Query::default()
        };
        stage.ask("deadlines", query).await.rows
    };
    let day = |text: &str| vec![vec![Cell::Date(text.parse().unwrap())]];
    assert_eq!(due("2025-04-12", None).await, day("2025-05-22"));
    assert_eq!(due("2025-04-12", Some("2025-04-15")).await, day("2025-05-08"));
    assert_eq!(due("2025-04-12", Some("2025-04-15T09:59:59Z")).await, day("2025-05-22"));
    assert_eq!(due("2025-04-15", None).await, day("2025-05-08"));
}
