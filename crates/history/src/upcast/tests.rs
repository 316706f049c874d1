use spor_domain::schema;

use super::{Step, check, check_steps};
use crate::error::HistoryError;

#[test]
fn every_old_shape_can_be_read() {
    check_steps().expect("each shape has a step to the next");
}

#[test]
fn a_missing_step_is_named() {
    let mut kind = *schema::find("SessionHeld").expect("a type of the catalogue");
    kind.version = 3;
    let kind: &'static schema::EventType = Box::leak(Box::new(kind));
    let first = Step { event_type: "SessionHeld", from: 1, upcast: |body| body };
    let missing = check([kind].into_iter(), &[first]);
    let Err(HistoryError::MissingStep { event_type, from }) = missing else {
        panic!("the second step is missing");
    };
    assert_eq!((event_type, from), ("SessionHeld", 2));
}
