//! Statements in a transaction that they share with others: kept or not, each piece for itself.

use crate::backend::{Answer, Batch, Connection};
use crate::error::{Result, StoreError};

/// Runs a piece behind what opens it. It is kept if the first of its statements that answer have
/// changed as many rows as expected; else nothing of it is, and the transaction goes on.
///
/// Most pieces begin with their only guard. One that has changed nothing leaves nothing to undo, so
/// these need no savepoint: its two statements would be two more trips to a server for each letter.
pub(crate) async fn run(
    connection: &mut dyn Connection,
    opening: Batch,
    piece: Batch,
    expected: &[i64],
) -> Result<(bool, Vec<Answer>)> {
    let answers = match expected {
        [] => connection.run(opening.then(piece)).await?,
        [wanted] if piece.begins_with_answer() => {
            let (guard, rest) = piece.split_first();
            let mut answers = connection.run(opening.then(guard)).await?;
            match answers.first().map_or(0, |answer| answer.changed) {
                0 => return Ok((false, answers)),
                changed if changed == *wanted => {}
                _ => return Err(StoreError::bad_request("a guard changed more than it may")),
            }
            answers.extend(connection.run(rest).await?);
            answers
        }
        _ => return between_savepoints(connection, opening, piece, expected).await,
    };
    Ok((true, answers))
}

async fn between_savepoints(
    connection: &mut dyn Connection,
    opening: Batch,
    piece: Batch,
    expected: &[i64],
) -> Result<(bool, Vec<Answer>)> {
    let piece = opening.run_built("SAVEPOINT piece", vec![]).then(piece);
    let answers = connection.run(piece).await?;
    let is_kept = is_kept(expected, &answers);
    let ending = if is_kept { "RELEASE piece" } else { "ROLLBACK TO piece" };
    connection.run(Batch::new().run_built(ending, vec![])).await?;
    Ok((is_kept, answers))
}

/// Whether the first statements that answer have changed as many rows as expected.
pub(crate) fn is_kept(expected: &[i64], answers: &[Answer]) -> bool {
    let changed = answers.iter().map(|answer| answer.changed);
    expected.iter().copied().eq(changed.take(expected.len()))
}
