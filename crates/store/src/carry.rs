//! The tables that travel beside the log when a store is copied: ledger, letters, outcomes, keys.
//!
//! A table is named here with its columns, or it is derived and made anew at the target; a test
//! holds this list against the schema.

use crate::backend::{Answer, Answering, Batch, Connection, Dialect, Value, values};
use crate::error::{Result, StoreError};
use crate::json::JsonRows;
use crate::store::Store;

#[cfg(test)]
mod tests;

/// Rows in one transaction: letters are the largest, and so many take a few megabytes.
const CARRY_ROWS: i64 = 200;

/// How a column's values are written into a database.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Number,
    Text,
    Bytes,
    Id,
}

/// What becomes of a row that the target has already.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arrives {
    /// Rows are only ever added: the target gets those behind what it has.
    Behind,
    /// The row there stays.
    Once(&'static str),
    /// The row that comes takes its place.
    Over(&'static str),
    /// The row that comes takes its place, unless this column says that it is final there.
    Unless(&'static str, &'static str),
    /// The few rows there are take the place of all that were there.
    Anew,
}

/// A table that travels whole.
#[derive(Debug)]
pub(crate) struct Carried {
    pub(crate) name: &'static str,
    /// Where it lies in a PostgreSQL database.
    schema: &'static str,
    /// The column that orders it, and the value before all others.
    order: (&'static str, Before),
    columns: &'static [(&'static str, Kind)],
    arrives: Arrives,
}

#[derive(Clone, Copy, Debug)]
enum Before {
    Number,
    Name,
    Id,
}

use Kind::{Bytes, Id, Number, Text};

/// What travels from a log's database, in the order in which rows refer to each other.
pub(crate) static BESIDE_THE_LOG: &[Carried] = &[
    Carried {
        name: "erasures",
        schema: "spor",
        order: ("erasure_no", Before::Number),
        columns: &[("event_id", Id), ("begun_at", Number), ("finished_at", Number)],
        arrives: Arrives::Over("event_id"),
    },
    Carried {
        name: "log_checkpoints",
        schema: "spor",
        order: ("position", Before::Number),
        columns: &[
            ("position", Number),
            ("root", Bytes),
            ("signed_at", Number),
            ("note", Text),
            ("anchored", Text),
            ("frontier", Bytes),
        ],
        arrives: Arrives::Once("position"),
    },
    Carried {
        name: "checkpoint_anchors",
        schema: "spor",
        order: ("anchor_no", Before::Number),
        columns: &[("position", Number), ("place", Text), ("anchored_at", Number)],
        arrives: Arrives::Once("place, position"),
    },
    Carried {
        name: "letters",
        schema: "spor",
        order: ("letter_no", Before::Number),
        columns: &[
            ("letter_id", Id),
            ("recipient", Text),
            ("address", Text),
            ("local_day", Text),
            ("slot", Text),
            ("part", Number),
            ("message_id", Text),
            ("bytes", Bytes),
            ("state", Text),
            ("next_at", Number),
            ("attempts", Number),
            ("lease_by", Text),
            ("lease_until", Number),
            ("fence", Number),
            ("handed_over_at", Number),
            ("sent_at", Number),
            ("smtp_code", Number),
            ("smtp_text", Text),
            ("copies", Number),
        ],
        arrives: Arrives::Over("letter_id"),
    },
    Carried {
        name: "letter_attempts",
        schema: "spor",
        order: ("attempt_no", Before::Number),
        columns: &[
            ("letter_id", Id),
            ("fence", Number),
            ("worker", Text),
            ("phase", Text),
            ("code", Number),
            ("text", Text),
            ("at", Number),
            ("report", Bytes),
        ],
        arrives: Arrives::Behind,
    },
    Carried {
        name: "reminders",
        schema: "spor",
        order: ("reminder_no", Before::Number),
        columns: &[
            ("reminder_id", Id),
            ("rule", Text),
            ("case_ref", Text),
            ("cycle", Id),
            ("level", Text),
            ("recipient_role", Text),
            ("recipient", Text),
            ("state", Text),
            ("reason", Text),
            ("letter_id", Id),
            ("due", Text),
            ("planned_at", Number),
        ],
        arrives: Arrives::Over("reminder_id"),
    },
    Carried {
        name: "import_outcomes",
        schema: "spor",
        order: ("line_key", Before::Name),
        columns: &[("line_key", Text), ("outcome", Text)],
        arrives: Arrives::Over("line_key"),
    },
    Carried {
        name: "suppressions",
        schema: "spor",
        order: ("address", Before::Name),
        columns: &[("address", Text), ("reason", Text), ("at", Number)],
        arrives: Arrives::Anew,
    },
    Carried {
        name: "leases",
        schema: "spor",
        order: ("name", Before::Name),
        columns: &[
            ("name", Text),
            ("owner", Text),
            ("lease_until", Number),
            ("fence", Number),
            ("done_at", Number),
        ],
        arrives: Arrives::Anew,
    },
    Carried {
        name: "breakers",
        schema: "spor",
        order: ("name", Before::Name),
        columns: &[("name", Text), ("open_until", Number), ("reason", Text)],
        arrives: Arrives::Anew,
    },
];

