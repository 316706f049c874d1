//! The values of fields: read, checked, and split into clear and sealed.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::Malformed;
use crate::calendar::{FIRST_DAY, LAST_DAY};
use crate::ids::{CaseRef, EntryId, PersonRef};
use crate::nearest::nearest;
use crate::schema::{Class, Field, Kind};
use crate::sealed::Compartment;

/// Characters in one text.
const TEXT_LIMIT: usize = 10_000;
/// Elements in one list.
const LIST_LIMIT: usize = 100;
/// Hours in one decimal field.
const HOURS_LIMIT: f64 = 10_000.0;

/// Fields split into what stands in clear and what is sealed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Split {
    /// In clear.
    pub clear: Map<String, Value>,
    /// Sealed, by compartment.
    pub sealed: BTreeMap<Compartment, Map<String, Value>>,
}

impl Split {
    /// Checks one field's value and puts it where it belongs.
    pub(super) fn take(&mut self, field: &Field, value: &Value) -> Result<(), Malformed> {
        let value = checked(field, value)?;
        match (field.kind, value) {
            (Kind::Text(known), Value::String(text)) if known.contains(&text.as_str()) => {
                self.clear.insert(field.name.to_owned(), Value::String(text));
            }
            (Kind::Texts(known), Value::Array(all)) => {
                let is_known = |v: &&Value| v.as_str().is_some_and(|text| known.contains(&text));
                let words: Vec<Value> = all.iter().filter(is_known).cloned().collect();
                if words.len() < all.len() {
                    self.seal(field, Value::Array(all));
                }
                if !known.is_empty() {
                    self.clear.insert(field.name.to_owned(), Value::Array(words));
                }
            }
            (Kind::Answer, value @ Value::Bool(_)) => {
                self.clear.insert(field.name.to_owned(), value);
            }
            (Kind::Who, Value::String(text)) if PersonRef::parse(&text).is_ok() => {
                self.clear.insert(field.name.to_owned(), Value::String(text));
            }
            (_, value) if field.class == Class::Clear => {
                self.clear.insert(field.name.to_owned(), value);
            }
            (_, value) => self.seal(field, value),
        }
        Ok(())
    }

    /// Takes a field away, as a correction by `null` does.
    pub(super) fn forget(&mut self, field: &Field) {
        self.clear.insert(field.name.to_owned(), Value::Null);
        if let Some(mark) = field.mark {
            self.clear.insert(mark.name.to_owned(), Value::Null);
        }
    }

    fn seal(&mut self, field: &Field, value: Value) {
        let compartment = match field.class {
            Class::Clear | Class::Person => Compartment::Person,
            Class::Confidential => Compartment::Confidential,
        };
        if let Some((mark, said)) = field.mark.and_then(|mark| Some((mark, (mark.of)(&value)?))) {
            self.clear.insert(mark.name.to_owned(), said);
        }
        self.sealed.entry(compartment).or_default().insert(field.name.to_owned(), value);
    }
}

fn checked(field: &Field, value: &Value) -> Result<Value, Malformed> {
    let name = field.name;
    match field.kind {
        Kind::Reference => {
            let text = text_of(name, "a reference", value)?;
            PersonRef::parse(text).map_err(|error| Malformed::bad_reference(name, &error))?;
        }
        Kind::Name => {
            named(name, value)?;
        }
        Kind::Names => return list_of(name, value, named),
        Kind::Code(list) => one_of(name, value, list)?,
        Kind::Codes(list) => return list_of(name, value, |name, word| one_of(name, word, list)),
        Kind::Cases => return list_of(name, value, case_named),
        Kind::Answer if value.is_boolean() => {}
        Kind::Answer | Kind::Who | Kind::Text(_) => {
            open_text(name, value)?;
        }
        Kind::Texts(_) => return list_of(name, value, open_text),
        Kind::Date => {
            return date_of(name, value).map(|day| Value::String(day.to_string()));
        }
        Kind::Whole => {
            if value.as_i64().is_none() {
                return Err(Malformed::wrong_type(name, "a whole number", value));
            }
        }
        Kind::Decimal => {
            let hours = value.as_f64().filter(|h| (0.0..=HOURS_LIMIT).contains(h));
            if hours.is_none_or(|h| ((h * 100.0).round() - h * 100.0).abs() > 1e-6) {
                let wanted = "a number of hours, 0 to 10000, at most two decimals";
                return Err(Malformed::wrong_type(name, wanted, value));
            }
        }
        Kind::Flag => {
            if !value.is_boolean() {
                return Err(Malformed::wrong_type(name, "true or false", value));
            }
        }
        Kind::Value => {
            if value.is_array() || value.is_object() {
                return Err(Malformed::wrong_type(name, "a number, a word or true/false", value));
            }
        }
        Kind::Changes => {
            if value.as_object().is_none_or(Map::is_empty) {
                let wanted = "an object of fields, such as {\"minutes\":60}";
                return Err(Malformed::wrong_type(name, wanted, value));
            }
        }
    }
    Ok(value.clone())
}

