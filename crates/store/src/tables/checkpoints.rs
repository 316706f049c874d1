//! Which generations of which tables there are, how far they have come, who fills them.

use chrono::{DateTime, TimeDelta, Utc};

use super::{ColumnKind, ColumnSpec, STREAM, Status, TableId, TableSpec, quoted};
use crate::backend::{Batch, Dialect, Row, Value, count, read, values};
use crate::envelope::Hash;
use crate::error::{Result, StoreError};
use crate::ids::Position;
use crate::json::JsonRows;
use crate::leases::A_SECOND;
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

/// Rows that are removed in one transaction.
const CHUNK_ROWS: i64 = 5_000;
/// A table of no more rows is dropped at once, and its indexes before it: that takes the lock for
/// less time than storing a group of events.
const DROPPED_ROWS: i64 = 50_000;

impl Store {
    /// Makes the tables that do not exist yet, and gives the checkpoint of each active one.
    ///
    /// A new version of a table answers at once, from position 0; the older one is retired.
    /// Compare the logic hash: a generation made by other functions needs a rebuild.
    pub async fn prepare_tables(&self, specs: &[TableSpec]) -> Result<Vec<Checkpoint>> {
        let known = self.checkpoints().await?;
        let mut prepared = Vec::with_capacity(specs.len());
        for spec in specs {
            spec.check()?;
            let active = known.iter().find(|c| c.status == Status::Active && c.is_of(spec));
            prepared.push(match active {
                Some(checkpoint) => checkpoint.clone(),
                None => self.make(spec, &known, None).await?,
            });
        }
        Ok(prepared)
    }

    /// Makes the next generation of a table beside the one that answers, and takes it for so many
    /// seconds of the database's clock: one that nobody has, nobody is building any more.
    pub async fn begin_generation(
        &self,
        spec: &TableSpec,
        owner: &str,
        lease_secs: u32,
    ) -> Result<Checkpoint> {
        spec.check()?;
        let known = self.checkpoints().await?;
        self.make(spec, &known, Some((owner, lease_secs))).await
    }

    /// Lets a generation answer that was built; false when it is behind the one that answers now.
    pub async fn flip(&self, building: &TableId) -> Result<bool> {
        let batch = Batch::new()
            .ask(sql::CAN_FLIP, building.key())
            .ask(sql::RETIRE_ACTIVE, building.key())
            .ask(sql::ACTIVATE, building.key());
        Ok(self.work(batch, vec![1]).await?.kept)
    }

    /// Removes a generation that does not answer, in small steps.
    ///
    /// Others may be at it as well, and whoever dies at it leaves it to the next one.
    pub async fn drop_generation(&self, table: &TableId) -> Result<()> {
        let dropped = self.drop_steps(table).await;
        if dropped.is_err() && !self.checkpoints().await?.iter().any(|c| c.table == *table) {
            return Ok(());
        }
        dropped
    }

    async fn drop_steps(&self, table: &TableId) -> Result<()> {
        let name = table.sql_name()?;
        let give_up = Batch::new().ask(sql::GIVE_UP_GENERATION, table.key());
        if !self.work(give_up, vec![1]).await?.kept {
            let what = "a generation that answers is not dropped";
            return Err(StoreError::bad_request(what));
        }
        if self.backend().dialect() == Dialect::Sqlite {
            self.empty_generation(&name).await?;
        }
        // PostgreSQL drops a table in a moment, whatever is in it. Its number is free for another
        // generation only when its rows are gone.
        let drop = Batch::new()
            .ask(sql::FORGET_GENERATION, table.key())
            .run_built(format!("DROP TABLE IF EXISTS {name}"), vec![]);
        self.work(drop, vec![1]).await.map(|_| ())
    }

