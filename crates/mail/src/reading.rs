//! A letter read back from its bytes, as a mail program shows it.

use mail_parser::{MessageParser, MimeHeaders, PartType};

/// What a mail program makes of a letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The subject.
    pub subject: String,
    /// The plain part, its lines ended by LF.
    pub text: String,
    /// The page, its lines ended by LF; empty when there is none.
    pub html: String,
    /// What is attached for the calendar, with the line ends of its own.
    pub calendars: Vec<String>,
}

/// Reads a letter; what are no letter's bytes give nothing.
pub fn read(bytes: &[u8]) -> Option<Read> {
    let letter = MessageParser::default().parse(bytes)?;
    let mut read =
        Read { subject: letter.subject().unwrap_or_default().to_owned(), ..Read::default() };
    for part in &letter.parts {
        let is_attached =
            part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment);
        match &part.body {
            _ if is_attached => {
                read.calendars.push(String::from_utf8_lossy(part.contents()).into_owned());
            }
            PartType::Text(text) => read.text = text.replace("\r\n", "\n"),
            PartType::Html(html) => read.html = html.replace("\r\n", "\n"),
            _ => {}
        }
    }
    Some(read)
}
