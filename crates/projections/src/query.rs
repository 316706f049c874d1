//! Questions in words: which rows, in which order, which columns, as of which day.
//!
//! `status=overdue and administration=employment` becomes a tree ([`parse`]), what the database can
//! answer becomes a filter on kept dates ([`compile`]), and every row that comes back is judged
//! again here ([`evaluate`]). A question about another day never touches a kept row.

pub mod compile;
pub mod evaluate;
pub mod parse;
mod read;
mod refusal;
mod values;
mod words;

use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use spor_domain::calendar;
use spor_domain::policy::Policies;
use spor_domain::rejection::Language;
use spor_history::load::KnownAt;
use spor_store::{Cell, ColumnKind};

use crate::column::{Asking, Column};
use crate::error::Result;
use crate::runner::Runner;
use crate::tables::{Table, groups};

pub use refusal::BadQuery;

use parse::Expr;
use read::Frame;

/// How long an answer waits for the rows to become fresh.
const FRESH_WITHIN: Duration = Duration::from_secs(2);

/// A question to one table.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Which rows: `status=overdue and due < today+14d`.
    pub where_text: Option<String>,
    /// In which order: `due,-days`.
    pub sort: Option<String>,
    /// Which columns, in order: `case,due,level`.
    pub columns: Option<String>,
    /// The columns whose equal cells make one row, with a count: `administration,rule`.
    pub group_by: Option<String>,
    /// How many rows at most.
    pub limit: Option<usize>,
    /// As of the end of which day.
    pub as_of: Option<NaiveDate>,
    /// With what was recorded up to which moment; the end of `as_of` when only that is given.
    pub known_at: Option<Moment>,
}

/// A moment up to which something was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The end of a local day.
    EndOf(NaiveDate),
    /// An instant.
    At(DateTime<Utc>),
}

/// Rows, and how far they are behind.
#[derive(Debug)]
pub struct Answer {
    /// The columns of each row.
    pub columns: Vec<&'static Column>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// How many events the rows do not know yet.
    pub behind: i64,
    /// The day the answer is about.
    pub day: NaiveDate,
}

/// A question that was understood.
#[derive(Debug)]
pub struct Plan {
    /// The table asked.
    pub table: &'static Table,
    /// Which rows; all when none are named.
    pub expr: Option<Expr>,
    /// In which order; `true` for the greatest first.
    pub order: Vec<(&'static Column, bool)>,
    /// Which columns.
    pub columns: Vec<&'static Column>,
    /// How many rows at most.
    pub limit: Option<usize>,
    /// Whether equal rows are one row with a count.
    pub counts: bool,
}

impl Moment {
    /// Reads a day or an instant.
    pub fn parse(text: &str) -> Option<Self> {
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(Self::EndOf);
        day.or_else(|| Some(Self::At(DateTime::parse_from_rfc3339(text).ok()?.to_utc())))
    }

    /// The last instant that still counts.
    pub fn instant(self, policies: &Policies) -> DateTime<Utc> {
        match self {
            Self::EndOf(day) => calendar::end_of_day(day, policies.on(day).zone),
            Self::At(at) => at,
        }
    }
}

impl Plan {
    /// Understands a question; `today` is the day it is about.
    pub fn of(table: &'static Table, query: &Query, today: NaiveDate) -> Result<Self, BadQuery> {
        let expr = match query.where_text.as_deref().map(str::trim) {
            None | Some("") => None,
            Some(text) => Some(parse::parse(table, text, today)?),
        };
        let order = match &query.sort {
            Some(sort) => parse::sort(table, sort)?,
            None => Vec::new(),
        };
        let columns = match query.group_by.as_ref().or(query.columns.as_ref()) {
            Some(columns) => parse::columns(table, columns)?,
            None => table.shown().collect(),
        };
        let counts = query.group_by.is_some();
        Ok(Self { table, expr, order, columns, limit: query.limit, counts })
    }

    /// Every row of a table.
    fn all(table: &'static Table) -> Self {
        let columns = table.shown().collect();
        Self { table, expr: None, order: Vec::new(), columns, limit: None, counts: false }
    }

    /// Whether the question names a column.
    fn names(&self, name: &'static str) -> bool {
        let asked = self.columns.iter().chain(self.order.iter().map(|(column, _)| column));
        let mut asked = asked.map(|column| column.name);
        asked.any(|asked| asked == name)
            || self.expr.as_ref().is_some_and(|expr| expr.mentions(name))
    }
}

/// How many rows were alike.
static COUNT: Column = Column::stored("count", ColumnKind::Integer, "antal", "rows alike");

/// The one kind of column that looks people up.
const PEOPLE: &str = "people";

/// Answers a question. Rows of today are brought to the head first; after two seconds it answers
/// with what is there and says how many events that is behind.
pub async fn run(
    runner: &Runner,
    table: &'static Table,
    query: &Query,
    now: DateTime<Utc>,
) -> Result<Answer> {
    let memory = runner.memory();
    let (policies, _) = memory.policies(KnownAt::Everything).await?;
    let today = Runner::day_of(&policies, now);
    let day = query.as_of.unwrap_or(today);
    let plan = Plan::of(table, query, day)?;
    let mut frame = Frame { day, past: past(query, &policies, day), policies, now };
    if frame.past.is_none() {
        // Entries later than today are only known in a sandbox whose clock was set back.
        let head = memory.store().head().await?;
        if Runner::day_of(&frame.policies, head.recorded_at) > today {
            frame.past = Some(KnownAt::Everything);
        }
    }
    if let Some(known_at) = frame.past {
        (frame.policies, _) = memory.policies(known_at).await?;
    }
    let mut behind = 0;
    if frame.past.is_none() && table.rests_on_kept() {
        behind = runner.catch_up_asked(FRESH_WITHIN, now).await?.behind;
    }
    let known_at = frame.past.unwrap_or_default();
    let mut directory = None;
    if plan.names(PEOPLE) || table.rests_on_people() {
        directory = Some(memory.directory(known_at).await?);
    }
    let mut purposes = None;
    if table.name == groups::TABLE.name && plan.names(groups::PURPOSE) {
        purposes = Some(memory.purposes(known_at).await?);
    }
    let policies = frame.policies.clone();
    let (directory, purposes) = (directory.as_ref(), purposes.as_ref());
    let asking = Asking { day, policy: policies.on(day), directory, purposes };
    let mut found = read::Found::new(&plan, &asking);
    read::rows(runner, &frame, &mut found).await?;
    let mut columns = plan.columns.clone();
    columns.extend(plan.counts.then_some(&COUNT));
    Ok(Answer { columns, rows: found.answer(), behind, day })
}

fn past(query: &Query, policies: &Policies, day: NaiveDate) -> Option<KnownAt> {
    let known_at = query.known_at.or(query.as_of.map(|_| Moment::EndOf(day)));
    known_at.map(|moment| KnownAt::Until(moment.instant(policies)))
}

/// What one column is, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: &'static str,
    /// What one of it is.
    pub unit: Option<&'static str>,
    /// What it means.
    pub meaning: &'static str,
    /// The words it can hold.
    pub words: &'static [&'static str],
    /// Whether it depends on the day asked about.
    pub computed: bool,
}

/// The columns of a table, for people.
pub fn describe(table: &'static Table, language: Language) -> Vec<Described> {
    let described = |column: &'static Column| Described {
        name: column.name,
        kind: column.kind.as_str(),
        unit: column.unit,
        meaning: match language {
            Language::Da => column.da,
            Language::En => column.en,
        },
        words: column.words,
        computed: column.is_computed(),
    };
    table.shown().map(described).collect()
}
