//! The letter: from a digest of strings and dates to MIME bytes, and from there to the relay.
//!
//! This crate knows no case, no store and no rule of the law. What it is given has room for a
//! case reference, a rule, a date and a link, and for nothing else: that is how a letter stays
//! free of personal data. It reads no clock and draws no random number, so the same digest is
//! the same bytes for ever, also when a letter in doubt is sent a second time.
//!
//! Map: [`digest`] what goes in · [`texts`] the words, and what may stand in their place ·
//! [`calendar`] meetings · [`compose`] the letter out of it · [`lint`] what may never be in it ·
//! [`reading`] a letter read back · [`address`] whom it goes to · [`relay`] where it is handed in ·
//! [`smtp`] the session with that relay · [`token`] what stands in for a password · [`failure`] what
//! a "no" of the relay means · [`bounce`] what a mail server reports later · [`sink`] a relay that
//! keeps everything, for demonstrations.
//!
//! ```
//! use spor_mail::{address::Address, compose, digest, texts::Texts};
//! let digest = digest::Digest {
//!     language: digest::Language::Da,
//!     recipient_ref: "ST-7".to_owned(),
//!     day: chrono::NaiveDate::from_ymd_opt(2026, 11, 16).expect("a day of the calendar"),
//!     items: vec![digest::Item {
//!         rule: "R01".to_owned(),
//!         case_ref: "2026-017".to_owned(),
//!         level: digest::Level::Notice,
//!         due: chrono::NaiveDate::from_ymd_opt(2026, 11, 21),
//!         role: "mentor".to_owned(),
//!         link: None,
//!         note: None,
//!         calendar_id: None,
//!     }],
//!     held: Vec::new(),
//!     municipality: None,
//! };
//! let header = digest::Header {
//!     from: Address::parse("spor@kommune.example").expect("an address"),
//!     to: Address::parse("mentor@kommune.example").expect("an address"),
//!     message_id: "<0b9c@spor.kommune.example>".to_owned(),
//!     date: chrono::DateTime::UNIX_EPOCH,
//!     list_id: "paamindelser.spor.kommune.example".to_owned(),
//!     case_in_subject: true,
//!     thread: None,
//! };
//! let letter = compose::compose(Texts::built_in(), &digest, &header, &[]).expect("nothing forbidden in it");
//! assert_eq!(letter.subject, "Opfølgning senest 21.11.2026 – sag 2026-017");
//! ```

pub mod address;
pub mod bounce;
pub mod calendar;
pub mod compose;
pub mod digest;
pub mod failure;
pub mod lint;
mod mime;
pub mod reading;
pub mod relay;
pub mod sink;
pub mod smtp;
pub mod texts;
pub mod token;
mod trust;
mod wire;
