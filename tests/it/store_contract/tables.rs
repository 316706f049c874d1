//! Derived tables: rows of a stream together, checkpoints by comparing and setting.

use chrono::TimeDelta;
use spor_store::{
    Cell, ColumnKind, ColumnSpec, Filter, IndexSpec, Op, Order, Position, RowBatch, Select, Status,
    Store, StreamRows, TableId, TableRows, TableSpec,
};

use super::support::*;

on_both! {
    rows_of_a_stream_are_replaced_together,
    a_checkpoint_moves_only_from_where_it_is_and_for_its_owner,
    a_large_batch_moves_the_checkpoint_at_its_end,
    a_rebuild_beside_gives_the_same_sums_and_takes_over,
    what_nobody_builds_is_dropped_and_nothing_else,
    a_new_version_answers_from_the_start,
    filters_order_and_limits,
    whose_rows_are_unlike_is_asked_of_all_tables_at_once,
    a_quarantine_keeps_its_evidence,
}

pub fn deadlines() -> TableSpec {
    TableSpec {
        name: "deadlines".to_owned(),
        version: 1,
        logic_hash: [1; 32],
        columns: vec![
            ColumnSpec::new("rule", ColumnKind::Text),
            ColumnSpec::new("due", ColumnKind::Date),
            ColumnSpec::new("level", ColumnKind::Integer),
            ColumnSpec::new("hours", ColumnKind::Real),
            ColumnSpec::new("settled", ColumnKind::Flag),
            ColumnSpec::new("wakes_at", ColumnKind::Instant),
        ],
        indexes: vec![IndexSpec {
            columns: vec!["wakes_at".to_owned()],
            only_set: Some("wakes_at".to_owned()),
        }],
    }
}

pub fn row(rule: &str, level: i64, wakes_at: Option<&str>) -> Vec<Cell> {
    vec![
        Cell::Text(rule.to_owned()),
        Cell::Date(day("2026-03-24")),
        Cell::Integer(level),
        Cell::Real(2.0),
        Cell::Flag(level > 1),
        wakes_at.map_or(Cell::Null, |at| Cell::Instant(instant(at))),
    ]
}

pub async fn write(
    store: &Store,
    table: &TableId,
    (from, to): (i64, i64),
    streams: Vec<(&str, Vec<Vec<Cell>>)>,
) -> bool {
    let streams =
        streams.into_iter().map(|(name, rows)| StreamRows { stream: stream(name), rows }).collect();
    let table = table.clone();
    let batch = RowBatch {
        owner: "runner-1".to_owned(),
        from: Position::new(from),
        to: Position::new(to),
        tables: vec![TableRows { table, streams }],
    };
    store.write_rows(batch).await.unwrap()
}

/// The table, prepared and claimed by runner-1.
pub async fn claimed(store: &Store) -> TableId {
    let table = store.prepare_tables(&[deadlines()]).await.unwrap().remove(0).table;
    let tables = [table.clone()];
    assert!(store.claim_projection(&tables, "runner-1", 60).await.unwrap());
    table
}

async fn rows_of_a_stream_are_replaced_together(on: On) {
    let (place, store) = sandbox(on).await;
    let table = claimed(&store).await;
    let first = vec![
        ("case-A-1", vec![row("R01", 1, None), row("R03", 2, None)]),
        ("case-A-2", vec![row("R01", 3, Some("2026-03-23T05:30:00Z"))]),
    ];
    assert!(write(&store, &table, (0, 5), first).await);
    assert!(write(&store, &table, (5, 6), vec![("case-A-1", vec![row("R05", 4, None)])]).await);
    store.close().await.unwrap();
    let store = place.reopen().await;
    let rows = store.select_rows(&deadlines(), &Select::default()).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].stream.as_str(), &rows[0].cells), ("case-A-1", &row("R05", 4, None)));
    assert_eq!(rows[1].cells, row("R01", 3, Some("2026-03-23T05:30:00Z")));
    assert!(write(&store, &table, (6, 7), vec![("case-A-2", vec![])]).await);
    assert_eq!(store.count_rows(&deadlines(), None).await.unwrap(), 1);
}

async fn a_checkpoint_moves_only_from_where_it_is_and_for_its_owner(on: On) {
    let (_place, store) = sandbox(on).await;
    let table = claimed(&store).await;
    let rows = || vec![("case-A-1", vec![row("R01", 1, None)])];
    assert!(!write(&store, &table, (1, 5), rows()).await);
    assert_eq!(store.count_rows(&deadlines(), None).await.unwrap(), 0);
    assert!(write(&store, &table, (0, 5), rows()).await);
    assert!(!write(&store, &table, (0, 5), rows()).await);
    let tables = [table.clone()];
    assert!(!store.claim_projection(&tables, "runner-2", 60).await.unwrap());
    store.release_projection("runner-1").await.unwrap();
    assert!(store.claim_projection(&tables, "runner-2", 0).await.unwrap());
    assert!(!write(&store, &table, (5, 6), rows()).await);
    // A lease of no length has lapsed.
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    assert!(store.claim_projection(&tables, "runner-1", 60).await.unwrap());
    assert!(write(&store, &table, (5, 6), rows()).await);
    let checkpoint = store.checkpoints().await.unwrap().remove(0);
    assert_eq!(checkpoint.position, Position::new(6));
    assert_eq!(checkpoint.owner.as_deref(), Some("runner-1"));
}

