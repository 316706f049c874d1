//! From conditions to what the database can answer.
//!
//! The filter lets every row through for which the conditions hold, and perhaps others: those are
//! judged again. `status=overdue` becomes comparisons of the kept dates with the day asked about.

use spor_store::{Cell, ColumnKind, Filter, Op, Order, Select};

use super::Plan;
use super::evaluate::passes;
use super::parse::{Condition, Expr, Test};
use crate::column::{Asking, Column, Narrow, Source};

/// What the database is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    /// Which rows it need not leave out; none when it cannot leave out any.
    pub filter: Option<Filter>,
    /// Whether it lets through exactly the rows for which the conditions hold.
    pub is_exact: bool,
}

impl Compiled {
    fn exactly(filter: Filter) -> Self {
        Self { filter: Some(filter), is_exact: true }
    }

    fn about(filter: Option<Filter>) -> Self {
        Self { filter, is_exact: false }
    }
}

/// What the database is asked for a plan. It sorts and cuts only when it alone decides which rows
/// there are.
pub fn select(plan: &Plan, asking: &Asking<'_>) -> Select {
    let everything = Compiled { filter: None, is_exact: true };
    let compiled = plan.expr.as_ref().map_or(everything, |expr| compile(expr, asking));
    let mut select = Select { filter: compiled.filter, order: Vec::new(), limit: None };
    let sorted = plan.order.iter().all(|(column, _)| column.is_kept());
    if compiled.is_exact && sorted && plan.limit.is_some() && !plan.counts {
        let order = |column: &str, descending| Order { column: column.to_owned(), descending };
        let asked = plan.order.iter().map(|(column, descending)| order(column.name, *descending));
        select.order = asked.chain(plan.table.key.iter().map(|key| order(key, false))).collect();
        select.limit = plan.limit;
    }
    select
}

/// What the database can answer of these conditions.
pub fn compile(expr: &Expr, asking: &Asking<'_>) -> Compiled {
    narrow(expr, false, asking)
}

/// `Not` wanders down to the single conditions, where an empty cell is told from a false one.
fn narrow(expr: &Expr, negated: bool, asking: &Asking<'_>) -> Compiled {
    match expr {
        Expr::Not(part) => narrow(part, !negated, asking),
        Expr::And(parts) if !negated => all(parts, negated, asking),
        Expr::Or(parts) if negated => all(parts, negated, asking),
        Expr::And(parts) | Expr::Or(parts) => any(parts, negated, asking),
        Expr::Is(condition) => one(condition, negated, asking),
    }
}

fn all(parts: &[Expr], negated: bool, asking: &Asking<'_>) -> Compiled {
    let parts: Vec<Compiled> = parts.iter().map(|part| narrow(part, negated, asking)).collect();
    let is_exact = parts.iter().all(|part| part.is_exact);
    let filters: Vec<Filter> = parts.into_iter().filter_map(|part| part.filter).collect();
    Compiled { filter: (!filters.is_empty()).then_some(Filter::And(filters)), is_exact }
}

fn any(parts: &[Expr], negated: bool, asking: &Asking<'_>) -> Compiled {
    let parts: Vec<Compiled> = parts.iter().map(|part| narrow(part, negated, asking)).collect();
    let is_exact = parts.iter().all(|part| part.is_exact);
    let filters: Option<Vec<Filter>> = parts.into_iter().map(|part| part.filter).collect();
    Compiled { filter: filters.map(Filter::Or), is_exact }
}

fn one(condition: &Condition, negated: bool, asking: &Asking<'_>) -> Compiled {
    let Condition { column, test } = condition;
    match column.source {
        Source::Stored | Source::Hidden => kept(column, test, negated),
        Source::Computed(_, Narrow::No) => Compiled::about(None),
        Source::Computed(_, Narrow::Word(with)) => {
            let nothing = passes(test, &Cell::Null, asking.policy) != negated;
            let mut words: Vec<Option<&str>> = nothing.then_some(None).into_iter().collect();
            words.extend(column.words.iter().copied().map(Some).filter(|word| {
                let cell = Cell::Text(word.unwrap_or_default().to_owned());
                passes(test, &cell, asking.policy) != negated
            }));
            let filters: Option<Vec<Filter>> =
                words.into_iter().map(|word| with(word, asking)).collect();
            Compiled::about(filters.map(Filter::Or))
        }
        Source::Computed(_, Narrow::Number(with)) => match test {
            Test::Compare(op, Cell::Integer(number)) if !negated => {
                Compiled::about(with(*op, *number, asking))
            }
            _ => Compiled::about(None),
        },
    }
}

fn kept(column: &Column, test: &Test, negated: bool) -> Compiled {
    let is_null = |null| Filter::IsNull(column.name.to_owned(), null);
    let or_null = |filter| Filter::Or(vec![filter, is_null(true)]);
    let is = |op, value: &Cell| Filter::Is(column.name.to_owned(), op, value.clone());
    // A date against an instant is a question about the local day.
    let by_day =
        |value: &Cell| column.kind == ColumnKind::Instant && matches!(value, Cell::Date(_));
    match (test, negated) {
        (Test::IsNull, _) => Compiled::exactly(is_null(!negated)),
        (Test::IsSet, _) => Compiled::exactly(is_null(negated)),
        (Test::Contains(_), _) => Compiled::about(None),
        (Test::Compare(_, value), _) if by_day(value) => Compiled::about(None),
        (Test::In(values), _) if values.iter().any(by_day) => Compiled::about(None),
        (Test::Compare(op, value), false) => Compiled::exactly(is(*op, value)),
        (Test::Compare(op, value), true) => Compiled::exactly(or_null(is(opposite(*op), value))),
        (Test::In(values), false) => {
            Compiled::exactly(Filter::In(column.name.to_owned(), values.clone()))
        }
        (Test::In(values), true) => {
            let none = values.iter().map(|value| is(Op::NotEqual, value)).collect();
            Compiled::exactly(or_null(Filter::And(none)))
        }
    }
}

fn opposite(op: Op) -> Op {
    match op {
        Op::Equal => Op::NotEqual,
        Op::NotEqual => Op::Equal,
        Op::Less => Op::GreaterOrEqual,
        Op::LessOrEqual => Op::Greater,
        Op::Greater => Op::LessOrEqual,
        Op::GreaterOrEqual => Op::Less,
    }
}

/// The values that a column must have for the conditions to hold, when they say so plainly:
/// `case = X and …`, so that only that stream is read.
pub fn only_values<'a>(expr: Option<&'a Expr>, name: &str) -> Option<Vec<&'a str>> {
    let text = |cell: &'a Cell| match cell {
        Cell::Text(text) => Some(text.as_str()),
        _ => None,
    };
    match expr? {
        Expr::And(parts) => parts.iter().find_map(|part| only_values(Some(part), name)),
        Expr::Is(Condition { column, test }) if column.name == name => match test {
            Test::Compare(Op::Equal, value) => Some(vec![text(value)?]),
            Test::In(values) => values.iter().map(text).collect(),
            _ => None,
        },
        Expr::Is(_) | Expr::Or(_) | Expr::Not(_) => None,
    }
}
