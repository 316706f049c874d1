//! Entries in one short line, as people say them: `2025-03-12 SessionHeld minutes=60 track=T1`.
//!
//! What a type requires and the line does not name comes from the type's own sample, so a test
//! writes down only what it is about. `key=-` leaves a field out.

use serde_json::{Map, Value};
use spor_domain::door;
use spor_domain::schema::{self, EventType};

/// The case of every entry that names no other.
pub const CASE: &str = "SPOR-2025-0001";

/// The journal line of a short entry.
pub fn journal_line(short: &str) -> String {
    Value::Object(fields(short)).to_string()
}

/// The fields of a short entry, journal keys included.
///
/// # Panics
/// When the text is not of the form `DATE TYPE key=value…`.
pub fn fields(short: &str) -> Map<String, Value> {
    let words = words(short);
    let (date, kind) = (&words[0], &words[1]);
    let mut fields = schema::find_written(kind).map(required_of).unwrap_or_default();
    fields.insert("date".to_owned(), Value::from(date.as_str()));
    fields.insert("type".to_owned(), Value::from(kind.as_str()));
    for word in &words[2..] {
        let (key, text) = word.split_once('=').expect("an entry's words are key=value");
        match text {
            "-" => fields.remove(key),
            text => fields.insert(key.to_owned(), value(kind, key, text)),
        };
    }
    fields
}

fn required_of(kind: &EventType) -> Map<String, Value> {
    let sample: Map<String, Value> =
        serde_json::from_str(kind.sample).expect("a sample is a JSON object");
    let is_required = |name: &str| {
        kind.field(name).map_or(kind.category.key() == Some(name), |field| field.required)
    };
    let mut fields: Map<String, Value> =
        sample.into_iter().filter(|(name, _)| is_required(name)).collect();
    if let Some(case) = fields.get_mut("case") {
        *case = Value::from(CASE);
    }
    fields
}

fn value(kind: &str, key: &str, text: &str) -> Value {
    let field = schema::find_written(kind).and_then(|kind| kind.field(key));
    match field {
        Some(field) => door::value_from_text(field, text).expect("a value of the field's kind"),
        None => Value::from(text),
    }
}

/// Words, of which a part in quotes or braces may hold spaces: `reason='the mentor was ill'`.
fn words(short: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut is_quoted, mut braces) = (false, 0_i32);
    for letter in short.trim().chars() {
        braces += i32::from(letter == '{') - i32::from(letter == '}');
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted && braces == 0 => words.push(String::new()),
            letter => words.last_mut().expect("there is always a word").push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
