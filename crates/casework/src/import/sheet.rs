//! Files of rows, as Danish Excel writes them: each row becomes the journal lines that say the
//! same, and these are decided by the same code as any other line.

mod headers;
mod records;
mod rows;
mod values;

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};
use spor_domain::door::{self, Line, Malformed, SaidRecorded};
use spor_store::Store;

pub use headers::{Column, columns};
pub use values::mask;

use super::reading::{CHUNK_LINES, LineKeys, Part, ReadLine, Source};
use crate::error::Result;
use headers::Header;
use records::{Record, Records};
use rows::Row;
use values::RowProblem;

/// Rows of one file.
const MOST_ROWS: usize = 50_000;

/// What the rows of a file are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetKind {
    /// One case a row.
    Cases,
    /// One session a row.
    Sessions,
}

/// A file of rows.
#[derive(Clone)]
pub struct Sheet {
    /// Opens it; it is read twice.
    pub file: Source,
    /// What its rows are about.
    pub kind: SheetKind,
    /// The system it comes from.
    pub source: String,
    /// The batch, by which it can be taken back.
    pub batch: String,
    /// The day on which the cases begin here.
    pub day: NaiveDate,
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sheet")
            .field("kind", &self.kind)
            .field("batch", &self.batch)
            .finish_non_exhaustive()
    }
}

/// A row as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// The line on which it begins.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

impl Sheet {
    /// Reads the file to its end and looks at nothing but its shape: what is wrong with that stops
    /// an import before anything is written.
    pub fn check(&self) -> Result<()> {
        let mut rows = Rows::begin(self)?;
        while rows.next()?.is_some() {}
        Ok(())
    }

    /// The header and these rows as they stand in the file, with what separates their cells.
    pub fn pick(&self, wanted: &dyn Fn(u64) -> bool) -> Result<(u8, Vec<String>, Vec<RawRow>)> {
        let mut rows = Rows::begin(self)?;
        let mut picked = Vec::new();
        while let Some(Record { line, cells }) = rows.next()? {
            if wanted(line) {
                picked.push(RawRow { line, cells });
            }
        }
        Ok((rows.records.delimiter, rows.header.written, picked))
    }
}

/// The rows of a file, behind its header.
struct Rows {
    records: Records,
    header: Header,
    count: usize,
}

impl Rows {
    fn begin(sheet: &Sheet) -> Result<Self> {
        let mut records = Records::begin((sheet.file)()?)?;
        let Some(first) = records.next()? else {
            return Err(no_header().into());
        };
        let header = Header::read(sheet.kind, first.cells)?;
        Ok(Self { records, header, count: 0 })
    }

    /// The next row that says anything.
    fn next(&mut self) -> Result<Option<Record>> {
        while let Some(record) = self.records.next()? {
            if record.cells.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            self.count += 1;
            if self.count > MOST_ROWS {
                return Err(too_many_rows(record.line).into());
            }
            return Ok(Some(record));
        }
        Ok(None)
    }
}

/// The lines of a file of rows.
pub(super) struct SheetLines {
    sheet: Sheet,
    rows: Rows,
    store: Store,
    keys: LineKeys,
    recorded: Option<SaidRecorded>,
}

impl SheetLines {
    pub(super) fn begin(
        sheet: Sheet,
        store: Store,
        recorded: Option<DateTime<Utc>>,
    ) -> Result<Self> {
        let rows = Rows::begin(&sheet)?;
        let keys = LineKeys::new(store.clone());
        Ok(Self { sheet, rows, store, keys, recorded: recorded.map(SaidRecorded::At) })
    }

    /// The lines of the next rows; a row's lines stay together.
    pub(super) fn chunk(&mut self) -> Result<Vec<ReadLine>> {
        let mut lines = Vec::with_capacity(CHUNK_LINES);
        while lines.len() < CHUNK_LINES
            && let Some(record) = self.rows.next()?
        {
            self.read(&record, &mut lines)?;
        }
        Ok(lines)
    }

    fn read(&mut self, record: &Record, lines: &mut Vec<ReadLine>) -> Result<()> {
        let row = Row { header: &self.rows.header, cells: &record.cells };
        let written = match row.lines(&self.sheet, &self.store)? {
            Ok(written) => written,
            Err(problem) => {
                lines.push(self.unreadable(record, &row, problem));
                return Ok(());
            }
        };
        let mut parsed: Vec<(String, Line)> = Vec::with_capacity(written.len());
        for fields in written {
            match self.parse(fields) {
                Ok(line) => parsed.push(line),
                Err(problem) => {
                    lines.push(self.unreadable(record, &row, problem.into()));
                    return Ok(());
                }
            }
        }
        for (at, (text, line)) in parsed.into_iter().enumerate() {
            let key = self.keys.key(&text, self.sheet.day)?;
            let part = Some(Part { of_row: at, danish: None });
            lines.push(ReadLine { number: record.line, key, parsed: Ok(line), said: None, part });
        }
        Ok(())
    }

    /// A line as the door reads it, and the text by which it is known again within its batch.
    fn parse(&self, fields: Map<String, Value>) -> std::result::Result<(String, Line), Malformed> {
        let text = format!("{}\n{}", self.sheet.batch, Value::Object(fields.clone()));
        let mut line = door::parse_fields(fields)?;
        line.recorded = self.recorded;
        Ok((text, line))
    }

    fn unreadable(&self, record: &Record, row: &Row<'_>, problem: RowProblem) -> ReadLine {
        let kind = match self.sheet.kind {
            SheetKind::Cases => "CaseImported",
            SheetKind::Sessions => "SessionHeld",
        };
        let case = row.text("case_ref").map(mask).unwrap_or_default();
        let (code, message) = (problem.code, problem.en);
        let because = "a row is brought in whole or not at all".to_owned();
        let try_next = "correct the row and import the file again".to_owned();
        ReadLine {
            number: record.line,
            key: String::new(),
            parsed: Err(Malformed { code, message, because, try_next }),
            said: Some((kind.to_owned(), case)),
            part: Some(Part { of_row: 0, danish: Some(problem.da) }),
        }
    }
}

impl From<Malformed> for RowProblem {
    /// What the door still finds in open text.
    fn from(problem: Malformed) -> Self {
        let da = match problem.code {
            "too_long" => "en celle er længere end 10.000 tegn",
            "control_character" => "en celle indeholder usynlige styretegn",
            _ => "rækken kan ikke læses",
        };
        Self::new(problem.code, da.to_owned(), problem.message)
    }
}

fn no_header() -> Malformed {
    Malformed {
        code: "missing_header",
        message: "line 1: the file is empty".to_owned(),
        because: "the first line says what the columns hold".to_owned(),
        try_next: "put a line of headers first".to_owned(),
    }
}

fn too_many_rows(line: u64) -> Malformed {
    Malformed {
        code: "too_many_rows",
        message: format!("line {line} is row {} of the file", MOST_ROWS + 1),
        because: format!("a file has at most {MOST_ROWS} rows"),
        try_next: "divide it into several files".to_owned(),
    }
}
