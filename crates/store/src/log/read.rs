//! Reading the log: by stream, by position, as known at a time.

use std::collections::HashMap;

use super::{Log, full_head, rows};
use crate::backend::{Answer, Batch, Row, Value, count, values};
use crate::error::{Result, StoreError};
use crate::event::{StoredEvent, StreamSlice, Upto};
use crate::ids::{Position, StreamName, Version};
use crate::{json, sql};

/// Events in one page, whatever the caller asks for.
const PAGE_EVENTS: usize = 100_000;

impl Log {
    /// Streams as they were known; one that is absent in that view has version 0.
    ///
    /// All are seen in one state of the store, and come in the order asked for.
    pub async fn read_streams(
        &self,
        streams: &[StreamName],
        upto: Upto,
    ) -> Result<Vec<StreamSlice>> {
        let names = json::texts(streams.iter().map(StreamName::as_str));
        let [position, instant] = bounds(upto);
        let values = vec![names, position, instant];
        let batch = Batch::new()
            .run(sql::BEGIN_READING, vec![])
            .ask(sql::READ_STREAMS, values.clone())
            .ask(sql::READ_STREAM_PARTS, values)
            .run_built("COMMIT", vec![]);
        let mut found: HashMap<StreamName, StreamSlice> = slices(self.events(batch).await?)
            .into_iter()
            .map(|slice| (slice.stream.clone(), slice))
            .collect();
        let slice = |stream: &StreamName| {
            found.remove(stream).unwrap_or_else(|| StreamSlice {
                stream: stream.clone(),
                version: Version::ZERO,
                events: Vec::new(),
            })
        };
        Ok(streams.iter().map(slice).collect())
    }

    /// The next events after a position, in order; a gap is an error.
    pub async fn read_after(&self, after: Position, limit: usize) -> Result<Vec<StoredEvent>> {
        let limit = count(limit.min(PAGE_EVENTS));
        let range = values![after, after.get().saturating_add(limit)];
        let batch = Batch::new()
            .run(sql::BEGIN_READING, vec![])
            .ask(sql::READ_EVENTS_AFTER, range.clone())
            .ask(sql::READ_PARTS_AFTER, range)
            .ask(sql::READ_HEAD, vec![])
            .run_built("COMMIT", vec![]);
        let [events, parts, head] = self.answers(batch).await?;
        let head = full_head(head.rows.into_iter().next())?.head;
        let events = rows::events(events.rows, parts.rows)?;
        let mut cursor = after;
        for event in &events {
            if event.position != cursor.next() {
                return Err(missing(cursor.next()));
            }
            cursor = event.position;
        }
        let promised = head.position.get().min(after.get().saturating_add(limit));
        if cursor.get() < promised {
            return Err(missing(cursor.next()));
        }
        Ok(events)
    }

    /// The events at some positions with one of their sealed parts, in the order of positions.
    pub async fn read_events(
        &self,
        positions: &[Position],
        part: &str,
    ) -> Result<Vec<StoredEvent>> {
        if positions.is_empty() {
            return Ok(Vec::new());
        }
        let positions = json::integers(positions.iter().map(|position| position.get()));
        let batch = Batch::new()
            .run(sql::BEGIN_READING, vec![])
            .ask(sql::READ_EVENTS, vec![positions.clone()])
            .ask(sql::READ_PART, vec![positions, Value::from(part)])
            .run_built("COMMIT", vec![]);
        self.events(batch).await
    }

    /// Where the events of some types stand in some streams, in the order of positions: for those
    /// who look for few events among many.
    pub async fn events_of_types(
        &self,
        streams: &[StreamName],
        types: &[&str],
    ) -> Result<Vec<(Position, StreamName)>> {
        let names = json::texts(streams.iter().map(StreamName::as_str));
        let values = vec![names, json::texts(types.iter().copied())];
        let rows = self.read_rows(Batch::new().ask(sql::FIND_EVENTS_OF_TYPES, values)).await?;
        rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
    }

    /// The streams that got events after one position, up to and with another; each once.
    pub async fn changed_streams(
        &self,
        after: Position,
        upto: Position,
    ) -> Result<Vec<StreamName>> {
        let range = values![after, upto];
        let batch = Batch::new().ask(sql::LIST_CHANGED_STREAMS, range);
        let rows = self.read_rows(batch).await?.into_iter();
        rows.map(|mut row| row.take()).collect()
    }

    async fn events(&self, batch: Batch) -> Result<Vec<StoredEvent>> {
        let [events, parts] = self.answers(batch).await?;
        rows::events(events.rows, parts.rows)
    }

    /// The answers of a batch with so many questions.
    pub(crate) async fn answers<const N: usize>(&self, batch: Batch) -> Result<[Answer; N]> {
        let answers = self.backend().read(batch).await?;
        answers.try_into().map_err(|_| StoreError::unreadable("each question has one answer"))
    }

    /// The first row of a batch's only answer.
    pub(crate) async fn read_row(&self, batch: Batch) -> Result<Option<Row>> {
        Ok(self.read_rows(batch).await?.into_iter().next())
    }
}

pub(super) fn missing(position: Position) -> StoreError {
    let what = "the event is missing".to_owned();
    StoreError::Integrity { position, what }
}

/// The last position and the last instant of a view.
pub(super) fn bounds(upto: Upto) -> [Value; 2] {
    let (position, instant) = match upto {
        Upto::Everything => (i64::MAX, i64::MAX),
        Upto::Position(position) => (position.get(), i64::MAX),
        Upto::RecordedAt(at) => (i64::MAX, at.timestamp_micros()),
    };
    [Value::from(position), Value::from(instant)]
}

/// Cuts events that are ordered by stream into streams.
fn slices(events: Vec<StoredEvent>) -> Vec<StreamSlice> {
    let mut slices: Vec<StreamSlice> = Vec::new();
    for event in events {
        match slices.last_mut() {
            Some(slice) if slice.stream == event.stream => {
                slice.version = event.version;
                slice.events.push(event);
            }
            _ => slices.push(StreamSlice {
                stream: event.stream.clone(),
                version: event.version,
                events: vec![event],
            }),
        }
    }
    slices
}
