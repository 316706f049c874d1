//! Whole streams, many events in one text: what folds read.
//!
//! A row for each event costs more than the event. So the database packs a stream into one text,
//! without sealed parts, and a scan reads the next streams while these are folded.

use chrono::NaiveDate;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Log;
use super::read::bounds;
use crate::backend::{Batch, Row, count, from_micros, values};
use crate::error::{Result, StoreError};
use crate::event::{LogRow, Upto};
use crate::ids::{CLAIM, EventId, Position, StreamName, Version};
use crate::json::JsonRows;
use crate::sql;

/// Streams looked at for one page of a scan.
const SCAN_STREAMS: usize = 512;
/// Pages that are read ahead.
const PAGES_AHEAD: usize = 1;
pub(super) const FIELD_END: char = '\u{1f}';
const EVENT_END: char = '\u{1e}';

/// One stream as somebody saw it, without its sealed parts.
#[derive(Clone, Debug)]
pub struct PackedStream {
    /// Which stream.
    pub stream: StreamName,
    /// Its version in this view; 0 when it is absent.
    pub version: Version,
    packed: String,
}

/// Whole streams of a category, in the order of names, some at a time.
#[derive(Debug)]
pub struct StreamScan(mpsc::Receiver<Result<Vec<PackedStream>>>);

impl Log {
    /// Streams as they were known, packed; one that is absent in that view has version 0.
    ///
    /// All are seen in one state of the store, and come in the order asked for.
    pub async fn read_packed(
        &self,
        streams: &[StreamName],
        upto: Upto,
    ) -> Result<Vec<PackedStream>> {
        self.pack(streams.iter().map(|stream| (stream, None)), upto).await
    }

    /// Of streams that somebody knows at a version, those that stand at another one by now, packed;
    /// and whatever is asked for without a version.
    ///
    /// All are seen in one state of the store, and come in the order asked for.
    pub async fn read_moved<'a>(
        &self,
        known: impl Iterator<Item = (&'a StreamName, Option<Version>)>,
    ) -> Result<Vec<PackedStream>> {
        self.pack(known, Upto::Everything).await
    }

    async fn pack<'a>(
        &self,
        known: impl Iterator<Item = (&'a StreamName, Option<Version>)>,
        upto: Upto,
    ) -> Result<Vec<PackedStream>> {
        let mut asked = JsonRows::default();
        for (stream, version) in known {
            asked.push(values![stream, version.map(Version::get)]);
        }
        let [position, instant] = bounds(upto);
        let batch = Batch::new().ask(sql::PACK_STREAMS, vec![position, instant, asked.finish()]);
        self.read_rows(batch).await?.into_iter().map(packed).collect()
    }

    /// The names of the next streams of a category behind a name; none at the end.
    pub async fn streams_after(
        &self,
        category: &str,
        after: Option<&StreamName>,
    ) -> Result<Vec<StreamName>> {
        self.next_streams(category, after, usize::MAX).await
    }

    /// Reads whole streams of a category behind a name, about `max_events` at a time.
    ///
    /// Streams that did not exist in that view are left out.
    pub fn scan_by_stream(
        &self,
        category: &str,
        after: Option<&StreamName>,
        max_events: usize,
        upto: Upto,
    ) -> Result<StreamScan> {
        if category != CLAIM {
            StreamName::parse(category)?;
        }
        let (sender, pages) = mpsc::channel(PAGES_AHEAD);
        let (log, category, mut after) = (self.clone(), category.to_owned(), after.cloned());
        tokio::spawn(async move {
            loop {
                let page = log.page(&category, &mut after, max_events, upto).await;
                let goes_on = page.as_ref().is_ok_and(|page| !page.is_empty());
                // A scan that nobody waits for ends here.
                if sender.send(page).await.is_err() || !goes_on {
                    return;
                }
            }
        });
        Ok(StreamScan(pages))
    }

    /// The next streams of a scan; none at its end.
    async fn page(
        &self,
        category: &str,
        after: &mut Option<StreamName>,
        max_events: usize,
        upto: Upto,
    ) -> Result<Vec<PackedStream>> {
        loop {
            let names = self.next_streams(category, after.as_ref(), max_events).await?;
            let Some(last) = names.last() else {
                return Ok(Vec::new());
            };
            *after = Some(last.clone());
            let mut page = self.read_packed(&names, upto).await?;
            page.retain(|stream| stream.version > Version::ZERO);
            if !page.is_empty() {
                return Ok(page);
            }
        }
    }

