//! The eight kinds of changes, each with its variants.

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Executor, Row};

use super::rehash::{self, Checkpoints};
use super::{Dice, Scene};

/// A kind of change.
#[derive(Clone, Copy, Debug)]
pub enum Attack {
    EditColumn,
    DeleteInTheMiddle,
    CutTheTail,
    Swap,
    Duplicate,
    RehashEverything,
    SwapCheckpoints,
    MoveCiphertext,
}

/// Every column that the format speaks of, but when a checkpoint was signed: nothing proves that.
const COLUMNS: [(&str, &str); 9] = [
    (
        "events",
        "position event_id commit_id stream version event_type schema_version occurred_on \
         recorded_at corrects body leaf_hash",
    ),
    (
        "commits",
        "first_position last_position commit_id recorded_at actor actor_kind on_behalf_of auth \
         idempotency_key request_hash command correlation_id causation_id",
    ),
    ("sealed_parts", "position part key_id nonce ciphertext ciphertext_hash"),
    ("streams", "stream category version"),
    ("log_head", "store_id kind position recorded_at frontier"),
    ("log_checkpoints", "position root note frontier"),
    // Most of what is stored lies in these three: they are rolled more often.
    ("events", "body stream occurred_on event_type corrects"),
    ("commits", "actor on_behalf_of command"),
    ("sealed_parts", "ciphertext ciphertext_hash"),
];

impl Attack {
    pub const ALL: [Self; 8] = [
        Self::EditColumn,
        Self::DeleteInTheMiddle,
        Self::CutTheTail,
        Self::Swap,
        Self::Duplicate,
        Self::RehashEverything,
        Self::SwapCheckpoints,
        Self::MoveCiphertext,
    ];

    /// Changes the store and says how; nothing when the roll would have changed nothing.
    pub async fn carry_out(
        self,
        scene: &Scene,
        raw: &mut SqliteConnection,
        dice: &mut Dice,
    ) -> Option<String> {
        match self {
            Self::EditColumn => edit(raw, dice).await,
            Self::DeleteInTheMiddle => run(raw, delete(scene, dice)).await,
            Self::CutTheTail => {
                let size =
                    1 + i64::try_from(dice.roll(usize::try_from(scene.size).unwrap() - 1)).unwrap();
                let checkpoints = [Checkpoints::Keep, Checkpoints::Cut, Checkpoints::Delete];
                rehash::cut(raw, size, checkpoints[dice.roll(3)]).await
            }
            Self::Swap => run(raw, swap(scene, dice)).await,
            Self::Duplicate => run(raw, duplicate(scene, dice)).await,
            Self::RehashEverything => {
                let told = rewrite(raw, scene, dice).await?;
                let checkpoints = [Checkpoints::Keep, Checkpoints::Rewrite, Checkpoints::Delete];
                rehash::everything(raw, checkpoints[dice.roll(3)]).await;
                Some(told)
            }
            Self::SwapCheckpoints => run(raw, swap_checkpoints(scene, dice)).await,
            Self::MoveCiphertext => move_ciphertext(raw, dice).await,
        }
    }
}

/// Runs statements; none when the database refuses them or they change nothing.
async fn run(raw: &mut SqliteConnection, statements: String) -> Option<String> {
    let before: i64 =
        sqlx::query_scalar("SELECT total_changes()").fetch_one(&mut *raw).await.ok()?;
    raw.execute(AssertSqlSafe(statements.clone())).await.ok()?;
    let after: i64 =
        sqlx::query_scalar("SELECT total_changes()").fetch_one(&mut *raw).await.ok()?;
    (after > before).then_some(statements)
}

fn position(scene: &Scene, dice: &mut Dice) -> i64 {
    2 + i64::try_from(dice.roll(usize::try_from(scene.size - 2).unwrap())).unwrap()
}

async fn edit(raw: &mut SqliteConnection, dice: &mut Dice) -> Option<String> {
    let (table, columns) = COLUMNS[dice.roll(COLUMNS.len())];
    let columns: Vec<&str> = columns.split(' ').collect();
    let column = columns[dice.roll(columns.len())];
    let key = columns_of(table);
    let rows = format!("SELECT quote({column}) AS value, {key} AS row FROM {table}");
    let rows = raw.fetch_all(AssertSqlSafe(rows)).await.ok()?;
    let row = &rows[dice.roll(rows.len())];
    let (value, at): (String, i64) = (row.get("value"), row.get("row"));
    let value = other(&value, column, dice);
    run(raw, format!("UPDATE {table} SET {column} = {value} WHERE {key} = {at}")).await
}

/// A column that tells the rows of a table apart; sealed parts have one an event here.
fn columns_of(table: &str) -> &'static str {
    match table {
        "commits" => "first_position",
        "streams" => "stream_no",
        "log_head" => "log_head_id",
        _ => "position",
    }
}

