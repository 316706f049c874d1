//! Judging a row: the same conditions for kept and computed cells.

use std::cmp::Ordering;

use spor_domain::calendar;
use spor_domain::policy::Policy;
use spor_store::{Cell, Op};

use super::parse::{Expr, Test};
use crate::column::{Asking, Row};

/// Whether the conditions hold for a row.
pub fn holds(expr: &Expr, row: &Row<'_>, asking: &Asking<'_>) -> bool {
    match expr {
        Expr::And(parts) => parts.iter().all(|part| holds(part, row, asking)),
        Expr::Or(parts) => parts.iter().any(|part| holds(part, row, asking)),
        Expr::Not(part) => !holds(part, row, asking),
        Expr::Is(condition) => {
            passes(&condition.test, &row.value(condition.column, asking), asking.policy)
        }
    }
}

/// Whether a cell passes a test.
pub fn passes(test: &Test, cell: &Cell, policy: &Policy) -> bool {
    let compare = |value: &Cell| compare(cell, value, policy);
    match test {
        Test::Compare(op, value) => compare(value).is_some_and(|order| fits(*op, order)),
        Test::In(values) => values.iter().any(|value| compare(value) == Some(Ordering::Equal)),
        Test::IsNull => *cell == Cell::Null,
        Test::IsSet => *cell != Cell::Null,
        Test::Contains(part) => match cell {
            Cell::Text(whole) => whole.to_lowercase().contains(&part.to_lowercase()),
            _ => false,
        },
    }
}

fn fits(op: Op, order: Ordering) -> bool {
    match op {
        Op::Equal => order.is_eq(),
        Op::NotEqual => order.is_ne(),
        Op::Less => order.is_lt(),
        Op::LessOrEqual => order.is_le(),
        Op::Greater => order.is_gt(),
        Op::GreaterOrEqual => order.is_ge(),
    }
}

/// How a cell compares with a value of a question; an empty cell with nothing. An instant compares
/// with a date by its local day.
fn compare(cell: &Cell, value: &Cell, policy: &Policy) -> Option<Ordering> {
    match (cell, value) {
        (Cell::Instant(at), Cell::Date(day)) => {
            Some(calendar::local_date(*at, policy.zone).cmp(day))
        }
        (Cell::Null, _) | (_, Cell::Null) => None,
        (cell, value) => Some(order(cell, value)),
    }
}

/// The order in which rows are sorted: empty cells last, whichever way.
pub fn sorted(a: &Cell, b: &Cell, descending: bool) -> Ordering {
    match (a, b) {
        (Cell::Null, _) | (_, Cell::Null) => order(a, b),
        (a, b) if descending => order(b, a),
        (a, b) => order(a, b),
    }
}

fn order(a: &Cell, b: &Cell) -> Ordering {
    match (a, b) {
        (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
        (Cell::Integer(a), Cell::Integer(b)) => a.cmp(b),
        (Cell::Real(a), Cell::Real(b)) => a.total_cmp(b),
        (Cell::Date(a), Cell::Date(b)) => a.cmp(b),
        (Cell::Instant(a), Cell::Instant(b)) => a.cmp(b),
        (Cell::Flag(a), Cell::Flag(b)) => a.cmp(b),
        (a, b) => rank(a).cmp(&rank(b)),
    }
}

fn rank(cell: &Cell) -> u8 {
    match cell {
        Cell::Flag(_) => 1,
        Cell::Integer(_) => 2,
        Cell::Real(_) => 3,
        Cell::Date(_) => 4,
        Cell::Instant(_) => 5,
        Cell::Text(_) => 6,
        Cell::Null => 7,
    }
}
