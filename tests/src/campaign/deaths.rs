//! How a process dies, which one, and what was counted of it.

use std::collections::BTreeMap;

/// Where a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Death {
    /// At a random moment.
    Moment,
    /// At a random moment, and everybody else with it.
    Everybody,
    /// Before the commit is on disk, or before the server hears of it.
    BeforeCommit,
    /// After the server's commit, before its word arrives.
    Unheard,
    /// After the commit, before the answer.
    BeforeAnswer,
    /// After the mark that a letter is being handed over is committed, before the relay has it.
    AfterMark,
    /// After the relay's word that it has a letter, before that is committed.
    AfterRelay,
    /// After it is committed that the relay has a letter.
    AfterSettle,
    /// At a random change inside an import.
    InsideImport,
    /// At a random change inside a rebuild.
    InsideRebuild,
    /// At a random change inside an erasure.
    InsideErasure,
    /// At a random change inside a copy.
    InsideCopy,
    /// At a random change or word inside the sending of letters.
    InsideDelivery,
    /// All processes of the database server at once.
    Server,
    /// The first process of the database server.
    Postmaster,
    /// A process of the database server that serves the program.
    Backend,
}

/// Who dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Victim {
    /// Whoever records one session.
    Writer,
    /// Whoever imports a chunk of a journal.
    Import,
    /// Whoever rebuilds the tables.
    Rebuild,
    /// Whoever erases a person.
    Erasure,
    /// Whoever copies the store.
    Copy,
    /// The running service.
    Service,
    /// One round of the scheduler.
    Tick,
    /// The database server.
    Database,
}

/// What happened.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Deaths by their place.
    pub deaths: BTreeMap<Death, u64>,
    /// Processes that ended before their death came: it waited for another one.
    pub escaped: u64,
    /// Processes that were started.
    pub processes: u64,
    /// Commands that were stored although nobody was told, found by repeating them.
    pub stored_untold: u64,
    /// Processes that ended with exit code 5 or 6, by the code of their error.
    pub refused: BTreeMap<String, u64>,
}

impl Figures {
    /// All deaths.
    pub fn kills(&self) -> u64 {
        self.deaths.values().sum()
    }
}