/// Another value of the same type.
fn other(value: &str, column: &str, dice: &mut Dice) -> String {
    let flip = |digits: &str, dice: &mut Dice| {
        let mut digits: Vec<char> = digits.chars().collect();
        let at = dice.roll(digits.len());
        digits[at] = if digits[at] == '5' { 'A' } else { '5' };
        digits.into_iter().collect::<String>()
    };
    if value == "NULL" {
        let is_id = column.ends_with("_id") || column == "corrects";
        return if is_id { "randomblob(16)".to_owned() } else { "'staff-K-09'".to_owned() };
    }
    if let Some(blob) = value.strip_prefix("X'").and_then(|value| value.strip_suffix('\'')) {
        let nullable = ["ciphertext", "corrects", "correlation_id", "frontier"];
        return match dice.roll(8) {
            0 if nullable.contains(&column) && column != "frontier" => "NULL".to_owned(),
            1 => format!("X'{}'", &blob[2..]),
            2 => format!("X'{blob}00'"),
            _ => format!("X'{}'", flip(blob, dice)),
        };
    }
    if let Some(text) = value.strip_prefix('\'').and_then(|value| value.strip_suffix('\'')) {
        let mut letters: Vec<char> = text.chars().collect();
        let at = dice.roll(letters.len());
        match dice.roll(3) {
            0 => letters.insert(at, 'x'),
            1 if letters.len() > 1 => drop(letters.remove(at)),
            _ => letters[at] = if letters[at] == 'q' { 'z' } else { 'q' },
        }
        let text: String = letters.into_iter().filter(|c| *c != '\'').collect();
        return format!("'{text}'");
    }
    let steps = [1, -1, 2, 1_000_000];
    format!("{}", value.parse::<i64>().unwrap() + steps[dice.roll(steps.len())])
}

fn delete(scene: &Scene, dice: &mut Dice) -> String {
    let at = position(scene, dice);
    let rows = format!(
        "DELETE FROM events WHERE position = {at}; DELETE FROM sealed_parts WHERE position = {at}; "
    );
    let commit = format!("DELETE FROM commits WHERE first_position = {at}; ");
    let close = format!(
        "UPDATE events SET position = -position WHERE position > {at}; \
         UPDATE events SET position = -position - 1 WHERE position < 0; \
         UPDATE sealed_parts SET position = -position WHERE position > {at}; \
         UPDATE sealed_parts SET position = -position - 1 WHERE position < 0; \
         UPDATE log_head SET position = position - 1; "
    );
    match dice.roll(5) {
        0 => format!("DELETE FROM events WHERE position = {at}"),
        1 => rows,
        2 => rows + &commit,
        3 => rows + &commit + &close,
        _ => format!("DELETE FROM sealed_parts WHERE position >= {at} AND position < {at} + 9"),
    }
}

fn swap(scene: &Scene, dice: &mut Dice) -> String {
    let (left, right) = (position(scene, dice), position(scene, dice));
    let columns = ["event_id", "body", "stream", "occurred_on", "event_type", "corrects"];
    let column = columns[dice.roll(columns.len())];
    if dice.roll(2) == 0 {
        return format!(
            "UPDATE events SET position = -1 WHERE position = {left} AND {left} <> {right}; \
             UPDATE events SET position = {left} WHERE position = {right} AND {left} <> {right}; \
             UPDATE events SET position = {right} WHERE position = -1"
        );
    }
    format!(
        "CREATE TEMP TABLE pair AS SELECT a.{column} AS a, b.{column} AS b \
            FROM events AS a, events AS b \
            WHERE a.position = {left} AND b.position = {right} AND a.{column} IS NOT b.{column}; \
         UPDATE events SET {column} = randomblob(16) WHERE position = {left} \
            AND '{column}' = 'event_id' AND EXISTS (SELECT 1 FROM pair); \
         UPDATE events SET {column} = (SELECT a FROM pair) WHERE position = {right} \
            AND EXISTS (SELECT 1 FROM pair); \
         UPDATE events SET {column} = (SELECT b FROM pair) WHERE position = {left} \
            AND EXISTS (SELECT 1 FROM pair)"
    )
}

