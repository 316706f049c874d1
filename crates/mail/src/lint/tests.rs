use super::{Finding, MAX_VALUE_CHARS, check_cpr, check_text, check_value};

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[test]
fn the_shape_of_a_cpr_number_is_found_however_it_is_written() {
    for text in [
        "999999-9999",
        "sag 9999999999",
        "sag9999999999a",
        "999999 9999",
        "999999\u{a0}9999",
        "999999 - 9999",
        "999999–9999",
        "999999\u{2011}9999",
        "999999/9999",
        "(999999-9999)",
    ] {
        assert_eq!(check_cpr(text), Err(Finding::CprShaped), "{text:?}");
    }
}

#[test]
fn dates_references_and_telephone_numbers_pass() {
    for text in [
        "21.11.2026",
        "2026-11-21",
        "sag 2026-017",
        "K-2026-000123",
        "12 34 56 78",
        "12345678",
        "20261121T0630",
        "123456789",
        "12345678901",
        "999999-99999",
        "999999 og 9999",
        "",
    ] {
        assert_eq!(check_cpr(text), Ok(()), "{text:?}");
    }
}

#[test]
fn a_name_is_found_as_a_word_and_not_inside_another() {
    let known = names(&["Bo", "Alma Testesen"]);
    assert_eq!(check_value("sag-Bo", &known), Err(Finding::KnownName));
    assert_eq!(check_value("alma testesen", &known), Err(Finding::KnownName));
    assert_eq!(check_value("BOs sag", &known), Err(Finding::KnownName));
    assert_eq!(check_value("bolig", &known), Ok(()));
    assert_eq!(check_value("Almanak", &known), Ok(()));
}

#[test]
fn a_finished_text_is_searched_across_its_lines() {
    let known = names(&["Alma Testesen"]);
    assert_eq!(check_text("til Alma\r\n  Testesen.", &known), Err(Finding::KnownName));
    assert_eq!(check_text("Alma Testesens sag", &known), Err(Finding::KnownName));
    assert_eq!(check_text("en anden Alma", &known), Ok(()));
}

#[test]
fn a_youth_called_as_a_word_of_ours_blocks_no_letter() {
    let known = names(&["Dag", "", " ", "A"]);
    assert_eq!(check_text("1 dag over fristen", &known), Ok(()));
    assert_eq!(check_text("Dag over fristen", &known), Err(Finding::KnownName));
}

#[test]
fn a_value_holds_no_line_break_and_is_short() {
    assert_eq!(check_value("2026-017\r\nBcc: x", &[]), Err(Finding::ControlCharacter));
    assert_eq!(check_value("2026\0", &[]), Err(Finding::ControlCharacter));
    assert_eq!(check_value(&"x".repeat(MAX_VALUE_CHARS), &[]), Ok(()));
    assert_eq!(check_value(&"x".repeat(MAX_VALUE_CHARS + 1), &[]), Err(Finding::TooLong));
}
