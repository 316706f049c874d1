//! What the support events do to a case.

use super::{Event, SupportGranted, SupportSwitched};
use crate::calendar;
use crate::ids::TrackId;
use crate::view::{Entry, LimitedPeriod, Period, PeriodEnd, Settled, Track, View};

impl Event {
    /// Tracks begin, move and end; a fold never refuses.
    pub(crate) fn apply(&self, view: &mut View, entry: &Entry) {
        match self {
            Self::Granted(event) => grant(view, entry, event, None),
            Self::AgreementSigned(_) => {}
            Self::Extended(event) => {
                if let Some(track) = view.track_mut(&event.track) {
                    track.close_period(entry, entry.on, PeriodEnd::Extended);
                    track.periods.push(Period::until(Some(event.until), entry));
                }
            }
            Self::HoursChanged(event) => {
                if let Some(track) = view.track_mut(&event.track) {
                    let from = event.from.unwrap_or(entry.on);
                    let at = track.weekly.partition_point(|(since, _)| *since <= from);
                    track.weekly.insert(at, (from, event.weekly_hours));
                }
            }
            Self::Switched(event) => switch(view, entry, event),
            Self::Ended(event) => {
                if let Some(track) = view.track_mut(&event.track) {
                    track.end(entry, entry.on, PeriodEnd::Ended);
                }
            }
            Self::LimitedStarted(event) => view.limited_periods.push(LimitedPeriod {
                track: event.track.clone(),
                from: entry.on,
                until: event.until,
                by: entry.event_id,
                ended: None,
            }),
            Self::LimitedEnded(_) => {
                if let Some(period) = view.limited_periods.iter_mut().rev().find(|p| !p.is_ended())
                {
                    period.ended = Some(Settled { on: entry.on, by: entry.event_id });
                }
            }
        }
    }
}

fn grant(view: &mut View, entry: &Entry, event: &SupportGranted, replaces: Option<&TrackId>) {
    let from = event.from.unwrap_or(entry.on);
    if let Some(person) = &event.person {
        view.persons_met.insert(person.clone());
    }
    let mut track = Track {
        id: event.track.clone(),
        basis: event.basis,
        budget: event.budget.clone(),
        person: event.person.clone(),
        replaces: replaces.cloned(),
        from,
        granted_on: entry.on,
        weekly: vec![(from, event.weekly_hours)],
        periods: vec![Period::until(event.until, entry)],
        ended_on: None,
    };
    if let Some(closing) = view.closing_on_or_after(entry.on) {
        track.end_at(closing);
    }
    view.tracks.push(track);
}

fn switch(view: &mut View, entry: &Entry, event: &SupportSwitched) {
    view.switches += 1;
    if let Some(old) = view.track_mut(&event.from_track) {
        old.end(entry, calendar::days_before(entry.on, 1), PeriodEnd::Switched);
    }
    let granted = SupportGranted {
        track: event.track.clone(),
        basis: event.basis,
        weekly_hours: event.weekly_hours,
        budget: event.budget.clone(),
        from: None,
        until: event.until,
        person: Some(event.person.clone()),
    };
    grant(view, entry, &granted, Some(&event.from_track));
}
