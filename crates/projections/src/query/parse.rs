//! From text to a tree of conditions, checked against the columns of the table.

use chrono::NaiveDate;
use spor_domain::nearest::nearest;
use spor_store::{Cell, ColumnKind, Op};

use super::BadQuery;
use super::values::{expected, value};
use super::words::{Kind, Token, tokens};
use crate::column::Column;
use crate::tables::Table;

/// Brackets within brackets, at most.
const DEEPEST: usize = 16;
/// Values in one list, at most.
const LONGEST_LIST: usize = 500;

/// Which rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// All of these.
    And(Vec<Expr>),
    /// Any of these.
    Or(Vec<Expr>),
    /// Not this: every row that it does not hold for, also where a cell is empty.
    Not(Box<Expr>),
    /// One condition.
    Is(Condition),
}

/// One condition on one column.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The column.
    pub column: &'static Column,
    /// What is asked of it.
    pub test: Test,
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.column.name == other.column.name && self.test == other.test
    }
}

/// What is asked of a cell. An empty cell passes only `is null`.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// It compares so with a value.
    Compare(Op, Cell),
    /// It contains this text, in any case of letters.
    Contains(String),
    /// It is one of these.
    In(Vec<Cell>),
    /// It is empty.
    IsNull,
    /// It is not empty.
    IsSet,
}

impl Expr {
    /// Whether a column of that name is asked for.
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.mentions(name)),
            Self::Not(part) => part.mentions(name),
            Self::Is(condition) => condition.column.name == name,
        }
    }
}

/// Reads the conditions of a question.
pub fn parse(table: &'static Table, text: &str, today: NaiveDate) -> Result<Expr, BadQuery> {
    let tokens = tokens(text)?;
    let mut parser = Parser { table, text, today, tokens, place: 0, depth: 0 };
    let expr = parser.any()?;
    match parser.peek().kind {
        Kind::End => Ok(expr),
        Kind::Close => Err(parser.refuse("there is no ( for this )", "take the ) away")),
        _ => Err(parser.refuse("`and` or `or` is missing here", "join conditions with and, or")),
    }
}

/// Reads `due,-days`: a minus for the greatest first.
pub fn sort(table: &'static Table, text: &str) -> Result<Vec<(&'static Column, bool)>, BadQuery> {
    let one = |(at, name): (usize, &str)| {
        let (at, name, descending) = match name.strip_prefix('-') {
            Some(name) => (at + 1, name, true),
            None => (at, name.strip_prefix('+').unwrap_or(name), false),
        };
        Ok((column(table, text, (at, name))?, descending))
    };
    named(text).into_iter().map(one).collect()
}

/// Reads `case,due,level`.
pub fn columns(table: &'static Table, text: &str) -> Result<Vec<&'static Column>, BadQuery> {
    named(text).into_iter().map(|name| column(table, text, name)).collect()
}

/// The names of a list, each with the character it begins at.
fn named(text: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    let mut names = Vec::new();
    for part in text.split(',') {
        let blank = part.chars().take_while(|c| c.is_whitespace()).count();
        names.push((at + blank, part.trim()));
        at += part.chars().count() + 1;
    }
    names
}

fn column(
    table: &'static Table,
    text: &str,
    (at, name): (usize, &str),
) -> Result<&'static Column, BadQuery> {
    table.column(name).ok_or_else(|| {
        let known = || table.shown().map(|column| column.name);
        let try_next = match nearest(name, known()) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => format!("the columns are {}", known().collect::<Vec<_>>().join(", ")),
        };
        BadQuery {
            text: text.to_owned(),
            at,
            width: name.chars().count(),
            what: format!("{} has no column {name:?}", table.name),
            because: "a question is about the columns of its table".to_owned(),
            try_next,
        }
    })
}

