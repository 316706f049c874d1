//! Whom a letter goes to: an address that can neither break a header nor the conversation.

use std::fmt;

/// The longest address SMTP carries.
const MAX_ADDRESS_BYTES: usize = 254;

/// A checked e-mail address, without a display name. `Debug` shows its domain only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address(lettre::Address);

/// Why something is not an address we write to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Nothing was given.
    #[error("an address is missing")]
    Empty,
    /// It is longer than SMTP carries.
    #[error("an address has at most {MAX_ADDRESS_BYTES} bytes")]
    TooLong,
    /// A line break, another control character or a space would end the header or the command.
    #[error("an address holds no line break, control character or space")]
    Broken,
    /// A display name, a comment, a list or a quoted part: one bare address is asked for.
    #[error("write the bare address, without name, brackets, quotes or a second address")]
    NotBare,
    /// Letters beyond ASCII, which not every relay takes.
    #[error("an address has ASCII letters only; write the domain in its xn-- form")]
    NotAscii,
    /// It is not of the form `somebody@domain`.
    #[error("an address has the form somebody@domain")]
    NotAnAddress,
}

impl Address {
    /// Reads one bare address such as `mentor@kommune.example`.
    pub fn parse(text: &str) -> Result<Address, BadAddress> {
        if text.is_empty() {
            return Err(BadAddress::Empty);
        }
        if text.len() > MAX_ADDRESS_BYTES {
            return Err(BadAddress::TooLong);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(BadAddress::Broken);
        }
        if text.contains(['<', '>', '"', '(', ')', ',', ';', '\\', '[', ']']) {
            return Err(BadAddress::NotBare);
        }
        if !text.is_ascii() {
            return Err(BadAddress::NotAscii);
        }
        text.parse().map(Address).map_err(|_| BadAddress::NotAnAddress)
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// The part behind the `@`, which names a house and not a person.
    pub fn domain(&self) -> &str {
        self.0.domain()
    }

    pub(crate) fn local_part(&self) -> &str {
        self.0.user()
    }

    pub(crate) fn to_lettre(&self) -> lettre::Address {
        self.0.clone()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Address(…@{})", self.domain())
    }
}

#[cfg(test)]
mod tests;
