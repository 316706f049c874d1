//! What is known of a case: its entries put in order, nothing concluded yet.

use super::calendar::Day;
use super::history::{Basis, Entry, Fact, History, Office, Present, Step};

/// A fact with its day and its place among the entries of the case.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    /// The day.
    pub on: Day,
    /// The place.
    pub entry: usize,
}

/// One run of the case.
#[derive(Debug, Default)]
pub struct Episode {
    /// Its start.
    pub start: Option<Mark>,
    /// Its end.
    pub closed: Option<Mark>,
    /// Follow-ups, with who was there.
    pub follow_ups: Vec<(Mark, Present)>,
    /// Reviews that count.
    pub reviews: Vec<Mark>,
    /// The first choice of method.
    pub method: Option<Mark>,
    /// The first evaluation.
    pub evaluated: Option<Mark>,
}

/// One track of support.
#[derive(Debug)]
pub struct Track {
    /// Its number.
    pub name: u64,
    /// What it rests on.
    pub basis: Basis,
    /// Hours a week.
    pub hours: i32,
    /// Whose it is, if that is said.
    pub person: Option<u64>,
    /// Its first day.
    pub from: Day,
    /// What was granted until when: the grant, and each extension.
    pub periods: Vec<(Mark, Option<Day>)>,
    /// Its last day, when it was ended.
    pub ended: Option<Day>,
}

/// Days on which support rests.
#[derive(Debug)]
pub struct Pause {
    /// The first.
    pub from: Day,
    /// The last, if it was said.
    pub until: Option<Day>,
    /// The day on which it was lifted.
    pub ended: Option<Day>,
}

/// A handover.
#[derive(Debug)]
pub struct Handover {
    /// When it began.
    pub started: Mark,
    /// To whom.
    pub to: Office,
    /// Who receives it.
    pub caseworker: u64,
    /// From when on it counts.
    pub effective: Day,
    /// The answer.
    pub answered: Option<(Day, bool)>,
}

/// A month with more support.
#[derive(Debug)]
pub struct Limited {
    /// When it began.
    pub started: Mark,
    /// Its last day.
    pub until: Day,
    /// When it was ended.
    pub ended: Option<Day>,
}

/// Everything known.
#[derive(Debug)]
pub struct Known {
    /// Known from the opening on.
    pub born: Option<Day>,
    pub waits: Option<Mark>,
    pub episodes: Vec<Episode>,
    pub tracks: Vec<Track>,
    pub pauses: Vec<Pause>,
    pub talks: Vec<Day>,
    /// The day, the track if one was named, the minutes.
    pub sessions: Vec<(Day, Option<u64>, i32)>,
    /// Since when who helps; the one who came last stands last.
    pub volunteers: Vec<(Day, u64)>,
    pub steps: Vec<(Day, Step)>,
    pub limited: Vec<Limited>,
    pub meeting: Option<Day>,
    pub map: Option<Day>,
    pub handovers: Vec<Handover>,
    pub agreements: Vec<(Mark, i32)>,
    pub updates: Vec<Mark>,
    pub consents: Vec<(Mark, bool, Option<Day>)>,
    /// Who is what from which day on.
    pub mentors: Vec<(Day, u64)>,
    pub caseworkers: Vec<(Day, u64)>,
    pub offices: Vec<(Day, Office)>,
}

impl Known {
    /// Puts together the entries that were recorded by now and happened by a day; what was
    /// retracted by now is left out. Nothing before the case began.
    pub fn of(history: &History, recorded: usize, day: Day) -> Option<Self> {
        let known = &history.entries[..recorded];
        let is_gone =
            |place: usize| known.iter().any(|entry| entry.fact == Fact::Retracted { entry: place });
        let mut told: Vec<(usize, Entry)> = known
            .iter()
            .copied()
            .enumerate()
            .filter(|(place, entry)| entry.on <= day && !is_gone(*place))
            .collect();
        told.sort_by_key(|(place, entry)| (entry.on, *place));
        let mut case = Self::before(&told)?;
        for (place, entry) in told {
            case.take(Mark { on: entry.on, entry: place }, entry.fact);
        }
        Some(case)
    }