struct Parser<'a> {
    table: &'static Table,
    text: &'a str,
    today: NaiveDate,
    tokens: Vec<Token>,
    place: usize,
    depth: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expr, BadQuery> {
        let mut parts = vec![self.all()?];
        while self.peek().is("or") {
            self.next();
            parts.push(self.all()?);
        }
        Ok(only_or(parts, Expr::Or))
    }

    fn all(&mut self) -> Result<Expr, BadQuery> {
        let mut parts = vec![self.one()?];
        while self.peek().is("and") {
            self.next();
            parts.push(self.one()?);
        }
        Ok(only_or(parts, Expr::And))
    }

    fn one(&mut self) -> Result<Expr, BadQuery> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.refuse("too many brackets within brackets", "write it flatter"));
        }
        let expr = if self.peek().is("not") {
            self.next();
            Expr::Not(Box::new(self.one()?))
        } else if self.peek().kind == Kind::Open {
            self.next();
            let inner = self.any()?;
            if self.peek().kind != Kind::Close {
                return Err(self.refuse("a ) is missing here", "close the bracket"));
            }
            self.next();
            inner
        } else {
            self.condition()?
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn condition(&mut self) -> Result<Expr, BadQuery> {
        let Kind::Word(name) = self.peek().kind.clone() else {
            let columns = "name a column, as in status=overdue";
            return Err(self.refuse("a column is missing here", columns));
        };
        let column = column(self.table, self.text, (self.peek().at, &name))?;
        self.next();
        let sign = self.peek().clone();
        let test = match sign.kind {
            Kind::Compare(op) => {
                self.next();
                Test::Compare(op, self.value(column)?)
            }
            Kind::Contains => {
                self.next();
                Test::Contains(self.contained(column)?)
            }
            _ if sign.is("in") => {
                self.next();
                Test::In(self.list(column)?)
            }
            _ if sign.is("not") => {
                self.next();
                if !self.peek().is("in") {
                    return Err(self.refuse("`in` is missing here", "write not in (a, b)"));
                }
                self.next();
                let test = Test::In(self.list(column)?);
                return Ok(Expr::Not(Box::new(Expr::Is(Condition { column, test }))));
            }
            _ if sign.is("is") => {
                self.next();
                self.emptiness()?
            }
            _ => {
                let signs = "write = != < <= > >= ~ in (…), is null or is not null";
                return Err(self.refuse("a comparison is missing here", signs));
            }
        };
        Ok(Expr::Is(Condition { column, test }))
    }

    fn emptiness(&mut self) -> Result<Test, BadQuery> {
        let negated = self.peek().is("not");
        if negated {
            self.next();
        }
        if !self.peek().is("null") {
            return Err(self.refuse("`null` is missing here", "write is null or is not null"));
        }
        self.next();
        Ok(if negated { Test::IsSet } else { Test::IsNull })
    }

    fn list(&mut self, column: &'static Column) -> Result<Vec<Cell>, BadQuery> {
        if self.peek().kind != Kind::Open {
            return Err(self.refuse("a ( is missing here", "write in (a, b)"));
        }
        let mut values = Vec::new();
        loop {
            self.next();
            values.push(self.value(column)?);
            match self.peek().kind {
                Kind::Comma if values.len() < LONGEST_LIST => {}
                Kind::Close => break,
                _ => return Err(self.refuse("a , or ) is missing here", "write in (a, b)")),
            }
        }
        self.next();
        Ok(values)
    }

    fn contained(&mut self, column: &'static Column) -> Result<String, BadQuery> {
        if column.kind != ColumnKind::Text {
            let what = format!("{} holds no text to look into", column.name);
            self.place -= 1;
            return Err(self.refuse(&what, "compare with = < >"));
        }
        let (Kind::Word(text) | Kind::Quoted(text)) = self.peek().kind.clone() else {
            return Err(self.refuse("a text is missing here", "write ~ and a text"));
        };
        self.next();
        Ok(text)
    }

    fn value(&mut self, column: &'static Column) -> Result<Cell, BadQuery> {
        let (Kind::Word(text) | Kind::Quoted(text)) = self.peek().kind.clone() else {
            return Err(self.refuse("a value is missing here", expected(column.kind)));
        };
        let Some(cell) = value(column.kind, &text, self.today) else {
            let what = format!("{} cannot be compared with {text:?}", column.name);
            return Err(self.refuse(&what, expected(column.kind)));
        };
        let cell = self.known_word(column, cell)?;
        self.next();
        Ok(cell)
    }

    /// A word of a closed list is checked, so that a typing error is not an empty answer.
    fn known_word(&self, column: &'static Column, cell: Cell) -> Result<Cell, BadQuery> {
        let Cell::Text(word) = &cell else {
            return Ok(cell);
        };
        let known = column.words.iter().find(|known| known.eq_ignore_ascii_case(word));
        match known {
            _ if column.words.is_empty() => Ok(cell),
            Some(known) => Ok(Cell::Text((*known).to_owned())),
            None => {
                let what = format!("{} is never {word:?}", column.name);
                let words = column.words.join(", ");
                let try_next = match nearest(word, column.words.iter().copied()) {
                    Some(nearest) => format!("did you mean {nearest}? It is one of {words}"),
                    None => format!("it is one of {words}"),
                };
                Err(self.refuse(&what, &try_next))
            }
        }
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.place.min(self.tokens.len() - 1)]
    }

    fn next(&mut self) {
        self.place += 1;
    }

    fn refuse(&self, what: &str, try_next: &str) -> BadQuery {
        let Token { at, width, .. } = *self.peek();
        BadQuery {
            text: self.text.to_owned(),
            at,
            width,
            what: what.to_owned(),
            because: "the condition cannot be read from here".to_owned(),
            try_next: try_next.to_owned(),
        }
    }
}

fn only_or(mut parts: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Expr {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (Some(last), false) => {
            parts.push(last);
            join(parts)
        }
        (None, _) => join(parts),
    }
}
