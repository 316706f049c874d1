//! From planned reminders to letters: one digest per person and local day, frozen for ever.
//!
//! Before a letter is written each reminder is held against the present fold: what was settled
//! meanwhile is cancelled, what rose is overtaken, and a person with nothing left gets no letter.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use chrono::{DateTime, Utc};
use spor_domain::calendar;
use spor_domain::ids::{CaseRef, PersonRef};
use spor_history::stream;
use spor_mail::address::Address;
use spor_mail::compose::{ComposeError, Refusal, compose};
use spor_mail::digest::{Digest, Header, Item, ItemNote, Level};
use spor_mail::lint::Finding;
use spor_store::{
    Composed, LedgerChange, LetterId, NewLetter, ReminderId, ReminderRow, ReminderState,
    StoreError, StreamName,
};

use crate::due::{
    CASE_UNREADABLE, MORNING, Reach, alarm_about, letter_id, level_of, slot_on, unreachable,
};
use crate::error::Result;
use crate::names::Names;
use crate::plan::{Cases, Known};
use crate::record::lost;
use crate::tick::{Round, Scheduler, Ticked};

/// Planned reminders that one round looks at.
const MAX_PLANNED: usize = 100_000;
/// Changes of the ledger in one transaction.
const CHANGES: usize = 500;
/// The letter of a person's day.
const PART: u32 = 1;
/// The letter of that day that waits for a person: what is in it may have gone out before.
const HELD_PART: u32 = 2;
/// A second look follows when the first found somebody who must hear of an empty role.
const LOOKS: usize = 2;

/// What a look at the planned reminders found.
#[derive(Default)]
struct Review {
    /// By recipient, what shall be in the letter.
    keep: BTreeMap<String, Vec<ReminderRow>>,
    changes: Vec<LedgerChange>,
    lost: Vec<ReminderRow>,
    alarms: Vec<ReminderRow>,
    /// What may have gone out from the store that was lost.
    old: BTreeSet<ReminderId>,
}

/// What is left to be written: by recipient, and which of it waits for a person.
#[derive(Default)]
struct Kept {
    rows: BTreeMap<String, Vec<ReminderRow>>,
    old: BTreeSet<ReminderId>,
}

/// One person's letter before it is written.
struct Draft<'a> {
    recipient: &'a str,
    rows: Vec<ReminderRow>,
    part: u32,
}

/// What is written on every letter of a round.
struct Letterhead<'a> {
    round: &'a Round,
    names: &'a Names,
}

impl Scheduler {
    /// Writes the letters of the day once its slot has come, and names those it wrote.
    pub(crate) async fn compose(
        &self,
        round: &Round,
        ticked: &mut Ticked,
    ) -> Result<BTreeSet<LetterId>> {
        let mut written = BTreeSet::new();
        let is_working = calendar::is_working_day(round.day, round.policy.offices);
        if !is_working || round.now < slot_on(round.day, &round.policy) {
            return Ok(written);
        }
        self.take_back_old(round, ticked).await?;
        let Kept { rows: keep, old } = self.review(round, ticked).await?;
        if keep.is_empty() {
            return Ok(written);
        }
        let cases = keep.values().flatten().filter_map(|row| CaseRef::parse(&row.case_ref).ok());
        let names = Names::of(&self.store, cases.collect(), &round.people.directory).await?;
        let letterhead = Letterhead { round, names: &names };
        for (recipient, rows) in keep {
            let (held, fresh) = rows.into_iter().partition(|row| old.contains(&row.id));
            for (rows, part) in [(fresh, PART), (held, HELD_PART)] {
                let letter = Draft { recipient: &recipient, rows, part };
                written.extend(self.write(&letterhead, letter, ticked).await?);
            }
        }
        Ok(written)
    }

    /// Holds what is planned against the present fold, until nobody new has to be told.
    async fn review(&self, round: &Round, ticked: &mut Ticked) -> Result<Kept> {
        let held_before = self.store.held_before().await?;
        let mut kept = Kept::default();
        for _ in 0..LOOKS {
            let planned = self.waiting(round).await?;
            if planned.is_empty() {
                return Ok(Kept::default());
            }
            let streams: BTreeSet<StreamName> = planned
                .iter()
                .filter_map(|row| CaseRef::parse(&row.case_ref).ok())
                .map(|case| stream::of_case(&case))
                .collect();
            let streams: Vec<StreamName> = streams.into_iter().collect();
            let cases = self.fold(&streams, round).await?;
            let mut review = Review::default();
            for row in planned {
                self.judge(round, &cases, row, (held_before, &mut review));
            }
            kept = Kept { rows: review.keep, old: review.old };
            ticked.cancelled += self.change(round, review.changes).await?;
            let before = ticked.planned;
            self.enter(round, review.alarms, Vec::new(), ticked).await?;
            ticked.suppressed += self.suppress(round, review.lost).await?;
            if ticked.planned == before {
                break;
            }
        }
        Ok(kept)
    }