    fn before(told: &[(usize, Entry)]) -> Option<Self> {
        told.first().map(|_| Self {
            born: None,
            waits: None,
            episodes: Vec::new(),
            tracks: Vec::new(),
            pauses: Vec::new(),
            talks: Vec::new(),
            sessions: Vec::new(),
            volunteers: Vec::new(),
            steps: Vec::new(),
            limited: Vec::new(),
            meeting: None,
            map: None,
            handovers: Vec::new(),
            agreements: Vec::new(),
            updates: Vec::new(),
            consents: Vec::new(),
            mentors: Vec::new(),
            caseworkers: Vec::new(),
            offices: Vec::new(),
        })
    }

    fn take(&mut self, mark: Mark, fact: Fact) {
        let on = mark.on;
        match fact {
            Fact::Referred { office } => self.offices.push((on, office)),
            Fact::Waits => _ = self.waits.get_or_insert(mark),
            Fact::Opened { mentor, caseworker, born, office } => {
                self.born = Some(born);
                self.offices.push((on, office));
                self.begin(mark, mentor, caseworker);
            }
            Fact::Reopened { mentor, caseworker } => self.begin(mark, mentor, caseworker),
            Fact::Closed => {
                self.episode().closed = Some(mark);
                // What rests, rests no longer than the case runs.
                self.lift_pauses(on);
                for track in self.tracks.iter_mut().filter(|track| track.ended.is_none()) {
                    track.ended = Some(on);
                }
            }
            Fact::MentorChanged { mentor } => self.mentors.push((on, mentor)),
            Fact::FollowUp { who } => self.episode().follow_ups.push((mark, who)),
            Fact::Review { counts: true } => self.episode().reviews.push(mark),
            Fact::Meeting { counts: true } => _ = self.meeting.get_or_insert(on),
            Fact::Review { .. } | Fact::Meeting { .. } | Fact::Retracted { .. } => {}
            Fact::MethodChosen => _ = self.episode().method.get_or_insert(mark),
            Fact::Evaluated => _ = self.episode().evaluated.get_or_insert(mark),
            Fact::Mapped => _ = self.map.get_or_insert(on),
            Fact::Talked => self.talks.push(on),
            Fact::Session { track, minutes } => {
                self.talks.push(on);
                self.sessions.push((on, Some(track), minutes));
            }
            Fact::Helped { minutes, .. } => {
                self.talks.push(on);
                self.sessions.push((on, None, minutes));
            }
            Fact::VolunteerCame { volunteer } => {
                self.volunteers.retain(|(_, other)| *other != volunteer);
                self.volunteers.push((on, volunteer));
            }
            Fact::VolunteerLeft { volunteer } => {
                self.volunteers.retain(|(_, other)| *other != volunteer);
            }
            Fact::Stepped { step } => self.steps.push((on, step)),
            Fact::Paused { until } => {
                self.lift_pauses(on);
                self.pauses.push(Pause { from: on, until, ended: None });
            }
            Fact::Resumed => self.lift_pauses(on),
            Fact::Agreed { every } => self.agreements.push((mark, every)),
            Fact::Updated => self.updates.push(mark),
            Fact::Consented { until } => self.consents.push((mark, true, until)),
            Fact::Withdrawn => self.consents.push((mark, false, None)),
            Fact::HandoverStarted { to, caseworker, effective } => {
                let started = mark;
                let handover = Handover { started, to, caseworker, effective, answered: None };
                self.handovers.push(handover);
            }
            Fact::HandoverAnswered { accepted } => self.answer(on, accepted),
            other => self.take_support(mark, other),
        }
    }

