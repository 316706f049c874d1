//! The door, tried with anything: it turns a line away in three lines or makes a command of it.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value};
use spor_domain::door;
use spor_domain::event::Event;
use spor_domain::sealed::Compartment;

use super::config;

/// Lines that the door is tried with.
const LINES: u32 = 20_000;

fn any_json() -> impl Strategy<Value = Value> {
    let words = select(
        &["SessionHeld", "2025-02-03", "SPOR-2025-0001", "M-01", "T1", "one_to_one", "LAB-167", ""]
            [..],
    );
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        words.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{0,12}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A line that is almost right: a sample with some of its fields replaced by anything.
pub(super) fn almost_a_line() -> impl Strategy<Value = String> {
    let samples: Vec<&str> = spor_domain::schema::event_types().map(|kind| kind.sample).collect();
    let replaced = proptest::collection::vec((any::<proptest::sample::Index>(), any_json()), 0..4);
    (select(samples), replaced).prop_map(|(sample, replaced)| {
        let mut fields: Map<String, Value> = serde_json::from_str(sample).expect("a sample");
        for (at, value) in replaced {
            let name = fields.keys().nth(at.index(fields.len())).expect("a field").clone();
            fields.insert(name, value);
        }
        Value::Object(fields).to_string()
    })
}

proptest! {
    #![proptest_config(config(LINES))]

    #[test]
    fn the_door_never_fails_on_any_json(value in any_json()) {
        check_door(&value.to_string());
    }

    #[test]
    fn the_door_never_fails_on_a_line_that_is_almost_right(line in almost_a_line()) {
        check_door(&line);
    }

    #[test]
    fn the_door_never_fails_on_any_text(line in any::<String>()) {
        check_door(&line);
    }
}

/// Whatever came: either an explanation in three lines, or a command whose personal fields are
/// sealed and whose event can be read again.
fn check_door(line: &str) {
    match door::parse_line(line) {
        Err(malformed) => {
            for text in [&malformed.message, &malformed.because, &malformed.try_next] {
                assert!(!text.is_empty(), "{line}: {malformed:?}");
            }
        }
        Ok(line) => {
            let command = line.command;
            let body = Value::Object(command.clear.clone()).to_string();
            Event::decode(command.kind.name, &body).expect("a body can be read again");
            let is_sealed = |name: &str| {
                let person = command.sealed.get(&Compartment::Person);
                person.is_some_and(|part| part.contains_key(name))
            };
            let has_birth_date = command.kind.field("birth_date").is_some();
            assert!(!command.clear.contains_key("birth_date"), "{body}");
            assert_eq!(is_sealed("birth_date"), has_birth_date);
        }
    }
}
