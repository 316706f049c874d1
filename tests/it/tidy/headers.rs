//! The page on imports lists the headers that are known, as the program has them.

use std::fs;

use spor_casework::import::sheet::{SheetKind, columns};

use super::root;

const PAGE: &str = "docs/import.md";
const HEAD: &str = "| Danish | English | also | must |\n|---|---|---|---|\n";

fn rows(kind: SheetKind) -> String {
    let row = |column: &spor_casework::import::sheet::Column| {
        let must = if column.required { "yes" } else { "" };
        format!("| {} | {} | {} | {must} |\n", column.da, column.name, column.also.join(", "))
    };
    columns(kind).iter().map(row).collect()
}

#[test]
fn the_page_on_imports_lists_every_header() {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let tables: Vec<&str> = page.split(HEAD).skip(1).collect();
    assert_eq!(tables.len(), 2, "a table for cases and one for sessions");
    for (table, kind) in tables.into_iter().zip([SheetKind::Cases, SheetKind::Sessions]) {
        let written = table.split("\n\n").next().unwrap();
        assert_eq!(format!("{written}\n"), rows(kind), "{PAGE} and the headers of {kind:?} differ");
    }
}