async fn a_large_batch_moves_the_checkpoint_at_its_end(on: On) {
    let (_place, store) = sandbox(on).await;
    let table = claimed(&store).await;
    let names: Vec<String> = (0..2_500).map(|n| format!("case-L-{n:05}")).collect();
    let rows = names.iter().map(|n| (n.as_str(), vec![row("R01", 1, None), row("R03", 1, None)]));
    assert!(write(&store, &table, (0, 9), rows.collect()).await);
    assert_eq!(store.count_rows(&deadlines(), None).await.unwrap(), 5_000);
    assert_eq!(store.checkpoints().await.unwrap()[0].position, Position::new(9));
}

async fn a_rebuild_beside_gives_the_same_sums_and_takes_over(on: On) {
    let (_place, store) = sandbox(on).await;
    let active = claimed(&store).await;
    let rows = || {
        vec![
            ("case-A-1", vec![row("R01", 1, Some("2026-03-23T05:30:00Z")), row("R03", 2, None)]),
            ("case-A-2", vec![row("R01", 3, None)]),
        ]
    };
    assert!(write(&store, &active, (0, 5), rows()).await);
    let building = store.begin_generation(&deadlines(), "runner-1", 60).await.unwrap();
    assert_eq!((building.status, building.table.generation), (Status::Building, 2));
    assert!(!store.flip(&building.table).await.unwrap(), "it is behind");
    let tables = [building.table.clone()];
    assert!(!store.claim_projection(&tables, "runner-2", 60).await.unwrap(), "it is being built");
    let mut other_order = rows();
    other_order.reverse();
    other_order[1].1.reverse();
    assert!(write(&store, &building.table, (0, 5), other_order).await);
    let sums = |generation, without: &'static [&'static str]| {
        let store = store.clone();
        async move { store.sums(&deadlines(), generation, without).await.unwrap() }
    };
    assert_eq!(sums(1, &[]).await, sums(2, &[]).await);
    assert_eq!(sums(1, &[]).await.rows, 3);
    assert_ne!(sums(1, &["wakes_at"]).await, sums(1, &[]).await);
    assert!(store.drop_generation(&active).await.is_err(), "it answers");
    assert!(store.flip(&building.table).await.unwrap());
    assert_eq!(store.count_rows(&deadlines(), None).await.unwrap(), 3);
    let (one, other) = tokio::join!(store.drop_generation(&active), store.drop_generation(&active));
    assert_eq!((one.is_ok(), other.is_ok()), (true, true), "it is gone, whoever did it");
    store.drop_generation(&active).await.unwrap();
    assert_eq!(store.checkpoints().await.unwrap().len(), 1);
    let prepared = store.prepare_tables(&[deadlines()]).await.unwrap();
    assert_eq!(prepared[0].table, building.table);
}

async fn what_nobody_builds_is_dropped_and_nothing_else(on: On) {
    let (_place, store) = sandbox(on).await;
    let active = claimed(&store).await.generation;
    let begin = async |owner, secs| {
        let begun = store.begin_generation(&deadlines(), owner, secs).await.unwrap();
        begun.table.generation
    };
    let (_given_back, over, fresh) =
        (begin("1", 60).await, begin("2", 0).await, begin("3", 60).await);
    store.release_projection("1").await.unwrap();
    let left_after = async |grace| {
        store.drop_left_generations(grace).await.unwrap();
        let left = store.checkpoints().await.unwrap().into_iter();
        left.map(|checkpoint| checkpoint.table.generation).collect::<Vec<_>>()
    };
    assert_eq!(left_after(TimeDelta::hours(1)).await, [active, over, fresh], "it may be slow");
    assert_eq!(left_after(TimeDelta::zero()).await, [active, fresh]);
}

async fn a_new_version_answers_from_the_start(on: On) {
    let (_place, store) = sandbox(on).await;
    claimed(&store).await;
    let mut newer = deadlines();
    newer.version = 2;
    newer.columns.push(ColumnSpec::new("note", ColumnKind::Text));
    let prepared = store.prepare_tables(&[newer.clone()]).await.unwrap();
    assert_eq!(prepared[0].position, Position::ZERO);
    assert_eq!(store.count_rows(&newer, None).await.unwrap(), 0);
    assert_eq!(store.count_rows(&deadlines(), None).await.unwrap_err().code(), "bad_request");
    let mut bad = deadlines();
    bad.name = "x; DROP TABLE events".to_owned();
    assert_eq!(store.prepare_tables(&[bad]).await.unwrap_err().code(), "bad_request");
}