/// What was erased: it goes ahead of the parts whose texts are gone.
pub(crate) static ERASED: &[Carried] = &[
    Carried {
        name: "destroyed_keys",
        schema: "spor",
        order: ("key_id", Before::Id),
        columns: &[("key_id", Id), ("destroyed_at", Number)],
        arrives: Arrives::Once("key_id"),
    },
    Carried {
        name: "erased_parts",
        schema: "spor",
        order: ("erased_part_no", Before::Number),
        columns: &[("position", Number), ("part", Text), ("erased_by", Id), ("erased_at", Number)],
        arrives: Arrives::Once("position, part"),
    },
];

/// What travels from a keyring: wrapped keys, and what is left of destroyed ones. A key that was
/// destroyed at the target does not come back.
pub(crate) static KEYS: &[Carried] = &[
    Carried {
        name: "key_epochs",
        schema: "spor_keys",
        order: ("epoch", Before::Number),
        columns: &[("epoch", Number), ("begun_at", Number), ("exported_at", Number)],
        arrives: Arrives::Over("epoch"),
    },
    Carried {
        name: "subject_keys",
        schema: "spor_keys",
        order: ("key_no", Before::Number),
        columns: &[
            ("key_id", Id),
            ("subject", Text),
            ("compartment", Text),
            ("epoch", Number),
            ("wrapped", Bytes),
            ("destroyed_at", Number),
            ("made_at", Number),
        ],
        arrives: Arrives::Unless("key_id", "destroyed_at"),
    },
];

/// One side of a copy.
pub(crate) trait Side: Send {
    fn dialect(&self) -> Dialect;

    fn ask(&mut self, batch: Batch) -> Answering<'_, Vec<Answer>>;

    /// Runs statements in one transaction.
    fn write(&mut self, batch: Batch) -> Answering<'_, Vec<Answer>>;
}

impl Side for &Store {
    fn dialect(&self) -> Dialect {
        self.backend().dialect()
    }

    fn ask(&mut self, batch: Batch) -> Answering<'_, Vec<Answer>> {
        self.backend().read(batch)
    }

    fn write(&mut self, batch: Batch) -> Answering<'_, Vec<Answer>> {
        Box::pin(async move { Ok(self.work(batch, vec![]).await?.answers) })
    }
}

/// A keyring by the connection to it.
pub(crate) struct Linked<'a>(pub(crate) &'a mut dyn Connection);

impl Side for Linked<'_> {
    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }

    fn ask(&mut self, batch: Batch) -> Answering<'_, Vec<Answer>> {
        self.0.run(batch)
    }

    fn write(&mut self, batch: Batch) -> Answering<'_, Vec<Answer>> {
        let begun = Batch::new().run(crate::sql::BEGIN_KEYRING, vec![]);
        self.0.run(begun.then(batch).run_built("COMMIT", vec![]))
    }
}

