//! From texts to the bytes of a letter: headers in a fixed order, parts with fixed boundaries,
//! quoted-printable, CR LF.

use std::time::SystemTime;

use lettre::message::{
    Body, Mailbox, Message, MultiPart, SinglePart,
    header::{
        ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
        MIME_VERSION_1_0,
    },
};

use crate::{
    calendar::Method,
    digest::{Header, Language},
    texts::Written,
};

/// The most that is taken over from the message id into a boundary, which has at most 70 characters.
const BOUNDARY_CHARS: usize = 48;

/// Writes the letter. The header was checked before: nothing in it can break a line.
pub(crate) fn letter(
    header: &Header,
    language: Language,
    written: &Written,
    calendars: &[(Method, String)],
) -> Result<Vec<u8>, String> {
    let mut builder = Message::builder()
        .from(Mailbox::new(None, header.from.to_lettre()))
        .to(Mailbox::new(None, header.to.to_lettre()))
        .subject(&written.subject)
        .date(SystemTime::from(header.date))
        .message_id(Some(header.message_id.clone()));
    if let Some(thread) = &header.thread {
        builder = builder.raw_header(named("References", thread.clone()));
    }
    let builder = builder
        .raw_header(named("List-Id", format!("Spor <{}>", header.list_id)))
        .raw_header(named("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(named("X-Auto-Response-Suppress", "All".to_owned()))
        .raw_header(named("Content-Language", language.code().to_owned()))
        .header(MIME_VERSION_1_0);
    let both = MultiPart::alternative()
        .boundary(boundary('a', header))
        .singlepart(part(ContentType::TEXT_PLAIN, &written.text)?)
        .singlepart(part(ContentType::TEXT_HTML, &written.html)?);
    let message = if calendars.is_empty() {
        builder.multipart(both)
    } else {
        let mut whole = MultiPart::mixed().boundary(boundary('m', header)).multipart(both);
        for (method, calendar) in calendars {
            whole = whole.singlepart(attached(*method, calendar)?);
        }
        builder.multipart(whole)
    };
    Ok(message.map_err(|error| error.to_string())?.formatted())
}

/// The same for each copy of a letter. `=_` stands nowhere in a quoted-printable text.
fn boundary(kind: char, header: &Header) -> String {
    let id = header.message_id.chars().filter(char::is_ascii_alphanumeric);
    format!("=_{kind}_{}", id.take(BOUNDARY_CHARS).collect::<String>())
}

fn part(kind: ContentType, text: &str) -> Result<SinglePart, String> {
    Ok(SinglePart::builder().header(kind).body(encoded(text)?))
}

fn attached(method: Method, calendar: &str) -> Result<SinglePart, String> {
    let method = method.as_str();
    let kind = format!("text/calendar; charset=utf-8; method={method}");
    let kind = ContentType::parse(&kind).map_err(|error| error.to_string())?;
    let name = format!("spor-{}.ics", method.to_lowercase());
    let builder = SinglePart::builder().header(kind).header(ContentDisposition::attachment(&name));
    Ok(builder.body(encoded(calendar)?))
}

fn encoded(text: &str) -> Result<Body, String> {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    Body::new_with_encoding(text.to_owned(), encoding)
        .map_err(|_| "the text cannot be encoded".to_owned())
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
