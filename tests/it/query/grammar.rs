//! The words of a question.

use chrono::NaiveDate;
use spor_projections::query::parse::{Condition, Expr, Test, parse};
use spor_projections::query::{BadQuery, Plan, Query};
use spor_projections::tables;
use spor_store::{Cell, Op};

fn today() -> NaiveDate {
    "2025-05-20".parse().unwrap()
}

fn read(text: &str) -> Result<Expr, BadQuery> {
    parse(&tables::deadlines::TABLE, text, today())
}

/// The tree in one line.
fn told(expr: &Expr) -> String {
    let join = |parts: &[Expr], word: &str| {
        let parts: Vec<String> = parts.iter().map(told).collect();
        format!("({})", parts.join(word))
    };
    match expr {
        Expr::And(parts) => join(parts, " and "),
        Expr::Or(parts) => join(parts, " or "),
        Expr::Not(part) => format!("not {}", told(part)),
        Expr::Is(Condition { column, test }) => match test {
            Test::Compare(op, cell) => format!("{}{}{}", column.name, op.as_str(), cell_text(cell)),
            Test::Contains(text) => format!("{}~{text}", column.name),
            Test::In(cells) => {
                let cells: Vec<String> = cells.iter().map(cell_text).collect();
                format!("{} in ({})", column.name, cells.join(","))
            }
            Test::IsNull => format!("{} is null", column.name),
            Test::IsSet => format!("{} is not null", column.name),
        },
    }
}

fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) => number.to_string(),
        Cell::Date(day) => day.to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn conditions_mean_what_they_say() {
    for (text, tree) in [
        ("status=overdue", "status=overdue"),
        ("STATUS = Overdue", "status=overdue"),
        ("rule = R01 and due < today+14d or days>=3", "((rule=R01 and due<2025-06-03) or days>=3)"),
        ("rule=R01 and (due<=today or days != -2)", "(rule=R01 and (due<=2025-05-20 or days<>-2))"),
        ("not status in (met, ended)", "not status in (met,ended)"),
        ("status not in (met)", "not status in (met)"),
        ("level is null", "level is null"),
        ("level is not null and case ~ 'SPOR'", "(level is not null and case~SPOR)"),
        ("case = \"A \"\"B\"\" and\"", "case=A \"B\" and"),
        ("case='it''s'", "case=it's"),
        ("case=SPOR-2025-0101", "case=SPOR-2025-0101"),
        ("due > today-2w and due < today+1m", "(due>2025-05-06 and due<2025-06-20)"),
        ("due=2025-05-31", "due=2025-05-31"),
        ("((not (rule=R01)))", "not rule=R01"),
        ("administration = and", "administration=and"),
    ] {
        assert_eq!(told(&read(text).unwrap()), tree, "{text}");
    }
}

#[test]
fn an_error_points_at_its_place_and_says_what_to_write() {
    for (text, at, width, what, try_next) in [
        ("statsu=overdue", 0, 6, "deadlines has no column \"statsu\"", "did you mean status?"),
        ("rule=R01 and stauts=met", 13, 6, "deadlines has no column \"stauts\"", "status?"),
        ("status=overdu", 7, 6, "status is never \"overdu\"", "did you mean overdue?"),
        ("status=", 7, 1, "a value is missing here", "write a word"),
        ("due<soon", 4, 4, "due cannot be compared with \"soon\"", "write a date"),
        ("due=2025-02-30", 4, 10, "due cannot be compared", "write a date"),
        ("due=today+14x", 4, 9, "due cannot be compared", "today+14d"),
        ("days>many", 5, 4, "days cannot be compared", "write a whole number"),
        ("(rule=R01", 9, 1, "a ) is missing here", "close the bracket"),
        ("rule=R01)", 8, 1, "there is no ( for this )", "take the ) away"),
        ("rule=R01 rule=R02", 9, 4, "`and` or `or` is missing here", "join"),
        ("rule", 4, 1, "a comparison is missing here", "is null"),
        ("rule is empty", 8, 5, "`null` is missing here", "is not null"),
        ("rule in R01", 8, 3, "a ( is missing here", "in (a, b)"),
        ("rule in (R01 R02)", 13, 3, "a , or ) is missing here", "in (a, b)"),
        ("case='x", 5, 1, "this quote is never closed", "quotes"),
        ("rule=R01 & x", 9, 1, "'&' has no meaning here", "quotes"),
        ("due~2025", 3, 1, "due holds no text to look into", "compare"),
        ("and", 0, 3, "deadlines has no column \"and\"", "the columns are"),
        ("born_on<today", 0, 7, "deadlines has no column", ""),
    ] {
        let bad = read(text).unwrap_err();
        assert_eq!((bad.at, bad.width), (at, width), "{text}: {bad:?}");
        assert!(bad.to_string().contains(what), "{text}: {bad}");
        assert!(bad.try_next.contains(try_next), "{text}: {}", bad.try_next);
    }
    let bad = read("rule=R01 and stauts=met").unwrap_err();
    assert_eq!(bad.caret(), "    rule=R01 and stauts=met\n                 ^^^^^^");
    let deep = format!("{}rule=R01{}", "(".repeat(200), ")".repeat(200));
    assert!(read(&deep).unwrap_err().to_string().contains("too many brackets"));
    let long = format!("case={}", "x".repeat(5_000));
    assert!(read(&long).unwrap_err().to_string().contains("4096 characters"));
}

#[test]
fn sort_and_columns_are_checked_by_name() {
    let plan = |sort: &str, columns: &str| {
        let query = Query {
            sort: Some(sort.to_owned()),
            columns: Some(columns.to_owned()),
            ..Query::default()
        };
        Plan::of(&tables::deadlines::TABLE, &query, today())
    };
    let good = plan("due,-days", "case, Level").unwrap();
    let order: Vec<(&str, bool)> = good.order.iter().map(|(c, down)| (c.name, *down)).collect();
    assert_eq!(order, [("due", false), ("days", true)]);
    let columns: Vec<&str> = good.columns.iter().map(|column| column.name).collect();
    assert_eq!(columns, ["case", "level"]);
    let bad = plan("due,-dyas", "case").unwrap_err();
    assert_eq!((bad.at, bad.try_next.as_str()), (5, "did you mean days?"));
    let bad = plan("due", "case, levle").unwrap_err();
    assert_eq!((bad.at, bad.try_next.as_str()), (6, "did you mean level?"));
}

#[test]
fn an_unknown_table_names_the_nearest() {
    let error = tables::named("deadline").unwrap_err();
    assert_eq!((error.code(), error.try_next().as_str()), ("unknown_table", "ask deadlines"));
    assert_eq!(read("status=overdue").unwrap(), {
        let column = tables::find("DEADLINES").unwrap().column("status").unwrap();
        let cell = Cell::Text("overdue".to_owned());
        Expr::Is(Condition { column, test: Test::Compare(Op::Equal, cell) })
    });
}
