//! Tracks of support: granted, extended, switched between the laws, ended, for a month widened.

use chrono::NaiveDate;
use spor_domain::calendar::{self, LeapDay, days_after, days_before};

use super::{Life, Setting, Step};
use crate::invented::course::{Profile, last_day_after};
use crate::invented::page::Page;
use crate::invented::people::Person;
use crate::invented::words;

/// The law a track rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Basis {
    Lab,
    Sel,
    Child,
    Voluntary,
}

impl Basis {
    fn code(self) -> &'static str {
        match self {
            Self::Lab => "LAB-167",
            Self::Sel => "SEL-85",
            Self::Child => "BL-32",
            Self::Voluntary => "voluntary",
        }
    }

    fn budget(self) -> &'static str {
        match self {
            Self::Lab => "employment",
            Self::Sel => "social",
            Self::Child => "children_family",
            Self::Voluntary => "none",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Lab => Self::Sel,
            Self::Sel | Self::Child | Self::Voluntary => Self::Lab,
        }
    }
}

/// A track as the rules will see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Track {
    pub(super) number: u32,
    basis: Basis,
    /// Weekly hours, in quarters of an hour.
    pub(super) quarters: u32,
    from: NaiveDate,
    until: Option<NaiveDate>,
    ended: Option<NaiveDate>,
}

impl Track {
    /// Whether a volunteer gives it, without any grant.
    pub(super) fn is_voluntary(&self) -> bool {
        self.basis == Basis::Voluntary
    }

    fn is_active_on(&self, day: NaiveDate) -> bool {
        let ends = [self.until, self.ended];
        self.from <= day && ends.into_iter().flatten().all(|end| day <= end)
    }

    fn is_usable_on(&self, day: NaiveDate) -> bool {
        let has_expired = self.ended.is_none() && self.until.is_some_and(|until| until < day);
        self.is_active_on(day) || has_expired
    }
}

/// The month with more supportive help.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limited {
    track: u32,
    until: NaiveDate,
    is_ended: bool,
}

