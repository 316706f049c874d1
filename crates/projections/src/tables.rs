//! The read models. A table is a column list and a pure function of the case; the database makes
//! and remakes its rows from these, so a new table needs no migration.

pub mod cases;
pub mod deadlines;
pub mod endings;
pub mod events;
pub mod follow_ups;
pub mod goals;
pub mod groups;
pub mod hours;
pub mod methods;
pub mod network;
pub mod reminders;
mod responsible_cell;
pub mod sessions;
pub mod staff;
mod track_cell;
pub mod tracks;
pub mod transitions;
pub mod views;
pub mod waiting_list;
pub mod watches;

use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use spor_domain::calendar;
use spor_domain::case::Case;
use spor_domain::ids::CaseRef;
use spor_domain::nearest::nearest;
use spor_domain::policy::{Policies, Policy};
use spor_domain::reminding::RULES_VERSION;
use spor_domain::rules::{self, Deadline};
use spor_domain::sealed::Sealed;
use spor_domain::staff::Directory;
use spor_domain::view::View;
use spor_store::{Cell, ColumnSpec, IndexSpec, TableSpec};

use crate::column::{Asking, Column};
use crate::error::{ProjectionError, Result};
use crate::reports::{self, Report};

/// Every table, in the order they are listed.
pub static ALL: [&Table; 23] = [
    &cases::TABLE,
    &deadlines::TABLE,
    &follow_ups::TABLE,
    &transitions::TABLE,
    &tracks::TABLE,
    &hours::TABLE,
    &sessions::TABLE,
    &goals::TABLE,
    &methods::TABLE,
    &network::TABLE,
    &groups::TABLE,
    &waiting_list::TABLE,
    &watches::TABLE,
    &endings::TABLE,
    &staff::TABLE,
    &reminders::TABLE,
    &events::TABLE,
    &reports::deviations::TABLE,
    &reports::follow_up_compliance::TABLE,
    &reports::mentor_load::TABLE,
    &reports::volunteer_corps::TABLE,
    &reports::method_review::TABLE,
    &reports::budgets::TABLE,
];

/// The tables that are kept and that nobody asks by name.
static UNSEEN: [&Table; 1] = [&views::TABLE];

/// One read model.
#[derive(Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Raised whenever a column or the meaning of a kept cell changes.
    pub version: u32,
    /// The question it answers, in Danish.
    pub da: &'static str,
    /// The question it answers, in English.
    pub en: &'static str,
    /// Its columns, in the order they are shown.
    pub columns: &'static [Column],
    /// The kept columns that name one row.
    pub key: &'static [&'static str],
    /// What the database finds quickly.
    pub indexes: &'static [Index],
    /// Where its rows come from.
    pub made: Made,
}

/// What the database finds quickly.
#[derive(Debug)]
pub struct Index {
    /// By these columns.
    pub columns: &'static [&'static str],
    /// Only rows where this column is set.
    pub only_set: Option<&'static str>,
}

/// Where the rows of a table come from.
#[derive(Debug)]
pub enum Made {
    /// From each case; kept in the database.
    OfCase {
        /// The rows of a case: the kept cells, in the order of the kept columns.
        rows: fn(&Folded<'_>) -> Vec<Vec<Cell>>,
        /// What stands for a case that cannot be folded.
        unknown: fn(&Unknown<'_>) -> Vec<Vec<Cell>>,
    },
    /// From the directory of people, when asked.
    OfDirectory(fn(&Directory, &Asking<'_>) -> Vec<Vec<Cell>>),
    /// From whole tables, when asked: a report.
    OfTables(Report),
    /// From the ledger of reminders, when asked.
    OfLedger,
    /// From the log, when asked.
    OfLog,
}

/// A case as the rows are made from it.
#[derive(Debug)]
pub struct Folded<'a> {
    /// Which case.
    pub case: &'a CaseRef,
    /// Every entry that is known.
    pub fold: &'a Case,
    /// What is known, seen from the end of time: no row can depend on the day it was made.
    pub view: View,
    /// The day of the last entry that is known: what settles a deadline later lies ahead.
    pub last_day: NaiveDate,
    /// The policy in force on the day the rows are for.
    pub policy: &'a Policy,
    /// The version of that policy.
    pub policy_version: i64,
}

/// A case that cannot be folded.
#[derive(Debug)]
pub struct Unknown<'a> {
    /// Which case.
    pub case: &'a CaseRef,
    /// The version of the policy in force.
    pub policy_version: i64,
    /// When that was found out.
    pub at: chrono::DateTime<chrono::Utc>,
}

/// A case that cannot be folded has no rows here: its row among the cases says so.
fn no_rows(_: &Unknown<'_>) -> Vec<Vec<Cell>> {
    Vec::new()
}

/// The table of a name.
pub fn find(name: &str) -> Option<&'static Table> {
    ALL.into_iter().find(|table| table.name.eq_ignore_ascii_case(name))
}

/// The table of a name, or which one was perhaps meant.
pub fn named(name: &str) -> Result<&'static Table> {
    find(name).ok_or_else(|| ProjectionError::UnknownTable {
        name: name.to_owned(),
        nearest: nearest(name, ALL.into_iter().map(|table| table.name)),
    })
}

