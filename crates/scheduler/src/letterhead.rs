//! What is written on a letter: from rows of the ledger to a digest, and from that to bytes.

use std::collections::BTreeSet;

use spor_domain::rules;
use spor_mail::address::Address;
use spor_mail::compose::{ComposeError, Refusal, compose};
use spor_mail::digest::{Digest, Header, Held, Item, ItemNote, Level};
use spor_mail::lint::Finding;
use spor_mail::texts::UNWRITTEN;
use spor_store::{LetterId, NewLetter, ReminderRow};

use crate::due::{
    ADDRESS_REFUSED, LETTER_REFUSED, MORNING, RECIPIENT_UNKNOWN, REFUSED_TOO_LONG, ROLE_VACANT,
    alarm, level_of, slot_on,
};
use crate::meetings::calendar_id;
use crate::names::Names;
use crate::tick::{Round, Scheduler};
use crate::unwritten::{hides_its_case, is_of_unwritten};

/// One person's letter before it is written.
pub(crate) struct Draft<'a> {
    pub(crate) recipient: &'a str,
    pub(crate) rows: Vec<ReminderRow>,
    pub(crate) part: u32,
    /// What is taken out of the person's calendar on this occasion.
    pub(crate) held: Vec<Held>,
}

/// What is written on every letter of a round.
pub(crate) struct Letterhead<'a> {
    pub(crate) round: &'a Round,
    pub(crate) names: &'a Names,
}

impl Scheduler {
    /// Writes a letter; the rows that could not be written come back with their reasons.
    pub(crate) fn render(
        &self,
        letterhead: &Letterhead<'_>,
        draft: &Draft<'_>,
        id: LetterId,
        to: &Address,
    ) -> Result<(Option<NewLetter>, Vec<ReminderRow>), ComposeError> {
        let Draft { recipient, rows, part, held } = draft;
        let Letterhead { round, names } = *letterhead;
        let texts = &self.settings.texts;
        let header = Header {
            from: self.settings.from.clone(),
            to: to.clone(),
            message_id: format!("<{id}@{}>", self.settings.message_host),
            date: slot_on(round.day, &round.policy),
            list_id: self.settings.list_id.clone(),
            case_in_subject: self.settings.case_in_subject,
            thread: Some(self.thread(recipient, rows)),
        };
        let digest = Digest {
            language: self.settings.language,
            recipient_ref: (*recipient).to_owned(),
            day: round.day,
            items: rows.iter().map(|row| self.item(row)).collect(),
            held: held.clone(),
            municipality: self.settings.municipality.clone(),
        };
        let cases = rows.iter().map(|row| row.case_ref.as_str());
        let cases = cases.chain(held.iter().map(|held| held.case_ref.as_str()));
        let whole = names.full_and_parts(cases.clone());
        let composed = match compose(texts, &digest, &header, &whole) {
            // A part of a name may be an ordinary word of the letter; a whole name never is.
            Err(ComposeError::Forbidden(Finding::KnownName)) => {
                compose(texts, &digest, &header, &names.full(cases))
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

    /// Letters about one case hang together; a letter about several belongs to its reader.
    fn thread(&self, recipient: &str, rows: &[ReminderRow]) -> String {
        let cases: BTreeSet<&str> = rows.iter().map(|row| row.case_ref.as_str()).collect();
        let about = match cases.first() {
            Some(case) if cases.len() == 1 => format!("thread/case/{case}"),
            _ => format!("thread/person/{recipient}"),
        };
        let id = uuid::Uuid::new_v5(&self.store.id().get(), about.as_bytes());
        format!("<{id}@{}>", self.settings.message_host)
    }

    fn item(&self, row: &ReminderRow) -> Item {
        let is_unwritten = is_of_unwritten(row);
        let case_ref = if hides_its_case(row) { String::new() } else { row.case_ref.clone() };
        let link = self.settings.case_link.as_ref().filter(|_| !case_ref.is_empty());
        Item {
            rule: if is_unwritten { UNWRITTEN.to_owned() } else { row.rule.clone() },
            level: level_of(&row.level).map_or(Level::Overdue, mail_level),
            due: row.due,
            role: row.recipient_role.clone(),
            link: link.map(|link| link.replace("{case}", &case_ref)),
            note: note(row),
            calendar_id: calendar_id(self.store.id(), row).filter(|_| !is_unwritten),
            case_ref,
        }
    }
}

/// Why the one who should have been told was not.
fn note(row: &ReminderRow) -> Option<ItemNote> {
    let (why, role) = alarm(row.reason.as_deref())?;
    let role = role.to_owned();
    Some(match why {
        ROLE_VACANT => ItemNote::RoleVacant { role },
        RECIPIENT_UNKNOWN => ItemNote::NoAddress { role },
        ADDRESS_REFUSED | LETTER_REFUSED | REFUSED_TOO_LONG => ItemNote::LetterRefused { role },
        _ => return None,
    })
}

/// The rows that were left out of a letter, each with its reason.
pub(crate) fn refused_rows(
    rows: &[ReminderRow],
    refused: &[spor_mail::compose::Refused],
) -> Vec<ReminderRow> {
    let row = |refused: &spor_mail::compose::Refused| {
        let reason = match &refused.why {
            Refusal::Forbidden(Finding::CprShaped) => "refused_cpr_shape",
            Refusal::Forbidden(Finding::KnownName) => "refused_known_name",
            Refusal::Forbidden(_) => "refused_value",
            Refusal::UnknownRule => "refused_no_text",
            Refusal::Text(fault) => {
                tracing::error!(
                    target: "spor::scheduler", place = %fault, "a text cannot be written"
                );
                "refused_text"
            }
        };
        rows.get(refused.item)
            .map(|row| ReminderRow { reason: Some(reason.to_owned()), ..row.clone() })
    };
    refused.iter().filter_map(row).collect()
}

fn mail_level(level: rules::Level) -> Level {
    match level {
        rules::Level::Notice => Level::Notice,
        rules::Level::Overdue => Level::Overdue,
        rules::Level::Escalated => Level::Escalated,
        rules::Level::Critical => Level::Critical,
    }
}
