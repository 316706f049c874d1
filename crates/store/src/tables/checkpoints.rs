//! Which generations of which tables there are, how far they have come, who fills them.

use chrono::{DateTime, Utc};

use super::{ColumnKind, STREAM, Status, TableId, TableSpec};
use crate::backend::{Answer, Batch, Row, Value};
use crate::envelope::Hash;
use crate::error::{Result, StoreError};
use crate::event::Priority;
use crate::ids::Position;
use crate::json::JsonRows;
use crate::sql;
use crate::store::Store;

/// How far a generation of a table has come, and who fills it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which generation of which table.
    pub table: TableId,
    /// What it is for.
    pub status: Status,
    /// The last position it knows.
    pub position: Position,
    /// The hash of what makes its rows.
    pub logic_hash: Hash,
    /// Who fills it.
    pub owner: Option<String>,
    /// Until when, by the database's clock.
    pub lease_until: Option<DateTime<Utc>>,
}

const MICROS_A_SECOND: i64 = 1_000_000;
/// Rows that are removed in one transaction.
const CHUNK_ROWS: i64 = 2_000;

impl Store {
    /// Makes the tables that do not exist yet, and gives the checkpoint of each active one.
    ///
    /// A new version of a table answers at once, from position 0; the older one is retired.
    /// Compare the logic hash: a generation made by other functions needs a rebuild.
    pub async fn prepare_tables(&self, specs: &[TableSpec]) -> Result<Vec<Checkpoint>> {
        for spec in specs {
            spec.check()?;
        }
        let mut known = self.checkpoints().await?;
        let missing: Vec<&TableSpec> = specs
            .iter()
            .filter(|spec| active(&known, spec).is_none())
            .collect();
        for spec in missing {
            let generation = next_generation(&known, spec);
            self.make(spec, generation, Status::Active).await?;
        }
        known = self.checkpoints().await?;
        let found = specs.iter().map(|spec| active(&known, spec).cloned());
        found
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| StoreError::unreadable("a table that was made has no checkpoint"))
    }

    /// Makes the next generation of a table beside the one that answers.
    pub async fn begin_generation(&self, spec: &TableSpec) -> Result<Checkpoint> {
        spec.check()?;
        let known = self.checkpoints().await?;
        let generation = next_generation(&known, spec);
        self.make(spec, generation, Status::Building).await?;
        let table = spec.generation(generation);
        let found = self.checkpoints().await?.into_iter();
        found
            .into_iter()
            .find(|checkpoint| checkpoint.table == table)
            .ok_or_else(|| StoreError::unreadable("a table that was made has no checkpoint"))
    }

    /// Lets a generation answer that was built; false when it is behind the one that answers now.
    pub async fn flip(&self, building: &TableId) -> Result<bool> {
        let mut retired = vec![Value::from(building.name.as_str())];
        retired.extend(building.key().into_iter().skip(1));
        let batch = Batch::new()
            .ask(sql::CAN_FLIP, building.key())
            .ask(sql::RETIRE_ACTIVE, retired)
            .ask(sql::ACTIVATE, building.key());
        let keep = |answers: &[Answer]| answers.first().is_some_and(|a| a.changed == 1);
        let done = self.work(Priority::Background, batch, keep).await?;
        Ok(done.kept)
    }

    /// Removes a generation that does not answer, in small steps.
    pub async fn drop_generation(&self, table: &TableId) -> Result<()> {
        let name = table.sql_name()?;
        let batch = Batch::new().ask(sql::FORGET_GENERATION, table.key());
        let keep = |answers: &[Answer]| answers.first().is_some_and(|a| a.changed == 1);
        let done = self.work(Priority::Background, batch, keep).await?;
        if !done.kept {
            let what = "a generation that answers is not dropped";
            return Err(StoreError::bad_request(what));
        }
        let clear = format!(
            "DELETE FROM {name} WHERE row_no IN (SELECT row_no FROM {name} LIMIT {CHUNK_ROWS})"
        );
        loop {
            let step = Batch::new().ask_built(clear.clone(), vec![]);
            if self.change(step).await?.changed(0) == 0 {
                break;
            }
        }
        let drop = Batch::new().run_built(format!("DROP TABLE {name}"), vec![]);
        self.change(drop).await.map(|_| ())
    }

    /// All generations of all tables.
    pub async fn checkpoints(&self) -> Result<Vec<Checkpoint>> {
        let batch = Batch::new().ask(sql::LIST_CHECKPOINTS, vec![]);
        let rows = self.read_rows(batch).await?;
        rows.into_iter().map(checkpoint).collect()
    }

    /// Takes tables, all or none, for so many seconds of the database's clock.
    pub async fn claim_projection(
        &self,
        tables: &[TableId],
        owner: &str,
        lease_secs: u32,
    ) -> Result<bool> {
        let values = vec![
            Value::from(owner),
            Value::from(i64::from(lease_secs) * MICROS_A_SECOND),
            keys(tables),
            Value::from(owner),
        ];
        let batch = Batch::new().ask(sql::CLAIM_TABLES, values);
        let wanted = i64::try_from(tables.len()).unwrap_or(i64::MAX);
        let keep = move |answers: &[Answer]| answers.first().is_some_and(|a| a.changed == wanted);
        let done = self.work(Priority::Background, batch, keep).await?;
        Ok(done.kept)
    }

    /// Gives all tables of an owner back.
    pub async fn release_projection(&self, owner: &str) -> Result<()> {
        let batch = Batch::new().ask(sql::RELEASE_TABLES, vec![Value::from(owner)]);
        self.change(batch).await.map(|_| ())
    }

    /// The generation of a table that answers.
    pub(crate) async fn active(&self, spec: &TableSpec) -> Result<TableId> {
        let values = vec![
            Value::from(spec.name.as_str()),
            Value::from(i64::from(spec.version)),
        ];
        let batch = Batch::new().ask(sql::FIND_ACTIVE, values);
        match self.read_row(batch).await? {
            Some(mut row) => Ok(spec.generation(row.integer()?)),
            None => Err(StoreError::bad_request(format!(
                "table {} version {} was not prepared",
                spec.name, spec.version
            ))),
        }
    }

    async fn make(&self, spec: &TableSpec, generation: i64, status: Status) -> Result<()> {
        let table = spec.generation(generation);
        let mut row = table.key();
        row.push(Value::from(status.as_str()));
        row.push(Value::from(spec.logic_hash.to_vec()));
        let mut batch = Batch::new();
        if status == Status::Active {
            batch = batch.run(sql::RETIRE_ACTIVE, table.key());
        }
        batch = batch.run(sql::ADD_GENERATION, row);
        for statement in definition(spec, &table)? {
            batch = batch.run_built(statement, vec![]);
        }
        self.change(batch).await.map(|_| ())
    }
}

