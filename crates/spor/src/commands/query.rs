//! `spor query`: any table, as stored for today or folded from the log for another day.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use spor_domain::rejection::Language;
use spor_history::load::KnownAt;
use spor_projections::query::{self, Answer, Moment, Query};
use spor_projections::tables;
use spor_store::Cell;

use crate::args::{Query as QueryArgs, Question};
use crate::context::Context;
use crate::output::{self, Rows};
use crate::report::{Exit, Report};
use crate::talk;

/// Lists the tables, describes one, or asks it.
pub async fn run(context: &Context, args: QueryArgs) -> Result<Exit, Report> {
    match (&args.table, args.describe) {
        (None, _) => list(context),
        (Some(table), true) => describe(context, table),
        (Some(table), false) => ask(context, table, &args.question).await,
    }
}

/// Asks one table and answers in the format wanted.
pub async fn ask(context: &Context, table: &str, asked: &Question) -> Result<Exit, Report> {
    output::rows(&context.global, &rows(context, table, asked).await?)?;
    Ok(Exit::Done)
}

/// The rows of one table.
pub async fn rows(context: &Context, table: &str, asked: &Question) -> Result<Rows, Report> {
    let answer = answer(context, table, asked).await?;
    if answer.behind > 0 {
        talk::warn(context, &format!("the answer is {} events behind", answer.behind));
    }
    let columns = answer.columns.iter().map(|column| column.name.to_owned()).collect();
    let rows = answer.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    Ok(Rows { columns, rows })
}

/// The first cell of the first row, when there is one.
pub async fn first(
    context: &Context,
    table: &str,
    asked: &Question,
) -> Result<Option<String>, Report> {
    let answer = answer(context, table, asked).await?;
    Ok(answer.rows.first().and_then(|row| row.first()).map(|first| output::shown(&cell(first))))
}

async fn answer(context: &Context, table: &str, asked: &Question) -> Result<Answer, Report> {
    let table = tables::named(table)?;
    let session = context.open_to_read().await?;
    let when = session.when(&asked.when)?;
    let folds = when.is_past || session.is_read_only;
    let query = Query {
        where_text: asked.condition.clone(),
        sort: asked.sort.clone(),
        columns: asked.columns.clone(),
        group_by: asked.group_by.clone(),
        limit: asked.limit,
        as_of: folds.then_some(when.day),
        known_at: folds.then_some(match when.known_at {
            KnownAt::Everything => Moment::At(DateTime::<Utc>::MAX_UTC),
            KnownAt::Until(at) => Moment::At(at),
        }),
    };
    let runner = session.runner();
    let answer = query::run(&runner, table, &query, session.now).await?;
    session.close().await?;
    Ok(answer)
}

/// A cell as JSON: dates and instants in ISO 8601.
fn cell(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Integer(number) => json!(number),
        Cell::Real(number) => json!(number),
        Cell::Date(day) => json!(day),
        Cell::Instant(at) => json!(at),
        Cell::Flag(flag) => json!(flag),
    }
}

fn list(context: &Context) -> Result<Exit, Report> {
    let mut rows = Rows::new(&["table", "question"]);
    for table in tables::ALL {
        let question = match context.language {
            Language::Da => table.da,
            Language::En => table.en,
        };
        rows.push(vec![json!(table.name), json!(question)]);
    }
    output::rows(&context.global, &rows)?;
    Ok(Exit::Done)
}

fn describe(context: &Context, table: &str) -> Result<Exit, Report> {
    let table = tables::named(table)?;
    let mut rows = Rows::new(&["column", "kind", "unit", "computed", "meaning", "words"]);
    for column in query::describe(table, context.language) {
        rows.push(vec![
            json!(column.name),
            json!(column.kind),
            json!(column.unit),
            json!(column.computed),
            json!(column.meaning),
            json!(column.words),
        ]);
    }
    output::rows(&context.global, &rows)?;
    Ok(Exit::Done)
}
