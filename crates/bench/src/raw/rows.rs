//! Writing rows of derived tables by hand: folded in memory, written once, indexes last.

use std::path::Path;

use anyhow::{Result, anyhow};
use spor_projections::tables::{self, Table};
use spor_store::{Cell, ColumnKind, IndexSpec, TableSpec};
use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, Connection, Row};

use super::{connect, places, run};

/// Rows in one transaction.
const TRANSACTION_ROWS: usize = 2_000;
/// Rows in one statement.
const STATEMENT_ROWS: usize = 100;

/// Tables of the same shape as the kept ones, filled by hand.
pub(crate) struct RawTables {
    connection: SqliteConnection,
    tables: Vec<RawTable>,
    waiting: usize,
}

struct RawTable {
    table: &'static Table,
    spec: TableSpec,
    rows: Vec<(String, Vec<Cell>)>,
}

impl RawTables {
    /// Makes the tables without their indexes.
    pub(crate) async fn make(path: &Path) -> Result<Self> {
        let mut connection = connect(path).await?;
        let mut made = Vec::new();
        for table in tables::kept() {
            let spec = table.spec();
            let column = |column: &spor_store::ColumnSpec| {
                format!(", \"{}\" {}", column.name, sql_type(column.kind))
            };
            let columns: String = spec.columns.iter().map(column).collect();
            let text = format!(
                "CREATE TABLE {} (row_no INTEGER PRIMARY KEY, stream TEXT NOT NULL{columns}) STRICT",
                name_of(&spec)
            );
            run(&mut connection, text, SqliteArguments::default()).await?;
            made.push(RawTable { table, spec, rows: Vec::new() });
        }
        Ok(Self { connection, tables: made, waiting: 0 })
    }

    /// Adds the rows that a function makes for each table, and writes what fills a transaction.
    pub(crate) async fn add(
        &mut self,
        stream: &str,
        rows: impl Fn(&'static Table) -> Vec<Vec<Cell>>,
    ) -> Result<()> {
        for table in &mut self.tables {
            let new = rows(table.table).into_iter().map(|cells| (stream.to_owned(), cells));
            let before = table.rows.len();
            table.rows.extend(new);
            self.waiting += table.rows.len() - before;
        }
        if self.waiting >= TRANSACTION_ROWS {
            self.write().await?;
        }
        Ok(())
    }

    /// Writes what still waits, then the indexes.
    pub(crate) async fn finish(&mut self) -> Result<()> {
        self.write().await?;
        for table in &self.tables {
            for text in indexes(&table.spec) {
                run(&mut self.connection, text, SqliteArguments::default()).await?;
            }
        }
        Ok(())
    }

    /// Rows that are only in one of two tables, over all tables; the other ones are the store's.
    pub(crate) async fn differing(&mut self, generations: &[spor_store::TableId]) -> Result<i64> {
        let mut differing = 0;
        for table in &self.tables {
            let Some(id) = generations.iter().find(|id| id.name == table.spec.name) else {
                return Err(anyhow!("the store keeps no table {}", table.spec.name));
            };
            let columns: Vec<String> =
                table.spec.columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
            let columns = columns.join(", ");
            let ours = name_of(&table.spec);
            let theirs = format!("p_{}_{}_g{}", id.name, id.version, id.generation);
            let only = |one: &str, other: &str| {
                format!(
                    "SELECT count(*) FROM (SELECT stream, {columns} FROM {one} \
                     EXCEPT SELECT stream, {columns} FROM {other})"
                )
            };
            for text in [only(&ours, &theirs), only(&theirs, &ours)] {
                let query = sqlx::query(sqlx::AssertSqlSafe(text));
                differing += query.fetch_one(&mut self.connection).await?.try_get::<i64, _>(0)?;
            }
        }
        Ok(differing)
    }

    /// Removes the tables and ends the connection.
    pub(crate) async fn close(mut self) -> Result<()> {
        for table in &self.tables {
            let text = format!("DROP TABLE {}", name_of(&table.spec));
            run(&mut self.connection, text, SqliteArguments::default()).await?;
        }
        Ok(self.connection.close().await?)
    }

    async fn write(&mut self) -> Result<()> {
        let connection = &mut self.connection;
        run(connection, "BEGIN IMMEDIATE".to_owned(), SqliteArguments::default()).await?;
        for table in &mut self.tables {
            let name = name_of(&table.spec);
            for rows in table.rows.chunks(STATEMENT_ROWS) {
                let places = places(rows.len(), table.spec.columns.len() + 2);
                let mut values = SqliteArguments::default();
                for (stream, cells) in rows {
                    bind_row(&mut values, stream, cells).map_err(|error| anyhow!(error))?;
                }
                run(connection, format!("INSERT INTO {name} VALUES {places}"), values).await?;
            }
            table.rows.clear();
        }
        self.waiting = 0;
        run(connection, "COMMIT".to_owned(), SqliteArguments::default()).await
    }
}

fn name_of(spec: &TableSpec) -> String {
    format!("raw_{}", spec.name)
}

fn indexes(spec: &TableSpec) -> Vec<String> {
    let name = name_of(spec);
    let index = |(number, index): (usize, &IndexSpec)| {
        let only = index.only_set.iter().map(|c| format!(" WHERE \"{c}\" IS NOT NULL"));
        let columns: Vec<String> = index.columns.iter().map(|c| format!("\"{c}\"")).collect();
        let only: String = only.collect();
        format!("CREATE INDEX {name}_i{number} ON {name} ({}){only}", columns.join(", "))
    };
    let of_streams = format!("CREATE INDEX {name}_stream ON {name} (stream)");
    std::iter::once(of_streams).chain(spec.indexes.iter().enumerate().map(index)).collect()
}

fn sql_type(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text | ColumnKind::Date => "TEXT",
        ColumnKind::Integer | ColumnKind::Instant | ColumnKind::Flag => "INTEGER",
        ColumnKind::Real => "REAL",
    }
}

fn bind_row(
    values: &mut SqliteArguments,
    stream: &str,
    cells: &[Cell],
) -> Result<(), sqlx::error::BoxDynError> {
    values.add(None::<i64>)?;
    values.add(stream.to_owned())?;
    for cell in cells {
        match cell {
            Cell::Null => values.add(None::<i64>)?,
            Cell::Text(text) => values.add(text.clone())?,
            Cell::Integer(integer) => values.add(*integer)?,
            Cell::Real(real) => values.add(*real)?,
            Cell::Date(date) => values.add(date.to_string())?,
            Cell::Instant(instant) => values.add(instant.timestamp_micros())?,
            Cell::Flag(flag) => values.add(i64::from(*flag))?,
        }
    }
    Ok(())
}
