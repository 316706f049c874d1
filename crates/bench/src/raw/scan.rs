//! Reading events by hand: many in one row, the next rows read while these are folded.

use anyhow::{Context, Result, bail};
use chrono::{DateTime, NaiveDate};
use spor_domain::case::{Case, Recorded};
use spor_domain::event::{Event, entry_id};
use spor_domain::ids::{EventId, Position};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{Bare, Bound, Place, Words};

/// Events packed into one row of a scan in the order of positions.
const BLOCK_EVENTS: i64 = 500;
/// Rows read ahead.
const ROWS_AHEAD: usize = 8;
const FIELD_END: char = '\u{1f}';
const EVENT_END: char = '\u{1e}';

const BLOCK: Words = Words(
    "SELECT '', group_concat(concat_ws(char(31), position, hex(event_id), stream, event_type, \
     occurred_on, recorded_at, body), char(30)) FROM events WHERE position > ? AND position <= ?",
    "SELECT '', string_agg(concat_ws(chr(31), position, event_id, stream, event_type, \
     occurred_on, recorded_at, body), chr(30) ORDER BY position) \
     FROM events WHERE position > $1 AND position <= $2",
);
const STREAMS: Words = Words(
    "SELECT stream, group_concat(concat_ws(char(31), position, hex(event_id), stream, event_type, \
     occurred_on, recorded_at, body), char(30)) FROM events WHERE stream > ? AND stream < 'case.' \
     GROUP BY stream LIMIT 64",
    "SELECT stream, string_agg(concat_ws(chr(31), position, event_id, stream, event_type, \
     occurred_on, recorded_at, body), chr(30) ORDER BY version) \
     FROM events WHERE stream > $1 AND stream < 'case.' GROUP BY stream ORDER BY stream LIMIT 64",
);
const STREAM: Words = Words(
    "SELECT group_concat(concat_ws(char(31), position, hex(event_id), stream, event_type, \
     occurred_on, recorded_at, body), char(30)) FROM events WHERE stream = ?",
    "SELECT string_agg(concat_ws(chr(31), position, event_id, stream, event_type, occurred_on, \
     recorded_at, body), chr(30) ORDER BY version) FROM events WHERE stream = $1",
);

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
pub(crate) fn blocks(place: &Place) -> Packed {
    spawn(place, true)
}

/// All events of cases, one stream in a row, in the order of names.
pub(crate) fn streams(place: &Place) -> Packed {
    spawn(place, false)
}

type Sender = mpsc::Sender<Result<(String, String)>>;

fn spawn(place: &Place, by_position: bool) -> Packed {
    let (sender, packed) = mpsc::channel(ROWS_AHEAD);
    let place = place.clone();
    tokio::spawn(async move {
        let sent = match Bare::connect(&place).await {
            Ok(mut bare) if by_position => send_blocks(&mut bare, &sender).await,
            Ok(mut bare) => send_streams(&mut bare, &sender).await,
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            // Nobody to tell: the receiver has gone.
            let _ = sender.send(Err(error)).await;
        }
    });
    packed
}

async fn send_blocks(bare: &mut Bare, sender: &Sender) -> Result<()> {
    let text = bare.words(BLOCK);
    let mut after = 0_i64;
    loop {
        let range = [Bound::Integer(after), Bound::Integer(after + BLOCK_EVENTS)];
        let rows = bare.texts(text, &range).await?;
        let Some(Some(packed)) = rows.into_iter().next().and_then(|mut row| row.pop()) else {
            return Ok(());
        };
        if sender.send(Ok((String::new(), packed))).await.is_err() {
            return Ok(());
        }
        after += BLOCK_EVENTS;
    }
}

async fn send_streams(bare: &mut Bare, sender: &Sender) -> Result<()> {
    let text = bare.words(STREAMS);
    let mut after = String::from("case-");
    loop {
        let rows = bare.texts(text, &[Bound::Text(&after)]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in rows {
            let Ok([Some(name), Some(packed)]) = <[_; 2]>::try_from(row) else {
                bail!("a stream has a name and events");
            };
            after.clone_from(&name);
            if sender.send(Ok((name, packed))).await.is_err() {
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

/// All events of one stream, packed.
pub(crate) async fn stream(bare: &mut Bare, name: &str) -> Result<String> {
    let rows = bare.texts(bare.words(STREAM), &[Bound::Text(name)]).await?;
    rows.into_iter().flatten().next().flatten().context("the stream has events")
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
