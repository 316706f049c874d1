//! What each refusal says to a person, in English and Danish.

mod danish;
mod english;
mod reminding;

use chrono::NaiveDate;

use crate::ids::TrackId;
use crate::policy::PolicyProblem;

pub(super) use danish::danish;
pub(super) use english::english;

fn begun_english(started_on: Option<NaiveDate>) -> String {
    match started_on {
        Some(day) => format!("it began on {day}"),
        None => "it had not begun, or has ended".to_owned(),
    }
}

fn begun_danish(started_on: Option<NaiveDate>) -> String {
    match started_on {
        Some(day) => format!("det begyndte {day}"),
        None => "det var ikke begyndt eller er afsluttet".to_owned(),
    }
}

fn names(tracks: &[TrackId]) -> String {
    tracks.iter().map(TrackId::as_str).collect::<Vec<_>>().join("|")
}

fn policy_help(did_you_mean: &str, problem: &PolicyProblem) -> String {
    match problem {
        PolicyProblem::UnknownKey { nearest: Some(near), .. } => format!("{did_you_mean} {near}?"),
        PolicyProblem::UnknownKey { nearest: None, .. }
        | PolicyProblem::OutOfRange { .. }
        | PolicyProblem::WrongType { .. } => "spor record policy-set --help".to_owned(),
    }
}
