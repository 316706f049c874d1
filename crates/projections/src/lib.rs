//! What is known: every case folded into rows, kept fresh by a runner, answered by name.
//!
//! | room | what stands in it |
//! |---|---|
//! | [`column`] | columns: kept facts and dates, or computed from (row, day, policy) |
//! | [`tables`] | the read models, one file each, and the list of all |
//! | [`reports`] | questions over whole tables: grouped, counted, compared |
//! | [`runner`] | brings the rows to the head of the log, rebuilds them, sets broken streams aside |
//! | [`query`] | questions in words: where, sort, columns, limit, as of a day, known at a moment |
//! | [`people`] | what other streams say of a case's people |
//! | [`case_document`] | one case as of a day, as a person or a program reads it |
//!
//! Rows of today come from the database, rows of any other day from the log; both are made by the
//! same function of the table. Nothing here ever writes to the log or to anybody.
//!
//! ```
//! use spor_projections::tables;
//! let deadlines = tables::find("deadlines").expect("a table of every store");
//! assert!(deadlines.column("status").is_some_and(|column| column.is_computed()));
//! ```

pub mod case_document;
pub mod column;
pub mod erasing;
pub mod error;
pub mod people;
pub mod query;
pub mod reports;
pub mod runner;
pub mod tables;
