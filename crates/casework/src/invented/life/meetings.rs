//! The meetings that the recommendations ask for: follow-ups, reviews, the 17½-year meeting.

use chrono::NaiveDate;
use spor_domain::calendar::{self, LeapDay, days_after, days_before};

use super::sessions::{Amendment, Change};
use super::support::Track;
use super::{Life, Step};
use crate::invented::course::Profile;
use crate::invented::line::Line;
use crate::invented::page::Page;
use crate::invented::words;

/// The recommendation: every six weeks.
const SIX_WEEKS_DAYS: u32 = 42;
/// The last days of the journal, in which nobody follows up a neglected case.
const NEGLECTED_DAYS: u32 = 50;
/// Days before the end in which a follow-up decides to end.
const LAST_FOLLOW_UP_DAYS: i64 = 25;
/// Months from birth to the 17½-year meeting.
const TRANSITION_MONTHS: u32 = 210;

/// Who came to a follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turnout {
    Everybody,
    WithoutYouth(&'static str),
    WithoutMentor,
}

impl Life {
    /// Most follow-ups come in time, some late, and in a neglected case none any more.
    pub(super) fn plan_follow_up(&mut self, page: &Page) {
        let days = match self.random.below(100) {
            0..76 => self.random.between(30..=SIX_WEEKS_DAYS),
            76..92 => self.random.between(SIX_WEEKS_DAYS + 1..=58),
            _ => self.random.between(59..=96),
        };
        let soon = days_after(page.today(), 4);
        let day = days_after(self.last_follow_up, days);
        let day = page.working_day_on_or_before(day).max(soon);
        let is_late = days > SIX_WEEKS_DAYS;
        if is_late && self.random.percent(55) {
            let explained = days_after(self.last_follow_up, SIX_WEEKS_DAYS + 1);
            self.plan(explained.max(soon), Step::ExplainDelay, page);
        }
        let is_forgotten =
            self.course.is_neglected && day > days_before(page.last(), NEGLECTED_DAYS);
        if !is_forgotten {
            self.plan(day, Step::FollowUp, page);
        }
    }

    pub(super) fn explain_delay(&mut self, page: &mut Page) {
        if page.today() <= days_after(self.last_follow_up, SIX_WEEKS_DAYS) {
            return;
        }
        let planned = self.agenda.iter().find(|(_, step)| *step == Step::FollowUp);
        let line = self
            .line("FollowUpDelayExplained", page)
            .word_if("planned_for", planned.map(|(day, _)| *day))
            .word("reason", self.random.pick(words::DELAYS));
        page.write(line);
    }

    pub(super) fn follow_up(&mut self, page: &mut Page) {
        let turnout = self.turnout();
        let volunteer_due = self.active_on(page.today()).any(Track::is_voluntary);
        let volunteer_came = volunteer_due && self.random.percent(85);
        let mut participants = vec!["caseworker"];
        if turnout != Turnout::WithoutMentor {
            participants.push("mentor");
        }
        if !matches!(turnout, Turnout::WithoutYouth(_)) {
            participants.push("youth");
        }
        if volunteer_came {
            participants.push("volunteer");
        }
        let heard = matches!(turnout, Turnout::Everybody | Turnout::WithoutYouth("declined"));
        let counts = heard && volunteer_came == volunteer_due;
        self.write_follow_up(turnout, &participants, counts, page);
        self.was_partial = !counts;
        if counts {
            self.last_follow_up = page.today();
            self.plan_follow_up(page);
        } else {
            let again = days_after(page.today(), self.random.between(6..=21));
            self.plan(again, Step::FollowUp, page);
        }
    }

    /// Somebody stays away now and then, but rarely twice in a row.
    fn turnout(&mut self) -> Turnout {
        let chance = if self.was_partial { 4 } else { 14 };
        if self.mentor.is_none() {
            return Turnout::WithoutMentor;
        }
        match self.random.below(100) {
            roll if roll >= chance => Turnout::Everybody,
            roll if roll % 4 == 0 => Turnout::WithoutMentor,
            _ => {
                Turnout::WithoutYouth(self.random.pick(&["no_show", "ill", "declined", "no_show"]))
            }
        }
    }