fn text_of<'a>(name: &str, wanted: &str, value: &'a Value) -> Result<&'a str, Malformed> {
    value.as_str().ok_or_else(|| Malformed::wrong_type(name, wanted, value))
}

fn one_of(name: &str, value: &Value, list: &[&str]) -> Result<(), Malformed> {
    let text = text_of(name, "a word", value)?;
    if list.contains(&text) {
        return Ok(());
    }
    let near = nearest(text, list.iter().copied());
    Err(Malformed::not_in_list(name, text, near, list))
}

fn case_named(name: &str, value: &Value) -> Result<(), Malformed> {
    let text = text_of(name, "a case", value)?;
    CaseRef::parse(text).map(drop).map_err(|error| Malformed::bad_reference(name, &error))
}

fn named(name: &str, value: &Value) -> Result<(), Malformed> {
    let text = text_of(name, "a name", value)?;
    EntryId::parse(text).map(drop).map_err(|error| Malformed::bad_reference(name, &error))
}

fn open_text(name: &str, value: &Value) -> Result<(), Malformed> {
    let text = text_of(name, "a text", value)?;
    if text.chars().count() > TEXT_LIMIT {
        return Err(Malformed::too_long(name, TEXT_LIMIT));
    }
    let is_hidden = |c: char| (c.is_control() && c != '\n' && c != '\t') || is_bidi_control(c);
    if text.chars().any(is_hidden) {
        return Err(Malformed::control_character(name));
    }
    Ok(())
}

fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
}

/// A list; one word stands for a list of one.
fn list_of(
    name: &str,
    value: &Value,
    check: impl Fn(&str, &Value) -> Result<(), Malformed>,
) -> Result<Value, Malformed> {
    let items = match value {
        Value::Array(items) => items.clone(),
        Value::String(_) => vec![value.clone()],
        _ => return Err(Malformed::wrong_type(name, "a list of words", value)),
    };
    if items.len() > LIST_LIMIT {
        return Err(Malformed::too_long(name, LIST_LIMIT));
    }
    for item in &items {
        check(name, item)?;
    }
    Ok(Value::Array(items))
}

/// A civil date in a field.
pub(super) fn date_of(name: &str, value: &Value) -> Result<NaiveDate, Malformed> {
    value.as_str().and_then(read_date).ok_or_else(|| Malformed::bad_date(name, value))
}

/// A civil date written `YYYY-MM-DD`, from 1900 to 2199.
pub fn read_date(text: &str) -> Option<NaiveDate> {
    let is_strict = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_strict)?;
    (FIRST_DAY..=LAST_DAY).contains(&day).then_some(day)
}

/// A field's value from a word of the command line: `60`, `true`, `caseworker,mentor`.
pub fn value_from_text(field: &Field, text: &str) -> Result<Value, Malformed> {
    let number = |text: &str| serde_json::from_str::<Value>(text).ok().filter(Value::is_number);
    let words = |text: &str| {
        text.split(',').map(|word| Value::String(word.trim().to_owned())).collect::<Vec<_>>()
    };
    let text_value = || Value::String(text.to_owned());
    Ok(match field.kind {
        Kind::Whole => number(text).unwrap_or_else(text_value),
        Kind::Decimal => number(&text.replace(',', ".")).unwrap_or_else(text_value),
        Kind::Flag => match text {
            "true" | "yes" | "ja" => Value::Bool(true),
            "false" | "no" | "nej" => Value::Bool(false),
            _ => text_value(),
        },
        Kind::Names | Kind::Texts(_) | Kind::Codes(_) | Kind::Cases => Value::Array(words(text)),
        Kind::Answer => match text {
            "true" | "yes" | "ja" => Value::Bool(true),
            "false" | "no" | "nej" => Value::Bool(false),
            _ => text_value(),
        },
        Kind::Value => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => number(text).unwrap_or_else(text_value),
        },
        Kind::Changes => serde_json::from_str(text)
            .map_err(|_| Malformed::wrong_type(field.name, "a JSON object", &text_value()))?,
        Kind::Reference | Kind::Name | Kind::Code(_) | Kind::Who | Kind::Text(_) | Kind::Date => {
            text_value()
        }
    })
}
