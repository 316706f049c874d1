//! Statements that are stored without an event: one by one, or what is small together.

use tokio::sync::oneshot;

use super::{Done, Job, LOSSES, Task};
use crate::backend::Batch;
use crate::error::{Result, StoreError};
use crate::{guarded, sql};

/// Pieces of work that share a commit.
const GROUP_PIECES: usize = 32;

/// Statements, how many rows the first of them must change to be kept, and who waits.
pub(super) struct Piece {
    pub(super) batch: Batch,
    pub(super) expected: Vec<i64>,
    pub(super) sender: oneshot::Sender<Result<Done>>,
}

impl Piece {
    fn answer(self, done: Result<Done>) {
        let _ = self.sender.send(done);
    }
}

impl Task {
    /// Gathers pieces of work behind a first one; what waits together is stored with one commit.
    pub(super) async fn share(&mut self, first: Piece, urgent: bool) {
        let mut pieces = vec![first];
        let queue = if urgent { &mut self.people } else { &mut self.background };
        while pieces.len() < GROUP_PIECES
            && let Some(Job::Share(piece)) = queue.take_alike(|job| matches!(job, Job::Share(_)))
        {
            pieces.push(piece);
        }
        if pieces.len() > 1 {
            match self.together(&pieces).await {
                Ok(done) => {
                    for (piece, done) in pieces.into_iter().zip(done) {
                        piece.answer(Ok(done));
                    }
                    return;
                }
                Err(Some(error)) => {
                    for piece in pieces {
                        piece.answer(Err(error.again()));
                    }
                    return;
                }
                // One of them spoiled it for the others, or the connection was lost.
                Err(None) => {}
            }
        }
        for piece in pieces {
            self.work(piece).await;
        }
    }

    /// Does one piece of work in a transaction of its own.
    pub(super) async fn work(&mut self, piece: Piece) {
        let Piece { batch, expected, sender } = piece;
        let done = self.transaction(batch, &expected).await;
        // Whoever went away does not want to know.
        let _ = sender.send(done);
    }

    /// Several pieces of work in one transaction, each kept or not for itself. Without an error
    /// nothing was stored and each may be done alone; with one, nobody knows.
    async fn together(&mut self, pieces: &[Piece]) -> Result<Vec<Done>, Option<StoreError>> {
        let mut connection = self.connected().await.map_err(|_| None)?;
        let mut begun = Some(Batch::new().run(sql::BEGIN_WORK, vec![]));
        let mut all = Vec::with_capacity(pieces.len());
        for Piece { batch, expected, .. } in pieces {
            let opening = begun.take().unwrap_or_default();
            let ran = guarded::run(&mut *connection, opening, batch.clone(), expected).await;
            let Ok((kept, answers)) = ran else {
                self.roll_back(connection).await;
                return Err(None);
            };
            all.push(Done { kept, answers });
        }
        match connection.run(Batch::new().run_built("COMMIT", vec![])).await {
            Ok(_) => self.connection = Some(connection),
            Err(error) => {
                self.roll_back(connection).await;
                return Err(Some(error));
            }
        }
        Ok(all)
    }

    async fn transaction(&mut self, batch: Batch, expected: &[i64]) -> Result<Done> {
        let begun = Batch::new().run(sql::BEGIN_WORK, vec![]).then(batch);
        let mut losses = 0;
        let (mut connection, answers) = loop {
            let mut connection = self.connected().await?;
            match connection.run(begun.clone()).await {
                Ok(answers) => break (connection, answers),
                // Nothing was committed: it may be done once more.
                Err(StoreError::Unreachable { .. }) if losses < LOSSES => losses += 1,
                Err(error) => {
                    self.roll_back(connection).await;
                    return Err(error);
                }
            }
        };
        let kept = guarded::is_kept(expected, &answers);
        let ending = if kept { "COMMIT" } else { "ROLLBACK" };
        match connection.run(Batch::new().run_built(ending, vec![])).await {
            Ok(_) => self.connection = Some(connection),
            Err(error) => {
                self.roll_back(connection).await;
                return Err(error);
            }
        }
        Ok(Done { kept, answers })
    }
}
