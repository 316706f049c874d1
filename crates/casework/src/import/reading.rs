//! Lines of a file, read and parsed on a thread of their own.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufRead};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, Value};
use spor_domain::door::{self, Line, Malformed, SaidRecorded};
use spor_store::Store;
use tokio::sync::mpsc;

use super::sheet::{Sheet, SheetLines};
use crate::error::Result;
use crate::request;

/// Opens the file; an import may read it twice.
pub type Source = Arc<dyn Fn() -> io::Result<Box<dyn BufRead + Send>> + Send + Sync>;

/// What is brought in.
#[derive(Clone)]
pub enum Input {
    /// A journal: one JSON object a line.
    Journal(Source),
    /// Rows of a spreadsheet.
    Sheet(Sheet),
    /// The lines of one case handed over: the others follow the first.
    Handover(HandedOver),
}

/// A case that another municipality hands over, as journal lines.
#[derive(Debug, Clone)]
pub struct HandedOver {
    /// The lines; the first begins the case.
    pub lines: Vec<Map<String, Value>>,
    /// The batch, by which it can be taken back.
    pub batch: String,
}

/// Lines decided and stored together: the store's own group.
pub(super) const CHUNK_LINES: usize = 256;
/// Chunks that may wait for the one who decides.
const CHUNKS_AHEAD: usize = 8;
/// Bytes of one line; a longer one is skipped without being held in memory.
const LONGEST_LINE: usize = 1 << 20;

/// A line as it was read.
#[derive(Debug)]
pub(super) struct ReadLine {
    pub(super) number: u64,
    /// The key of its outcome; empty when it is malformed.
    pub(super) key: String,
    pub(super) parsed: std::result::Result<Line, Malformed>,
    /// Type and stream of a malformed line, as far as they can be made out.
    pub(super) said: Option<(String, String)>,
    /// Which line of a row it is, where it comes from one.
    pub(super) part: Option<Part>,
}

/// One of the lines that a row gives.
#[derive(Debug)]
pub(super) struct Part {
    /// The first is the one that the others follow.
    pub(super) of_row: usize,
    /// What is wrong with the row, in Danish.
    pub(super) danish: Option<String>,
}

/// Gives lines the keys under which their outcomes are kept.
pub(super) struct LineKeys {
    store: Store,
    /// How often each line was seen, by a hash of its content.
    seen: HashMap<u64, u32>,
}

impl LineKeys {
    pub(super) fn new(store: Store) -> Self {
        Self { store, seen: HashMap::new() }
    }

    pub(super) fn key(&mut self, text: &str, day: NaiveDate) -> Result<String> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let ordinal = self.seen.entry(hasher.finish()).or_default();
        let key = request::line_key(&self.store, text, day, *ordinal)?;
        *ordinal += 1;
        Ok(key)
    }
}

/// Starts reading; ends early when nobody listens any more. Rows are recorded at the moment given,
/// where the store takes anybody's word for it.
pub(super) fn start(
    input: Input,
    store: Store,
    recorded: Option<DateTime<Utc>>,
) -> mpsc::Receiver<Result<Vec<ReadLine>>> {
    let (sender, receiver) = mpsc::channel(CHUNKS_AHEAD);
    tokio::task::spawn_blocking(move || {
        let mut lines = match Lines::begin(input, store, recorded) {
            Ok(lines) => lines,
            Err(error) => {
                // Whoever went away does not want to know.
                let _ = sender.blocking_send(Err(error));
                return;
            }
        };
        loop {
            let chunk = lines.chunk();
            let is_last = !matches!(&chunk, Ok(lines) if lines.len() >= CHUNK_LINES);
            let is_empty = matches!(&chunk, Ok(lines) if lines.is_empty());
            if is_empty || sender.blocking_send(chunk).is_err() || is_last {
                return;
            }
        }
    });
    receiver
}

enum Lines {
    Journal(Reading),
    Sheet(Box<SheetLines>),
    Handover(Vec<ReadLine>),
}

impl Lines {
    fn begin(input: Input, store: Store, recorded: Option<DateTime<Utc>>) -> Result<Self> {
        Ok(match input {
            Input::Journal(source) => Self::Journal(Reading::new(source()?, store)),
            Input::Sheet(sheet) => {
                Self::Sheet(Box::new(SheetLines::begin(sheet, store, recorded)?))
            }
            Input::Handover(case) => Self::Handover(handed_over(case, store, recorded)?),
        })
    }

    fn chunk(&mut self) -> Result<Vec<ReadLine>> {
        match self {
            Self::Journal(reading) => reading.chunk(),
            Self::Sheet(lines) => lines.chunk(),
            Self::Handover(lines) => Ok(std::mem::take(lines)),
        }
    }
}

