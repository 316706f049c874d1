//! `spor case`: the list, one case as of a day, its timeline.

use serde_json::{Value, json};
use spor_domain::ids::CaseRef;
use spor_domain::sealed::Sealed;
use spor_domain::staff::Directory;
use spor_domain::view::View;
use spor_history::load::KnownAt;
use spor_projections::{case_document, people};

use super::query;
use crate::args::{AsOf, Case};
use crate::context::{Context, Session};
use crate::output::{self, Rows};
use crate::report::{Exit, Report};
use crate::telling;

/// The columns of the list, where none are asked for.
const LIST_COLUMNS: &str =
    "case,state,phase,age,administration,caseworker,mentor,active_bases,next_due,flags";

/// Looks at cases.
pub async fn run(context: &Context, args: Case) -> Result<Exit, Report> {
    match args {
        Case::List(mut question) => {
            question.columns.get_or_insert_with(|| LIST_COLUMNS.to_owned());
            query::ask(context, "cases", &question).await
        }
        Case::Show { case, when } => show(context, &case, &when).await,
        Case::Timeline { case, when } => timeline(context, &case, &when).await,
    }
}

/// A reference as given on the command line.
pub fn reference(text: &str) -> Result<CaseRef, Report> {
    CaseRef::parse(text).map_err(|error| {
        Report::new(
            Exit::Usage,
            "bad_reference",
            error.to_string(),
            "references are pseudonymous and stand in clear for ever",
            "give it as in SPOR-2025-0101",
        )
    })
}

async fn show(context: &Context, case: &str, when: &AsOf) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let document = document(&session, case, when).await?;
    if output::is_for_programs(&context.global) {
        output::json(&document)?;
    } else {
        let mut rows = Rows::new(&["what", "value"]);
        flatten("", &document, &mut rows);
        output::rows(&context.global, &rows)?;
    }
    Ok(Exit::Done)
}

async fn document(session: &Session, case: &str, when: &AsOf) -> Result<Value, Report> {
    let reference = reference(case)?;
    let when = session.when(when)?;
    let remembered = session.memory.case(&reference, when.known_at).await?;
    let (policies, _) = session.memory.policies(when.known_at).await?;
    let mut view = remembered.case.as_of(when.day);
    if view.birth_date == Some(Sealed::KeyMissing) {
        return Err(Report::key_missing(case));
    }
    let directory = session.memory.directory(when.known_at).await?;
    fill_in(session, &reference, &mut view, (&directory, when.known_at)).await?;
    let document = case_document::build(&view, policies.on(when.day), &remembered.case)
        .ok_or_else(|| Report::case_not_found(case, when.is_past))?;
    Ok(serde_json::to_value(document).map_err(anyhow::Error::from)?)
}

/// Fills in what other streams say of the case's people.
pub async fn fill_in(
    session: &Session,
    case: &CaseRef,
    view: &mut View,
    (directory, known_at): (&Directory, KnownAt),
) -> Result<(), Report> {
    let runner = session.runner();
    let asked = people::Asked { case, directory, known_at, now: session.now };
    Ok(people::fill_in(&runner, view, asked).await?)
}

/// A document as lines of path and value.
pub fn flatten(path: &str, value: &Value, rows: &mut Rows) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                if path != "audit" {
                    flatten(&path, value, rows);
                }
            }
        }
        other => rows.push(vec![path.into(), other.clone()]),
    }
}

async fn timeline(context: &Context, case: &str, when: &AsOf) -> Result<Exit, Report> {
    let session = context.open_to_read().await?;
    let when = session.when(when)?;
    let mut entries = session.memory.timeline(&reference(case)?, when.known_at).await?;
    entries.retain(|entry| !when.is_past || entry.recorded.occurred_on <= when.day);
    if entries.is_empty() {
        return Err(Report::case_not_found(case, when.is_past));
    }
    telling::check_keys(&entries)?;
    entries.sort_by_key(|entry| (entry.recorded.occurred_on, entry.recorded.position));
    let mut rows = Rows::new(&[
        "on",
        "type",
        "entry",
        "what",
        "actor",
        "recorded_at",
        "reason",
        "versions",
        "position",
    ]);
    for entry in &entries {
        rows.push(vec![
            json!(entry.recorded.occurred_on),
            json!(entry.kind.name),
            json!(telling::address(entry)),
            json!(telling::in_words(entry)),
            json!(telling::actor(entry)),
            json!(entry.recorded.recorded_at),
            json!(telling::reason(entry)),
            json!(entry.versions),
            json!(entry.recorded.position.0),
        ]);
    }
    output::rows(&context.global, &rows)?;
    Ok(Exit::Done)
}
