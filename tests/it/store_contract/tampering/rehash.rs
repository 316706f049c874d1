//! What a forger with the whole database can do: make every leaf, root and edge anew.

use std::collections::BTreeMap;

use spor_store::envelope::{self, CommitFields, Envelope, Hash, PartFields};
use spor_store::merkle::Frontier;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Executor, Row};
use uuid::Uuid;

use super::super::proving::hex;

/// What a forger does with the saved checkpoints.
#[derive(Clone, Copy, Debug)]
pub enum Checkpoints {
    Keep,
    Cut,
    Delete,
    Rewrite,
}

async fn rows(raw: &mut SqliteConnection, table: &str, order: &str) -> Vec<SqliteRow> {
    let text = format!("SELECT * FROM {table} ORDER BY {order}");
    raw.fetch_all(AssertSqlSafe(text)).await.unwrap()
}

fn id(row: &SqliteRow, column: &str) -> Uuid {
    Uuid::from_slice(row.get(column)).unwrap()
}

fn maybe_id(row: &SqliteRow, column: &str) -> Option<Uuid> {
    row.get::<Option<Vec<u8>>, _>(column).map(|bytes| Uuid::from_slice(&bytes).unwrap())
}

fn commit_hash(store: Uuid, row: &SqliteRow) -> Hash {
    envelope::commit_hash(
        store,
        &CommitFields {
            commit_id: id(row, "commit_id"),
            actor: row.get("actor"),
            actor_kind: row.get("actor_kind"),
            on_behalf_of: row.get("on_behalf_of"),
            auth: row.get("auth"),
            idempotency_key: row.get("idempotency_key"),
            request_hash: row.get::<&[u8], _>("request_hash").try_into().unwrap(),
            command: row.get("command"),
            correlation_id: maybe_id(row, "correlation_id"),
            causation_id: maybe_id(row, "causation_id"),
            first_position: row.get("first_position"),
            last_position: row.get("last_position"),
            recorded_at: chrono::DateTime::from_timestamp_micros(row.get("recorded_at")).unwrap(),
        },
    )
}

fn leaf(store: Uuid, row: &SqliteRow, commit_hash: &Hash, sealed: &[&SqliteRow]) -> Hash {
    let parts: Vec<PartFields<'_>> = sealed
        .iter()
        .map(|part| PartFields {
            name: part.get("part"),
            key_id: id(part, "key_id"),
            nonce: part.get::<&[u8], _>("nonce").try_into().unwrap(),
            ciphertext_hash: part.get::<&[u8], _>("ciphertext_hash").try_into().unwrap(),
        })
        .collect();
    envelope::leaf_hash(&Envelope {
        store_id: store,
        position: row.get("position"),
        event_id: id(row, "event_id"),
        commit_id: id(row, "commit_id"),
        stream: row.get("stream"),
        version: row.get("version"),
        event_type: row.get("event_type"),
        schema_version: row.get("schema_version"),
        occurred_on: row.get::<&str, _>("occurred_on").parse().unwrap(),
        recorded_at: chrono::DateTime::from_timestamp_micros(row.get("recorded_at")).unwrap(),
        corrects: maybe_id(row, "corrects"),
        commit_hash,
        body_hash: &envelope::hash(row.get::<&str, _>("body").as_bytes()),
        parts: &parts,
    })
}

/// Makes all hashes anew, so that the file agrees with itself.
pub async fn everything(raw: &mut SqliteConnection, checkpoints: Checkpoints) {
    let store = id(&rows(raw, "log_head", "1").await[0], "store_id");
    for part in rows(raw, "sealed_parts", "position").await {
        let hash = envelope::hash(part.get("ciphertext"));
        let at: i64 = part.get("position");
        let text = format!(
            "UPDATE sealed_parts SET ciphertext_hash = x'{}' WHERE position = {at}",
            hex(&hash)
        );
        raw.execute(AssertSqlSafe(text)).await.unwrap();
    }
    let commits: BTreeMap<Uuid, Hash> = rows(raw, "commits", "first_position")
        .await
        .iter()
        .map(|row| (id(row, "commit_id"), commit_hash(store, row)))
        .collect();
    let parts = rows(raw, "sealed_parts", "position, part").await;
    let mut tree = Frontier::new();
    let mut statements = Vec::new();
    for row in rows(raw, "events", "position").await {
        let at: i64 = row.get("position");
        let of_event = parts.iter().filter(|part| part.get::<i64, _>("position") == at);
        let sealed: Vec<&SqliteRow> = of_event.collect();
        let leaf = leaf(store, &row, &commits[&id(&row, "commit_id")], &sealed);
        tree.append(leaf);
        let (leaf, root, edge) = (hex(&leaf), hex(&tree.root()), hex(&tree.to_bytes()));
        statements.push(format!("UPDATE events SET leaf_hash = x'{leaf}' WHERE position = {at}"));
        if matches!(checkpoints, Checkpoints::Rewrite) {
            statements.push(format!(
                "UPDATE log_checkpoints SET root = x'{root}', frontier = x'{edge}' \
                 WHERE position = {at}"
            ));
        }
        statements.push(format!("UPDATE log_head SET frontier = x'{edge}' WHERE {at} = position"));
    }
    if matches!(checkpoints, Checkpoints::Delete) {
        statements.push("DELETE FROM log_checkpoints".to_owned());
    }
    let text = format!("BEGIN; {}; COMMIT", statements.join("; "));
    raw.execute(AssertSqlSafe(text)).await.unwrap();
}

/// Makes the log end earlier, as if nothing had come after.
pub async fn cut(
    raw: &mut SqliteConnection,
    size: i64,
    checkpoints: Checkpoints,
) -> Option<String> {
    // A commit is cut whole, or its own hash would tell.
    let begins = "SELECT max(last_position) FROM commits WHERE last_position <= ?";
    let size: i64 = sqlx::query_scalar(begins).bind(size).fetch_one(&mut *raw).await.ok()?;
    let mut tree = Frontier::new();
    for row in rows(raw, "events", "position").await {
        if row.get::<i64, _>("position") <= size {
            tree.append(row.get::<&[u8], _>("leaf_hash").try_into().unwrap());
        }
    }
    let kept = match checkpoints {
        Checkpoints::Keep | Checkpoints::Rewrite => "0",
        Checkpoints::Cut => "position > (SELECT position FROM log_head)",
        Checkpoints::Delete => "1",
    };
    let told = format!(
        "BEGIN; DELETE FROM sealed_parts WHERE position > {size}; \
         DELETE FROM events WHERE position > {size}; \
         DELETE FROM commits WHERE first_position > {size}; \
         DELETE FROM streams WHERE stream NOT IN (SELECT stream FROM events); \
         UPDATE streams SET version = \
            (SELECT count(*) FROM events AS e WHERE e.stream = streams.stream); \
         UPDATE log_head SET position = {size}, frontier = x'{}', \
            recorded_at = (SELECT recorded_at FROM events WHERE position = {size}); \
         DELETE FROM log_checkpoints WHERE {kept}; COMMIT",
        hex(&tree.to_bytes())
    );
    raw.execute(AssertSqlSafe(told.clone())).await.unwrap();
    Some(told)
}
