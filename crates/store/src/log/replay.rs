//! The fast scan: many events in one row, the next block read while this one is folded.

use std::sync::Arc;

use uuid::Uuid;

use super::Log;
use crate::backend::{Answer, Backend, Batch, date, from_micros, values};
use crate::error::{Result, StoreError};
use crate::event::LogRow;
use crate::ids::{EventId, Position, Version};
use crate::sql;

/// Events packed into one row.
const BLOCK_EVENTS: i64 = 500;
const FIELD_END: char = '\u{1f}';
const EVENT_END: char = '\u{1e}';

impl Log {
    /// Shows all events after a position, in order, without their sealed parts.
    ///
    /// Gives the last position that was shown. A gap is an error.
    pub async fn replay<F: FnMut(LogRow<'_>)>(
        &self,
        after: Position,
        mut each: F,
    ) -> Result<Position> {
        let end = self.head().await?.position;
        let mut cursor = after;
        let mut coming = block(self.backend(), cursor);
        while cursor < end {
            let read = coming.await.map_err(|_| StoreError::Closed)?;
            let upto = Position::new(end.get().min(cursor.get() + BLOCK_EVENTS));
            coming = block(self.backend(), upto);
            let text = match read?.pop().and_then(|mut answer| answer.rows.pop()) {
                Some(mut row) => row.take::<Option<String>>()?.unwrap_or_default(),
                None => String::new(),
            };
            for packed in text.split(EVENT_END).filter(|packed| !packed.is_empty()) {
                let row = unpack(packed)?;
                if row.position > upto {
                    break;
                }
                if row.position != cursor.next() {
                    return Err(missing(cursor.next()));
                }
                cursor = row.position;
                each(row);
            }
            if cursor != upto {
                return Err(missing(cursor.next()));
            }
        }
        Ok(cursor)
    }
}

type Coming = tokio::task::JoinHandle<Result<Vec<Answer>>>;

fn block(backend: &Arc<dyn Backend>, after: Position) -> Coming {
    let backend = Arc::clone(backend);
    let range = values![after, after.get().saturating_add(BLOCK_EVENTS)];
    let batch = Batch::new().ask(sql::REPLAY_EVENTS, range);
    tokio::spawn(async move { backend.read(batch).await })
}

fn missing(position: Position) -> StoreError {
    let what = "the event is missing".to_owned();
    StoreError::Integrity { position, what }
}

fn unpack(packed: &str) -> Result<LogRow<'_>> {
    let broken = || StoreError::unreadable("a packed event has a broken field");
    let mut fields = packed.splitn(9, FIELD_END);
    let mut field = || fields.next().ok_or_else(broken);
    let position = field()?.parse().map_err(|_| broken())?;
    let id = Uuid::try_parse_ascii(field()?.as_bytes()).map_err(|_| broken())?;
    let stream = field()?;
    let version = field()?.parse().map_err(|_| broken())?;
    let event_type = field()?;
    let schema_version = field()?.parse().map_err(|_| broken())?;
    let occurred_on = date(field()?)?;
    let recorded_at = field()?.parse().map_err(|_| broken())?;
    Ok(LogRow {
        position: Position::new(position),
        id: EventId::new(id),
        stream,
        version: Version::new(version),
        event_type,
        schema_version,
        occurred_on,
        recorded_at: from_micros(recorded_at)?,
        body: field()?,
    })
}