/// Copies one table; gives how many rows it has at the source.
pub(crate) async fn carry(
    table: &Carried,
    source: &mut impl Side,
    target: &mut impl Side,
) -> Result<i64> {
    let there = match table.arrives {
        Arrives::Behind => count(target, table).await?,
        _ => 0,
    };
    let mut after = match table.order.1 {
        Before::Number => Value::Integer(0),
        Before::Name => Value::from(""),
        Before::Id => Value::Blob(vec![0; 16]),
    };
    let (mut seen, mut rows) = (0, JsonRows::default());
    loop {
        let values = vec![after.clone(), CARRY_ROWS.into()];
        let page = Batch::new().ask_built(table.select(source.dialect()), values);
        let answer = source.ask(page).await?.pop().unwrap_or_default();
        let found = crate::backend::count(answer.rows.len());
        for mut row in answer.rows {
            after = row.take()?;
            let values: Result<Vec<Value>> = table.columns.iter().map(|_| row.take()).collect();
            seen += 1;
            if seen > there {
                rows.push(values?);
            }
        }
        let is_last = found < CARRY_ROWS;
        let batch = match table.arrives {
            Arrives::Anew if is_last => Batch::new()
                .run_built(format!("DELETE FROM {}", table.place(target.dialect())), vec![]),
            Arrives::Anew => continue,
            _ => Batch::new(),
        };
        let rows = std::mem::take(&mut rows).finish();
        let insert = table.insert(target.dialect());
        target.write(batch.run_built(insert, vec![rows])).await?;
        if is_last {
            break;
        }
    }
    if there > seen {
        let what = format!("the target has {there} {}, the source {seen}", table.name);
        return Err(StoreError::OtherHistory { what });
    }
    Ok(seen)
}

async fn count(side: &mut impl Side, table: &Carried) -> Result<i64> {
    let counting = format!("SELECT count(*) FROM {}", table.place(side.dialect()));
    let asked = Batch::new().ask_built(counting, values![]);
    let mut rows = side.ask(asked).await?.into_iter().flat_map(|answer| answer.rows);
    rows.next().map_or(Ok(0), |mut row| row.take())
}

impl Carried {
    fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// The table as a statement names it.
    fn place(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::Sqlite => self.name.to_owned(),
            Dialect::Postgres => format!("{}.{}", self.schema, self.name),
        }
    }

    fn select(&self, dialect: Dialect) -> String {
        let (place, order, columns) = (self.place(dialect), self.order.0, self.names());
        let (after, limit) = match (dialect, self.order.1) {
            (Dialect::Sqlite, _) => ("?", "?"),
            (Dialect::Postgres, Before::Number) => ("$1::bigint", "$2::bigint"),
            (Dialect::Postgres, Before::Name) => ("$1::text", "$2::bigint"),
            (Dialect::Postgres, Before::Id) => ("$1::uuid", "$2::bigint"),
        };
        format!(
            "SELECT {order}, {columns} FROM {place} WHERE {order} > {after} \
             ORDER BY {order} LIMIT {limit}"
        )
    }

    fn insert(&self, dialect: Dialect) -> String {
        let value = |(at, (_, kind)): (usize, &(&str, Kind))| match (dialect, kind) {
            (_, Text) | (Dialect::Sqlite, Number) => format!("value ->> {at}"),
            (Dialect::Sqlite, Bytes | Id) => format!("unhex(value ->> {at})"),
            (Dialect::Postgres, Number) => format!("(value ->> {at})::bigint"),
            (Dialect::Postgres, Bytes) => format!("decode(value ->> {at}, 'hex')"),
            (Dialect::Postgres, Id) => format!("(value ->> {at})::uuid"),
        };
        let values: Vec<String> = self.columns.iter().enumerate().map(value).collect();
        let set = || {
            let set = |(name, _): &(&str, Kind)| format!("{name} = excluded.{name}");
            self.columns.iter().map(set).collect::<Vec<_>>().join(", ")
        };
        let name = self.name;
        let conflict = match self.arrives {
            Arrives::Behind | Arrives::Anew => String::new(),
            Arrives::Once(key) => format!(" ON CONFLICT ({key}) DO NOTHING"),
            Arrives::Over(key) => format!(" ON CONFLICT ({key}) DO UPDATE SET {}", set()),
            Arrives::Unless(key, ends) => {
                format!(" ON CONFLICT ({key}) DO UPDATE SET {} WHERE {name}.{ends} IS NULL", set())
            }
        };
        let rows = match dialect {
            Dialect::Sqlite => "json_each(?)",
            Dialect::Postgres => "jsonb_array_elements($1::text::jsonb) AS value",
        };
        format!(
            "INSERT INTO {} ({}) SELECT {} FROM {rows} WHERE true{conflict}",
            self.place(dialect),
            self.names(),
            values.join(", ")
        )
    }
}
