//! What a mail server reports of a letter later: RFC 3464, from a message that anybody may have
//! written. Nothing of it is believed but what it says of a letter; what it says is cut and
//! cleaned before anybody sees it.

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use sha2::{Digest, Sha256};

use crate::failure::cleaned;

pub mod mailbox;

/// The largest message that is looked at.
pub const MAX_MESSAGE_BYTES: usize = 4 << 20;
/// The header that every part has.
const KIND: &[u8] = b"content-type";
/// A report has three parts, and the letter in it five.
const MAX_PARTS: usize = 50;
/// Recipients of one report; a letter of ours has one.
const MAX_RECIPIENTS: usize = 50;
/// Lines of a report.
const MAX_LINES: usize = 2_000;
/// The longest field of a report.
const MAX_FIELD_BYTES: usize = 4_000;

/// What a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What the letter was called when it was handed in, if the server knows.
    pub envelope_id: Option<String>,
    /// The `Message-ID` of the letter that came back, with its angle brackets.
    pub message_id: Option<String>,
    /// What became of it.
    pub action: Action,
    /// Why, as three numbers: `5.1.1`.
    pub status: Option<Status>,
    /// The addresses it went to, as the server names them: as it was asked, and as it tried.
    pub addresses: Vec<String>,
    /// The words of the server, without addresses and control characters.
    pub words: String,
    /// What tells this report from every other one.
    pub digest: [u8; 32],
}

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// It will not arrive.
    Failed,
    /// It is late, and is tried again.
    Delayed,
    /// It arrived, or went on to a server that reports no more.
    Passed,
}

/// An enhanced status code: RFC 3463.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Status {
    class: u16,
    subject: u16,
    detail: u16,
}

impl Status {
    /// Reads `5.1.1`, also with words behind it.
    pub fn parse(text: &str) -> Option<Status> {
        let mut numbers = text.split_whitespace().next()?.split('.').map(|number| {
            let digits = (1..=3).contains(&number.len())
                && number.bytes().all(|digit| digit.is_ascii_digit());
            digits.then(|| number.parse().ok()).flatten()
        });
        let status =
            Status { class: numbers.next()??, subject: numbers.next()??, detail: numbers.next()?? };
        (numbers.next().is_none() && [2, 4, 5].contains(&status.class)).then_some(status)
    }

