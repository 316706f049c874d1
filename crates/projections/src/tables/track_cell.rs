//! Tracks inside one cell, so that what a track is on a day is still the domain's to say.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use spor_domain::case::Case;
use spor_domain::ids::{EventId, PersonRef, TrackId};
use spor_domain::session::Form;
use spor_domain::support::{Basis, Hours};
use spor_domain::view::{Period, Session, Track, View};
use spor_store::Cell;
use uuid::Uuid;

/// What a track needs to tell whether it is active and how many hours are granted.
#[derive(Debug, Serialize, Deserialize)]
struct TrackCell {
    track: TrackId,
    basis: Basis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<PersonRef>,
    from: NaiveDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_on: Option<NaiveDate>,
    hundredths: Vec<(NaiveDate, i64)>,
    /// Minutes given, by the Monday of the week.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    minutes: BTreeMap<NaiveDate, i64>,
}

/// Tracks as one cell; nothing when there are none.
pub(super) fn write<'a>(
    tracks: impl Iterator<Item = &'a Track>,
    minutes: impl Fn(&Track) -> BTreeMap<NaiveDate, i64>,
) -> Cell {
    let cells: Vec<TrackCell> = tracks
        .map(|track| TrackCell {
            track: track.id.clone(),
            basis: track.basis,
            person: track.person.clone(),
            from: track.from,
            until: track.until(),
            ended_on: track.ended_on,
            hundredths: track.weekly.iter().map(|(on, hours)| (*on, hours.hundredths)).collect(),
            minutes: minutes(track),
        })
        .collect();
    match serde_json::to_string(&cells) {
        Ok(json) if !cells.is_empty() => Cell::Text(json),
        Ok(_) | Err(_) => Cell::Null,
    }
}

/// No minutes are asked for.
pub(super) fn no_minutes(_: &Track) -> BTreeMap<NaiveDate, i64> {
    BTreeMap::new()
}

/// A view of a day that knows nothing but the tracks of a cell and their minutes.
pub(super) fn view_on(day: NaiveDate, cell: Option<&str>) -> View {
    let mut view = Case::default().as_of(day);
    let cells = cell.and_then(|json| serde_json::from_str::<Vec<TrackCell>>(json).ok());
    for cell in cells.unwrap_or_default() {
        view.sessions
            .extend(cell.minutes.iter().map(|(on, minutes)| session(&cell, *on, *minutes)));
        view.tracks.push(track(cell));
    }
    view
}

fn track(cell: TrackCell) -> Track {
    let weekly =
        cell.hundredths.iter().map(|(on, hundredths)| (*on, Hours { hundredths: *hundredths }));
    let by = EventId(Uuid::nil());
    Track {
        weekly: weekly.collect(),
        id: cell.track,
        basis: cell.basis,
        budget: None,
        person: cell.person,
        replaces: None,
        from: cell.from,
        granted_on: cell.from,
        periods: vec![Period { until: cell.until, by, settled: None }],
        ended_on: cell.ended_on,
    }
}

/// All sessions of a week as one: only whole weeks are ever summed.
fn session(cell: &TrackCell, on: NaiveDate, minutes: i64) -> Session {
    let nobody = PersonRef::parse("XX").expect("two capital letters are a reference");
    Session {
        on,
        minutes,
        by: cell.person.clone().unwrap_or(nobody),
        form: Form::OneToOne,
        track: Some(cell.track.clone()),
        start_hour: None,
        activities: Vec::new(),
        event: EventId(Uuid::nil()),
        id: None,
        versions: 1,
    }
}
