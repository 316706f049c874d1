//! Personal text, which a key opens and the key's destruction erases.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A sealed value as a reader finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sealed<T> {
    /// The key was there and opened it.
    Known(T),
    /// Erased on purpose: the key was destroyed.
    Erased,
    /// The key is missing although nothing was erased: a fault, never an erasure.
    KeyMissing,
}

impl<T> Sealed<T> {
    /// The value, when it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Erased | Self::KeyMissing => None,
        }
    }

    /// The same state with another value inside.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Sealed<U> {
        match self {
            Self::Known(value) => Sealed::Known(change(value)),
            Self::Erased => Sealed::Erased,
            Self::KeyMissing => Sealed::KeyMissing,
        }
    }
}

/// Which of a person's keys seals a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compartment {
    /// Names, birth dates, notes, goal texts, all open text.
    Person,
    /// The confidential room between mentor and young person (F4.5-14).
    Confidential,
}

impl Compartment {
    /// Both compartments.
    pub const ALL: [Self; 2] = [Self::Person, Self::Confidential];

    /// The stored name, which is also the name of the sealed part.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Confidential => "confidential",
        }
    }
}

impl fmt::Display for Compartment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