    fn take_support(&mut self, mark: Mark, fact: Fact) {
        match fact {
            Fact::Granted { track, basis, hours, until, person } => self.tracks.push(Track {
                name: track,
                basis,
                hours,
                person,
                from: mark.on,
                periods: vec![(mark, until)],
                ended: None,
            }),
            Fact::Extended { track, until } => {
                self.track(track, |track| track.periods.push((mark, Some(until))));
            }
            Fact::Ended { track } => {
                self.track(track, |track| track.ended = track.ended.or(Some(mark.on)));
            }
            Fact::LimitedStarted { until, .. } => {
                self.limited.push(Limited { started: mark, until, ended: None });
            }
            Fact::LimitedEnded { .. } => {
                if let Some(running) = self.limited.iter_mut().rev().find(|p| p.ended.is_none()) {
                    running.ended = Some(mark.on);
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, mark: Mark, mentor: u64, caseworker: u64) {
        self.episodes.push(Episode { start: Some(mark), ..Episode::default() });
        self.mentors.push((mark.on, mentor));
        self.caseworkers.push((mark.on, caseworker));
    }

    fn episode(&mut self) -> &mut Episode {
        self.episodes.last_mut().expect("a case begins with its opening")
    }

    fn track(&mut self, name: u64, change: impl FnOnce(&mut Track)) {
        if let Some(track) = self.tracks.iter_mut().find(|track| track.name == name) {
            change(track);
        }
    }

    fn lift_pauses(&mut self, on: Day) {
        for pause in &mut self.pauses {
            let is_over = pause.ended.is_some() || pause.until.is_some_and(|until| until < on);
            if !is_over {
                pause.ended = Some(on);
            }
        }
    }

    /// An accepted handover counts from its own day on, at the earliest from its acceptance.
    fn answer(&mut self, on: Day, accepted: bool) {
        let Some(handover) = self.handovers.last_mut().filter(|h| h.answered.is_none()) else {
            return;
        };
        handover.answered = Some((on, accepted));
        if accepted {
            let from = on.max(handover.effective);
            self.caseworkers.push((from, handover.caseworker));
            self.offices.push((from, handover.to));
        }
    }
}

impl Track {
    /// Its last day, if it has one.
    pub fn last(&self) -> Option<Day> {
        let until = self.periods.last().and_then(|(_, until)| *until);
        [self.ended, until].into_iter().flatten().min()
    }

    /// Whether it is active on a day.
    pub fn is_active(&self, day: Day) -> bool {
        self.from <= day && self.last().is_none_or(|last| day <= last)
    }
}

impl Known {
    /// The birth date, of a case that was opened.
    pub fn birth(&self) -> Day {
        self.born.expect("an opening says it")
    }

    /// Whether support rests on a day.
    pub fn rests(&self, day: Day) -> bool {
        let covers = |pause: &Pause| {
            pause.from <= day
                && pause.until.is_none_or(|until| day <= until)
                && pause.ended.is_none_or(|ended| day < ended)
        };
        self.pauses.iter().any(covers)
    }

    /// Whether a follow-up counts, judged on its own day.
    pub fn counts(&self, on: Day, who: Present) -> bool {
        let active: Vec<&Track> = self.tracks.iter().filter(|t| t.is_active(on)).collect();
        let asks_volunteer = active.iter().any(|track| track.basis == Basis::Voluntary);
        let asks_mentor =
            active.is_empty() || active.iter().any(|track| track.basis != Basis::Voluntary);
        let (mentor, youth, volunteer) = match who {
            Present::Three => (true, true, false),
            Present::AndVolunteer => (true, true, true),
            // Who declines was asked, and that counts.
            Present::Declined => (true, true, false),
            Present::NoMentor => (false, true, false),
            Present::NoYouth => (true, false, false),
        };
        youth && (mentor || !asks_mentor) && (volunteer || !asks_volunteer)
    }

    /// Who is it on a day: the one named last.
    pub fn on_day<T: Copy>(of: &[(Day, T)], day: Day) -> Option<T> {
        of.iter()
            .filter(|(from, _)| *from <= day)
            .max_by_key(|(from, _)| *from)
            .map(|(_, who)| *who)
    }
}
