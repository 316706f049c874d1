//! One invented case, day by day: what it has come to, and what comes next.

mod ending;
mod goals;
mod meetings;
mod sessions;
mod support;

use chrono::{Datelike, NaiveDate};
use spor_domain::calendar::{self, days_after};

use super::course::{Closing, Course, Profile};
use super::line::Line;
use super::page::Page;
use super::people::{Person, Staff, Unit};
use super::random::Random;
use super::words;
use sessions::Amendment;
use support::{Limited, Track};

/// What all cases share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// The people there are.
    pub(super) staff: Staff,
    /// Sessions of one case in a thousand weeks.
    pub(super) sessions_per_1000_weeks: u32,
}

/// Something that will happen to a case. On one day the upper ones happen first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Reopen,
    MentorArrives,
    Grant,
    GrantSecond,
    SignAgreement(u32),
    Decide(u32),
    Adult,
    Swap(u32),
    EndLimited,
    StartLimited,
    ChangeHours,
    Volunteer,
    MentorLeaves,
    SetGoal,
    ChooseMethod,
    ReviseGoal,
    ExplainDelay,
    FollowUp,
    TransitionMeeting,
    Review,
    Session,
    Amend(Amendment),
    Close,
}

/// One invented case.
#[derive(Debug)]
pub(super) struct Life {
    random: Random,
    reference: String,
    course: Course,
    unit: Unit,
    caseworker: Person,
    mentor: Option<Person>,
    volunteer: Option<Person>,
    start: NaiveDate,
    closes: Closing,
    tracks: Vec<Track>,
    limited: Option<Limited>,
    goals: u32,
    entries: u32,
    last_follow_up: NaiveDate,
    was_partial: bool,
    meeting_was_partial: bool,
    session_clock: u64,
    agenda: Vec<(NaiveDate, Step)>,
}

impl Life {
    /// A case on its first day, already written down.
    pub(super) fn begin(seed: u64, number: u32, setting: &Setting, page: &mut Page) -> Self {
        let (mut random, course) = drawn(seed, number, page.today());
        let unit = match course.profile {
            Profile::Child => Unit::Children,
            Profile::Work | Profile::Dual => Unit::Employment,
            Profile::Adult => random.pick(&[Unit::Disability, Unit::Social]),
            Profile::Phased => random.pick(&[Unit::Employment, Unit::Disability]),
        };
        let caseworker = setting.staff.caseworker(&mut random, unit);
        let mentor = setting.staff.mentor(&mut random, None);
        let mut life = Self {
            random,
            reference: format!("SPOR-{}-{number:04}", course.opened.year()),
            course,
            unit,
            caseworker,
            mentor: Some(mentor),
            volunteer: None,
            start: course.opened,
            closes: course.closes,
            tracks: Vec::new(),
            limited: None,
            goals: 0,
            entries: 0,
            last_follow_up: course.opened,
            was_partial: false,
            meeting_was_partial: false,
            session_clock: 0,
            agenda: Vec::with_capacity(16),
        };
        life.open(mentor, page);
        life.begin_episode(setting, page);
        life.plan_transition(page);
        life
    }

    /// The next day on which something happens.
    pub(super) fn next_day(&self) -> Option<NaiveDate> {
        self.agenda.iter().map(|(day, _)| *day).min()
    }

    /// Lets everything happen that is due today.
    pub(super) fn live(&mut self, setting: &Setting, page: &mut Page) {
        while let Some(step) = self.take_due(page.today()) {
            self.perform(step, setting, page);
        }
    }

    fn take_due(&mut self, today: NaiveDate) -> Option<Step> {
        let due = self.agenda.iter().enumerate().filter(|(_, (day, _))| *day <= today);
        let (at, _) = due.min_by_key(|(_, planned)| **planned)?;
        Some(self.agenda.swap_remove(at).1)
    }

