//! Reading events by hand: many in one row, the next rows read while these are folded.

use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate};
use spor_domain::case::{Case, Recorded};
use spor_domain::event::{Event, entry_id};
use spor_domain::ids::{EventId, Position};
use sqlx::Row;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::connect;

/// Events packed into one row of a scan in the order of positions.
const BLOCK_EVENTS: i64 = 500;
/// Rows read ahead.
const ROWS_AHEAD: usize = 8;
const FIELD_END: char = '\u{1f}';
const EVENT_END: char = '\u{1e}';

const BLOCK: &str = "SELECT '', group_concat(position || char(31) || hex(event_id) || char(31) \
     || stream || char(31) || event_type || char(31) || occurred_on || char(31) || recorded_at \
     || char(31) || body, char(30)) FROM events WHERE position > ? AND position <= ?";
const STREAMS: &str = "SELECT stream, group_concat(position || char(31) || hex(event_id) \
     || char(31) || stream || char(31) || event_type || char(31) || occurred_on || char(31) \
     || recorded_at || char(31) || body, char(30)) \
     FROM events WHERE stream > ? AND stream < 'case.' GROUP BY stream LIMIT 64";

/// Packed events on their way, with the stream they belong to where they are one stream's.
pub(crate) type Packed = mpsc::Receiver<Result<(String, String)>>;

/// An event of a scan.
pub(crate) struct Scanned<'a> {
    /// Its stream.
    pub(crate) stream: &'a str,
    /// What the fold takes.
    pub(crate) recorded: Recorded,
}

/// All events in the order of positions.
pub(crate) fn blocks(path: &Path) -> Packed {
    let (sender, packed) = mpsc::channel(ROWS_AHEAD);
    let path = path.to_owned();
    tokio::spawn(async move {
        if let Err(error) = send_blocks(&path, &sender).await {
            // Nobody to tell: the receiver has gone.
            let _ = sender.send(Err(error)).await;
        }
    });
    packed
}

/// All events of cases, one stream in a row, in the order of names.
pub(crate) fn streams(path: &Path) -> Packed {
    let (sender, packed) = mpsc::channel(ROWS_AHEAD);
    let path = path.to_owned();
    tokio::spawn(async move {
        if let Err(error) = send_streams(&path, &sender).await {
            // Nobody to tell: the receiver has gone.
            let _ = sender.send(Err(error)).await;
        }
    });
    packed
}

type Sender = mpsc::Sender<Result<(String, String)>>;

async fn send_blocks(path: &Path, sender: &Sender) -> Result<()> {
    let mut connection = connect(path).await?;
    let mut after = 0_i64;
    loop {
        let block = sqlx::query(BLOCK).bind(after).bind(after + BLOCK_EVENTS);
        let row = block.fetch_one(&mut connection).await?;
        let Some(text) = row.try_get::<Option<String>, _>(1)? else {
            return Ok(());
        };
        if sender.send(Ok((String::new(), text))).await.is_err() {
            return Ok(());
        }
        after += BLOCK_EVENTS;
    }
}

async fn send_streams(path: &Path, sender: &Sender) -> Result<()> {
    let mut connection = connect(path).await?;
    let mut after = String::from("case-");
    loop {
        let rows = sqlx::query(STREAMS).bind(&after).fetch_all(&mut connection).await?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.try_get(0)?;
        for row in rows {
            if sender.send(Ok((row.try_get(0)?, row.try_get(1)?))).await.is_err() {
                return Ok(());
            }
        }
    }
}

/// Takes packed events apart and decodes them.
pub(crate) fn unpack(packed: &str) -> impl Iterator<Item = Result<Scanned<'_>>> {
    packed.split(EVENT_END).map(|packed| one(packed).context("a packed event cannot be read"))
}

fn one(packed: &str) -> Result<Scanned<'_>> {
    let mut fields = packed.splitn(7, FIELD_END);
    let mut field = || fields.next().context("a field is missing");
    let position = field()?.parse()?;
    let event_id = Uuid::try_parse_ascii(field()?.as_bytes())?;
    let stream = field()?;
    let event_type = field()?;
    let occurred_on = day(field()?).context("a broken day")?;
    let recorded_at = DateTime::from_timestamp_micros(field()?.parse()?).context("no instant")?;
    let body = field()?;
    let recorded = Recorded {
        position: Position(position),
        event_id: EventId(event_id),
        recorded_at,
        occurred_on,
        id: entry_id(body),
        event: Event::decode(event_type, body)?,
    };
    Ok(Scanned { stream, recorded })
}

fn day(text: &str) -> Option<NaiveDate> {
    let number = |from, to| text.get(from..to)?.parse::<u32>().ok();
    NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)
}

/// Folds the events of one stream.
pub(crate) fn fold(packed: &str, mut open: impl FnMut(&mut Recorded)) -> Result<Case> {
    let mut case = Case::default();
    for scanned in unpack(packed) {
        let mut recorded = scanned?.recorded;
        if recorded.event.wants_opening() {
            open(&mut recorded);
        }
        case.evolve(recorded);
    }
    Ok(case)
}
