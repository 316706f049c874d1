//! Names for the things a store holds: ids, positions, versions, streams.

use std::fmt;

use uuid::Uuid;

use crate::backend::{FromValue, Value};
use crate::error::{Result, StoreError};

/// How a newtype is shown and stored: as what it holds.
macro_rules! newtype {
    ($name:ident, $inner:ty) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$name> for Value {
            fn from(value: $name) -> Self {
                Self::from(value.0)
            }
        }

        impl FromValue for $name {
            fn from_value(value: Value) -> Result<Self> {
                <$inner>::from_value(value).map(Self)
            }
        }
    };
}

macro_rules! uuid_newtype {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Takes a UUID that is meant as this kind of id.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare UUID.
            pub const fn get(self) -> Uuid {
                self.0
            }
        }

        newtype!($name, Uuid);
    )*};
}

uuid_newtype! {
    /// Which store: written into the genesis event and under every hash.
    StoreId;
    /// Which event.
    EventId;
    /// Which commit: the events of one request.
    CommitId;
    /// Which data key.
    KeyId;
    /// Which letter of the outbox.
    LetterId;
    /// Which reminder of the ledger.
    ReminderId;
}

macro_rules! counter_newtype {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(i64);

        impl $name {
            /// Before the first.
            pub const ZERO: Self = Self(0);

            /// Takes a number that is meant as this kind of count.
            pub const fn new(number: i64) -> Self {
                Self(number)
            }

            /// The bare number.
            pub const fn get(self) -> i64 {
                self.0
            }

            /// The one that follows.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        newtype!($name, i64);
    )*};
}

counter_newtype! {
    /// A place in the whole log: from 1, without gaps; 0 is the empty log.
    Position;
    /// A place in one stream: from 1, without gaps; 0 is an absent stream.
    Version;
}

/// The name of a stream: `category-ref`, or a category alone (`programme`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName(String);

/// The category whose references are hashes of unique values, not names.
pub const CLAIM: &str = "claim";

const CATEGORY_MAX_CHARS: usize = 20;
const REFERENCE_CHARS: std::ops::RangeInclusive<usize> = 2..=40;
const CLAIM_MAX_CHARS: usize = 80;

impl StreamName {
    /// Reads a stream's name.
    pub fn parse(name: &str) -> Result<Self> {
        let (category, reference) = match name.split_once('-') {
            Some((category, reference)) => (category, Some(reference)),
            None => (name, None),
        };
        if let Some(what) = fault(category, reference) {
            let name = name.to_owned();
            return Err(StoreError::BadStreamName { name, what });
        }
        Ok(Self(name.to_owned()))
    }

    /// The stream of one thing within a category.
    pub fn new(category: &str, reference: &str) -> Result<Self> {
        Self::parse(&format!("{category}-{reference}"))
    }

    /// A name that this crate read from its own table or made itself.
    pub(crate) fn trusted(name: String) -> Self {
        Self(name)
    }

    /// What kind of thing the stream is about.
    pub fn category(&self) -> &str {
        self.0.split_once('-').map_or(self.0.as_str(), |(c, _)| c)
    }

    /// Which one of its kind; empty when there is only one.
    pub fn reference(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, r)| r)
    }

    /// The name as it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&StreamName> for Value {
    fn from(value: &StreamName) -> Self {
        Self::Text(value.0.clone())
    }
}

impl FromValue for StreamName {
    fn from_value(value: Value) -> Result<Self> {
        String::from_value(value).map(Self)
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn fault(category: &str, reference: Option<&str>) -> Option<&'static str> {
    let lower = |c: char| c.is_ascii_lowercase();
    if category.is_empty() || category.len() > CATEGORY_MAX_CHARS || !category.chars().all(lower) {
        return Some("a category is 1-20 small letters a-z");
    }
    let reference = reference?;
    if category == CLAIM {
        let fits = |c: char| lower(c) || c.is_ascii_digit() || c == '-' || c == '_';
        let short = (1..=CLAIM_MAX_CHARS).contains(&reference.len());
        return (!short || !reference.chars().all(fits)).then_some("a claim is kind-hash");
    }
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    if !REFERENCE_CHARS.contains(&reference.len())
        || !reference.chars().all(fits)
        || reference.starts_with('-')
    {
        return Some("a reference is 2-40 of A-Z, 0-9 and -, and does not begin with -");
    }
    // Ten digits in the shape of a civil registration number must never become a key.
    let digits = reference.bytes().filter(u8::is_ascii_digit).count();
    let plain = reference.len() == 10 || (reference.len() == 11 && &reference[6..7] == "-");
    (digits == 10 && plain).then_some("a reference must not have the shape of a CPR number")
}
