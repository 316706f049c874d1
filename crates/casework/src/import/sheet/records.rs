//! Records of a CSV file, one at a time: cells in bytes, bounded before anything is kept.

use std::borrow::Cow;
use std::io::{BufRead, Cursor, Read};

use csv_core::{ReadFieldResult, Reader, ReaderBuilder};
use spor_domain::door::Malformed;

use crate::error::Result;

/// Bytes of one cell.
const MOST_CELL_BYTES: usize = 64 * 1024;
/// Columns of a file.
const MOST_COLUMNS: usize = 200;
/// Bytes looked at to find the delimiter.
const FIRST_LINE_BYTES: u64 = 64 * 1024;
/// Stands behind the last line: what swallows it is a quote that was never closed.
const END: &[u8] = b"\n\x04\n";
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
const EXCEL_HINT: &[u8] = b"sep=";

/// One record as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    /// The line of the file on which it begins.
    pub(super) line: u64,
    /// Its cells.
    pub(super) cells: Vec<String>,
}

/// Reads record after record.
pub(super) struct Records {
    input: Box<dyn BufRead + Send>,
    parser: Reader,
    /// What separates the cells.
    pub(super) delimiter: u8,
    /// Lines that were read past the parser.
    skipped: u64,
    cell: Vec<u8>,
}

/// What the parser said of a cell.
enum Cell {
    More(Vec<u8>),
    Last(Vec<u8>),
    Nothing,
}

impl Records {
    /// Begins: passes over the mark of UTF-8 and finds out what separates the cells.
    pub(super) fn begin(mut input: Box<dyn BufRead + Send>) -> Result<Self> {
        let mut start = Vec::new();
        input.by_ref().take(FIRST_LINE_BYTES).read_to_end(&mut start)?;
        if start.starts_with(UTF8_MARK) {
            start.drain(..UTF8_MARK.len());
        }
        let length = start.iter().position(|byte| *byte == b'\n').unwrap_or(start.len());
        let first = &start[..length];
        if first.starts_with(b"\xff\xfe") || first.starts_with(b"\xfe\xff") || first.contains(&0) {
            return Err(unknown_encoding().into());
        }
        let mut skipped = 0;
        let delimiter = match first.strip_prefix(EXCEL_HINT) {
            Some([delimiter, ..]) => {
                let delimiter = *delimiter;
                skipped = 1;
                start.drain(..start.len().min(length + 1));
                delimiter
            }
            Some([]) | None => likely_delimiter(first),
        };
        let input = Cursor::new(start).chain(input).chain(END);
        Ok(Self {
            input: Box::new(input),
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            skipped,
            cell: vec![0; MOST_CELL_BYTES + END.len() + 1],
        })
    }

    /// The next record; none at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Record>> {
        self.pass_blank_lines()?;
        let line = self.line();
        let mut cells = Vec::new();
        loop {
            let begun = self.line();
            let (bytes, is_last) = match self.cell(begun, cells.len())? {
                Cell::Nothing => return Ok(None),
                Cell::More(bytes) => (bytes, false),
                Cell::Last(bytes) => (bytes, true),
            };
            if bytes.ends_with(END) {
                return Err(quote_open(begun, cells.len()).into());
            }
            if is_last && cells.is_empty() && bytes == [END[1]] {
                return Ok(None);
            }
            if cells.len() == MOST_COLUMNS {
                return Err(too_many_columns(line).into());
            }
            cells.push(read(&bytes));
            if is_last {
                return Ok(Some(Record { line, cells }));
            }
        }
    }

    fn line(&self) -> u64 {
        self.parser.line() + self.skipped
    }

    /// The parser passes over them too, but then a record's line is not known.
    fn pass_blank_lines(&mut self) -> Result<()> {
        loop {
            let buffer = self.input.fill_buf()?;
            let blank = buffer.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
            if blank == 0 {
                return Ok(());
            }
            let ends = buffer[..blank].split(|byte| *byte == b'\n').count() - 1;
            self.skipped += ends as u64;
            self.input.consume(blank);
        }
    }

    fn cell(&mut self, begun: u64, column: usize) -> Result<Cell> {
        let mut filled = 0;
        loop {
            let buffer = self.input.fill_buf()?;
            let (answer, taken, written) = self.parser.read_field(buffer, &mut self.cell[filled..]);
            self.input.consume(taken);
            filled += written;
            let is_full = filled > MOST_CELL_BYTES + END.len();
            match answer {
                ReadFieldResult::InputEmpty if !is_full => {}
                ReadFieldResult::End => return Ok(Cell::Nothing),
                ReadFieldResult::Field { record_end } if filled <= MOST_CELL_BYTES => {
                    let bytes = self.cell[..filled].to_vec();
                    return Ok(if record_end { Cell::Last(bytes) } else { Cell::More(bytes) });
                }
                ReadFieldResult::Field { .. } if self.cell[..filled].ends_with(END) => {
                    return Err(quote_open(begun, column).into());
                }
                ReadFieldResult::InputEmpty
                | ReadFieldResult::OutputFull
                | ReadFieldResult::Field { .. } => return Err(cell_too_long(begun, column).into()),
            }
        }
    }
}

/// Semicolons as Danish Excel writes them, else commas: whichever the header has more of.
fn likely_delimiter(header: &[u8]) -> u8 {
    let mut is_quoted = false;
    let (mut semicolons, mut commas) = (0, 0);
    for byte in header {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b';' if !is_quoted => semicolons += 1,
            b',' if !is_quoted => commas += 1,
            _ => {}
        }
    }
    if commas > semicolons { b',' } else { b';' }
}

/// UTF-8 where it is that, else Windows-1252 as Excel writes it; a line ends as on every system.
fn read(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    };
    text.replace("\r\n", "\n")
}

fn problem(code: &'static str, message: String, because: &str, try_next: &str) -> Malformed {
    let (because, try_next) = (because.to_owned(), try_next.to_owned());
    Malformed { code, message, because, try_next }
}

fn quote_open(line: u64, column: usize) -> Malformed {
    problem(
        "quote_not_closed",
        format!("a quote opens on line {line}, column {}, and is never closed", column + 1),
        "everything behind it would be one cell",
        "close it, or write the file from the spreadsheet again",
    )
}

fn cell_too_long(line: u64, column: usize) -> Malformed {
    problem(
        "cell_too_long",
        format!("line {line}, column {}: the cell is longer than 64 KB", column + 1),
        "an entry is a note, not a document; or a quote on this line is never closed",
        "shorten it, or close the quote",
    )
}

fn too_many_columns(line: u64) -> Malformed {
    problem(
        "too_many_columns",
        format!("line {line} has more than {MOST_COLUMNS} columns"),
        "no file of cases or sessions has as many",
        "check that each row stands on a line of its own, and the delimiter",
    )
}

fn unknown_encoding() -> Malformed {
    problem(
        "unknown_encoding",
        "line 1 is neither UTF-8 nor Windows-1252: it holds zero bytes".to_owned(),
        "letters would be lost or changed",
        "save it as \"CSV UTF-8\" in the spreadsheet",
    )
}
