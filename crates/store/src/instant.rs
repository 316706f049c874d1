//! Instants as the store keeps them: whole microseconds UTC.

use chrono::{DateTime, SubsecRound, Utc};

use crate::error::{Result, StoreError};

const MICROS_DIGITS: u16 = 6;

/// An instant as a number of microseconds.
pub(crate) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// The instant of a stored number of microseconds.
pub(crate) fn from_micros(micros: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| StoreError::unreadable(&format!("{micros} is no instant")))
}

/// The instant without what is finer than a microsecond.
pub(crate) fn whole_micros(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(MICROS_DIGITS)
}