    /// Whether it is the recipient's address that is no good, for good: 5.1.x, but for the two
    /// numbers that speak of the sender's.
    pub fn names_the_address(self) -> bool {
        self.class == 5 && self.subject == 1 && ![7, 8].contains(&self.detail)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// Why a message is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReport {
    /// It is longer than any report of ours.
    #[error("it is too large")]
    TooLarge,
    /// It is something else: an answer of a person, an absence, advertising.
    #[error("it is no delivery report")]
    Other,
    /// It has the form of a report and says nothing that can be used.
    #[error("it says of no recipient what became of the letter")]
    Empty,
}

/// Reads a message as the report of one letter to one recipient.
pub fn read(message: &[u8]) -> Result<Report, NoReport> {
    if message.len() > MAX_MESSAGE_BYTES {
        return Err(NoReport::TooLarge);
    }
    // Each part is read within the one around it: a message made of parts would end the program.
    let kinds = message.windows(KIND.len()).filter(|word| word.eq_ignore_ascii_case(KIND));
    if kinds.take(MAX_PARTS + 1).count() > MAX_PARTS {
        return Err(NoReport::Other);
    }
    let parsed = MessageParser::default().parse(message).ok_or(NoReport::Other)?;
    let said = parsed.parts.iter().find(|part| {
        part.content_type().is_some_and(|kind| {
            let subtype = kind.subtype().unwrap_or_default();
            kind.ctype().eq_ignore_ascii_case("message")
                && ["delivery-status", "global-delivery-status"]
                    .iter()
                    .any(|known| subtype.eq_ignore_ascii_case(known))
        })
    });
    let said = said.ok_or(NoReport::Other)?.contents();
    let mut groups = groups(&String::from_utf8_lossy(said)).into_iter();
    let of_letter = groups.next().unwrap_or_default();
    // The worst of what is said counts: a letter of ours has one recipient, a list has many.
    let worst = groups.take(MAX_RECIPIENTS).filter_map(|group| Told::read(&group));
    let told = worst.min_by_key(|told| told.action as u8).ok_or(NoReport::Empty)?;
    let envelope_id = field(&of_letter, "Original-Envelope-Id").map(str::to_owned);
    let message_id = returned(&parsed).filter(|id| is_plain(id));
    let digest =
        Sha256::new().chain_update(said).chain_update(message_id.as_deref().unwrap_or_default());
    Ok(Report {
        envelope_id: envelope_id.filter(|id| is_plain(id)),
        message_id,
        action: told.action,
        status: told.status,
        addresses: told.addresses,
        words: told.words,
        digest: digest.finalize().into(),
    })
}

/// What is said of one recipient.
struct Told {
    action: Action,
    status: Option<Status>,
    addresses: Vec<String>,
    words: String,
}

impl Told {
    fn read(group: &[(String, String)]) -> Option<Told> {
        let status = field(group, "Status").and_then(Status::parse);
        let action = match field(group, "Action")?.to_ascii_lowercase().as_str() {
            "failed" => Action::Failed,
            "delayed" => Action::Delayed,
            "delivered" | "relayed" | "expanded" => Action::Passed,
            _ => return None,
        };
        let named = ["Original-Recipient", "Final-Recipient"].map(|name| field(group, name));
        let addresses = named.into_iter().flatten().filter_map(address).collect();
        let words = field(group, "Diagnostic-Code").unwrap_or_default();
        let words = words.split_once(';').map_or(words, |(_, words)| words);
        Some(Told { action, status, addresses, words: cleaned(words, &[]) })
    }
}

/// `rfc822; somebody@kommune.example` → the address.
fn address(field: &str) -> Option<String> {
    let (_, address) = field.split_once(';')?;
    let address = address.trim().trim_start_matches('<').trim_end_matches('>');
    (address.contains('@') && is_plain(address)).then(|| address.to_owned())
}

/// One line of visible ASCII, as every id and address of ours is.
fn is_plain(text: &str) -> bool {
    (1..=300).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The `Message-ID` of the letter that is in the report, whole or its headers alone.
fn returned(parsed: &Message<'_>) -> Option<String> {
    let parts = parsed.parts.iter().skip(1);
    let found = parts.filter_map(|part| {
        if let PartType::Message(letter) = &part.body {
            return letter.message_id().map(str::to_owned);
        }
        let subtype = part.content_type()?.subtype()?;
        subtype.eq_ignore_ascii_case("rfc822-headers").then_some(())?;
        let headers = MessageParser::default().parse_headers(part.contents())?;
        headers.message_id().map(str::to_owned)
    });
    found.map(|id| format!("<{id}>")).next()
}

type Group = Vec<(String, String)>;

/// The fields of a report in groups, folded lines put together.
fn groups(text: &str) -> Vec<Group> {
    let mut groups = vec![Group::new()];
    for line in text.lines().take(MAX_LINES) {
        let last = groups.last_mut().expect("there is always a group");
        if line.trim().is_empty() {
            if !last.is_empty() {
                groups.push(Group::new());
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = last.last_mut()
                && value.len() + line.len() < MAX_FIELD_BYTES
            {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':')
            && line.len() < MAX_FIELD_BYTES
        {
            last.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn field<'a>(group: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = group.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
}

impl Report {
    /// One line for a person, `5.1.1 failed: 550 no such user`.
    pub fn told(&self) -> String {
        let action = match self.action {
            Action::Failed => "failed",
            Action::Delayed => "delayed",
            Action::Passed => "passed on",
        };
        let status = self.status.map(|status| format!("{status} ")).unwrap_or_default();
        let told = format!("report: {status}{action} {}", self.words);
        told.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests;
