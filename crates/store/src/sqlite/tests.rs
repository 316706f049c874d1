use std::time::Duration;

use super::*;
use crate::location::Open;

/// Long enough for the slowest machine; without an answer it would be waited for ever.
const PATIENCE: Duration = Duration::from_mins(1);

async fn link(folder: &tempfile::TempDir) -> SqliteLink {
    let path = folder.path().join("a.db");
    std::fs::File::create(&path).unwrap();
    let purpose = Purpose::Write(OpenOptions::new(Open::ReadWrite));
    SqliteLink::open(&path, purpose).await.unwrap()
}

fn words(text: &str) -> Batch {
    Batch::new().ask_built(text.to_owned(), vec![])
}

/// The driver's thread panics when it tidies up after this failure. A schema change that is taken
/// back makes every prepared statement stale; of those that then run, the first ones are reset
/// without an error, and the last one's is looked for in vain.
#[tokio::test]
async fn a_connection_whose_thread_dies_of_a_failure_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let mut link = link(&folder).await;
    link.run_batch(words("CREATE TABLE kept (x)")).await.unwrap();
    let drop = || words("BEGIN").then(words("DELETE FROM kept")).then(words("DROP TABLE gone"));
    for _ in 0..3 {
        link.run_batch(words("CREATE TABLE gone (x)")).await.unwrap();
        link.run_batch(drop().then(words("COMMIT"))).await.unwrap();
        let taken_back = words("BEGIN").then(words("CREATE TABLE other (x)"));
        link.run_batch(taken_back.then(words("ROLLBACK"))).await.unwrap();
        let failed = link.run_batch(drop().then(words("COMMIT"))).await.unwrap_err();
        assert!(failed.to_string().contains("no such table: gone"), "{failed}");
        let next = link.run_batch(words("SELECT 7"));
        let mut answers = tokio::time::timeout(PATIENCE, next).await.unwrap().unwrap();
        assert_eq!(answers[0].rows[0].take::<i64>().unwrap(), 7);
    }
}

#[tokio::test]
async fn a_failure_ends_the_transaction_it_came_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut link = link(&folder).await;
    link.run_batch(words("CREATE TABLE kept (x)")).await.unwrap();
    link.run_batch(words("BEGIN").then(words("INSERT INTO kept VALUES (1)"))).await.unwrap();
    link.run_batch(words("INSERT INTO nowhere VALUES (1)")).await.unwrap_err();
    let mut counted = link.run_batch(words("SELECT count(*) FROM kept")).await.unwrap();
    assert_eq!(counted[0].rows[0].take::<i64>().unwrap(), 0);
    link.run_batch(words("BEGIN IMMEDIATE").then(words("COMMIT"))).await.unwrap();
}
