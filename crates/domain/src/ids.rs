//! The names of things: pseudonymous references, and the identities the log gives.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A reference that does not follow the grammar of its kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRef {
    /// Other characters or another length than allowed.
    #[error("\"{text}\" is not a reference: {rule}")]
    Grammar {
        /// What was given.
        text: String,
        /// The grammar in words.
        rule: &'static str,
    },
    /// Shaped like a Danish personal number, which is never a reference.
    #[error("a reference may not be shaped like a CPR number")]
    PersonalNumber,
}

fn is_ref(text: &str) -> bool {
    let bytes = text.as_bytes();
    (2..=40).contains(&bytes.len())
        && bytes[0] != b'-'
        && bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'-')
}

fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=64).contains(&bytes.len())
        && bytes[0].is_ascii_alphanumeric()
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"._:-".contains(b))
}

/// Whether a text is shaped like a CPR number: six digits, perhaps a dash, four digits.
pub fn is_cpr_shaped(text: &str) -> bool {
    let mut plain = text.bytes().filter(|byte| *byte != b'-' && *byte != b' ');
    plain.by_ref().take(10).filter(u8::is_ascii_digit).count() == 10 && plain.next().is_none()
}

/// What one kind of reference demands of its text.
pub trait Grammar {
    /// The grammar in words, for the person who broke it.
    const RULE: &'static str;
    /// Whether a text follows it.
    fn fits(text: &str) -> bool;
}

/// A reference of one kind: pseudonymous, checked once at the door, never changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String", bound = "K: Grammar + Clone")]
pub struct Ref<K>(Arc<str>, PhantomData<K>);

impl<K: Grammar> Ref<K> {
    /// Reads a reference; refuses another grammar and anything shaped like a CPR number.
    pub fn parse(text: &str) -> Result<Self, BadRef> {
        if is_cpr_shaped(text) {
            return Err(BadRef::PersonalNumber);
        }
        if !K::fits(text) {
            return Err(BadRef::Grammar { text: text.to_owned(), rule: K::RULE });
        }
        Ok(Self(text.into(), PhantomData))
    }

    /// The text of the reference.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<K: Grammar> TryFrom<String> for Ref<K> {
    type Error = BadRef;
    fn try_from(text: String) -> Result<Self, BadRef> {
        Self::parse(&text)
    }
}

impl<K> From<Ref<K>> for String {
    fn from(reference: Ref<K>) -> Self {
        reference.0.as_ref().to_owned()
    }
}

impl<K> fmt::Display for Ref<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The kinds of reference.
pub mod kind {
    use super::{Grammar, is_name, is_ref};

    const REF: &str = "2 to 40 of A-Z, 0-9 and -, beginning with a letter or digit";
    const NAME: &str = "1 to 64 of letters, digits and . _ : -, beginning with a letter or digit";

    /// Of a case.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Case;
    /// Of a person.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Person;
    /// Of a group.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Group;
    /// Of a track within a case.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Track;
    /// Of a goal within a case.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Goal;
    /// Of an entry within a stream.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Entry;

    impl Grammar for Case {
        const RULE: &'static str = REF;
        fn fits(text: &str) -> bool {
            is_ref(text)
        }
    }
    impl Grammar for Person {
        const RULE: &'static str = REF;
        fn fits(text: &str) -> bool {
            is_ref(text)
        }
    }
    impl Grammar for Group {
        const RULE: &'static str = REF;
        fn fits(text: &str) -> bool {
            is_ref(text)
        }
    }
    impl Grammar for Track {
        const RULE: &'static str = NAME;
        fn fits(text: &str) -> bool {
            is_name(text)
        }
    }
    impl Grammar for Goal {
        const RULE: &'static str = NAME;
        fn fits(text: &str) -> bool {
            is_name(text)
        }
    }
    impl Grammar for Entry {
        const RULE: &'static str = NAME;
        fn fits(text: &str) -> bool {
            is_name(text)
        }
    }
}

/// A case, pseudonymous and for ever: `SPOR-2025-0101`.
pub type CaseRef = Ref<kind::Case>;
/// A member of staff or a volunteer: `M-01`.
pub type PersonRef = Ref<kind::Person>;
/// A group of young people with one mentor.
pub type GroupRef = Ref<kind::Group>;
/// A track of support within one case: `T1`.
pub type TrackId = Ref<kind::Track>;
/// A goal within one case.
pub type GoalId = Ref<kind::Goal>;
/// An entry's own reference within its stream, for later corrections.
pub type EntryId = Ref<kind::Entry>;

/// The identity of one event, for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventId(pub Uuid);

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of an event in the whole log, from 1; the order in which things were recorded.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Position(pub i64);
