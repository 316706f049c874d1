//! The words for people, groups and settings.

use clap::{Args, Subcommand};

use super::{AsOf, Writing};

/// `spor staff`
#[derive(Debug, Subcommand)]
pub enum Staff {
    /// Enter somebody in the directory
    Add(StaffAdd),
    /// Everybody, with roles, hours, absence and supervision
    List {
        /// When.
        #[command(flatten)]
        when: AsOf,
    },
    /// Somebody has left; says which cases are left behind
    Leave {
        /// Who
        person: String,
        /// What every written entry takes.
        #[command(flatten)]
        writing: Writing,
    },
    /// Somebody is away; letters go to the deputy meanwhile
    Absent {
        /// Who
        person: String,
        /// First day away
        #[arg(long, value_name = "DATE")]
        from: String,
        /// Last day away
        #[arg(long, value_name = "DATE")]
        until: Option<String>,
        /// Who is written to meanwhile
        #[arg(long, value_name = "PERSON")]
        deputy: Option<String>,
        /// What every written entry takes.
        #[command(flatten)]
        writing: Writing,
    },
    /// Somebody has signed the pledge of confidentiality; a volunteer must
    Pledge(OfPerson),
    /// Somebody has learnt something: supervision of others, two roles
    Competence {
        /// Who
        person: String,
        /// What
        kind: String,
        /// What every written entry takes.
        #[command(flatten)]
        writing: Writing,
    },
    /// A page of the booklet of mentors is published
    Profile {
        /// Who
        person: String,
        /// Where the page lies
        reference: String,
        /// What every written entry takes.
        #[command(flatten)]
        writing: Writing,
    },
    /// Somebody has attended supervision
    Supervision(OfPerson),
    /// Somebody has met peers for sparring
    Sparring(OfPerson),
}

/// An entry about a person that says no more.
#[derive(Debug, Args)]
pub struct OfPerson {
    /// Who
    pub person: String,
    /// What every written entry takes.
    #[command(flatten)]
    pub writing: Writing,
}

/// `spor staff add`
#[derive(Debug, Args)]
pub struct StaffAdd {
    /// The reference: M-01
    pub person: String,
    /// The name
    #[arg(long)]
    pub name: String,
    /// Where letters go
    #[arg(long)]
    pub email: String,
    /// What the person does: `mentor,professional_lead`
    #[arg(long, value_delimiter = ',', required = true)]
    pub roles: Vec<String>,
    /// Where
    #[arg(long)]
    pub administration: String,
    /// permanent, hourly, external or volunteer
    #[arg(long, default_value = "permanent")]
    pub employment: String,
    /// Hours a week for young people
    #[arg(long, value_name = "HOURS")]
    pub capacity: Option<f64>,
    /// What every written entry takes.
    #[command(flatten)]
    pub writing: Writing,
}

/// `spor group`
#[derive(Debug, Subcommand)]
pub enum Group {
    /// Form a group
    Form {
        /// The reference: G-01
        group: String,
        /// The mentor of everybody in it
        #[arg(long)]
        mentor: String,
        /// What it is for
        #[arg(long)]
        purpose: String,
        /// Its theme
        #[arg(long)]
        theme: Option<String>,
        /// How many at most
        #[arg(long, value_name = "N")]
        max_size: Option<i64>,
        /// What every written entry takes.
        #[command(flatten)]
        writing: Writing,
    },
    /// Every group, with its mentor, members and sessions
    List {
        /// When.
        #[command(flatten)]
        when: AsOf,
    },
    /// A group comes to its end
    Dissolve {
        /// The group
        group: String,
        /// Why
        #[arg(long)]
        because: String,
        /// What every written entry takes.
        #[command(flatten)]
        writing: Writing,
    },
    /// Log a session of a group
    Session {
        /// The group
        group: String,
        /// The cases that took part, separated by commas
        #[arg(long, value_delimiter = ',', required = true)]
        with: Vec<String>,
        /// How long, in minutes
        #[arg(long)]
        minutes: i64,
        /// Who held it
        #[arg(long, value_name = "PERSON")]
        by: String,
        /// How many guests; no names
        #[arg(long, value_name = "N")]
        guests: Option<i64>,
        /// What every written entry takes.
        #[command(flatten)]
        writing: Writing,
    },
}

/// `spor policy`
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Every setting with its value, range, unit, default and source
    Show {
        /// Every value ever set, with the day it governs from
        #[arg(long)]
        history: bool,
        /// When.
        #[command(flatten)]
        when: AsOf,
    },
    /// Set a value from a day on; say why with --reason
    Set {
        /// The setting
        key: String,
        /// Its value
        value: String,
        /// The first day it governs
        #[arg(long, value_name = "DATE")]
        from: String,
        /// What every written entry takes.
        #[command(flatten)]
        writing: Writing,
    },
    /// Who would get more letters, who fewer, and which dates would move; writes nothing
    Preview(super::Preview),
}
