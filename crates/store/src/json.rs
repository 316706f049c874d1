//! Many rows as one JSON parameter: an array of arrays that a statement takes apart again.

use std::fmt::Write;

use uuid::Uuid;

use crate::backend::Value;

/// An array of rows under construction.
#[derive(Debug, Default)]
pub(crate) struct JsonRows(String);

impl JsonRows {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a row; BLOBs go as hexadecimal digits.
    pub(crate) fn push(&mut self, row: impl IntoIterator<Item = Value>) {
        self.0.push(if self.0.is_empty() { '[' } else { ',' });
        push_flat(&mut self.0, row.into_iter());
    }

    /// The whole array as a value.
    pub(crate) fn finish(mut self) -> Value {
        self.0.push_str(if self.0.is_empty() { "[]" } else { "]" });
        Value::Text(self.0)
    }
}

/// A flat array of texts.
pub(crate) fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Value {
    flat(texts.into_iter().map(Value::from))
}

/// A flat array of whole numbers.
pub(crate) fn integers(integers: impl IntoIterator<Item = i64>) -> Value {
    flat(integers.into_iter().map(Value::from))
}

/// A flat array of ids, as hexadecimal digits.
pub(crate) fn ids(ids: impl IntoIterator<Item = Uuid>) -> Value {
    flat(ids.into_iter().map(Value::from))
}

fn flat(values: impl Iterator<Item = Value>) -> Value {
    let mut text = String::new();
    push_flat(&mut text, values);
    Value::Text(text)
}

fn push_flat(text: &mut String, values: impl Iterator<Item = Value>) {
    text.push('[');
    for (number, value) in values.enumerate() {
        if number > 0 {
            text.push(',');
        }
        match value {
            Value::Null => text.push_str("null"),
            Value::Integer(value) => write!(text, "{value}").expect("memory does not fail"),
            Value::Real(value) => text.push_str(&serde_json::json!(value).to_string()),
            Value::Text(value) => push_text(text, &value),
            Value::Blob(value) => {
                text.push('"');
                push_hex(text, &value);
                text.push('"');
            }
        }
    }
    text.push(']');
}

/// Adds a text in quotes. Nearly all stand there as they are.
fn push_text(text: &mut String, value: &str) {
    if value.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        text.push('"');
        text.push_str(value);
        text.push('"');
    } else {
        text.push_str(&serde_json::to_string(value).expect("every text fits into JSON"));
    }
}

/// Bytes as hexadecimal digits, as hashes and key ids are shown.
pub fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    push_hex(&mut digits, bytes);
    digits
}

/// Adds bytes as hexadecimal digits.
pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}
