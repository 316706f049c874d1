//! What a reader sees: marks without width taken out, marks of HTML decoded.

use std::borrow::Cow;

/// Tags that stand inside a line; any other one ends it.
const INLINE: [&str; 14] = [
    "a", "abbr", "b", "code", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup",
    "wbr",
];
/// The longest name of a character that is looked for.
const MAX_NAME_CHARS: usize = 12;

/// Leaves out what nobody sees: soft hyphens, marks of direction, joiners.
pub(super) fn without_invisible(text: &str) -> Cow<'_, str> {
    if text.contains(is_invisible) {
        return Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).collect());
    }
    Cow::Borrowed(text)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The text of a page: tags inside a line leave no gap, others end it.
pub(super) fn text_of(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(&decoded(before));
        let (inside, after) = match tag.strip_prefix("!--") {
            Some(comment) => ("!--", comment.split_once("-->").map_or("", |(_, after)| after)),
            None => tag.split_once('>').unwrap_or((tag, "")),
        };
        let name = inside.trim_start_matches('/');
        let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let is_inline = inside == "!--" || INLINE.iter().any(|tag| name.eq_ignore_ascii_case(tag));
        if !is_inline {
            out.push('\n');
        }
        rest = after;
    }
    out.push_str(&decoded(rest));
    out
}

/// The text with `&#54;`, `&#x36;` and the names that hide something read as what they stand for.
pub(super) fn decoded(html: &str) -> Cow<'_, str> {
    if !html.contains('&') {
        return Cow::Borrowed(html);
    }
    let mut parts = html.split('&');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (c, rest) = entity(part).unwrap_or(('&', part));
        out.push(c);
        out.push_str(rest);
    }
    Cow::Owned(out)
}

/// The character that an entity stands for, and what follows it.
fn entity(text: &str) -> Option<(char, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '#';
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let rest = rest.strip_prefix(';').unwrap_or(rest);
    if name.len() > MAX_NAME_CHARS {
        return None;
    }
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let hexadecimal = number.strip_prefix(['x', 'X']);
            let code = match hexadecimal {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
        None => named(name)?,
    };
    Some((c, rest))
}

fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" | "ensp" | "emsp" | "thinsp" => ' ',
        "shy" | "zwj" | "zwnj" | "lrm" | "rlm" => '\u{ad}',
        "hyphen" | "dash" | "ndash" | "mdash" | "minus" => '-',
        "aring" => 'å',
        "Aring" => 'Å',
        "aelig" => 'æ',
        "AElig" => 'Æ',
        "oslash" => 'ø',
        "Oslash" => 'Ø',
        "eacute" => 'é',
        "Eacute" => 'É',
        "ouml" => 'ö',
        "Ouml" => 'Ö',
        "auml" => 'ä',
        "Auml" => 'Ä',
        "uuml" => 'ü',
        "Uuml" => 'Ü',
        _ => return None,
    })
}
