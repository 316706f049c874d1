//! Rows kept live equal rows built anew, whatever happened to the runners on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use spor_projections::error::ProjectionError;
use spor_projections::query::Query;
use spor_projections::runner::Runner;
use spor_projections::tables::{self, views};
use spor_store::{Select, Store, TableId};
use sqlx::{AssertSqlSafe, Executor, Row};

use super::stage::{AMPLE, Dice, Stage};
use crate::store_contract::support::raw;

async fn live_equals_rebuilt(stage: &Stage) {
    stage.catch_up().await;
    for _ in 0..2 {
        let rebuilt = stage.runner.rebuild(None, &|_| {}, stage.recorded_at).await.unwrap();
        assert_eq!(rebuilt.len(), tables::kept().count());
        for table in rebuilt {
            assert_eq!(table.was_same, Some(true), "{}", table.table);
        }
    }
}

#[tokio::test]
async fn live_rows_equal_rebuilt_rows_after_random_restarts() {
    let mut stage = Stage::new().await;
    let mut dice = Dice::new(11);
    let mut from = "2025-01-02".parse().unwrap();
    for restart in 0..12 {
        stage.random_days(&mut dice, from, 40).await;
        from = spor_domain::calendar::days_after(from, 40);
        // A runner that is stopped in the middle leaves its lease behind, or gives it back.
        let budget = Duration::from_micros(dice.below(3_000));
        stage.runner.catch_up(budget, stage.recorded_at).await.unwrap();
        stage.store.release_projection(&format!("runner-{}", restart + 1)).await.unwrap();
        let owner = format!("runner-{}", restart + 2);
        stage.runner = Runner::new(stage.memory.clone(), owner);
    }
    assert!(stage.cases().len() > 5, "the dice told too little");
    live_equals_rebuilt(&stage).await;
}

#[tokio::test]
async fn two_runners_never_lose_or_double_a_row() {
    let mut stage = Stage::new().await;
    let mut dice = Dice::new(23);
    let mut from = "2025-01-02".parse().unwrap();
    let other = Runner::new(stage.memory.clone(), "runner-2");
    for _ in 0..8 {
        stage.random_days(&mut dice, from, 30).await;
        from = spor_domain::calendar::days_after(from, 30);
        let now = stage.recorded_at;
        let (one, two, three) = tokio::join!(
            stage.runner.catch_up(AMPLE, now),
            other.catch_up(AMPLE, now),
            stage.runner.catch_up(AMPLE, now),
        );
        for caught in [one, two, three] {
            assert_eq!(caught.unwrap().behind, 0);
        }
    }
    live_equals_rebuilt(&stage).await;
}

#[tokio::test]
async fn a_new_policy_folds_every_case_again() {
    let mut stage = Stage::new().await;
    stage
        .tell(&[
            "2025-01-13 CaseOpened case=SPOR-2025-0001",
            "2025-01-14 CaseOpened case=SPOR-2025-0002",
        ])
        .await;
    let due = "rule=R01";
    assert_eq!(stage.column("deadlines", "due", due).await, ["2025-02-24", "2025-02-25"]);
    stage
        .tell(&[
            "2025-01-20 PolicySet key=follow_up_interval_days value=28 valid_from=2025-01-20",
            "2025-01-20 PolicySet key=follow_up_interval_days value=35 valid_from=2025-02-01",
        ])
        .await;
    assert_eq!(stage.column("deadlines", "due", due).await, ["2025-02-10", "2025-02-11"]);
    live_equals_rebuilt(&stage).await;
    // The second value comes into force by the day alone.
    stage.recorded_at = "2025-02-01T06:00:00Z".parse().unwrap();
    assert_eq!(stage.column("deadlines", "due", due).await, ["2025-02-17", "2025-02-18"]);
    live_equals_rebuilt(&stage).await;
}

#[tokio::test]
async fn an_interrupted_pass_goes_on_where_it_stopped() {
    let mut stage = Stage::new().await;
    stage.random_days(&mut Dice::new(5), "2025-01-02".parse().unwrap(), 200).await;
    for _ in 0..50 {
        stage.runner.catch_up(Duration::ZERO, stage.recorded_at).await.unwrap();
    }
    live_equals_rebuilt(&stage).await;
}

/// How often a table is built anew while others ask it.
const REBUILDS: usize = 150;
const READERS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_question_meets_no_generation_that_is_gone() {
    let mut stage = Stage::new().await;
    let from = "2025-01-02".parse().unwrap();
    stage.random_days(&mut Dice::new(5), from, 12).await;
    stage.catch_up().await;
    let table = tables::cases::TABLE.spec();
    let whole = stage.store.count_rows(&table, None).await.unwrap();
    let is_over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..READERS)
        .map(|_| {
            let (store, table, is_over) = (stage.store.clone(), table.clone(), is_over.clone());
            tokio::spawn(async move {
                while !is_over.load(Ordering::Relaxed) {
                    let rows = store.select_rows(&table, &Select::default()).await.unwrap();
                    assert_eq!(rows.len() as u64, whole, "a reader sees whole tables");
                }
            })
        })
        .collect();
    for _ in 0..REBUILDS {
        stage.runner.rebuild(Some("cases"), &|_| {}, stage.recorded_at).await.unwrap();
    }
    is_over.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.await.unwrap();
    }
}

