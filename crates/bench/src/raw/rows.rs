//! Writing rows of derived tables by hand: folded in memory, written once, indexes last.

use anyhow::{Context, Result, anyhow};
use spor_projections::tables::{self, Table};
use spor_store::{Cell, ColumnKind, IndexSpec, TableSpec};
use sqlx::Arguments;
use sqlx::sqlite::SqliteArguments;

use super::{Bare, Place, Words, places, run};

/// Rows in one transaction.
const TRANSACTION_ROWS: usize = 2_000;
/// Rows in one statement.
const STATEMENT_ROWS: usize = 100;

/// Tables of the same shape as the kept ones, filled by hand.
pub(crate) struct RawTables {
    bare: Bare,
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
    pub(crate) async fn make(place: &Place) -> Result<Self> {
        let mut bare = Bare::connect(place).await?;
        let mut made = Vec::new();
        for table in tables::kept() {
            let spec = table.spec();
            let kinds = bare.words(Words("TEXT INTEGER REAL", "text bigint float8"));
            let column = |column: &spor_store::ColumnSpec| {
                let kind = kinds.split(' ').nth(place_of_kind(column.kind)).unwrap_or_default();
                format!(", \"{}\" {kind}", column.name)
            };
            let columns: String = spec.columns.iter().map(column).collect();
            let number = bare.words(Words(
                "row_no INTEGER PRIMARY KEY",
                "row_no bigint GENERATED ALWAYS AS IDENTITY",
            ));
            let strict = bare.words(Words("STRICT", ""));
            let name = name_of(&spec);
            let text =
                format!("CREATE TABLE {name} ({number}, stream TEXT NOT NULL{columns}) {strict}");
            bare.run(text).await?;
            made.push(RawTable { table, spec, rows: Vec::new() });
        }
        Ok(Self { bare, tables: made, waiting: 0 })
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
                self.bare.run(text).await?;
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
                    "SELECT CAST(count(*) AS TEXT) FROM (SELECT stream, {columns} FROM {one} \
                     EXCEPT SELECT stream, {columns} FROM {other}) AS only_there"
                )
            };
            for text in [only(&ours, &theirs), only(&theirs, &ours)] {
                let found = self.bare.texts(&text, &[]).await?;
                let found = found.into_iter().flatten().next().flatten();
                differing += found.context("a count has one row")?.parse::<i64>()?;
            }
        }
        Ok(differing)
    }

    /// Removes the tables and ends the connection.
    pub(crate) async fn close(mut self) -> Result<()> {
        for table in &self.tables {
            self.bare.run(format!("DROP TABLE {}", name_of(&table.spec))).await?;
        }
        self.bare.close().await
    }

    async fn write(&mut self) -> Result<()> {
        self.bare.run("BEGIN".to_owned()).await?;
        for table in &mut self.tables {
            let name = name_of(&table.spec);
            match &mut self.bare {
                Bare::Sqlite(connection) => {
                    for rows in table.rows.chunks(STATEMENT_ROWS) {
                        let places = places(rows.len(), table.spec.columns.len() + 2);
                        let mut values = SqliteArguments::default();
                        for (stream, cells) in rows {
                            bind_row(&mut values, stream, cells).map_err(|error| anyhow!(error))?;
                        }
                        let text = format!("INSERT INTO {name} VALUES {places}");
                        run(connection, text, values).await?;
                    }
                }
                Bare::Postgres(connection) => {
                    let columns: Vec<String> =
                        table.spec.columns.iter().map(|c| format!("\"{}\"", c.name)).collect();
                    let text = format!("COPY {name} (stream, {}) FROM STDIN", columns.join(", "));
                    let mut copy = connection.copy_in_raw(&text).await?;
                    copy.send(copied(&table.rows).into_bytes()).await?;
                    copy.finish().await?;
                }
            }
            table.rows.clear();
        }
        self.waiting = 0;
        self.bare.run("COMMIT".to_owned()).await
    }
}

/// Rows in the text that COPY reads.
fn copied(rows: &[(String, Vec<Cell>)]) -> String {
    let mut text = String::new();
    for (stream, cells) in rows {
        text.push_str(stream);
        for cell in cells {
            text.push('\t');
            match cell {
                Cell::Null => text.push_str("\\N"),
                Cell::Text(value) => {
                    let value = value.replace('\\', "\\\\").replace('\n', "\\n");
                    text.push_str(&value.replace('\t', "\\t").replace('\r', "\\r"));
                }
                Cell::Integer(value) => text.push_str(&value.to_string()),
                Cell::Real(value) => text.push_str(&value.to_string()),
                Cell::Date(value) => text.push_str(&value.to_string()),
                Cell::Instant(value) => text.push_str(&value.timestamp_micros().to_string()),
                Cell::Flag(value) => text.push_str(&i64::from(*value).to_string()),
            }
        }
        text.push('\n');
    }
    text
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

/// Among text, whole number and number with a fraction.
fn place_of_kind(kind: ColumnKind) -> usize {
    match kind {
        ColumnKind::Text | ColumnKind::Date => 0,
        ColumnKind::Integer | ColumnKind::Instant | ColumnKind::Flag => 1,
        ColumnKind::Real => 2,
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
