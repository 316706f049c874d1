//! Rows as one JSON parameter: an array of arrays that a statement takes apart again.

use std::fmt::Write;

use uuid::Uuid;

use crate::backend::Value;

/// An array of rows under construction.
#[derive(Debug)]
pub(crate) struct JsonRows {
    text: String,
    rows: usize,
}

impl JsonRows {
    pub(crate) fn new() -> Self {
        Self {
            text: String::from("["),
            rows: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Opens the next row.
    pub(crate) fn row(&mut self) -> JsonRow<'_> {
        if self.rows > 0 {
            self.text.push(',');
        }
        self.rows += 1;
        self.text.push('[');
        JsonRow { text: &mut self.text }
    }

    /// The whole array as a value.
    pub(crate) fn finish(mut self) -> Value {
        self.text.push(']');
        Value::Text(self.text)
    }
}

/// One row under construction; it closes when it is dropped.
pub(crate) struct JsonRow<'a> {
    text: &'a mut String,
}

impl JsonRow<'_> {
    fn comma(&mut self) {
        if !self.text.ends_with('[') {
            self.text.push(',');
        }
    }

    pub(crate) fn integer(&mut self, value: i64) -> &mut Self {
        self.comma();
        write!(self.text, "{value}").expect("writing to memory does not fail");
        self
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        self.comma();
        push_text(self.text, value);
        self
    }

    pub(crate) fn optional_text(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    pub(crate) fn hex(&mut self, value: &[u8]) -> &mut Self {
        self.comma();
        self.text.push('"');
        push_hex(self.text, value);
        self.text.push('"');
        self
    }

    pub(crate) fn optional_id(&mut self, value: Option<Uuid>) -> &mut Self {
        match value {
            Some(value) => self.hex(value.as_bytes()),
            None => self.null(),
        }
    }

    /// Any value; a BLOB goes as hexadecimal digits.
    pub(crate) fn value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::Null => self.null(),
            Value::Integer(value) => self.integer(*value),
            Value::Text(value) => self.text(value),
            Value::Blob(value) => self.hex(value),
            Value::Real(value) => {
                self.comma();
                let number = serde_json::Number::from_f64(*value);
                let number = number.map_or_else(|| "null".to_owned(), |n| n.to_string());
                self.text.push_str(&number);
                self
            }
        }
    }

    fn null(&mut self) -> &mut Self {
        self.comma();
        self.text.push_str("null");
        self
    }
}

impl Drop for JsonRow<'_> {
    fn drop(&mut self) {
        self.text.push(']');
    }
}

/// A flat array of texts.
pub(crate) fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> Value {
    flat(values, push_text)
}

/// A flat array of ids, as hexadecimal digits.
pub(crate) fn ids(values: impl IntoIterator<Item = Uuid>) -> Value {
    flat(values, |text, id| {
        text.push('"');
        push_hex(text, id.as_bytes());
        text.push('"');
    })
}

fn flat<T>(values: impl IntoIterator<Item = T>, push: impl Fn(&mut String, T)) -> Value {
    let mut text = String::from("[");
    for value in values {
        if text.len() > 1 {
            text.push(',');
        }
        push(&mut text, value);
    }
    text.push(']');
    Value::Text(text)
}

fn push_text(text: &mut String, value: &str) {
    let quoted = serde_json::to_string(value).expect("every text can be written as JSON");
    text.push_str(&quoted);
}

/// Adds bytes as hexadecimal digits.
pub(crate) fn push_hex(text: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}
