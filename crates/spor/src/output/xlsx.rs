//! Rows as a workbook of one sheet: numbers are numbers, days are days, nothing is a formula.

use chrono::NaiveDate;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use serde_json::Value;

use super::{Rows, shown};
use crate::report::Report;

/// How a spreadsheet program shows a day.
const DAY: &str = "dd-mm-yyyy";
/// The day a workbook says it was made: the same rows give the same bytes.
const MADE: (u16, u8, u8) = (2000, 1, 1);
/// Rows of a sheet below its header.
const MAX_ROWS: usize = 1_048_575;

/// Rows as a workbook that Excel opens: a frozen header, filters, columns as wide as their cells.
pub fn xlsx(rows: &Rows) -> Result<Vec<u8>, Report> {
    if rows.rows.len() > MAX_ROWS {
        return Err(Report::usage(
            "a sheet holds 1,048,575 rows, and these are more",
            "narrow the question with --where or --limit, or use -o csv",
        ));
    }
    written(rows).map_err(|error| anyhow::Error::from(error).into())
}

fn written(rows: &Rows) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_ymd(MADE.0, MADE.1, MADE.2)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let sheet = workbook.add_worksheet();
    let (bold, day) = (Format::new().set_bold(), Format::new().set_num_format(DAY));
    for (column, name) in (0..).zip(&rows.columns) {
        sheet.write_string_with_format(0, column, name, &bold)?;
    }
    for (row, cells) in (1..).zip(&rows.rows) {
        for (column, cell) in (0..).zip(cells) {
            write_cell(sheet, (row, column), cell, &day)?;
        }
    }
    if let (Ok(last_row), Ok(columns)) =
        (u32::try_from(rows.rows.len()), u16::try_from(rows.columns.len()))
    {
        sheet.set_freeze_panes(1, 0)?;
        sheet.autofilter(0, 0, last_row, columns.saturating_sub(1))?;
    }
    sheet.autofit();
    workbook.save_to_buffer()
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Value,
    day: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Value::Null => {}
        Value::Bool(flag) => {
            sheet.write_boolean(row, column, *flag)?;
        }
        Value::Number(number) => {
            sheet.write_number(row, column, number.as_f64().unwrap_or_default())?;
        }
        other => {
            let text = shown(other);
            match text.parse::<NaiveDate>().ok().and_then(in_excel) {
                Some(date) => sheet.write_datetime_with_format(row, column, date, day)?,
                None => sheet.write_string(row, column, text)?,
            };
        }
    }
    Ok(())
}

/// The day as Excel counts it; none before 1900.
fn in_excel(day: NaiveDate) -> Option<ExcelDateTime> {
    ExcelDateTime::parse_from_str(&day.to_string()).ok()
}
