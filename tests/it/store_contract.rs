//! What a store promises, whichever database it stands on.

mod following;
mod guards;
mod imports;
mod opening;
mod order;
mod outbox;
mod places;
mod reading;
mod sealing;
mod support;
mod tables;
mod verifying;
