//! What a store promises, whichever database it stands on.

mod copying;
mod deadlines;
mod following;
mod guards;
mod imports;
mod letters;
mod losing;
mod opening;
mod order;
mod outbox;
mod parts;
mod places;
mod plans;
mod proving;
mod reading;
mod sealing;
mod servers;
pub(crate) mod support;
mod tables;
mod tampering;
mod third_party;
mod verifying;
