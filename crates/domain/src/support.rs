//! Which law carries how much support, and for how long (F4.2-7, C2-1..11, LAB § 167, SEL § 85).
//!
//! A case holds a set of tracks, each with its own basis, budget and hours. Two tracks at once are
//! the parallel model of Case 2, a switch is the phased one; there is no third shape.

mod apply;
mod types;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::{Decoded, read};
use crate::ids::{PersonRef, TrackId};
use crate::sealed::Sealed;

pub use types::{BASES, TYPES};

/// The law a track rests on. Dated policy data may rename its label, never its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Basis {
    /// Mentor support, LAB § 167: at most six months at a time.
    #[serde(rename = "LAB-167")]
    Lab167,
    /// Socio-educational support, SEL § 85.
    #[serde(rename = "SEL-85")]
    Sel85,
    /// Fixed contact person, Barnets Lov § 32.
    #[serde(rename = "BL-32")]
    Bl32,
    /// A volunteer's help, granted by nobody.
    #[serde(rename = "voluntary")]
    Voluntary,
}

impl Basis {
    /// The stored code.
    pub fn as_str(self) -> &'static str {
        BASES[self as usize]
    }
}

/// Weekly hours in hundredths, so that every comparison is whole-number arithmetic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Hours {
    /// 2.75 hours are 275.
    pub hundredths: i64,
}

impl Hours {
    /// The hours as a decimal number, for output only.
    #[expect(clippy::cast_precision_loss, reason = "hours of a week fit a float exactly")]
    pub fn as_decimal(self) -> f64 {
        self.hundredths as f64 / 100.0
    }
}

impl Serialize for Hours {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.hundredths % 100 == 0 {
            serializer.serialize_i64(self.hundredths / 100)
        } else {
            serializer.serialize_f64(self.as_decimal())
        }
    }
}

impl<'de> Deserialize<'de> for Hours {
    #[expect(clippy::cast_possible_truncation, reason = "the door bounds hours to 0-10,000")]
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let hours = f64::deserialize(deserializer)?;
        Ok(Self { hundredths: (hours * 100.0).round() as i64 })
    }
}

/// An event of this family.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// Support was granted on a new track.
    Granted(SupportGranted),
    /// The written mentor agreement of a LAB track was signed.
    AgreementSigned(MentorAgreementSigned),
    /// A track's end was moved.
    Extended(SupportExtended),
    /// A track's weekly hours were changed.
    HoursChanged(SupportHoursChanged),
    /// One track was replaced by another, in one act.
    Switched(SupportSwitched),
    /// A track was ended.
    Ended(SupportEnded),
    /// The month with more supportive help began (C2-10).
    LimitedStarted(LimitedSupportPeriodStarted),
    /// The month ended, with what came out of it (C2-11).
    LimitedEnded(LimitedSupportPeriodEnded),
}

/// Support was granted on a new track.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupportGranted {
    /// The new track.
    pub track: TrackId,
    /// The law.
    pub basis: Basis,
    /// Hours a week.
    pub weekly_hours: Hours,
    /// Who pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
    /// First day; the day of the grant when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Who gives the support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonRef>,
}

/// The written mentor agreement (LAB § 167).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MentorAgreementSigned {
    /// The LAB track.
    pub track: TrackId,
    /// Hours a week.
    pub weekly_hours: Hours,
    /// Last day.
    pub until: NaiveDate,
    /// Whether guidance on complaints was given.
    pub complaint_guidance: bool,
}

/// A track's end was moved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupportExtended {
    /// Which track.
    pub track: TrackId,
    /// Its new last day.
    pub until: NaiveDate,
}

/// A track's weekly hours were changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupportHoursChanged {
    /// Which track.
    pub track: TrackId,
    /// Hours a week.
    pub weekly_hours: Hours,
    /// First day of the new hours; the day of the change when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
}

/// One track was replaced by another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupportSwitched {
    /// The track that ends the day before.
    pub from_track: TrackId,
    /// The new track.
    pub track: TrackId,
    /// The law.
    pub basis: Basis,
    /// Hours a week.
    pub weekly_hours: Hours,
    /// Who pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<String>,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Who gives the support.
    pub person: PersonRef,
}

/// A track was ended; it was still active that day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupportEnded {
    /// Which track.
    pub track: TrackId,
}

/// The month with more supportive help began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitedSupportPeriodStarted {
    /// The LAB track.
    pub track: TrackId,
    /// Last day.
    pub until: NaiveDate,
}

/// What came out of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitedOutcome {
    /// Mentor support as before.
    BackToLab,
    /// The need lasts: a SEL § 85 decision is due.
    LastingNeed,
}

/// The month ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LimitedSupportPeriodEnded {
    /// The track as named by the person who ended it.
    pub track: TrackId,
    /// What came out of it.
    pub outcome: LimitedOutcome,
}

impl Event {
    pub(crate) fn decode(name: &str, body: &str) -> Decoded<Self> {
        Some(match name {
            "SupportGranted" => read(name, body).map(Self::Granted),
            "MentorAgreementSigned" => read(name, body).map(Self::AgreementSigned),
            "SupportExtended" => read(name, body).map(Self::Extended),
            "SupportHoursChanged" => read(name, body).map(Self::HoursChanged),
            "SupportSwitched" => read(name, body).map(Self::Switched),
            "SupportEnded" => read(name, body).map(Self::Ended),
            "LimitedSupportPeriodStarted" => read(name, body).map(Self::LimitedStarted),
            "LimitedSupportPeriodEnded" => read(name, body).map(Self::LimitedEnded),
            _ => return None,
        })
    }

    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Granted(_) => "SupportGranted",
            Self::AgreementSigned(_) => "MentorAgreementSigned",
            Self::Extended(_) => "SupportExtended",
            Self::HoursChanged(_) => "SupportHoursChanged",
            Self::Switched(_) => "SupportSwitched",
            Self::Ended(_) => "SupportEnded",
            Self::LimitedStarted(_) => "LimitedSupportPeriodStarted",
            Self::LimitedEnded(_) => "LimitedSupportPeriodEnded",
        }
    }

    fn budget_mut(&mut self) -> Option<&mut Option<String>> {
        match self {
            Self::Granted(event) => Some(&mut event.budget),
            Self::Switched(event) => Some(&mut event.budget),
            Self::AgreementSigned(_)
            | Self::Extended(_)
            | Self::HoursChanged(_)
            | Self::Ended(_)
            | Self::LimitedStarted(_)
            | Self::LimitedEnded(_) => None,
        }
    }

    fn budget(&self) -> Option<&Option<String>> {
        match self {
            Self::Granted(event) => Some(&event.budget),
            Self::Switched(event) => Some(&event.budget),
            Self::AgreementSigned(_)
            | Self::Extended(_)
            | Self::HoursChanged(_)
            | Self::Ended(_)
            | Self::LimitedStarted(_)
            | Self::LimitedEnded(_) => None,
        }
    }

    /// A budget with a name of the municipality's own stands in the sealed part.
    pub(crate) fn budget_is_sealed(&self) -> bool {
        self.budget() == Some(&None)
    }

    pub(crate) fn open(&mut self, part: &Sealed<Map<String, Value>>) {
        let named = part.known().and_then(|fields| fields.get("budget")).and_then(Value::as_str);
        if let (Some(budget), Some(named)) = (self.budget_mut(), named) {
            *budget = Some(named.to_owned());
        }
    }

    pub(crate) fn keep_personal(&mut self, earlier: &Self) {
        if let (Some(budget @ None), Some(Some(kept))) = (self.budget_mut(), earlier.budget()) {
            *budget = Some(kept.clone());
        }
    }
}