    /// The planned reminders of people who have had no letter today.
    async fn waiting(&self, round: &Round) -> Result<Vec<ReminderRow>> {
        let planned = self.store.planned_reminders(round.now, MAX_PLANNED).await?;
        let people: BTreeSet<&String> =
            planned.iter().filter_map(|row| row.recipient.as_ref()).collect();
        let mut served = BTreeSet::new();
        for person in people {
            if self.is_served(round, person).await? {
                served.insert(person.clone());
            }
        }
        let waits =
            |row: &ReminderRow| row.recipient.as_ref().is_none_or(|who| !served.contains(who));
        Ok(planned.into_iter().filter(waits).collect())
    }

    fn judge(
        &self,
        round: &Round,
        cases: &Cases,
        row: ReminderRow,
        (held_before, review): (Option<DateTime<Utc>>, &mut Review),
    ) {
        let case = CaseRef::parse(&row.case_ref).ok();
        let known = case.as_ref().and_then(|case| cases.get(case).map(Option::as_ref));
        let (Some(case), Some(Some(known))) = (case, known) else {
            // Of a case that cannot be read, late news is better than none.
            return keep(row, review);
        };
        let deadline = known.deadline(&row.rule, row.cycle);
        let Some(deadline) = deadline.filter(|_| row.reason.as_deref() != Some(CASE_UNREADABLE))
        else {
            return drop_row(&row, ReminderState::Cancelled, "no_deadline", review);
        };
        let question = self.question(round, &case, &known.view, deadline);
        let present = question.level().map(|level| question.present(level)).unwrap_or_default();
        let Some(fresh) = present.iter().find(|fresh| fresh.id == row.id) else {
            let (state, why) = question.why_not(&row);
            return drop_row(&row, state, &why, review);
        };
        if unreachable(fresh).is_some() {
            let alarms = present.iter().filter(|row| alarm_about(row).is_some());
            review.alarms.extend(alarms.cloned());
            review.lost.push(ReminderRow { reason: fresh.reason.clone(), ..row });
            return;
        }
        let instant = question.level().and_then(|level| question.letter_instant(level));
        if instant.is_some_and(|instant| held_before.is_some_and(|before| instant < before)) {
            review.old.insert(row.id);
        }
        let (recipient_role, reason) = (fresh.recipient_role.clone(), fresh.reason.clone());
        keep(ReminderRow { recipient_role, reason, ..row }, review);
    }

