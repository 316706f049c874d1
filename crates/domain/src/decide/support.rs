//! Decisions about support: one track per basis, LAB periods of at most six months, one month of
//! more supportive help (LAB § 167, C2-10, C2-11).

use chrono::NaiveDate;

use super::{Context, check_until};
use crate::calendar;
use crate::door::Command;
use crate::ids::TrackId;
use crate::policy::Policy;
use crate::rejection::Rejection;
use crate::support::{
    Basis, Event, Hours, LimitedSupportPeriodStarted, SupportExtended, SupportGranted,
    SupportSwitched,
};
use crate::view::{Track, View};

/// Days that must lie between the end of one limited period and the start of the next.
const LIMITED_PERIOD_GAP_DAYS: i64 = 2;

/// A track as it is wished for.
struct Wished<'a> {
    track: &'a TrackId,
    basis: Basis,
    hours: Hours,
    from: NaiveDate,
    until: Option<NaiveDate>,
}

/// Answers a wish about support.
pub(super) fn decide(
    context: &Context<'_>,
    view: &View,
    policy: &Policy,
    command: &Command,
    event: &Event,
) -> Result<(), Rejection> {
    match event {
        Event::Granted(granted) => grant(context, view, policy, granted, command.on),
        Event::AgreementSigned(signed) => lab_track(view, &signed.track).map(drop),
        Event::Extended(extended) => extend(view, policy, extended),
        Event::HoursChanged(changed) => {
            usable(view, &changed.track)?;
            positive(changed.weekly_hours)
        }
        Event::Switched(switched) => switch(context, view, policy, switched),
        Event::Ended(ended) => usable(view, &ended.track).map(drop),
        Event::LimitedStarted(started) => start_limited(view, policy, started),
        Event::LimitedEnded(ended) => {
            known(view, &ended.track)?;
            let is_running = view.limited_periods.iter().any(|period| !period.is_ended());
            is_running.then_some(()).ok_or(Rejection::NoLimitedPeriod)
        }
    }
}

fn grant(
    context: &Context<'_>,
    view: &View,
    policy: &Policy,
    granted: &SupportGranted,
    on: NaiveDate,
) -> Result<(), Rejection> {
    let wished = Wished {
        track: &granted.track,
        basis: granted.basis,
        hours: granted.weekly_hours,
        from: granted.from.unwrap_or(on),
        until: granted.until,
    };
    check_new(context, view, policy, &wished, None)
}

fn switch(
    context: &Context<'_>,
    view: &View,
    policy: &Policy,
    switched: &SupportSwitched,
) -> Result<(), Rejection> {
    usable(view, &switched.from_track)?;
    let wished = Wished {
        track: &switched.track,
        basis: switched.basis,
        hours: switched.weekly_hours,
        from: view.day,
        until: switched.until,
    };
    check_new(context, view, policy, &wished, Some(&switched.from_track))
}

fn check_new(
    context: &Context<'_>,
    view: &View,
    policy: &Policy,
    wished: &Wished<'_>,
    replaced: Option<&TrackId>,
) -> Result<(), Rejection> {
    let last = context.case.last_day().unwrap_or(view.day).max(view.day);
    if context.case.as_of(last).track(wished.track).is_some() {
        return Err(Rejection::TrackTaken { track: wished.track.clone() });
    }
    positive(wished.hours)?;
    check_until(wished.from, wished.until)?;
    let mut same = view.active_tracks_on(wished.from).filter(|track| track.basis == wished.basis);
    if let Some(active) = same.find(|track| Some(&track.id) != replaced) {
        return Err(Rejection::BasisTaken { basis: wished.basis, track: active.id.clone() });
    }
    if wished.basis == Basis::Lab167 {
        let latest = calendar::months_after(wished.from, policy.lab_period_max_months);
        match wished.until {
            None => return Err(Rejection::LabUntilMissing { latest }),
            Some(until) if until > latest => return Err(Rejection::LabPeriodTooLong { latest }),
            Some(_) => {}
        }
    }
    Ok(())
}

fn extend(view: &View, policy: &Policy, extended: &SupportExtended) -> Result<(), Rejection> {
    let track = usable(view, &extended.track)?;
    check_until(track.from, Some(extended.until))?;
    if track.basis == Basis::Lab167
        && let Some(until) = track.until()
    {
        let latest = calendar::months_after(until, policy.lab_period_max_months);
        if extended.until > latest {
            return Err(Rejection::LabPeriodTooLong { latest });
        }
    }
    Ok(())
}

fn start_limited(
    view: &View,
    policy: &Policy,
    started: &LimitedSupportPeriodStarted,
) -> Result<(), Rejection> {
    let track = lab_track(view, &started.track)?;
    if !track.is_active_on(view.day) {
        return Err(Rejection::TrackNotActive { track: track.id.clone() });
    }
    check_until(view.day, Some(started.until))?;
    let latest = calendar::months_after(view.day, policy.limited_support_months);
    if started.until > latest {
        return Err(Rejection::LimitedPeriodTooLong { latest });
    }
    if let Some(last) = view.limited_periods.last() {
        if !last.is_ended() {
            return Err(Rejection::LimitedPeriodRunning { since: last.from });
        }
        if view.day.signed_duration_since(last.until).num_days() < LIMITED_PERIOD_GAP_DAYS {
            let earliest = calendar::days_after(last.until, 2);
            return Err(Rejection::LimitedPeriodBackToBack { earliest });
        }
    }
    Ok(())
}

fn known<'a>(view: &'a View, track: &TrackId) -> Result<&'a Track, Rejection> {
    view.track(track).ok_or_else(|| Rejection::TrackUnknown { track: track.clone() })
}

fn lab_track<'a>(view: &'a View, track: &TrackId) -> Result<&'a Track, Rejection> {
    let known = known(view, track)?;
    if known.basis == Basis::Lab167 {
        Ok(known)
    } else {
        Err(Rejection::NotLabTrack { track: track.clone() })
    }
}

/// A track that is active, or ran out without being ended.
fn usable<'a>(view: &'a View, track: &TrackId) -> Result<&'a Track, Rejection> {
    let known = known(view, track)?;
    if known.is_active_on(view.day) || known.is_expired_on(view.day) {
        Ok(known)
    } else {
        Err(Rejection::TrackNotActive { track: track.clone() })
    }
}

fn positive(hours: Hours) -> Result<(), Rejection> {
    if hours.hundredths > 0 { Ok(()) } else { Err(Rejection::HoursNotPositive) }
}
