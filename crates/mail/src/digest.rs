//! What a letter is made of: references, rules, dates and links. There is no field for a name.

use chrono::{DateTime, NaiveDate, Utc};

use crate::address::Address;

/// The language a letter is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Danish, unless the reader chose otherwise.
    #[default]
    Da,
    /// English.
    En,
}

impl Language {
    /// Both.
    pub const ALL: [Language; 2] = [Language::Da, Language::En];

    /// The code used for the folder of the texts and for `Content-Language`.
    pub fn code(self) -> &'static str {
        match self {
            Language::Da => "da",
            Language::En => "en",
        }
    }
}

/// How urgent an item is; a later one outranks an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The day is coming.
    Notice,
    /// The day has passed.
    Overdue,
    /// It has passed for so long that others were told.
    Escalated,
    /// It has passed for so long that the management was told.
    Critical,
}

impl Level {
    /// Every level, the most urgent first: the order of a letter.
    pub const ALL: [Level; 4] = [Level::Critical, Level::Escalated, Level::Overdue, Level::Notice];

    /// The word for it in templates.
    pub fn code(self) -> &'static str {
        match self {
            Level::Notice => "notice",
            Level::Overdue => "overdue",
            Level::Escalated => "escalated",
            Level::Critical => "critical",
        }
    }
}

/// Something the reader should know about one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemNote {
    /// It was done while the letter was on its way.
    MetMeanwhile,
    /// Somebody has recorded why it is late.
    DelayExplained,
    /// Nobody has the role that should have been told.
    RoleVacant {
        /// The role that is empty, as `mentor` or `caseworker`.
        role: String,
    },
    /// The letter to whoever has the role was refused.
    LetterRefused {
        /// The role that was not told.
        role: String,
    },
    /// Nobody can write to whoever has the role.
    NoAddress {
        /// The role that was not told.
        role: String,
    },
}

impl ItemNote {
    /// The role that should have been told, where that is what the note is about.
    pub(crate) fn role(&self) -> Option<&String> {
        match self {
            Self::RoleVacant { role } | Self::LetterRefused { role } | Self::NoAddress { role } => {
                Some(role)
            }
            Self::MetMeanwhile | Self::DelayExplained => None,
        }
    }

    /// The word for it in templates.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::MetMeanwhile => "met_meanwhile",
            Self::DelayExplained => "delay_explained",
            Self::RoleVacant { .. } => "role_vacant",
            Self::LetterRefused { .. } => "letter_refused",
            Self::NoAddress { .. } => "no_address",
        }
    }
}

/// One line of a digest: one rule in one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The rule, as `R01`.
    pub rule: String,
    /// The reference of the case.
    pub case_ref: String,
    /// How urgent it is.
    pub level: Level,
    /// The day it is due, for the rules that have one.
    pub due: Option<NaiveDate>,
    /// The role in which the reader is told, as `mentor` or `caseworker`.
    pub role: String,
    /// Where the case can be opened.
    pub link: Option<String>,
    /// Something the reader should know about this line.
    pub note: Option<ItemNote>,
    /// What its meeting is called in calendars, as letters without a digit; `None` where nothing is
    /// held on a day.
    pub calendar_id: Option<String>,
}

/// A meeting that an earlier letter put into the reader's calendar, and that has been held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The rule, as `R01`.
    pub rule: String,
    /// The reference of the case.
    pub case_ref: String,
    /// The role in which the reader was told.
    pub role: String,
    /// The day it stands on in the calendar.
    pub due: NaiveDate,
    /// What it is called in calendars.
    pub calendar_id: String,
}

/// Everything one person is told on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// The language of the reader.
    pub language: Language,
    /// The reader's reference in the staff register.
    pub recipient_ref: String,
    /// The civil day of the letter; days too late are counted to it.
    pub day: NaiveDate,
    /// What is to be told, in any order.
    pub items: Vec<Item>,
    /// What is taken out of the reader's calendar on this occasion, never the occasion itself.
    pub held: Vec<Held>,
    /// The municipality that sends it.
    pub municipality: Option<String>,
}

/// A signed checkpoint of a log, on its way to a mailbox that the log's owner cannot change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedTree {
    /// The civil day of the letter.
    pub day: NaiveDate,
    /// What the log is called.
    pub origin: String,
    /// How many events it has.
    pub size: u64,
    /// The signed note, line by line as it is.
    pub note: String,
    /// The municipality that sends it.
    pub municipality: Option<String>,
}

/// What stands above a letter. All of it is decided before, so that a letter can be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The sender.
    pub from: Address,
    /// The one recipient.
    pub to: Address,
    /// The `Message-ID` with its angle brackets; the same for each copy of the letter.
    pub message_id: String,
    /// The instant in the `Date` header.
    pub date: DateTime<Utc>,
    /// The `List-Id` without angle brackets, as `paamindelser.spor.kommune.example`.
    pub list_id: String,
    /// Whether a subject may show the reference of the case.
    pub case_in_subject: bool,
    /// What the letter belongs to, as a message id that no letter has: one case, or one reader.
    pub thread: Option<String>,
}