impl Life {
    pub(super) fn active_on(&self, day: NaiveDate) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(move |track| track.is_active_on(day))
    }

    fn has_active(&self, basis: Basis, day: NaiveDate) -> bool {
        self.active_on(day).any(|track| track.basis == basis)
    }

    fn usable(&self, number: u32, day: NaiveDate) -> Option<Track> {
        self.tracks.iter().copied().find(|t| t.number == number && t.is_usable_on(day))
    }

    fn track_mut(&mut self, number: u32) -> Option<&mut Track> {
        self.tracks.iter_mut().find(|track| track.number == number)
    }

    fn adult_on(&self) -> NaiveDate {
        calendar::birthday(self.course.birth, 18, LeapDay::Feb28)
    }

    pub(super) fn grant_first(&mut self, setting: &Setting, page: &mut Page) {
        let is_child = page.today() < days_before(self.adult_on(), 2);
        let basis = match self.course.profile {
            Profile::Child if is_child => Basis::Child,
            Profile::Child | Profile::Adult => Basis::Sel,
            Profile::Work | Profile::Dual => Basis::Lab,
            Profile::Phased => self.random.pick(&[Basis::Lab, Basis::Sel]),
        };
        let number = self.grant(basis, self.mentor, setting, page);
        match (self.course.profile, basis) {
            (Profile::Child, Basis::Child) => {
                let late = if self.random.percent(78) { 0 } else { self.random.between(9..=45) };
                if self.random.percent(93) {
                    self.plan(days_after(self.adult_on(), late), Step::Adult, page);
                }
            }
            (Profile::Dual, _) => self.plan_perhaps(100, 20..=90, Step::GrantSecond, page),
            (Profile::Phased, _) => self.plan_perhaps(100, 70..=150, Step::Swap(number), page),
            (Profile::Work | Profile::Adult | Profile::Child, _) => {}
        }
    }

    pub(super) fn grant_second(&mut self, setting: &Setting, page: &mut Page) {
        let first = self.active_on(page.today()).next().map(|track| track.basis);
        let basis = first.map_or(Basis::Sel, Basis::other);
        if !self.has_active(basis, page.today()) {
            self.grant(basis, self.mentor, setting, page);
        }
    }

    pub(super) fn grant_voluntary(&mut self, setting: &Setting, page: &mut Page) {
        if self.has_active(Basis::Voluntary, page.today()) {
            return;
        }
        let volunteer = setting.staff.volunteer(&mut self.random);
        let line = self.line("MentorAssigned", page);
        page.write(line.word("person", volunteer).word("role", "volunteer"));
        self.volunteer = Some(volunteer);
        self.grant(Basis::Voluntary, Some(volunteer), setting, page);
    }

    fn grant(
        &mut self,
        basis: Basis,
        person: Option<Person>,
        setting: &Setting,
        page: &mut Page,
    ) -> u32 {
        let track = self.new_track(basis, setting, page.today());
        let mut line = self
            .line("SupportGranted", page)
            .word("track", format_args!("T{}", track.number))
            .word("basis", basis.code())
            .hours("weekly_hours", track.quarters)
            .word("budget", basis.budget())
            .word_if("until", track.until)
            .word_if("person", person);
        if self.random.percent(60) {
            line = line.word("purpose", self.random.pick(words::PURPOSES));
        }
        if self.random.percent(30) {
            line = line.word("need", self.random.pick(words::NEEDS));
        }
        page.write(line);
        self.follow_track(track, page);
        track.number
    }

    /// A track that begins today, as long as its law allows and a municipality would grant.
    fn new_track(&mut self, basis: Basis, setting: &Setting, from: NaiveDate) -> Track {
        let until = match basis {
            Basis::Lab => Some(last_day_after(from, self.random.between(3..=6))),
            Basis::Child => Some(days_before(self.adult_on(), 1).max(from)),
            Basis::Sel if self.random.percent(30) => Some(last_day_after(from, 12)),
            Basis::Sel | Basis::Voluntary => None,
        };
        let usual = setting.sessions_per_1000_weeks / 160;
        let quarters = match basis {
            Basis::Voluntary => self.random.between(4..=8),
            Basis::Lab | Basis::Sel | Basis::Child => {
                usual.clamp(4, 80) + self.random.between(0..=4)
            }
        };
        let number = u32::try_from(self.tracks.len()).unwrap_or(u32::MAX).saturating_add(1);
        Track { number, basis, quarters, from, until, ended: None }
    }

    /// Takes note of a new track and plans what belongs to it.
    fn follow_track(&mut self, track: Track, page: &Page) {
        self.tracks.push(track);
        if track.basis == Basis::Lab {
            self.plan_perhaps(92, 0..=16, Step::SignAgreement(track.number), page);
            self.plan_perhaps(20, 25..=75, Step::StartLimited, page);
        }
        if track.basis != Basis::Child {
            self.plan_decision(track, page);
        }
    }

    /// Somebody decides before a period ends; sometimes after, sometimes nobody does.
    fn plan_decision(&mut self, track: Track, page: &Page) {
        let Some(until) = track.until else {
            return;
        };
        let day = match self.random.below(100) {
            0..72 => days_before(until, self.random.between(2..=18)),
            72..92 => days_after(until, self.random.between(2..=28)),
            _ => return,
        };
        self.plan(day, Step::Decide(track.number), page);
    }

    pub(super) fn sign_agreement(&mut self, number: u32, page: &mut Page) {
        let Some(track) = self.usable(number, page.today()) else {
            return;
        };
        let tasks = [self.random.pick(words::TASKS), self.random.pick(words::TASKS)];
        let line = self
            .line("MentorAgreementSigned", page)
            .word("track", format_args!("T{number}"))
            .word("goal", self.random.pick(words::PURPOSES))
            .words("tasks", &tasks)
            .hours("weekly_hours", track.quarters)
            .word("until", track.until.unwrap_or(page.today()))
            .plain("complaint_guidance", self.random.percent(94));
        page.write(line);
    }

    /// A period nears its end: longer, another law, or no more.
    pub(super) fn decide_period(&mut self, number: u32, setting: &Setting, page: &mut Page) {
        let Some(track) = self.usable(number, page.today()) else {
            return;
        };
        let stands_alone = self.active_on(page.today()).count() < 2;
        match self.random.below(100) {
            0..60 => self.extend(track, page),
            60..82 if track.basis == Basis::Lab => self.swap(number, setting, page),
            _ if stands_alone => self.extend(track, page),
            _ => self.end_track(track, page),
        }
    }

    fn extend(&mut self, track: Track, page: &mut Page) {
        let Some(until) = track.until else {
            return;
        };
        let months = self.random.between(3..=6);
        let until = calendar::months_after(until, months);
        let line = self
            .line("SupportExtended", page)
            .word("track", format_args!("T{}", track.number))
            .word("until", until)
            .word("reason", self.random.pick(words::EXTENSIONS));
        page.write(line);
        let longer = Track { until: Some(until), ..track };
        if let Some(known) = self.track_mut(track.number) {
            *known = longer;
        }
        self.plan_decision(longer, page);
    }

    fn end_track(&mut self, track: Track, page: &mut Page) {
        let line = self
            .line("SupportEnded", page)
            .word("track", format_args!("T{}", track.number))
            .word("reason", self.random.pick(words::ENDINGS));
        page.write(line);
        if let Some(known) = self.track_mut(track.number) {
            known.ended = Some(page.today());
        }
    }

    /// One law in the place of the other (C2-5); a phased case goes back again later.
    pub(super) fn swap(&mut self, number: u32, setting: &Setting, page: &mut Page) {
        let Some(track) = self.usable(number, page.today()) else {
            return;
        };
        let basis = track.basis.other();
        self.switch(track, basis, setting, page);
    }

    pub(super) fn come_of_age(&mut self, setting: &Setting, page: &mut Page) {
        let child = self.tracks.iter().rev().find(|track| track.basis == Basis::Child).copied();
        let Some(track) = child.filter(|track| track.is_usable_on(page.today())) else {
            return;
        };
        let basis = if self.random.percent(60) { Basis::Sel } else { Basis::Lab };
        self.switch(track, basis, setting, page);
    }

    fn switch(&mut self, from: Track, basis: Basis, setting: &Setting, page: &mut Page) {
        let today = page.today();
        let Some(mentor) = self.mentor.filter(|_| !self.has_active(basis, today)) else {
            return self.end_track(from, page);
        };
        let track = self.new_track(basis, setting, today);
        let line = self
            .line("SupportSwitched", page)
            .word("from_track", format_args!("T{}", from.number))
            .word("track", format_args!("T{}", track.number))
            .word("basis", basis.code())
            .hours("weekly_hours", track.quarters)
            .word("budget", basis.budget())
            .word_if("until", track.until)
            .word("person", mentor)
            .word("reason", self.random.pick(words::SWITCHES));
        page.write(line);
        if let Some(old) = self.track_mut(from.number) {
            old.ended = Some(days_before(today, 1));
        }
        self.follow_track(track, page);
        if self.course.profile == Profile::Phased {
            self.plan_perhaps(70, 70..=160, Step::Swap(track.number), page);
        }
    }

    pub(super) fn change_hours(&mut self, page: &mut Page) {
        let Some(track) = self.active_on(page.today()).next().copied() else {
            return;
        };
        let quarters = (track.quarters + self.random.between(0..=8)).saturating_sub(3).max(4);
        let line = self
            .line("SupportHoursChanged", page)
            .word("track", format_args!("T{}", track.number))
            .hours("weekly_hours", quarters)
            .word("need", self.random.pick(words::HOUR_NEEDS));
        page.write(line);
        if let Some(known) = self.track_mut(track.number) {
            known.quarters = quarters;
        }
    }

    pub(super) fn start_limited(&mut self, page: &mut Page) {
        let today = page.today();
        let is_free = |last: Limited| last.is_ended && today > days_after(last.until, 30);
        let lab = self.active_on(today).find(|track| track.basis == Basis::Lab).copied();
        let Some(track) = lab.filter(|_| self.limited.is_none_or(is_free)) else {
            return;
        };
        let until = last_day_after(today, 1);
        let line = self
            .line("LimitedSupportPeriodStarted", page)
            .word("track", format_args!("T{}", track.number))
            .word("until", until)
            .words("activities", &[self.random.pick(words::ACTIVITIES)])
            .word("agreed_with", "sagsbehandler");
        page.write(line);
        self.limited = Some(Limited { track: track.number, until, is_ended: false });
        let end = match self.random.below(100) {
            0..70 => page.working_day_on_or_before(until),
            70..90 => days_after(until, self.random.between(2..=20)),
            _ => return,
        };
        self.plan_exactly(end, Step::EndLimited, page);
    }

    pub(super) fn end_limited(&mut self, page: &mut Page) {
        let Some(limited) = self.limited.filter(|limited| !limited.is_ended) else {
            return;
        };
        let is_lasting = self.random.percent(45);
        let outcome = if is_lasting { "lasting_need" } else { "back_to_lab" };
        let line = self.line("LimitedSupportPeriodEnded", page);
        page.write(line.word("track", format_args!("T{}", limited.track)).word("outcome", outcome));
        self.limited = Some(Limited { is_ended: true, ..limited });
        if is_lasting {
            let day = days_after(page.today(), self.random.between(1..=9));
            self.plan(day, Step::Swap(limited.track), page);
        }
    }

    /// With the case every track ends.
    pub(super) fn end_all_tracks(&mut self, today: NaiveDate) {
        for track in &mut self.tracks {
            track.ended.get_or_insert(today);
        }
    }
}
