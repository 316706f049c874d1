//! Mentors who leave, cases that end, and young people who come back.

use chrono::NaiveDate;
use spor_domain::calendar::days_after;

use super::{Life, Setting, Step};
use crate::invented::course::Ending;
use crate::invented::page::Page;
use crate::invented::words;

impl Life {
    /// Either the next mentor takes over the same day, or some days pass without one.
    pub(super) fn mentor_leaves(&mut self, setting: &Setting, page: &mut Page) {
        let Some(mentor) = self.mentor else {
            return;
        };
        if self.random.percent(60) {
            return self.mentor_arrives(setting, page);
        }
        let line = self
            .line("MentorAssignmentEnded", page)
            .word("person", mentor)
            .word("reason", self.random.pick(words::LEAVINGS))
            .word("override_reason", "ny mentor er fundet og begynder snart");
        page.write(line);
        self.mentor = None;
        let arrives = days_after(page.today(), self.random.between(4..=18));
        self.plan(arrives, Step::MentorArrives, page);
    }

    pub(super) fn mentor_arrives(&mut self, setting: &Setting, page: &mut Page) {
        let mentor = setting.staff.mentor(&mut self.random, self.mentor);
        let line = self.line("MentorAssigned", page).word("person", mentor);
        page.write(line.word("role", "mentor"));
        self.mentor = Some(mentor);
    }

    pub(super) fn close(&mut self, page: &mut Page) {
        let line = self.line("CaseClosed", page);
        let line = match self.closes.why {
            Ending::YouthWish => line
                .word("reason", "youth_wish")
                .plain("youth_words_recorded", self.random.percent(80)),
            Ending::Weighty if self.random.percent(80) => line
                .word("reason", "weighty_professional_reasons")
                .word("approver", self.unit.lead())
                .word("explanation", self.random.pick(words::WEIGHTY)),
            Ending::Weighty => line.word("reason", "weighty_professional_reasons"),
            Ending::Ordinary => line.word("reason", self.random.pick(words::CLOSINGS)),
        };
        page.write(line);
        self.end_all_tracks(page.today());
        self.agenda.retain(|(_, step)| matches!(step, Step::Amend(_)));
        if let Some(day) = self.course.reopens.take() {
            self.plan(later_than(page.today(), day), Step::Reopen, page);
        }
    }

    pub(super) fn reopen(&mut self, setting: &Setting, page: &mut Page) {
        let mentor = match self.mentor {
            Some(mentor) if self.random.percent(60) => mentor,
            Some(_) | None => setting.staff.mentor(&mut self.random, self.mentor),
        };
        let line = self
            .line("CaseReopened", page)
            .word("reason", self.random.pick(words::REOPENINGS))
            .word("mentor", mentor)
            .word("caseworker", self.caseworker);
        page.write(line);
        self.mentor = Some(mentor);
        self.start = page.today();
        self.last_follow_up = self.start;
        self.closes = self.course.closes_again;
        self.begin_episode(setting, page);
    }
}

/// A day that lies after another one.
fn later_than(day: NaiveDate, wished: NaiveDate) -> NaiveDate {
    wished.max(days_after(day, 7))
}
