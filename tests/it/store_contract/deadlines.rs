//! Rows that wake the scheduler: many move on in one statement.

use spor_store::{Cell, Rearm};

use super::support::*;
use super::tables::{claimed, deadlines, row, write};

on_both! {
    deadlines_of_a_batch_move_on_each_from_where_it_was_seen,
}

const MORNING: &str = "2026-03-24T05:30:00Z";
const NOON: &str = "2026-03-24T11:00:00Z";

async fn deadlines_of_a_batch_move_on_each_from_where_it_was_seen(on: On) {
    let (_place, store) = sandbox(on).await;
    let table = claimed(&store).await;
    let undated = |rule: &str| {
        let mut cells = row(rule, 2, Some(MORNING));
        cells[1] = Cell::Null;
        cells
    };
    let streams = vec![
        ("case-A-1", vec![row("R01", 1, Some(MORNING)), row("R03", 1, Some(NOON))]),
        ("case-A-2", vec![row("R01", 2, Some(MORNING)), row("R05", 1, Some(MORNING))]),
        ("case-A-3", vec![undated("R01"), undated("R03")]),
    ];
    assert!(write(&store, &table, (0, 5), streams).await);
    let rearm = |name: &str, cells: Vec<Cell>, wakes_at: Option<&str>| {
        let columns = ["rule", "due", "level", "hours", "settled"].map(str::to_owned);
        let key = columns.into_iter().zip(cells).collect();
        Rearm { stream: stream(name), key, seen: instant(MORNING), wakes_at: wakes_at.map(instant) }
    };
    let later = "2026-04-07T05:30:00Z";
    let rearms = vec![
        rearm("case-A-1", row("R01", 1, None), Some(later)),
        // Somebody else has moved it on meanwhile.
        rearm("case-A-1", row("R03", 1, None), Some(later)),
        rearm("case-A-2", row("R01", 2, None), None),
        // The same duty of another day is another one.
        rearm("case-A-2", undated("R05"), Some(later)),
        rearm("case-A-3", undated("R01"), Some(later)),
    ];
    assert!(store.plan(&deadlines(), vec![], rearms.clone()).await.unwrap().is_empty());
    let due = store.due_rows(&deadlines(), instant(later), 10).await.unwrap();
    let due: Vec<_> = due.iter().map(|row| (row.stream.as_str(), row.cells.clone())).collect();
    let is = |name, cells: Vec<Cell>, at| {
        let mut cells = cells;
        cells[5] = Cell::Instant(instant(at));
        (name, cells)
    };
    let expected = [
        is("case-A-2", row("R05", 1, None), MORNING),
        is("case-A-3", undated("R03"), MORNING),
        is("case-A-1", row("R03", 1, None), NOON),
        is("case-A-1", row("R01", 1, None), later),
        is("case-A-3", undated("R01"), later),
    ];
    assert_eq!(due, expected);
    let mut mixed = rearms;
    mixed[1].key.pop();
    assert_eq!(store.plan(&deadlines(), vec![], mixed).await.unwrap_err().code(), "bad_request");
}
