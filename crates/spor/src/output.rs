//! Answers on stdout: a table for people, JSON, NDJSON, CSV, a workbook or Markdown for programs.

mod xlsx;

use std::io::{self, IsTerminal, Write};

use serde_json::{Map, Value};

use crate::args::{CsvDialect, Format, Global};
use crate::report::Report;

pub use xlsx::xlsx;

/// An answer of rows: the same columns in the same order in every format.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The columns.
    pub columns: Vec<String>,
    /// The rows; a cell is a JSON scalar or a list of them.
    pub rows: Vec<Vec<Value>>,
}

impl Rows {
    /// Rows of these columns.
    pub fn new(columns: &[&str]) -> Self {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: Vec<Value>) {
        self.rows.push(row);
    }

    /// The rows as objects, each cell under its column.
    pub fn objects(&self) -> impl Iterator<Item = Value> {
        self.rows.iter().map(|row| {
            let pairs = self.columns.iter().cloned().zip(row.iter().cloned());
            Value::Object(pairs.collect::<Map<_, _>>())
        })
    }
}

/// Writes rows in the format asked for.
pub fn rows(global: &Global, rows: &Rows) -> Result<(), Report> {
    match global.output {
        Format::Json => json(&Value::Array(rows.objects().collect())),
        Format::Ndjson => {
            let lines: Vec<String> = rows.objects().map(|object| object.to_string()).collect();
            text(&lines.join("\n"))
        }
        Format::Csv => bytes(&csv(rows, global.csv_dialect)?),
        Format::Xlsx if io::stdout().is_terminal() => Err(Report::usage(
            "a workbook is not written to a terminal",
            "send it to a file: `-o xlsx > table.xlsx`",
        )),
        Format::Xlsx => bytes(&xlsx(rows)?),
        Format::Markdown => text(&markdown(rows)),
        Format::Table => text(&table(rows)),
    }
}

/// Writes one JSON document.
pub fn json(value: &Value) -> Result<(), Report> {
    let pretty = serde_json::to_string_pretty(value).expect("a JSON value can be written");
    text(&pretty)
}

/// Whether programs, not people, read the answer.
pub fn is_for_programs(global: &Global) -> bool {
    matches!(global.output, Format::Json | Format::Ndjson)
}

/// Writes text and a line's end; a reader who has seen enough is no fault.
pub fn text(answer: &str) -> Result<(), Report> {
    if answer.is_empty() {
        return Ok(());
    }
    if answer.ends_with('\n') {
        return bytes(answer.as_bytes());
    }
    bytes(format!("{answer}\n").as_bytes())
}

/// Writes bytes as they are; a reader who has seen enough is no fault.
fn bytes(answer: &[u8]) -> Result<(), Report> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(answer).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(Report::from),
    }
}

fn table(rows: &Rows) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_header(&rows.columns);
    for row in &rows.rows {
        table.add_row(row.iter().map(shown));
    }
    table.to_string()
}

fn markdown(rows: &Rows) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = line(rows.columns.clone());
    out.push_str(&line(rows.columns.iter().map(|_| "---".to_owned()).collect()));
    for row in &rows.rows {
        out.push_str(&line(row.iter().map(|cell| shown(cell).replace('|', "\\|")).collect()));
    }
    out
}

/// A cell as a person reads it.
pub fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// Rows as a file that a spreadsheet program opens.
pub fn csv(rows: &Rows, dialect: CsvDialect) -> Result<Vec<u8>, Report> {
    let is_danish = dialect == CsvDialect::Da;
    let mut out = Vec::new();
    if is_danish {
        out.extend_from_slice("\u{feff}".as_bytes());
    }
    let delimiter = if is_danish { b';' } else { b',' };
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
    let fault = |error: csv::Error| Report::from(anyhow::Error::from(error));
    writer.write_record(&rows.columns).map_err(fault)?;
    for row in &rows.rows {
        writer.write_record(row.iter().map(|cell| csv_cell(cell, is_danish))).map_err(fault)?;
    }
    Ok(writer.into_inner().expect("writing to memory does not fail"))
}

/// A cell that no spreadsheet program takes for a formula.
fn csv_cell(value: &Value, is_danish: bool) -> String {
    match value {
        Value::Number(number) if is_danish => number.to_string().replace('.', ","),
        Value::Number(number) => number.to_string(),
        other => guarded(&shown(other)),
    }
}

/// A text that no spreadsheet program takes for a formula.
pub fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{text}");
    }
    text.to_owned()
}