    /// Makes changes of reminders; those that another worker made first are skipped.
    pub(crate) async fn change(&self, round: &Round, changes: Vec<LedgerChange>) -> Result<u64> {
        let mut made = 0;
        for chunk in changes.chunks(CHANGES) {
            match self.store.change_ledger(chunk.to_vec(), round.now).await {
                Ok(()) => made += u64::try_from(chunk.len()).unwrap_or(0),
                Err(StoreError::MovedOn { .. }) => {
                    for change in chunk {
                        match self.store.change_ledger(vec![change.clone()], round.now).await {
                            Ok(()) => made += 1,
                            Err(StoreError::MovedOn { .. }) => {}
                            Err(error) => return Err(error.into()),
                        }
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(made)
    }

    /// Writes one person's letter of the day, if anything is to be said.
    async fn write(
        &self,
        letterhead: &Letterhead<'_>,
        draft: Draft<'_>,
        ticked: &mut Ticked,
    ) -> Result<Option<LetterId>> {
        let Draft { recipient, ref rows, part } = draft;
        let round = letterhead.round;
        if rows.is_empty() {
            return Ok(None);
        }
        let person = PersonRef::parse(recipient).ok();
        let reach = person.map(|person| round.people.reach(&person, round.day));
        let Some(Reach::At(to)) = reach else {
            return Ok(None);
        };
        let id = letter_id(self.store.id(), recipient, round.day, part);
        let (letter, refused) = match self.render(letterhead, &draft, id, &to) {
            Ok(rendered) => rendered,
            Err(ComposeError::AllRefused(refused)) => (None, refused_rows(rows, &refused)),
            Err(error) => {
                ticked.unwritten += 1;
                tracing::error!(
                    target: "spor::scheduler",
                    { letter.id = %id, reason = %error }, "a letter cannot be written"
                );
                return Ok(None);
            }
        };
        let gone: BTreeSet<_> = refused.iter().map(|row| row.id).collect();
        ticked.suppressed += self.suppress(round, refused).await?;
        let Some(letter) = letter else {
            return Ok(None);
        };
        let ids = rows.iter().map(|row| row.id).filter(|id| !gone.contains(id)).collect();
        let is_held = part == HELD_PART;
        let composed = if is_held {
            self.store.compose_held(letter, ids).await?
        } else {
            self.store.compose(letter, ids).await?
        };
        if composed != Composed::ReminderGone && !is_held {
            self.note_served(round, recipient);
        }
        ticked.composed += u64::from(composed == Composed::New);
        ticked.held += u64::from(composed == Composed::New && is_held);
        Ok((composed == Composed::New).then_some(id))
    }

    fn render(
        &self,
        letterhead: &Letterhead<'_>,
        draft: &Draft<'_>,
        id: LetterId,
        to: &Address,
    ) -> Result<(Option<NewLetter>, Vec<ReminderRow>), ComposeError> {
        let Draft { recipient, rows, part } = draft;
        let Letterhead { round, names } = *letterhead;
        let header = Header {
            from: self.settings.from.clone(),
            to: to.clone(),
            message_id: format!("<{id}@{}>", self.settings.message_host),
            date: slot_on(round.day, &round.policy),
            list_id: self.settings.list_id.clone(),
            case_in_subject: self.settings.case_in_subject,
        };
        let digest = Digest {
            language: self.settings.language,
            recipient_ref: (*recipient).to_owned(),
            day: round.day,
            items: rows.iter().map(|row| self.item(row)).collect(),
            municipality: self.settings.municipality.clone(),
        };
        let cases = rows.iter().map(|row| row.case_ref.as_str());
        let whole = names.full_and_parts(cases.clone());
        let composed = match compose(&digest, &header, &whole) {
            // A part of a name may be an ordinary word of the letter; a whole name never is.
            Err(ComposeError::Forbidden(Finding::KnownName)) => {
                compose(&digest, &header, &names.full(cases))
            }
            other => other,
        }?;
        let letter = NewLetter {
            id,
            recipient: (*recipient).to_owned(),
            address: to.as_str().to_owned(),
            local_day: round.day,
            slot: MORNING.to_owned(),
            part: *part,
            message_id: header.message_id,
            bytes: composed.bytes,
            next_at: header.date,
        };
        Ok((Some(letter), refused_rows(rows, &composed.refused)))
    }

    fn item(&self, row: &ReminderRow) -> Item {
        let link = self.settings.case_link.as_ref();
        Item {
            rule: row.rule.clone(),
            case_ref: row.case_ref.clone(),
            level: level_of(&row.level).map_or(Level::Overdue, mail_level),
            due: row.due,
            role: row.recipient_role.clone(),
            link: link.map(|link| link.replace("{case}", &row.case_ref)),
            note: alarm_about(row).map(|role| ItemNote::RoleVacant { role: role.to_owned() }),
        }
    }

    async fn is_served(&self, round: &Round, person: &str) -> Result<bool> {
        let noted = {
            let served = self.shared.served.lock().unwrap_or_else(PoisonError::into_inner);
            served.day == Some(round.day) && served.people.contains(person)
        };
        if noted {
            return Ok(true);
        }
        let id = letter_id(self.store.id(), person, round.day, PART);
        let is_served = self.store.has_letter(id).await?;
        if is_served {
            self.note_served(round, person);
        }
        Ok(is_served)
    }

    fn note_served(&self, round: &Round, person: &str) {
        let mut served = self.shared.served.lock().unwrap_or_else(PoisonError::into_inner);
        if served.day != Some(round.day) {
            served.day = Some(round.day);
            served.people.clear();
        }
        served.people.insert(person.to_owned());
    }

    /// Whether everything in a letter has been settled since it was written.
    pub(crate) fn is_settled(round: &Round, known: &Known, row: &ReminderRow) -> bool {
        known
            .deadline(&row.rule, row.cycle)
            .is_none_or(|deadline| deadline.settled.is_some_and(|settled| settled.on <= round.day))
    }
}

fn keep(row: ReminderRow, review: &mut Review) {
    match row.recipient.clone() {
        Some(recipient) => review.keep.entry(recipient).or_default().push(row),
        None => review.lost.push(lost(row, "role_vacant")),
    }
}

fn drop_row(row: &ReminderRow, to: ReminderState, why: &str, review: &mut Review) {
    review.changes.push(LedgerChange::ReminderMoved {
        reminder: row.id,
        from: vec![ReminderState::Planned],
        to,
        reason: Some(why.to_owned()),
    });
}

fn refused_rows(rows: &[ReminderRow], refused: &[spor_mail::compose::Refused]) -> Vec<ReminderRow> {
    let row = |refused: &spor_mail::compose::Refused| {
        let reason = match &refused.why {
            Refusal::Forbidden(Finding::CprShaped) => "refused_cpr_shape",
            Refusal::Forbidden(Finding::KnownName) => "refused_known_name",
            Refusal::Forbidden(_) => "refused_value",
            Refusal::UnknownRule => "refused_no_text",
            Refusal::Text(_) => "refused_text",
        };
        rows.get(refused.item)
            .map(|row| ReminderRow { reason: Some(reason.to_owned()), ..row.clone() })
    };
    refused.iter().filter_map(row).collect()
}

fn mail_level(level: spor_domain::rules::Level) -> Level {
    match level {
        spor_domain::rules::Level::Notice => Level::Notice,
        spor_domain::rules::Level::Overdue => Level::Overdue,
        spor_domain::rules::Level::Escalated => Level::Escalated,
        spor_domain::rules::Level::Critical => Level::Critical,
    }
}