async fn filters_order_and_limits(on: On) {
    let (_place, store) = sandbox(on).await;
    let table = claimed(&store).await;
    let rows = (0..10).map(|n| row("R01", n, (n > 5).then_some("2026-03-23T05:30:00Z"))).collect();
    assert!(write(&store, &table, (0, 5), vec![("case-A-1", rows)]).await);
    let is = |op, n| Filter::Is("level".to_owned(), op, Cell::Integer(n));
    let unset = || Filter::IsNull("wakes_at".to_owned(), true);
    let wakes = Cell::Instant(instant("2026-03-23T05:30:00Z"));
    let waked = Filter::Is("wakes_at".to_owned(), Op::Equal, wakes);
    for (filter, count) in [
        (is(Op::GreaterOrEqual, 7), 3),
        (is(Op::NotEqual, 7), 9),
        (unset(), 6),
        (Filter::Not(Box::new(unset())), 4),
        (Filter::Not(Box::new(waked)), 6),
        (Filter::And(vec![is(Op::Less, 8), is(Op::Greater, 5)]), 2),
        (Filter::Or(vec![is(Op::Equal, 1), is(Op::Equal, 2), unset()]), 6),
        (Filter::And(vec![]), 10),
        (Filter::Or(vec![]), 0),
        (Filter::In("level".to_owned(), vec![Cell::Integer(1), Cell::Integer(99)]), 1),
        (Filter::Is("stream".to_owned(), Op::Equal, Cell::Text("case-A-1".to_owned())), 10),
    ] {
        assert_eq!(
            store.count_rows(&deadlines(), Some(&filter)).await.unwrap(),
            count,
            "{filter:?}"
        );
    }
    let select = Select {
        filter: None,
        order: vec![Order { column: "level".to_owned(), descending: true }],
        limit: Some(2),
    };
    let rows = store.select_rows(&deadlines(), &select).await.unwrap();
    let levels: Vec<&Cell> = rows.iter().map(|row| &row.cells[2]).collect();
    assert_eq!(levels, [&Cell::Integer(9), &Cell::Integer(8)]);
    let unknown = Filter::IsNull("level\" OR 1".to_owned(), true);
    assert!(store.count_rows(&deadlines(), Some(&unknown)).await.is_err());
}

async fn whose_rows_are_unlike_is_asked_of_all_tables_at_once(on: On) {
    let (_place, store) = sandbox(on).await;
    let (one, other) = (deadlines(), TableSpec { name: "watches".to_owned(), ..deadlines() });
    let both = [one, other];
    let made = store.prepare_tables(&both).await.unwrap();
    let tables: Vec<TableId> = made.into_iter().map(|made| made.table).collect();
    assert!(store.claim_projection(&tables, "runner-1", 60).await.unwrap());
    let mut unset = row("R01", 3, None);
    unset[2] = Cell::Null;
    let first = vec![
        ("case-A-1", vec![row("R01", 3, None)]),
        ("case-A-2", vec![row("R01", 2, None), row("R03", 4, None), row("R05", 3, None)]),
        ("case-A-3", vec![unset]),
    ];
    assert!(write(&store, &tables[0], (0, 5), first).await);
    let second = vec![
        ("case-A-2", vec![row("R01", 1, None)]),
        ("case-A-4", vec![row("R01", 9, None), row("R01", 9, None)]),
    ];
    assert!(write(&store, &tables[1], (0, 5), second).await);
    let unlike = async |tables: &[TableSpec], level: i64, limit: usize| {
        let level = Cell::Integer(level);
        let found = store.streams_unlike(tables, ("level", &level), limit).await.unwrap();
        let mut found: Vec<String> = found.iter().map(ToString::to_string).collect();
        found.sort();
        found
    };
    assert_eq!(unlike(&both, 3, 10).await, ["case-A-2", "case-A-4"]);
    assert_eq!(unlike(&both[..1], 3, 10).await, ["case-A-2"]);
    assert_eq!(unlike(&both, 9, 10).await, ["case-A-1", "case-A-2"]);
    assert_eq!(unlike(&both[1..], 0, 1).await, ["case-A-2"], "as many of each table as wanted");
    assert!(unlike(&[], 3, 10).await.is_empty());
    let unknown = store.streams_unlike(&both, ("nothing", &Cell::Integer(3)), 10).await;
    assert_eq!(unknown.unwrap_err().code(), "bad_request");
}

async fn a_quarantine_keeps_its_evidence(on: On) {
    let (_place, store) = sandbox(on).await;
    let at = instant("2026-03-02T11:00:00Z");
    let place = (&stream("case-A-1"), Position::new(7));
    for error in ["first", "second"] {
        store.quarantine("deadlines", place, error, at).await.unwrap();
    }
    let failure = store.failures().await.unwrap().remove(0);
    assert_eq!((failure.tries, failure.error.as_str()), (2, "second"));
    assert!(store.resolve_failure("deadlines", place.0, "rebuilt").await.unwrap());
    assert!(!store.resolve_failure("deadlines", place.0, "rebuilt").await.unwrap());
    assert_eq!(store.failures().await.unwrap()[0].resolution.as_deref(), Some("rebuilt"));
}
