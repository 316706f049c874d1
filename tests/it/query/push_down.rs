//! What the database leaves out, evaluation would have left out too.

use spor_domain::policy::Policies;
use spor_projections::column::Asking;
use spor_projections::query::compile::{compile, select};
use spor_projections::query::parse::parse;
use spor_projections::query::{Plan, Query};
use spor_projections::tables;
use spor_store::{Cell, Filter, Op, Select};

use crate::projections::stage::{Dice, Stage, shown};

const CONDITIONS: [(&str, &[&str]); 3] = [
    (
        "deadlines",
        &[
            "status=overdue",
            "status!=overdue",
            "status in (due_soon, ok)",
            "not status=met",
            "status ~ e",
            "status < met",
            "level=critical",
            "level is null",
            "level is not null",
            "not level in (notice, overdue)",
            "days > 10",
            "days <= -3",
            "days = 0",
            "not days > 3",
            "not (status=overdue and rule=R01)",
            "status=ended or days >= 40",
            "due < today-1m",
            "satisfied_on is null and not due > today",
            "not (rule=R01 or not status=ok)",
            "roles ~ management",
            "case in (SPOR-2025-0001, SPOR-2025-0003) and not status=met",
            "wakes_at < today",
            "wakes_at >= 2025-06-01T00:00:00Z",
            "critical_from != 2025-06-01",
            "not critical_from > 2025-06-01",
            "administration=employment",
        ],
    ),
    (
        "tracks",
        &[
            "status=active",
            "status=expired",
            "not status=ended",
            "until is null",
            "granted > 2.5",
            "hours_status=low and status=active",
            "basis in (voluntary)",
        ],
    ),
    (
        "follow_ups",
        &[
            "days_late > 0",
            "days_late >= 10",
            "not days_late > 3",
            "counted=false",
            "on_time=true",
            "not counted=true",
            "explained=true",
            "missing ~ youth",
        ],
    ),
];

#[tokio::test]
async fn what_the_database_leaves_out_would_not_hold_either() {
    let mut stage = Stage::new().await;
    stage.random_days(&mut Dice::new(77), "2025-01-02".parse().unwrap(), 330).await;
    let mut met = 0;
    for (table, conditions) in CONDITIONS {
        let today = Some(stage.recorded_at.date_naive());
        for condition in conditions {
            let query = |as_of, limit| Query {
                where_text: Some((*condition).to_owned()),
                sort: Some("-case".to_owned()),
                as_of,
                limit,
                ..Query::default()
            };
            // Kept rows through the database; the log through evaluation alone.
            let kept = stage.ask(table, query(None, None)).await.rows;
            let folded = stage.ask(table, query(today, None)).await.rows;
            assert_eq!(kept, folded, "{table}: {condition}");
            met += usize::from(!kept.is_empty());
            let few = stage.ask(table, query(None, Some(3))).await.rows;
            assert_eq!(few, kept[..kept.len().min(3)], "{table}: {condition}, three rows");
        }
    }
    assert!(met > 30, "only {met} conditions found anything");
}

#[tokio::test]
async fn empty_cells_come_last_whichever_way_and_limits_agree() {
    let mut stage = Stage::new().await;
    stage.random_days(&mut Dice::new(8), "2025-01-02".parse().unwrap(), 200).await;
    for sort in ["satisfied_on", "-satisfied_on", "-due,rule", "days", "level,-due"] {
        let query = |limit| Query {
            sort: Some(sort.to_owned()),
            columns: Some("satisfied_on,case,rule,cycle".to_owned()),
            limit,
            ..Query::default()
        };
        let all = stage.ask("deadlines", query(None)).await.rows;
        let few = stage.ask("deadlines", query(Some(7))).await.rows;
        assert_eq!(few, all[..7], "{sort}");
        if sort.ends_with("satisfied_on") {
            let first_empty = all.iter().position(|row| row[0] == Cell::Null).unwrap();
            assert!(all[first_empty..].iter().all(|row| shown(&row[0]) == "-"), "{sort}");
        }
    }
}

#[test]
fn a_computed_status_becomes_comparisons_of_kept_dates() {
    let policies = Policies::default();
    let day = "2025-05-20".parse().unwrap();
    let asking = Asking { day, policy: policies.on(day), directory: None, purposes: None };
    let table = &tables::deadlines::TABLE;
    let compiled = compile(&parse(table, "status=met", day).unwrap(), &asking);
    let met = Filter::Is("satisfied_on".to_owned(), Op::LessOrEqual, Cell::Date(day));
    assert_eq!(compiled.filter, Some(Filter::Or(vec![met])));
    assert!(!compiled.is_exact);
    let compiled = compile(&parse(table, "people ~ M-01", day).unwrap(), &asking);
    assert_eq!(compiled.filter, None);
    let plan = |text: &str| {
        let query = Query { where_text: Some(text.to_owned()), limit: Some(5), ..Query::default() };
        select(&Plan::of(table, &query, day).unwrap(), &asking)
    };
    assert_eq!(plan("rule=R01").limit, Some(5), "the database alone decides");
    assert_eq!(plan("status=met").limit, None, "each row is judged again");
    assert_eq!(plan("people ~ M-01"), Select::default());
}
