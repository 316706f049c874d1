//! The words and the rules of mentor cases: events, the case they fold into, decisions, deadlines.
//!
//! Pure: no IO, no clock, no async, no randomness. A case is the fold of its events ([`case`]); what
//! is true on a day is a question to that fold ([`view`]); a decision is a function of (case,
//! command, policy) ([`decide`]); a deadline is a function of (view, policy) ([`rules`]).
//!
//! | room | what stands in it |
//! |---|---|
//! | [`schema`], [`door`] | every event type with its fields; how a journal line becomes a command |
//! | [`event`] and its families | the typed events |
//! | [`case`], [`view`] | the fold, and the case as of a day |
//! | [`decide`] | what is refused and why |
//! | [`rules`], [`policy`], [`calendar`] | deadlines, dated settings, the Danish calendar |
//! | [`staff`] | the directory that resolves a role to people |
//!
//! ```
//! use spor_domain::door;
//! let line = r#"{"date":"2025-03-12","type":"SessionHeld","case":"SPOR-2025-0606","minutes":60,
//!                "by":"M-04","form":"one_to_one"}"#.replace('\n', " ");
//! let command = door::parse_line(&line).expect("a well-formed line").command;
//! assert_eq!(command.event.type_name(), "SessionHeld");
//! ```

pub mod assigning;
pub mod calendar;
pub mod case;
pub mod closing;
pub mod consent;
pub mod contact;
pub mod correction;
pub mod decide;
pub mod door;
pub mod erasure;
pub mod event;
pub mod family;
pub mod follow_up;
pub mod goal;
pub mod group;
pub mod handover;
pub mod ids;
pub mod method;
pub mod nearest;
pub mod opening;
pub mod pausing;
pub mod policy;
pub mod programme;
pub mod progression;
pub mod referral;
pub mod rejection;
pub mod reminding;
pub mod rules;
pub mod schema;
pub mod sealed;
pub mod session;
pub mod staff;
pub mod support;
pub mod transition;
pub mod view;
