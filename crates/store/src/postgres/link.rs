//! One connection to a PostgreSQL server: statements with values go in, rows come out.

use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgRow, PgTypeInfo, PgValueRef};
use sqlx::{
    Arguments, AssertSqlSafe, Connection as _, Encode, Executor, PgConnection, Postgres, Row as _,
    SqlSafeStr, SqlStr, Type, TypeInfo, ValueRef, encode::IsNull, error::BoxDynError,
};

use super::failure::translate;
use crate::backend::{
    Answer, Answering, Batch, Connection, Dialect, Row, Statement, Value, Words, count,
};
use crate::error::Result;

/// A connection.
#[derive(Debug)]
pub(crate) struct PostgresLink {
    place: String,
    connection: PgConnection,
}

impl PostgresLink {
    pub(super) fn new(place: String, connection: PgConnection) -> Self {
        Self { place, connection }
    }

    pub(crate) async fn run_batch(&mut self, batch: Batch) -> Result<Vec<Answer>> {
        self.answers(batch).await.map_err(|error| translate(error, &self.place))
    }

    async fn answers(&mut self, batch: Batch) -> Result<Vec<Answer>, sqlx::Error> {
        let mut answers = Vec::new();
        // Statements without values and answers travel together: each trip costs time.
        let mut bare = String::new();
        for statement in batch.0 {
            if statement.values.is_empty() && !statement.answers {
                bare.push_str(words(&statement.words));
                bare.push_str(";\n");
                continue;
            }
            self.run_bare(&mut bare).await?;
            let wanted = statement.answers;
            let answer = self.ask(statement).await?;
            if wanted {
                answers.push(answer);
            }
        }
        self.run_bare(&mut bare).await?;
        Ok(answers)
    }

    async fn run_bare(&mut self, bare: &mut String) -> Result<(), sqlx::Error> {
        if bare.is_empty() {
            return Ok(());
        }
        let text = AssertSqlSafe(std::mem::take(bare));
        sqlx::raw_sql(text).execute(&mut self.connection).await.map(|_| ())
    }

    async fn ask(&mut self, statement: Statement) -> Result<Answer, sqlx::Error> {
        let mut arguments = PgArguments::default();
        for value in statement.values {
            arguments.add(Bound(value)).map_err(sqlx::Error::Encode)?;
        }
        let gives_rows = gives_rows(words(&statement.words));
        let query = sqlx::query_with(text(statement.words), arguments);
        if !gives_rows {
            let done = self.connection.execute(query).await?;
            let changed = i64::try_from(done.rows_affected()).unwrap_or(i64::MAX);
            return Ok(Answer { rows: Vec::new(), changed });
        }
        let found = self.connection.fetch_all(query).await?;
        let rows: Vec<Row> = found.iter().map(decode).collect::<Result<_, _>>()?;
        Ok(Answer { changed: count(rows.len()), rows })
    }
}

impl Connection for PostgresLink {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn run(&mut self, batch: Batch) -> Answering<'_, Vec<Answer>> {
        Box::pin(self.run_batch(batch))
    }

    fn close(self: Box<Self>) -> Answering<'static, ()> {
        Box::pin(async move {
            let closed = self.connection.close().await;
            closed.map_err(|error| translate(error, &self.place))
        })
    }
}

fn words(words: &Words) -> &str {
    match words {
        Words::Fixed(sql) => sql.postgres.trim_end(),
        Words::Built(built) => built,
    }
}

fn text(words: Words) -> SqlStr {
    match words {
        Words::Fixed(sql) => sql.postgres.into_sql_str(),
        Words::Built(built) => AssertSqlSafe(built).into_sql_str(),
    }
}

/// Whether a statement answers with rows; else it tells how many it changed.
fn gives_rows(text: &str) -> bool {
    let mut lines = text.lines().skip_while(|line| line.starts_with("--"));
    lines.next().is_some_and(|line| line.starts_with("SELECT"))
        || lines.any(|line| line.starts_with("RETURNING"))
}

/// A value whose type the server reads from the statement: each `$n` there has a cast.
struct Bound(Value);

const UNSPECIFIED: Oid = Oid(0);

impl Type<Postgres> for Bound {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(UNSPECIFIED)
    }
}

impl Encode<'_, Postgres> for Bound {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        match &self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::Integer(value) => buffer.extend_from_slice(&value.to_be_bytes()),
            Value::Real(value) => buffer.extend_from_slice(&value.to_be_bytes()),
            Value::Text(value) => buffer.extend_from_slice(value.as_bytes()),
            Value::Blob(value) => buffer.extend_from_slice(value),
        }
        Ok(IsNull::No)
    }
}

fn decode(row: &PgRow) -> Result<Row, sqlx::Error> {
    let mut values = Vec::with_capacity(row.len());
    for column in 0..row.len() {
        let raw = row.try_get_raw(column)?;
        values.push(value(&raw).map_err(sqlx::Error::Decode)?);
    }
    Ok(Row::new(values))
}

fn value(raw: &PgValueRef<'_>) -> Result<Value, BoxDynError> {
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let bytes = raw.as_bytes()?;
    Ok(match raw.type_info().name() {
        "INT8" => Value::Integer(i64::from_be_bytes(bytes.try_into()?)),
        "INT4" => Value::Integer(i32::from_be_bytes(bytes.try_into()?).into()),
        "BOOL" => Value::Integer(bytes.contains(&1).into()),
        "FLOAT8" => Value::Real(f64::from_be_bytes(bytes.try_into()?)),
        "BYTEA" | "UUID" => Value::Blob(bytes.to_vec()),
        _ => Value::Text(str::from_utf8(bytes)?.to_owned()),
    })
}