    /// Leaves so little of a table that dropping it holds the lock for a short time.
    async fn empty_generation(&self, name: &str) -> Result<()> {
        let count = Batch::new().ask_built(format!("SELECT count(*) FROM {name}"), vec![]);
        let mut rows: i64 = self.read_row(count).await?.map_or(Ok(0), |mut row| row.take())?;
        let clear = format!(
            "DELETE FROM {name} \
             WHERE row_no IN (SELECT row_no FROM {name} ORDER BY row_no LIMIT {CHUNK_ROWS})"
        );
        while rows > DROPPED_ROWS {
            self.work(Batch::new().run_built(clear.clone(), vec![]), vec![]).await?;
            rows -= CHUNK_ROWS;
        }
        let find = Batch::new().ask(sql::LIST_INDEXES, values![name]);
        for mut index in self.read_rows(find).await? {
            let drop = format!("DROP INDEX IF EXISTS {}", quoted(&index.take::<String>()?));
            self.work(Batch::new().run_built(drop, vec![]), vec![]).await?;
        }
        Ok(())
    }

    /// Drops the generations that do not answer and that nobody builds: what is retired or given up,
    /// what was given back, and what its owner has given no sign of life for, by the database's
    /// clock, since its lease ran out and then so long.
    pub async fn drop_left_generations(&self, grace: TimeDelta) -> Result<()> {
        let now = self.clock().await?;
        let is_alive =
            |until: DateTime<Utc>| until.checked_add_signed(grace).is_none_or(|over| over >= now);
        for found in self.checkpoints().await? {
            let is_left = match found.status {
                Status::Active => false,
                Status::Building => !found.lease_until.is_some_and(is_alive),
                Status::Retired | Status::Failed => true,
            };
            if is_left {
                self.drop_generation(&found.table).await?;
            }
        }
        Ok(())
    }

    /// All generations of all tables.
    pub async fn checkpoints(&self) -> Result<Vec<Checkpoint>> {
        let rows = self.read_rows(Batch::new().ask(sql::LIST_CHECKPOINTS, vec![])).await?;
        rows.into_iter().map(checkpoint).collect()
    }

    /// Takes tables, all or none, for so many seconds of the database's clock.
    pub async fn claim_projection(
        &self,
        tables: &[TableId],
        owner: &str,
        lease_secs: u32,
    ) -> Result<bool> {
        let batch = Batch::new().ask(sql::CLAIM_TABLES, claim(tables, owner, lease_secs));
        Ok(self.work(batch, vec![count(tables.len())]).await?.kept)
    }

    /// Gives all tables of an owner back.
    pub async fn release_projection(&self, owner: &str) -> Result<()> {
        let batch = Batch::new().run(sql::RELEASE_TABLES, values![owner]);
        self.work(batch, vec![]).await.map(|_| ())
    }

    /// The generation of a table that answers.
    pub(crate) async fn active(&self, spec: &TableSpec) -> Result<TableId> {
        let batch = Batch::new().ask(sql::FIND_ACTIVE, values![&*spec.name, spec.version]);
        match self.read_row(batch).await? {
            Some(mut row) => Ok(spec.generation(row.take()?)),
            None => Err(not_prepared(spec)),
        }
    }

    /// The generations of tables that answer, in the same order.
    pub(crate) async fn all_active(&self, specs: &[TableSpec]) -> Result<Vec<TableId>> {
        if let [spec] = specs {
            return Ok(vec![self.active(spec).await?]);
        }
        let checkpoints = self.checkpoints().await?;
        let active = |spec: &TableSpec| {
            let mut active = checkpoints.iter().filter(|found| found.status == Status::Active);
            let found = active.find(|found| found.is_of(spec));
            found.map(|found| found.table.clone()).ok_or_else(|| not_prepared(spec))
        };
        specs.iter().map(active).collect()
    }

    /// Makes a table that answers, or one that somebody is building.
    async fn make(
        &self,
        spec: &TableSpec,
        known: &[Checkpoint],
        builder: Option<(&str, u32)>,
    ) -> Result<Checkpoint> {
        let status = if builder.is_some() { Status::Building } else { Status::Active };
        let last = known.iter().filter(|c| c.is_of(spec)).map(|c| c.table.generation).max();
        let table = spec.generation(last.unwrap_or(0) + 1);
        let mut row = table.key();
        row.extend(values![status, &spec.logic_hash[..]]);
        let mut batch = Batch::new();
        if status == Status::Active {
            batch = batch.run(sql::RETIRE_ACTIVE, table.key());
        }
        batch = batch.run(sql::ADD_GENERATION, row);
        if let Some((owner, lease_secs)) = builder {
            let claim = claim(std::slice::from_ref(&table), owner, lease_secs);
            batch = batch.run(sql::CLAIM_TABLES, claim);
        }
        for statement in definition(self.backend().dialect(), spec, &table)? {
            batch = batch.run_built(statement, vec![]);
        }
        self.work(batch, vec![]).await?;
        let made = self.checkpoints().await?.into_iter().find(|c| c.table == table);
        made.ok_or_else(|| StoreError::unreadable("a table that was made has no checkpoint"))
    }
}

