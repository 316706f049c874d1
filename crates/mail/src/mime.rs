//! From a text to the bytes of a letter: headers in a fixed order, quoted-printable, CR LF.

use std::time::SystemTime;

use lettre::message::{
    Body, Mailbox, Message,
    header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0},
};

use crate::digest::{Header, Language};

/// Writes the letter. The header was checked before: nothing in it can break a line.
///
/// A second part, such as HTML, would be added here and nowhere else.
pub(crate) fn letter(
    header: &Header,
    language: Language,
    subject: &str,
    text: &str,
) -> Result<Vec<u8>, String> {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    let body = Body::new_with_encoding(text.to_owned(), encoding)
        .map_err(|_| "the text cannot be encoded".to_owned())?;
    let message = Message::builder()
        .from(Mailbox::new(None, header.from.to_lettre()))
        .to(Mailbox::new(None, header.to.to_lettre()))
        .subject(subject)
        .date(SystemTime::from(header.date))
        .message_id(Some(header.message_id.clone()))
        .raw_header(named("List-Id", format!("Spor <{}>", header.list_id)))
        .raw_header(named("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(named("X-Auto-Response-Suppress", "All".to_owned()))
        .raw_header(named("Content-Language", language.code().to_owned()))
        .header(MIME_VERSION_1_0)
        .header(ContentType::TEXT_PLAIN)
        .body(body)
        .map_err(|error| error.to_string())?;
    Ok(message.formatted())
}

/// Whether every line ends in CR LF and nothing else breaks one: a bare CR or LF inside a letter
/// lets some relays read a second, smuggled letter out of it.
pub(crate) fn has_clean_lines(bytes: &[u8]) -> bool {
    let mut before = 0;
    for &byte in bytes {
        let clean = match (before, byte) {
            (b'\r', b'\n') => true,
            (b'\r', _) | (_, b'\n' | 0) => false,
            _ => true,
        };
        if !clean {
            return false;
        }
        before = byte;
    }
    before != b'\r'
}

fn named(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

#[cfg(test)]
mod tests {
    use super::has_clean_lines;

    #[test]
    fn bare_line_breaks_and_nul_are_found_wherever_they_stand() {
        assert!(has_clean_lines(b""));
        assert!(has_clean_lines(b"a\r\nb\r\n\r\n"));
        let broken: [&[u8]; 7] =
            [b"a\nb", b"\n", b"a\rb\r\n", b"a\r", b"a\r\r\n", b"a\0\r\n", b"a\r\n\nb"];
        for bytes in broken {
            assert!(!has_clean_lines(bytes), "{bytes:?}");
        }
    }
}
