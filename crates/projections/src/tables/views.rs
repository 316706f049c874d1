//! How did a case stand after its last day of entries, and after the one before that? For those who
//! look ahead from there and would otherwise fold it from the log; nobody is shown it.

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use chrono::NaiveDate;
use rmp_serde::Deserializer;
use serde::Deserialize;
use serde::de::IgnoredAny;
use spor_domain::calendar;
use spor_domain::ids::CaseRef;
use spor_domain::view::View;
use spor_history::stream;
use spor_store::{Cell, ColumnKind, Filter, Op, Select, Store, StreamName};

use super::{Folded, Made, Table, Unknown};
use crate::column::{Column, Row, date};
use crate::error::Result;

const LAST_DAY: &str = "last_day";
const DAY_BEFORE: &str = "day_before";
const VIEWS: &str = "views";

/// One row per case: the last two days on which anything was entered, and the views of the case
/// from each of them on, as `MessagePack`, LZ4, base64. The version is raised whenever a [`View`]
/// has another shape or a fold another meaning.
pub static TABLE: Table = Table {
    name: "views",
    version: 1,
    da: "Hvordan stod et forløb efter sin seneste dag med indførsler?",
    en: "How did a case stand after its last day of entries?",
    columns: &[
        Column::hidden(LAST_DAY, ColumnKind::Date),
        Column::hidden(DAY_BEFORE, ColumnKind::Date),
        Column::hidden(VIEWS, ColumnKind::Text),
    ],
    key: &[],
    indexes: &[],
    made: Made::OfCase { rows, unknown },
};

/// A case as its row tells of it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Which case.
    pub case: CaseRef,
    /// The day of its last entry; none of a case that cannot be folded.
    pub last_day: Option<NaiveDate>,
    /// The last day before that one on which anything was entered.
    pub day_before: Option<NaiveDate>,
    views: String,
}

impl Kept {
    /// The case at the end of a day; none for a day before both that the row knows, and when the row
    /// is not in the form that this program writes.
    pub fn on(&self, day: NaiveDate) -> Option<View> {
        let is_last = self.last_day? <= day;
        if !is_last && self.day_before.is_some_and(|before| day < before) {
            return None;
        }
        let packed = BASE64_STANDARD_NO_PAD.decode(&self.views).ok()?;
        let written = lz4_flex::decompress_size_prepended(&packed).ok()?;
        let mut views = Deserializer::from_read_ref(&written);
        if !is_last {
            IgnoredAny::deserialize(&mut views).ok()?;
        }
        let mut view = View::deserialize(&mut views).ok()?;
        view.pass_to(day);
        Some(view)
    }
}

/// The next rows behind a stream, in the order of streams; none at the end.
pub async fn after(store: &Store, stream: Option<&StreamName>, limit: usize) -> Result<Vec<Kept>> {
    let behind = |stream: &StreamName| {
        Filter::Is("stream".to_owned(), Op::Greater, Cell::Text(stream.to_string()))
    };
    let filter = stream.map(behind);
    let select = Select { filter, order: Vec::new(), limit: Some(limit) };
    let rows = store.select_rows(&TABLE.spec(), &select).await?.into_iter();
    Ok(rows.filter_map(|row| kept(&row)).collect())
}

fn kept(row: &spor_store::Row) -> Option<Kept> {
    let case = stream::case_of(&row.stream)?;
    let row = Row { table: &TABLE, cells: &row.cells };
    let views = row.text(VIEWS).unwrap_or_default().to_owned();
    Some(Kept { case, last_day: row.date(LAST_DAY), day_before: row.date(DAY_BEFORE), views })
}

fn rows(folded: &Folded<'_>) -> Vec<Vec<Cell>> {
    let mut days = folded.fold.entries().iter().rev().map(|entry| entry.on);
    let day_before = days.find(|day| *day < folded.last_day);
    // Of that day itself: a handover that takes effect before the next entry lies ahead of it.
    let before = day_before.unwrap_or_else(|| calendar::days_before(folded.last_day, 1));
    let before = folded.fold.as_of(before);
    let mut written = Vec::new();
    for view in [&folded.view, &before] {
        rmp_serde::encode::write(&mut written, view).expect("a view has a form in bytes");
    }
    let views = BASE64_STANDARD_NO_PAD.encode(lz4_flex::compress_prepend_size(&written));
    vec![vec![Cell::Date(folded.last_day), date(day_before), Cell::Text(views)]]
}

fn unknown(_: &Unknown<'_>) -> Vec<Vec<Cell>> {
    vec![vec![Cell::Null; TABLE.columns.len()]]
}