    /// The names of a page of a scan: at least one, unless there are no more.
    async fn next_streams(
        &self,
        category: &str,
        after: Option<&StreamName>,
        max_events: usize,
    ) -> Result<Vec<StreamName>> {
        // `!` sorts before everything a name goes on with, `.` after the `-` of the category.
        let from = after.map_or_else(|| category.to_owned(), |after| format!("{after}!"));
        let values = values![from, format!("{category}."), count(SCAN_STREAMS)];
        let rows = self.read_rows(Batch::new().ask(sql::LIST_STREAMS, values)).await?;
        let (mut names, mut events) = (Vec::new(), 0);
        for mut row in rows {
            let stream = row.take()?;
            events += row.take::<i64>()?;
            if !names.is_empty() && events > count(max_events) {
                break;
            }
            names.push(stream);
        }
        Ok(names)
    }
}

impl StreamScan {
    /// The next streams, at least one; none at the end.
    pub async fn next(&mut self) -> Result<Vec<PackedStream>> {
        self.0.recv().await.unwrap_or_else(|| Ok(Vec::new()))
    }
}

impl PackedStream {
    /// A stream that does not exist.
    pub fn absent(stream: StreamName) -> Self {
        Self { stream, version: Version::ZERO, packed: String::new() }
    }

    /// Its events, in order; a version that is missing is an error.
    pub fn events(&self) -> impl Iterator<Item = Result<LogRow<'_>>> {
        let mut version = Version::ZERO;
        events(&self.packed).map(move |packed| {
            let row = unpack(self.stream.as_str(), packed)?;
            version = version.next();
            if row.version == version {
                return Ok(row);
            }
            let what = format!("version {version} of {} is missing", self.stream);
            Err(StoreError::Integrity { position: row.position, what })
        })
    }
}

/// A packed stream as the database gives it.
fn packed(mut row: Row) -> Result<PackedStream> {
    let stream = row.take()?;
    let packed = row.take::<Option<String>>()?.unwrap_or_default();
    let last = events(&packed).next_back();
    let version = last.map_or(Ok(Version::ZERO), |last| unpack("", last).map(|row| row.version))?;
    Ok(PackedStream { stream, version, packed })
}

/// The packed events of a text.
pub(super) fn events(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(EVENT_END).filter(|packed| !packed.is_empty())
}

/// Takes an event apart that was packed without the name of its stream.
pub(super) fn unpack<'a>(stream: &'a str, packed: &'a str) -> Result<LogRow<'a>> {
    let mut fields = packed.splitn(8, FIELD_END);
    let mut field = || fields.next().ok_or_else(broken);
    let position = Position::new(number(field()?)?);
    let id = Uuid::try_parse_ascii(field()?.as_bytes()).map_err(|_| broken())?;
    let version = Version::new(number(field()?)?);
    let event_type = field()?;
    let schema_version = field()?.parse().map_err(|_| broken())?;
    let occurred_on = day(field()?).ok_or_else(broken)?;
    let recorded_at = from_micros(number(field()?)?)?;
    Ok(LogRow {
        position,
        id: EventId::new(id),
        stream,
        version,
        event_type,
        schema_version,
        occurred_on,
        recorded_at,
        body: field()?,
    })
}

fn number(text: &str) -> Result<i64> {
    text.parse().map_err(|_| broken())
}

/// A date as it is stored. The general way to read one takes ten times as long.
fn day(text: &str) -> Option<NaiveDate> {
    let number = |from, to| text.get(from..to)?.parse::<u32>().ok();
    let year = i32::try_from(number(0, 4)?).ok()?;
    let is_plain = text.len() == 10 && text.as_bytes()[4] == b'-' && text.as_bytes()[7] == b'-';
    is_plain.then(|| NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)).flatten()
}

pub(super) fn broken() -> StoreError {
    StoreError::unreadable("a packed event has a broken field")
}
