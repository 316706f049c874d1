//! The words of a question and where they stand.

use spor_store::Op;

use super::BadQuery;

/// A longer question was not typed by a person.
const LONGEST_CHARS: usize = 4_096;

/// One word or sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The character it begins at.
    pub(super) at: usize,
    /// How many characters it has.
    pub(super) width: usize,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A bare word: a column, a value, `and`.
    Word(String),
    /// A text in quotes: always a value.
    Quoted(String),
    Compare(Op),
    Contains,
    Open,
    Close,
    Comma,
    /// Nothing more.
    End,
}

impl Token {
    /// Whether it is this word, in any case of letters, and not quoted.
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(&self.kind, Kind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }
}

/// Splits a question into tokens; the last one is [`Kind::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, BadQuery> {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() > LONGEST_CHARS {
        return Err(bad(text, (0, 1), &format!("more than {LONGEST_CHARS} characters")));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&char) = chars.get(at) {
        if char.is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, width) = token(text, &chars, at)?;
        tokens.push(Token { kind, at, width });
        at += width;
    }
    tokens.push(Token { kind: Kind::End, at: chars.len(), width: 1 });
    Ok(tokens)
}

fn token(text: &str, chars: &[char], at: usize) -> Result<(Kind, usize), BadQuery> {
    let next = chars.get(at + 1).copied();
    Ok(match (chars[at], next) {
        ('(', _) => (Kind::Open, 1),
        (')', _) => (Kind::Close, 1),
        (',', _) => (Kind::Comma, 1),
        ('~', _) => (Kind::Contains, 1),
        ('!', Some('=')) | ('<', Some('>')) => (Kind::Compare(Op::NotEqual), 2),
        ('<', Some('=')) => (Kind::Compare(Op::LessOrEqual), 2),
        ('>', Some('=')) => (Kind::Compare(Op::GreaterOrEqual), 2),
        ('=', Some('=')) => (Kind::Compare(Op::Equal), 2),
        ('<', _) => (Kind::Compare(Op::Less), 1),
        ('>', _) => (Kind::Compare(Op::Greater), 1),
        ('=', _) => (Kind::Compare(Op::Equal), 1),
        (quote @ ('"' | '\''), _) => quoted(text, chars, at, quote)?,
        (first, _) if is_word(first) => {
            let word: String = chars[at..].iter().take_while(|c| is_word(**c)).collect();
            let width = word.chars().count();
            (Kind::Word(word), width)
        }
        (other, _) => return Err(bad(text, (at, 1), &format!("{other:?} has no meaning here"))),
    })
}

/// A quote inside is written twice.
fn quoted(text: &str, chars: &[char], at: usize, quote: char) -> Result<(Kind, usize), BadQuery> {
    let mut value = String::new();
    let mut place = at + 1;
    loop {
        match (chars.get(place), chars.get(place + 1)) {
            (Some(c), Some(again)) if *c == quote && *again == quote => {
                value.push(quote);
                place += 2;
            }
            (Some(c), _) if *c == quote => return Ok((Kind::Quoted(value), place + 1 - at)),
            (Some(c), _) => {
                value.push(*c);
                place += 1;
            }
            (None, _) => return Err(bad(text, (at, 1), "this quote is never closed")),
        }
    }
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || "_-.:/+%@§½".contains(char)
}

fn bad(text: &str, (at, width): (usize, usize), what: &str) -> BadQuery {
    BadQuery {
        text: text.to_owned(),
        at,
        width,
        what: format!("the condition cannot be read: {what}"),
        because: "conditions look like status=overdue and due < today+14d".to_owned(),
        try_next: "put texts with other signs in quotes".to_owned(),
    }
}
