use super::{
    Finding, MAX_VALUE_CHARS, check_cpr, check_html, check_letter, check_text, check_value,
};

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

#[test]
fn what_nobody_sees_hides_nothing() {
    let known = names(&["Alma Testesen"]);
    for text in ["Al\u{ad}ma Testesen", "Alma\u{200b} Testesen", "Alma\u{a0}Testesen"] {
        assert_eq!(check_text(text, &known), Err(Finding::KnownName), "{text:?}");
        assert_eq!(check_value(text, &known), Err(Finding::KnownName), "{text:?}");
    }
    for text in ["99999\u{ad}9-9999", "999999\u{200b}-\u{feff}9999", "9999\u{2060}999999"] {
        assert_eq!(check_cpr(text), Err(Finding::CprShaped), "{text:?}");
    }
}

#[test]
fn a_page_is_read_as_its_reader_sees_it() {
    let known = names(&["Søren Testesen"]);
    for page in [
        "<p>S&oslash;ren&nbsp;Testesen</p>",
        "<p>S&#xF8;ren <b>Testesen</b></p>",
        "<p>Sø<i></i>ren Test<wbr>esen</p>",
        "<p title=\"Søren Testesen\">x</p>",
        "<!-- Søren Testesen --><p>x</p>",
        "<p>Sø<!-- -->ren Testesen</p>",
    ] {
        assert_eq!(check_html(page, &known), Err(Finding::KnownName), "{page}");
    }
    for page in [
        "<p>999999&#45;9999</p>",
        "<p>999<b>999</b>-9999</p>",
        "<p>&#57;99999-9999</p>",
        "<p>999999&shy;9999</p>",
        "<p>99999<span>9</span>9999</p>",
    ] {
        assert_eq!(check_html(page, &[]), Err(Finding::CprShaped), "{page}");
    }
    assert_eq!(check_html("<p>123456</p><p>7890</p>", &known), Ok(()));
}

#[test]
fn a_letter_is_read_as_a_mail_program_decodes_it() {
    let letter = |encoding: &str, kind: &str, body: &str| {
        format!(
            "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: {kind}; charset=utf-8\r\n\
             Content-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n"
        )
    };
    for (encoding, kind, body) in [
        ("quoted-printable", "text/plain", "99999=\r\n9-9999"),
        ("quoted-printable", "text/plain", "=39=39=39=39=39=39-9999"),
        ("base64", "text/plain", "OTk5OTk5LTk5OTk="),
        ("quoted-printable", "text/html", "<p>999999&=\r\n#45;9999</p>"),
        ("quoted-printable", "text/calendar", "SUMMARY:99999=39-9999"),
    ] {
        let bytes = letter(encoding, kind, body);
        assert_eq!(check_letter(bytes.as_bytes(), &[]), Err(Finding::CprShaped), "{body}");
    }
    let subject = "Subject: =?utf-8?b?OTk5OTk5LTk5OTk=?=\r\n\r\nx\r\n";
    assert_eq!(check_letter(subject.as_bytes(), &[]), Err(Finding::CprShaped));
    assert_eq!(check_letter(letter("7bit", "text/plain", "2026-017").as_bytes(), &[]), Ok(()));
}