impl Checkpoint {
    fn is_of(&self, spec: &TableSpec) -> bool {
        self.table.name == spec.name && self.table.version == spec.version
    }
}

impl TableId {
    /// What names a generation in a statement.
    pub(crate) fn key(&self) -> Vec<Value> {
        values![&*self.name, self.version, self.generation]
    }
}

fn not_prepared(spec: &TableSpec) -> StoreError {
    StoreError::bad_request(format!(
        "table {} version {} was not prepared",
        spec.name, spec.version
    ))
}

/// What takes tables for an owner.
fn claim(tables: &[TableId], owner: &str, lease_secs: u32) -> Vec<Value> {
    values![owner, i64::from(lease_secs) * A_SECOND, keys(tables), owner]
}

/// The names of several generations as one value.
pub(super) fn keys(tables: &[TableId]) -> Value {
    let mut rows = JsonRows::default();
    for table in tables {
        rows.push(table.key());
    }
    rows.finish()
}

fn definition(dialect: Dialect, spec: &TableSpec, table: &TableId) -> Result<Vec<String>> {
    let name = table.sql_name()?;
    let column =
        |c: &ColumnSpec| [", ", &quoted(&c.name), " ", column_type(dialect, c.kind)].concat();
    let columns = spec.columns.iter().map(column).collect::<Vec<_>>().concat();
    let text = column_type(dialect, ColumnKind::Text);
    let mut statements = vec![match dialect {
        Dialect::Sqlite => format!(
            "CREATE TABLE IF NOT EXISTS {name} (row_no INTEGER PRIMARY KEY, \
             {STREAM} {text} NOT NULL{columns}) STRICT"
        ),
        Dialect::Postgres => format!(
            "CREATE TABLE IF NOT EXISTS spor_views.{name} ({STREAM} {text} NOT NULL{columns}, \
             row_no bigint GENERATED ALWAYS AS IDENTITY)"
        ),
    }];
    statements.push(format!("CREATE INDEX IF NOT EXISTS {name}_{STREAM} ON {name} ({STREAM})"));
    for (number, index) in spec.indexes.iter().enumerate() {
        let columns: Vec<String> = index.columns.iter().map(|column| quoted(column)).collect();
        let only = index.only_set.as_ref();
        let only = only.map(|column| format!(" WHERE {} IS NOT NULL", quoted(column)));
        statements.push(format!(
            "CREATE INDEX IF NOT EXISTS {name}_i{number} ON {name} ({}){}",
            columns.join(", "),
            only.unwrap_or_default()
        ));
    }
    Ok(statements)
}

/// Texts sort by their bytes in both databases.
fn column_type(dialect: Dialect, kind: ColumnKind) -> &'static str {
    match (dialect, kind) {
        (Dialect::Sqlite, ColumnKind::Text | ColumnKind::Date) => "TEXT",
        (Dialect::Postgres, ColumnKind::Text | ColumnKind::Date) => "text COLLATE \"C\"",
        (Dialect::Sqlite, ColumnKind::Integer | ColumnKind::Instant | ColumnKind::Flag) => {
            "INTEGER"
        }
        (Dialect::Postgres, ColumnKind::Integer | ColumnKind::Instant | ColumnKind::Flag) => {
            "bigint"
        }
        (Dialect::Sqlite, ColumnKind::Real) => "REAL",
        (Dialect::Postgres, ColumnKind::Real) => "double precision",
    }
}

fn checkpoint(mut row: Row) -> Result<Checkpoint> {
    let table = read!(row => TableId { name, version, generation });
    Ok(read!(row => Checkpoint {
        status, position, logic_hash, owner, lease_until,
    } with { table }))
}
