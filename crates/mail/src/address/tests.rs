use super::{Address, BadAddress};

fn refused(text: &str) -> BadAddress {
    Address::parse(text).expect_err("it is refused")
}

#[test]
fn a_bare_address_is_read_and_kept_as_it_is() {
    let address = Address::parse("mentor.7+spor@kommune.example").unwrap();
    assert_eq!(address.as_str(), "mentor.7+spor@kommune.example");
    assert_eq!(address.domain(), "kommune.example");
}

#[test]
fn line_breaks_and_other_control_characters_never_pass() {
    for text in [
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example\n",
        "a\r@b.example",
        "a@b.example\0",
        "a b@c.example",
        "a@b.example\u{2028}",
        "a@b.example\u{85}",
    ] {
        assert_eq!(refused(text), BadAddress::Broken, "{text:?}");
    }
}

#[test]
fn names_lists_and_quotes_are_refused() {
    for text in
        ["Mentor<a@b.example>", "a@b.example,c@d.example", "\"a\"@b.example", "a@[127.0.0.1]"]
    {
        assert_eq!(refused(text), BadAddress::NotBare, "{text:?}");
    }
}

#[test]
fn what_is_no_address_is_refused_with_its_reason() {
    assert_eq!(refused(""), BadAddress::Empty);
    assert_eq!(refused("mentor"), BadAddress::NotAnAddress);
    assert_eq!(refused("@kommune.example"), BadAddress::NotAnAddress);
    assert_eq!(refused("a@@b.example"), BadAddress::NotAnAddress);
    assert_eq!(refused("søren@kommune.example"), BadAddress::NotAscii);
    assert_eq!(refused(&format!("{}@kommune.example", "a".repeat(260))), BadAddress::TooLong);
}

#[test]
fn debug_shows_the_house_and_not_the_person() {
    let address = Address::parse("mentor.7@kommune.example").unwrap();
    assert_eq!(format!("{address:?}"), "Address(…@kommune.example)");
}