fn duplicate(scene: &Scene, dice: &mut Dice) -> String {
    let (at, next) = (position(scene, dice), scene.size + 1);
    let event = format!(
        "INSERT INTO events SELECT {next}, randomblob(16), commit_id, stream, \
            (SELECT version + 1 FROM streams AS s WHERE s.stream = e.stream), event_type, \
            schema_version, occurred_on, recorded_at, corrects, body, leaf_hash \
            FROM events AS e WHERE position = {at}; \
         UPDATE streams SET version = version + 1 \
            WHERE stream = (SELECT stream FROM events WHERE position = {at}); "
    );
    let commit = format!(
        "INSERT INTO commits SELECT {next}, {next}, randomblob(16), recorded_at, actor, actor_kind, \
            on_behalf_of, auth, NULL, request_hash, command, correlation_id, causation_id \
            FROM commits WHERE first_position <= {at} ORDER BY first_position DESC LIMIT 1; "
    );
    match dice.roll(4) {
        0 => event,
        1 => event + &commit,
        2 => event + &commit + &format!("UPDATE log_head SET position = {next}"),
        _ => format!(
            "INSERT INTO sealed_parts SELECT position, part || '2', key_id, nonce, ciphertext, \
             ciphertext_hash FROM sealed_parts WHERE position >= {at} LIMIT 1"
        ),
    }
}

/// A change that a forger covers up by making every hash anew.
async fn rewrite(raw: &mut SqliteConnection, scene: &Scene, dice: &mut Dice) -> Option<String> {
    let at = position(scene, dice);
    let changes = [
        format!("UPDATE events SET body = '{{\"other\":{at}}}' WHERE position = {at}"),
        format!("UPDATE events SET occurred_on = '2026-01-0{}' WHERE position = {at}", 1 + at % 9),
        format!("UPDATE events SET event_type = 'GoalMet' WHERE position = {at}"),
        format!("UPDATE events SET event_id = randomblob(16) WHERE position = {at}"),
        format!("UPDATE commits SET actor = 'staff-K-0{}' WHERE first_position = {at}", 2 + at % 7),
        format!("UPDATE commits SET command = 'Other' WHERE first_position = {at}"),
        format!(
            "UPDATE sealed_parts SET ciphertext = randomblob(80) WHERE position = \
             (SELECT min(position) FROM sealed_parts WHERE position >= {at})"
        ),
    ];
    run(raw, changes[dice.roll(changes.len())].clone()).await
}

fn swap_checkpoints(scene: &Scene, dice: &mut Dice) -> String {
    let at = "(SELECT position FROM log_checkpoints ORDER BY position LIMIT 1 OFFSET";
    let (left, right) = (dice.roll(3), dice.roll(3));
    let (from, to) = (format!("{at} {left})"), format!("{at} {right})"));
    let note = &scene.notes[right];
    let differs = if left == right { "AND 0" } else { "" };
    match dice.roll(6) {
        0 => {
            format!("UPDATE log_checkpoints SET note = '{note}' WHERE position = {from} {differs}")
        }
        1 => format!(
            "UPDATE log_checkpoints SET root = (SELECT root FROM log_checkpoints WHERE position = \
             {to}) WHERE position = {from} {differs}"
        ),
        2 => {
            let foreign = &scene.foreign[dice.roll(scene.foreign.len())];
            format!("UPDATE log_checkpoints SET note = '{foreign}' WHERE position = {from}")
        }
        3 => format!(
            "UPDATE log_checkpoints SET position = position + {} WHERE position = {from}",
            1 + dice.roll(60)
        ),
        4 => format!("UPDATE log_checkpoints SET root = randomblob(32) WHERE position = {from}"),
        _ => format!(
            "INSERT INTO log_checkpoints SELECT position + {}, root, signed_at, note, anchored, \
             frontier FROM log_checkpoints WHERE position = {from}",
            1 + dice.roll(60)
        ),
    }
}

async fn move_ciphertext(raw: &mut SqliteConnection, dice: &mut Dice) -> Option<String> {
    let rows = raw.fetch_all("SELECT position FROM sealed_parts ORDER BY position").await.ok()?;
    let at: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let (from, to) = (at[dice.roll(at.len())], at[dice.roll(at.len())]);
    let columns = [
        "ciphertext",
        "ciphertext, ciphertext_hash",
        "nonce, ciphertext, ciphertext_hash",
        "key_id, nonce, ciphertext, ciphertext_hash",
    ];
    let columns = columns[dice.roll(columns.len())];
    let both = dice.roll(2) == 0 && from != to;
    let back = format!(
        "UPDATE sealed_parts SET ({columns}) = (SELECT {columns} FROM temp.kept) \
         WHERE position = {from}"
    );
    let moved = format!(
        "CREATE TEMP TABLE kept AS SELECT * FROM sealed_parts WHERE position = {to}; \
         UPDATE sealed_parts SET ({columns}) = \
            (SELECT {columns} FROM main.sealed_parts WHERE position = {from}) \
            WHERE position = {to} AND {from} <> {to}; {}",
        if both { back.as_str() } else { "" }
    );
    run(raw, moved).await.filter(|_| from != to)
}