/// The tables whose rows are kept.
pub fn kept() -> impl Iterator<Item = &'static Table> {
    ALL.into_iter().filter(|table| table.is_kept()).chain(UNSEEN)
}

impl Table {
    /// Whether the database keeps its rows.
    pub fn is_kept(&self) -> bool {
        matches!(self.made, Made::OfCase { .. })
    }

    /// Whether nobody asks it by name.
    pub(crate) fn is_unseen(&self) -> bool {
        UNSEEN.iter().any(|table| table.name == self.name)
    }

    /// The tables it is made from: itself, or what a report asks.
    pub(crate) fn sources(&'static self) -> &'static [&'static Table] {
        match &self.made {
            Made::OfTables(report) => report.from,
            _ => &[],
        }
    }

    /// Whether the database keeps the rows it is made from.
    pub(crate) fn rests_on_kept(&'static self) -> bool {
        self.is_kept() || self.sources().iter().any(|table| table.is_kept())
    }

    /// Whether it is made from the directory.
    pub(crate) fn rests_on_people(&'static self) -> bool {
        let is = |table: &Table| matches!(table.made, Made::OfDirectory(_));
        is(self) || self.sources().iter().any(|table| is(table))
    }

    /// The column of a name, when a reader may ask for it.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        let mut shown = self.columns.iter().filter(|column| column.is_shown());
        shown.find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The columns that a reader sees when none are named.
    pub fn shown(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.is_shown())
    }

    /// The kept columns, in the order of the cells of a row.
    pub fn kept_columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().filter(|column| column.is_kept())
    }

    /// The place of a kept column among the cells of a row.
    pub fn kept_place(&self, name: &str) -> Option<usize> {
        self.kept_columns().position(|column| column.name == name)
    }

    /// The rows of a case.
    pub fn rows(&self, folded: &Folded<'_>) -> Vec<Vec<Cell>> {
        match self.made {
            Made::OfCase { rows, .. } => rows(folded),
            _ => Vec::new(),
        }
    }

    /// What stands for a case that cannot be folded.
    pub fn unknown(&self, unknown: &Unknown<'_>) -> Vec<Vec<Cell>> {
        match self.made {
            Made::OfCase { unknown: rows, .. } => rows(unknown),
            _ => Vec::new(),
        }
    }

    /// A row with these cells set and all others empty.
    pub(crate) fn row_with(&self, set: &[(&str, Cell)]) -> Vec<Cell> {
        let cell = |column: &Column| {
            let given = set.iter().find(|(name, _)| *name == column.name);
            given.map_or(Cell::Null, |(_, cell)| cell.clone())
        };
        self.kept_columns().map(cell).collect()
    }

    /// The table as the database makes it.
    pub fn spec(&self) -> TableSpec {
        let columns: Vec<ColumnSpec> =
            self.kept_columns().map(|column| ColumnSpec::new(column.name, column.kind)).collect();
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let index = |index: &Index| IndexSpec {
            columns: owned(index.columns),
            only_set: index.only_set.map(str::to_owned),
        };
        TableSpec {
            name: self.name.to_owned(),
            version: self.version,
            logic_hash: self.logic_hash(),
            columns,
            indexes: self.indexes.iter().map(index).collect(),
        }
    }

    /// Notices a changed column list or new rules when somebody forgot to raise the version.
    fn logic_hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(format!("{} {} {RULES_VERSION}", self.name, self.version));
        for column in self.kept_columns() {
            hash.update(format!("\n{} {}", column.name, column.kind.as_str()));
        }
        hash.finalize().into()
    }
}

impl<'a> Folded<'a> {
    /// A case with what happened up to a day, under the policy of another or the same day.
    pub fn new(case: &'a CaseRef, fold: &'a Case, upto: NaiveDate, governed: Governed<'a>) -> Self {
        let Governed { policies, on } = governed;
        // No later than the last entry: a handover that takes effect later is kept as such.
        let last_day = fold.last_day().map_or(upto, |last| last.min(upto));
        let mut view = fold.as_of(last_day);
        view.day = calendar::LAST_DAY;
        let (policy, policy_version) = (policies.on(on), policies.version_on(on));
        Self { case, fold, view, last_day, policy, policy_version }
    }

    /// Every deadline that the case alone tells of; none once its person is erased.
    pub fn deadlines(&self) -> impl Iterator<Item = Deadline> {
        rules::deadlines(&self.view, self.policy).filter(|deadline| deadline.rule.watch.is_none())
    }

    /// Whether a deadline may still become open: what settles it, if anything, lies ahead.
    pub fn awaits(&self, deadline: &Deadline) -> bool {
        deadline.settled.is_none_or(|settled| settled.on > self.last_day)
    }

    /// Why no row may be made from this case: a guess would be worse than an alarm.
    pub fn fault(&self) -> Option<&'static str> {
        match self.view.birth_date {
            Some(Sealed::KeyMissing) => Some("the key to the birth date is missing"),
            Some(Sealed::Known(_) | Sealed::Erased) | None => None,
        }
    }
}

/// Which policy governs.
#[derive(Debug, Clone, Copy)]
pub struct Governed<'a> {
    /// All that was published.
    pub policies: &'a Policies,
    /// The day whose policy it is.
    pub on: NaiveDate,
}
