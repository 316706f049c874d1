//! The fast scan: many events in one row, the next block read while this one is folded.

use tokio::sync::mpsc;

use super::Log;
use super::packed::{self, FIELD_END};
use super::read::missing;
use crate::backend::{Batch, values};
use crate::error::{Result, StoreError};
use crate::event::LogRow;
use crate::ids::Position;
use crate::sql;

/// Events packed into one row.
const BLOCK_EVENTS: i64 = 500;
/// Blocks that are read ahead.
const BLOCKS_AHEAD: usize = 4;

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
        let mut blocks = self.blocks(after, end);
        while cursor < end {
            let (upto, text) = blocks.recv().await.ok_or(StoreError::Closed)??;
            for event in packed::events(&text) {
                let (stream, event) = event.split_once(FIELD_END).ok_or_else(packed::broken)?;
                let row = packed::unpack(stream, event)?;
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

    /// Packed blocks up to a position, each with the position it leads to.
    fn blocks(&self, after: Position, end: Position) -> mpsc::Receiver<Result<(Position, String)>> {
        let (sender, blocks) = mpsc::channel(BLOCKS_AHEAD);
        let (log, mut cursor) = (self.clone(), after);
        tokio::spawn(async move {
            while cursor < end {
                let upto = Position::new(end.get().min(cursor.get() + BLOCK_EVENTS));
                let block = log.block(cursor, upto).await.map(|text| (upto, text));
                cursor = upto;
                // A replay that nobody waits for ends here.
                if sender.send(block).await.is_err() {
                    return;
                }
            }
        });
        blocks
    }

    async fn block(&self, after: Position, upto: Position) -> Result<String> {
        let batch = Batch::new().ask(sql::REPLAY_EVENTS, values![after, upto]);
        match self.read_row(batch).await? {
            Some(mut row) => Ok(row.take::<Option<String>>()?.unwrap_or_default()),
            None => Ok(String::new()),
        }
    }
}
