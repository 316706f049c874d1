//! Storing a group in PostgreSQL by hand: a statement per table, each column one array.

use anyhow::Result;
use spor_store::{EventId, envelope};
use sqlx::{Executor, PgConnection, Postgres, query::Query};

use super::log::Group;

const COMMITS: &str = "INSERT INTO commits (first_position, last_position, commit_id, recorded_at, \
     actor, actor_kind, on_behalf_of, auth, idempotency_key, request_hash, command, \
     correlation_id, causation_id) \
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::bigint[], $5::text[], \
     $6::text[], $7::text[], $8::text[], $9::text[], $10::bytea[], $11::text[], $12::uuid[], \
     $13::uuid[])";
const STREAMS: &str = "INSERT INTO streams (stream, category, version) \
     SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) \
     ON CONFLICT (stream) DO UPDATE SET version = excluded.version";
const EVENTS: &str = "INSERT INTO events (position, event_id, commit_id, stream, version, \
     event_type, schema_version, occurred_on, recorded_at, corrects, body, leaf_hash) \
     SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::text[], $5::bigint[], \
     $6::text[], $7::bigint[], $8::text[], $9::bigint[], $10::uuid[], $11::text[], $12::bytea[])";
const PARTS: &str = "INSERT INTO sealed_parts (position, part, key_id, nonce, ciphertext, \
     ciphertext_hash) \
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::uuid[], $4::bytea[], $5::bytea[], \
     $6::bytea[])";
const HEAD: &str = "UPDATE log_head SET position = $1, recorded_at = $2, frontier = $3";

type Insert<'q> = Query<'q, Postgres, sqlx::postgres::PgArguments>;

pub(super) async fn store(connection: &mut PgConnection, group: Group<'_>) -> Result<()> {
    sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
    connection.execute(commits(&group)).await?;
    connection.execute(streams(&group)).await?;
    connection.execute(events(&group)).await?;
    if !group.parts.is_empty() {
        connection.execute(parts(&group)).await?;
    }
    let head = sqlx::query(HEAD).bind(group.position).bind(group.recorded_at).bind(group.frontier);
    connection.execute(head).await?;
    sqlx::raw_sql("COMMIT").execute(connection).await?;
    Ok(())
}

/// One value of each row.
fn column<R, T>(rows: &[R], value: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn commits(group: &Group<'_>) -> Insert<'static> {
    let rows = &group.commits;
    sqlx::query(COMMITS)
        .bind(column(rows, |row| row.first))
        .bind(column(rows, |row| row.last))
        .bind(column(rows, |row| row.append.commit.id.get()))
        .bind(column(rows, |row| row.recorded_at.timestamp_micros()))
        .bind(column(rows, |row| row.append.commit.actor.clone()))
        .bind(column(rows, |row| row.append.commit.actor_kind.as_str()))
        .bind(column(rows, |row| row.append.commit.on_behalf_of.clone()))
        .bind(column(rows, |row| row.append.commit.auth.as_str()))
        .bind(column(rows, |row| row.append.commit.idempotency_key.clone()))
        .bind(column(rows, |row| row.append.commit.request_hash.to_vec()))
        .bind(column(rows, |row| row.append.commit.command.clone()))
        .bind(column(rows, |row| row.append.commit.correlation_id))
        .bind(column(rows, |row| row.append.commit.causation_id))
}

fn streams(group: &Group<'_>) -> Insert<'static> {
    let rows = &group.streams;
    sqlx::query(STREAMS)
        .bind(column(rows, |row| row.0.as_str().to_owned()))
        .bind(column(rows, |row| row.0.category().to_owned()))
        .bind(column(rows, |row| row.1))
}

fn events(group: &Group<'_>) -> Insert<'static> {
    let rows = &group.events;
    sqlx::query(EVENTS)
        .bind(column(rows, |row| row.position))
        .bind(column(rows, |row| row.event.id.get()))
        .bind(column(rows, |row| row.commit.append.commit.id.get()))
        .bind(column(rows, |row| row.stream.as_str().to_owned()))
        .bind(column(rows, |row| row.version))
        .bind(column(rows, |row| row.event.event_type.clone()))
        .bind(column(rows, |row| i64::from(row.event.schema_version)))
        .bind(column(rows, |row| row.event.occurred_on.to_string()))
        .bind(column(rows, |row| row.commit.recorded_at.timestamp_micros()))
        .bind(column(rows, |row| row.event.corrects.map(EventId::get)))
        .bind(column(rows, |row| row.event.body.clone()))
        .bind(column(rows, |row| row.leaf.to_vec()))
}

fn parts(group: &Group<'_>) -> Insert<'static> {
    let rows = &group.parts;
    sqlx::query(PARTS)
        .bind(column(rows, |row| row.0))
        .bind(column(rows, |row| row.1.name.clone()))
        .bind(column(rows, |row| row.1.key_id.get()))
        .bind(column(rows, |row| row.1.nonce.to_vec()))
        .bind(column(rows, |row| row.1.ciphertext.clone()))
        .bind(column(rows, |row| envelope::hash(&row.1.ciphertext).to_vec()))
}