    fn write_follow_up(
        &mut self,
        turnout: Turnout,
        participants: &[&str],
        counts: bool,
        page: &mut Page,
    ) {
        let left = self.closes.on.signed_duration_since(page.today()).num_days();
        let outcome = match self.random.below(100) {
            _ if left <= LAST_FOLLOW_UP_DAYS => "end",
            0..70 => "continue",
            _ => "adjust",
        };
        let mut line = self
            .line("FollowUpHeld", page)
            .words("participants", participants)
            .word("outcome", outcome);
        if let Turnout::WithoutYouth(absence) = turnout {
            line = line.word("youth_absence", absence);
        }
        if self.goals > 0 && self.random.percent(45) {
            let goal = format!("G{}", self.random.between(1..=self.goals));
            line = line.words("goals_reviewed", &[&goal]);
        }
        if self.active_on(page.today()).count() > 1 && self.random.percent(40) {
            line = line.word("dual_role_view", self.random.pick(words::DUAL_VIEWS));
        }
        let was_wrong = !counts && self.random.percent(12);
        self.write_meeting(line, was_wrong.then_some(Change::Everybody), page);
    }

    /// Writes down a meeting, perhaps some days later, perhaps wrongly.
    fn write_meeting(&mut self, line: Line, wrong: Option<Change>, page: &mut Page) {
        let days_late = if self.random.percent(8) { self.random.between(1..=5) } else { 0 };
        let Some(change) = wrong else {
            page.write_late(line, days_late);
            return;
        };
        let entry = self.next_entry();
        let recorded = page.write_late(line.word("id", format_args!("e-{entry}")), days_late);
        let day = days_after(recorded, self.random.between(2..=12));
        self.plan(day, Step::Amend(Amendment { entry, change }), page);
    }

    /// Twice a year, mostly: some late, some with half the people, some forgotten.
    pub(super) fn plan_review(&mut self, page: &Page) {
        let days = match self.random.below(100) {
            0..70 => self.random.between(160..=182),
            70..90 => self.random.between(186..=250),
            _ => return,
        };
        let day = page.working_day_on_or_before(days_after(page.today(), days));
        self.plan(day, Step::Review, page);
    }

    pub(super) fn review(&mut self, page: &mut Page) {
        let counts = self.mentor.is_some() && self.random.percent(90);
        let participants: &[&str] =
            if counts { &["professional_lead", "mentor"] } else { &["professional_lead"] };
        let mut line = self.line("MethodReviewHeld", page).words("participants", participants);
        if self.random.percent(70) {
            line = line.word("decision", self.random.pick(words::REVIEWS));
        }
        self.write_meeting(line, None, page);
        if counts {
            self.plan_review(page);
        } else {
            self.plan_perhaps(80, 10..=40, Step::Review, page);
        }
    }

    /// Most transition meetings are in time, some late, some never held.
    pub(super) fn plan_transition(&mut self, page: &Page) {
        let birth = self.course.birth;
        let adult_on = calendar::birthday(birth, 18, LeapDay::Feb28);
        if self.course.profile != Profile::Child || self.start >= adult_on {
            return;
        }
        let due = calendar::months_after(birth, TRANSITION_MONTHS);
        let due = if self.start <= due { due } else { days_after(self.start, 28) };
        let day = match self.random.below(100) {
            0..62 => days_before(due, self.random.between(1..=33)),
            62..84 => days_after(due, self.random.between(3..=60)),
            _ => return,
        };
        let day: NaiveDate = day.max(days_after(self.start, 6));
        self.plan(page.working_day_on_or_before(day), Step::TransitionMeeting, page);
    }

    pub(super) fn transition_meeting(&mut self, page: &mut Page) {
        let is_partial = !self.meeting_was_partial && self.random.percent(20);
        let mut parties = vec!["children_family", "employment"];
        if !is_partial {
            parties.push("adult_disability");
        }
        parties.extend(["mentor", "youth"]);
        if self.random.percent(55) {
            parties.push("parents");
        }
        let line = self.line("TransitionMeetingHeld", page).words("parties", &parties);
        page.write(line.word("decisions_ref", format_args!("dok-{}", self.reference)));
        if is_partial {
            self.meeting_was_partial = true;
            self.plan_perhaps(75, 9..=45, Step::TransitionMeeting, page);
        }
    }
}