    fn perform(&mut self, step: Step, setting: &Setting, page: &mut Page) {
        match step {
            Step::Reopen => self.reopen(setting, page),
            Step::MentorArrives => self.mentor_arrives(setting, page),
            Step::Grant => self.grant_first(setting, page),
            Step::GrantSecond => self.grant_second(setting, page),
            Step::SignAgreement(track) => self.sign_agreement(track, page),
            Step::Decide(track) => self.decide_period(track, setting, page),
            Step::Adult => self.come_of_age(setting, page),
            Step::Swap(track) => self.swap(track, setting, page),
            Step::EndLimited => self.end_limited(page),
            Step::StartLimited => self.start_limited(page),
            Step::ChangeHours => self.change_hours(page),
            Step::Volunteer => self.grant_voluntary(setting, page),
            Step::MentorLeaves => self.mentor_leaves(setting, page),
            Step::SetGoal => self.set_goal(page),
            Step::ChooseMethod => self.choose_method(page),
            Step::ReviseGoal => self.revise_goal(page),
            Step::ExplainDelay => self.explain_delay(page),
            Step::FollowUp => self.follow_up(page),
            Step::TransitionMeeting => self.transition_meeting(page),
            Step::Review => self.review(page),
            Step::Session => self.session(setting, page),
            Step::Amend(amendment) => self.amend(amendment, page),
            Step::Close => self.close(page),
        }
    }

    fn open(&mut self, mentor: Person, page: &mut Page) {
        let kind = if self.course.is_imported { "CaseImported" } else { "CaseOpened" };
        let line = self
            .line(kind, page)
            .word("administration", self.unit.as_str())
            .word("municipality", "A")
            .word("caseworker", self.caseworker)
            .word("mentor", mentor)
            .word("birth_date", self.course.birth)
            .word("name", self.random.pick(words::YOUTHS));
        let line = if self.random.percent(70) {
            line.word("need", self.random.pick(words::NEEDS))
        } else {
            line.word("target_group", self.random.pick(words::TARGET_GROUPS))
        };
        if !self.course.is_imported {
            return page.write(line);
        }
        let earlier = calendar::days_before(self.start, self.random.between(60..=500));
        let follow_up = calendar::days_before(self.start, self.random.between(5..=40));
        let line = line
            .word("source", "OLD")
            .word("source_id", format_args!("K-{}", self.reference))
            .word("original_start", earlier)
            .word("last_follow_up", follow_up);
        self.last_follow_up = follow_up;
        page.write(line);
    }

    /// What every episode begins with: support, goals, a method, sessions, the first follow-up.
    fn begin_episode(&mut self, setting: &Setting, page: &mut Page) {
        let later = |random: &mut Random, range| days_after(page.today(), random.between(range));
        let plans = [
            (later(&mut self.random, 0..=9), Step::Grant),
            (later(&mut self.random, 7..=24), Step::SetGoal),
            (later(&mut self.random, 20..=60), Step::SetGoal),
            (later(&mut self.random, 80..=170), Step::ReviseGoal),
        ];
        for (day, step) in plans {
            self.plan(day, step, page);
        }
        self.plan_perhaps(80, 12..=44, Step::ChooseMethod, page);
        self.plan_perhaps(22, 45..=160, Step::ChangeHours, page);
        self.plan_perhaps(20, 100..=400, Step::MentorLeaves, page);
        self.plan_perhaps(12, 150..=260, Step::Volunteer, page);
        self.session_clock = 0;
        self.plan_session(setting, page);
        self.plan_follow_up(page);
        self.plan_review(page);
        self.plan(self.closes.on, Step::Close, page);
    }

    /// Plans a step for the first day on which people are at work.
    fn plan(&mut self, day: NaiveDate, step: Step, page: &Page) {
        self.plan_exactly(page.working_day_on_or_after(day), step, page);
    }

    /// Plans a step for that very day, unless the journal ends before.
    fn plan_exactly(&mut self, day: NaiveDate, step: Step, page: &Page) {
        if day <= page.last() {
            self.agenda.push((day.max(page.today()), step));
        }
    }

    /// Plans a step with a chance, some days from now.
    fn plan_perhaps(
        &mut self,
        percent: u32,
        days: std::ops::RangeInclusive<u32>,
        step: Step,
        page: &Page,
    ) {
        let day = days_after(page.today(), self.random.between(days));
        if self.random.percent(percent) {
            self.plan(day, step, page);
        }
    }

    fn line(&self, kind: &str, page: &Page) -> Line {
        Line::new(page.today(), kind, "case", &self.reference)
    }

    fn next_entry(&mut self) -> u32 {
        self.entries += 1;
        self.entries
    }
}

/// A case's chance and its course, which are the same whenever they are asked for.
pub(super) fn drawn(seed: u64, number: u32, opened: NaiveDate) -> (Random, Course) {
    let mut random = Random::of(seed, u64::from(number));
    let course = Course::draw(&mut random, opened);
    (random, course)
}