impl TableId {
    /// What names a generation in a statement.
    pub(crate) fn key(&self) -> Vec<Value> {
        vec![
            Value::from(self.name.as_str()),
            Value::from(i64::from(self.version)),
            Value::from(self.generation),
        ]
    }
}

/// The names of several generations as one value.
pub(super) fn keys(tables: &[TableId]) -> Value {
    let mut rows = JsonRows::new();
    for table in tables {
        let mut row = rows.row();
        table.key().iter().for_each(|value| {
            row.value(value);
        });
    }
    rows.finish()
}

fn active<'a>(known: &'a [Checkpoint], spec: &TableSpec) -> Option<&'a Checkpoint> {
    known.iter().find(|checkpoint| {
        checkpoint.status == Status::Active
            && checkpoint.table.name == spec.name
            && checkpoint.table.version == spec.version
    })
}

fn next_generation(known: &[Checkpoint], spec: &TableSpec) -> i64 {
    let tables = known.iter().map(|checkpoint| &checkpoint.table);
    let same = tables.filter(|table| table.name == spec.name && table.version == spec.version);
    same.map(|table| table.generation).max().unwrap_or(0) + 1
}

fn definition(spec: &TableSpec, table: &TableId) -> Result<Vec<String>> {
    let name = table.sql_name()?;
    let columns: Vec<String> = spec
        .columns
        .iter()
        .map(|column| format!(", \"{}\" {}", column.name, sql_type(column.kind)))
        .collect();
    let mut statements = vec![
        format!(
            "CREATE TABLE IF NOT EXISTS {name} (row_no INTEGER PRIMARY KEY, \
             {STREAM} TEXT NOT NULL{}) STRICT",
            columns.concat()
        ),
        format!("CREATE INDEX IF NOT EXISTS {name}_{STREAM} ON {name} ({STREAM})"),
    ];
    for (number, index) in spec.indexes.iter().enumerate() {
        let columns: Vec<String> = index.columns.iter().map(|c| format!("\"{c}\"")).collect();
        let only = index.only_set.iter();
        let only: String = only.map(|c| format!(" WHERE \"{c}\" IS NOT NULL")).collect();
        statements.push(format!(
            "CREATE INDEX IF NOT EXISTS {name}_i{number} ON {name} ({}){only}",
            columns.join(", ")
        ));
    }
    Ok(statements)
}

fn sql_type(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Text | ColumnKind::Date => "TEXT",
        ColumnKind::Integer | ColumnKind::Instant | ColumnKind::Flag => "INTEGER",
        ColumnKind::Real => "REAL",
    }
}

fn checkpoint(mut row: Row) -> Result<Checkpoint> {
    let name = row.text()?;
    let version = u32::try_from(row.integer()?);
    let table = TableId {
        name,
        version: version.map_err(|_| StoreError::unreadable("a version is a small number"))?,
        generation: row.integer()?,
    };
    Ok(Checkpoint {
        table,
        status: row.word(Status::parse)?,
        position: Position::new(row.integer()?),
        logic_hash: row.bytes()?,
        owner: row.optional_text()?,
        lease_until: row.optional_instant()?,
    })
}