#[tokio::test]
async fn what_rebuilds_that_died_have_left_goes_with_the_next_one_and_no_other() {
    let mut stage = Stage::new().await;
    stage.random_days(&mut Dice::new(5), "2025-01-02".parse().unwrap(), 12).await;
    stage.catch_up().await;
    let spec = tables::cases::TABLE.spec();
    let mut begun = Vec::new();
    for owner in ["1", "2", "3", "4", "5"] {
        begun.push(stage.store.begin_generation(&spec, owner, 5).await.unwrap().table);
    }
    let [failed, killed, given_back, slow, fresh] = begun.try_into().unwrap();
    stage.store.release_projection("3").await.unwrap();
    let mut raw = raw(&stage.folder.path().join("spor.db")).await;
    let hours = |hours: i64| hours * 3_600_000_000;
    for (of, set) in [
        (&failed, "status = 'failed', owner = NULL, lease_until = NULL".to_owned()),
        (&killed, format!("lease_until = lease_until - {}", hours(2))),
        (&slow, format!("lease_until = lease_until - {}", hours(1) / 2)),
    ] {
        let named = format!("name = 'cases' AND generation = {}", of.generation);
        let changed = format!("UPDATE projections SET {set} WHERE {named}");
        raw.execute(AssertSqlSafe(changed)).await.unwrap();
    }
    stage.runner.rebuild(Some("sessions"), &|_| {}, stage.recorded_at).await.unwrap();
    let left = stage.store.checkpoints().await.unwrap();
    let is_left = |table: &TableId| left.iter().any(|checkpoint| checkpoint.table == *table);
    let kept = [&failed, &killed, &given_back, &slow, &fresh].map(is_left);
    assert_eq!(kept, [false, false, false, true, true]);
    let there =
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 'p\\_%' ESCAPE '\\'";
    let there: i64 = raw.fetch_one(there).await.unwrap().get(0);
    assert_eq!(usize::try_from(there).unwrap(), left.len(), "a table for each that is left");
    assert_eq!(left.len(), tables::kept().count() + 2);
}

#[tokio::test]
async fn who_asks_a_table_does_not_wait_for_those_that_nobody_asks() {
    let mut stage = Stage::new().await;
    stage.random_days(&mut Dice::new(13), "2025-01-02".parse().unwrap(), 30).await;
    stage.catch_up().await;
    let mut raw = raw(&stage.folder.path().join("spor.db")).await;
    raw.execute("UPDATE projections SET position = 0 WHERE name = 'views'").await.unwrap();
    let now = stage.recorded_at;
    let position = async |store: &Store| {
        let found = store.checkpoints().await.unwrap().into_iter();
        found.filter(|at| at.table.name == "views").map(|at| at.position.get()).max().unwrap()
    };
    assert_eq!(stage.ask("cases", Query::default()).await.behind, 0);
    assert_eq!(stage.runner.catch_up_asked(AMPLE, now).await.unwrap().behind, 0);
    assert_eq!(position(&stage.store).await, 0, "it was left alone");
    assert!(stage.runner.lag(now).await.unwrap().behind > 0, "and whoever watches sees it");
    assert!(!stage.runner.is_fresh(&views::TABLE, Duration::ZERO, now).await.unwrap());
    assert!(stage.runner.is_fresh(&views::TABLE, AMPLE, now).await.unwrap());
    assert_eq!(position(&stage.store).await, stage.store.head().await.unwrap().position.get());
    live_equals_rebuilt(&stage).await;
}

/// Each drops the generation that it replaces, also while the other one is comparing with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rebuilds_at_the_same_time_succeed_or_say_that_others_are_at_work() {
    let mut stage = Stage::new().await;
    stage.random_days(&mut Dice::new(31), "2025-01-02".parse().unwrap(), 60).await;
    stage.catch_up().await;
    let now = stage.recorded_at;
    let rebuilds = (0..3).map(|nth| {
        let runner = Runner::new(stage.memory.clone(), format!("rebuild-{nth}"));
        tokio::spawn(async move {
            for _ in 0..20 {
                let rebuilt = match runner.rebuild(None, &|_| {}, now).await {
                    Err(ProjectionError::Busy) => continue,
                    rebuilt => rebuilt.unwrap(),
                };
                assert!(rebuilt.iter().all(|table| table.was_same != Some(false)), "{rebuilt:?}");
            }
        })
    });
    for rebuild in rebuilds.collect::<Vec<_>>() {
        rebuild.await.unwrap();
    }
    live_equals_rebuilt(&stage).await;
}
