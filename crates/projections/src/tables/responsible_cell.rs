//! Who is responsible, inside one cell: an accepted handover takes effect on a day to come, so the
//! row holds both sides and the day is asked for when it is read.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use spor_domain::case::Case;
use spor_domain::ids::{EventId, PersonRef, Position};
use spor_domain::opening::Administration;
use spor_domain::view::{Handover, Settled, Takeover, View};
use spor_store::{Cell, ColumnKind, Filter, Op};
use uuid::Uuid;

use crate::column::{Asking, Column, Narrow, Row, optional, text};

/// The hidden columns of a table whose rows say who is responsible.
pub(super) const NOW: Column = Column::hidden("responsible_now", ColumnKind::Text);
pub(super) const NEXT: Column = Column::hidden("responsible_next", ColumnKind::Text);
pub(super) const CELL: Column = Column::hidden("responsible", ColumnKind::Text);

/// The responsible administration of the day asked about.
pub(super) const ADMINISTRATION: Column =
    Column::stored("administration", ColumnKind::Text, "forvaltning", "who is responsible")
        .narrowed(administration, Narrow::Word(with_administration));

/// What a row needs to tell who is responsible.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Responsible {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    administration: Option<Administration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caseworker: Option<PersonRef>,
    /// The handovers to come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    takes_over: Vec<(NaiveDate, Administration, PersonRef)>,
    /// The newest handover: who receives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receives: Option<(Administration, PersonRef)>,
}

/// The cells of the hidden columns.
pub(super) fn cells(view: &View) -> [(&'static str, Cell); 3] {
    let takes_over = view.takeovers.iter();
    let takes_over = takes_over.map(|next| (next.on, next.administration, next.caseworker.clone()));
    let receives = view.handover().map(|h| (h.to, h.receiving_caseworker.clone()));
    let responsible = Responsible {
        administration: view.administration,
        caseworker: view.caseworker.clone(),
        takes_over: takes_over.collect(),
        receives,
    };
    let json = serde_json::to_string(&responsible).map_or(Cell::Null, Cell::Text);
    let word = |administration: Administration| text(administration.as_str());
    let next = view.takeovers.last().map(|next| next.administration);
    [
        ("responsible_now", optional(view.administration, word)),
        ("responsible_next", optional(next, word)),
        ("responsible", json),
    ]
}

/// A view of a day that knows nothing but who is responsible.
pub(super) fn view_on(day: NaiveDate, row: &Row<'_>) -> View {
    let cell = row.text("responsible");
    let known: Option<Responsible> = cell.and_then(|json| serde_json::from_str(json).ok());
    let known = known.unwrap_or_default();
    let mut view = Case::default().as_of(day);
    (view.administration, view.caseworker) = (known.administration, known.caseworker);
    view.takeovers = known.takes_over.into_iter().map(takeover).collect();
    view.pass_to(day);
    view.handovers = known.receives.into_iter().map(|receives| handover(day, receives)).collect();
    view
}

fn takeover((on, administration, caseworker): (NaiveDate, Administration, PersonRef)) -> Takeover {
    Takeover { on, position: Position::default(), administration, caseworker }
}

fn handover(day: NaiveDate, (to, receiving_caseworker): (Administration, PersonRef)) -> Handover {
    let started = Settled { on: day, by: EventId(Uuid::nil()) };
    Handover { started, to, receiving_caseworker, effective_on: day, answered: None }
}

fn administration(row: &Row<'_>, asking: &Asking<'_>) -> Cell {
    optional(view_on(asking.day, row).administration, |where_| text(where_.as_str()))
}

/// Rows that are, or will be, the administration's.
fn with_administration(word: Option<&str>, _: &Asking<'_>) -> Option<Filter> {
    let is = |column: &str, word: &str| Filter::Is(column.to_owned(), Op::Equal, text(word));
    let word = word?;
    Some(Filter::Or(vec![is("responsible_now", word), is("responsible_next", word)]))
}