fn handed_over(
    case: HandedOver,
    store: Store,
    recorded: Option<DateTime<Utc>>,
) -> Result<Vec<ReadLine>> {
    let mut keys = LineKeys::new(store);
    let mut read = Vec::with_capacity(case.lines.len());
    for (at, fields) in case.lines.into_iter().enumerate() {
        let text = format!("{}\n{}", case.batch, Value::Object(fields.clone()));
        let mut line = door::parse_fields(fields)?;
        line.recorded = recorded.map(SaidRecorded::At);
        let key = keys.key(&text, line.command.on)?;
        let part = Some(Part { of_row: at, danish: None });
        read.push(ReadLine { number: 1, key, parsed: Ok(line), said: None, part });
    }
    Ok(read)
}

struct Reading {
    input: Box<dyn BufRead + Send>,
    keys: LineKeys,
    number: u64,
    bytes: Vec<u8>,
}

/// What stands between two line ends.
enum Between {
    Text,
    TooLong,
    End,
}

impl Reading {
    fn new(input: Box<dyn BufRead + Send>, store: Store) -> Self {
        Self { input, keys: LineKeys::new(store), number: 0, bytes: Vec::new() }
    }

    fn chunk(&mut self) -> Result<Vec<ReadLine>> {
        let mut lines = Vec::with_capacity(CHUNK_LINES);
        while lines.len() < CHUNK_LINES {
            match self.advance()? {
                Between::End => break,
                Between::TooLong => lines.push(self.unreadable(too_long())),
                Between::Text => lines.extend(self.line()?),
            }
        }
        Ok(lines)
    }

    /// Reads up to the next line end.
    fn advance(&mut self) -> io::Result<Between> {
        self.bytes.clear();
        let mut is_too_long = false;
        let mut is_end = true;
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            is_end = false;
            let line_end = buffer.iter().position(|byte| *byte == b'\n');
            let upto = line_end.unwrap_or(buffer.len());
            is_too_long |= self.bytes.len() + upto > LONGEST_LINE;
            if is_too_long {
                self.bytes.clear();
            } else {
                self.bytes.extend_from_slice(&buffer[..upto]);
            }
            self.input.consume(line_end.map_or(upto, |at| at + 1));
            if line_end.is_some() {
                break;
            }
        }
        self.number += u64::from(!is_end);
        Ok(match (is_end, is_too_long) {
            (true, _) => Between::End,
            (false, true) => Between::TooLong,
            (false, false) => Between::Text,
        })
    }

    /// The line just read; none when it is blank.
    fn line(&mut self) -> Result<Option<ReadLine>> {
        let Ok(text) = std::str::from_utf8(&self.bytes) else {
            return Ok(Some(self.unreadable(not_utf8())));
        };
        let text = if self.number == 1 { text.trim_start_matches('\u{feff}') } else { text };
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let parsed = door::parse_line(text);
        let Ok(line) = &parsed else {
            let said = said(text);
            let (number, key) = (self.number, String::new());
            return Ok(Some(ReadLine { number, key, parsed, said, part: None }));
        };
        let key = self.keys.key(text, day_of(line))?;
        Ok(Some(ReadLine { number: self.number, key, parsed, said: None, part: None }))
    }

    fn unreadable(&self, problem: Malformed) -> ReadLine {
        let (number, key) = (self.number, String::new());
        ReadLine { number, key, parsed: Err(problem), said: None, part: None }
    }
}

/// The day a line stands under: the one it was recorded, where it says so.
fn day_of(line: &Line) -> NaiveDate {
    match line.recorded {
        None => line.command.on,
        Some(SaidRecorded::Day(day)) => day,
        Some(SaidRecorded::At(at)) => at.date_naive(),
    }
}

/// What a malformed line says of its type and stream.
fn said(text: &str) -> Option<(String, String)> {
    let value: Value = serde_json::from_str(text).ok()?;
    let field = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    Some((field("type")?, field("case").or_else(|| field("person")).unwrap_or_default()))
}

fn too_long() -> Malformed {
    Malformed {
        code: "line_too_long",
        message: format!("the line is longer than {LONGEST_LINE} bytes"),
        because: "an entry is a note, not a document".to_owned(),
        try_next: "check that each entry stands on a line of its own".to_owned(),
    }
}

fn not_utf8() -> Malformed {
    Malformed {
        code: "not_utf8",
        message: "the line is not UTF-8".to_owned(),
        because: "letters would be lost or changed".to_owned(),
        try_next: "save the file as UTF-8".to_owned(),
    }
}
