//! What each command does: read, call the crates below, answer.

pub(crate) mod anchoring;
mod audit;
mod bounces;
mod case;
mod configuration;
mod demo;
mod doctor;
mod erase;
mod export;
mod group;
mod help;
mod import;
mod init;
mod keys;
mod letters;
mod mail;
mod policy;
mod query;
mod record;
mod record_help;
mod reminders;
mod replay;
pub(crate) mod run;
mod short_forms;
mod staff;
mod store;

use crate::args::{Command, SchedulerCommand};
use crate::context::Context;
use crate::report::{Exit, Report};
use crate::service;

/// Carries out one command.
pub async fn run(context: &Context, command: Command) -> Result<Exit, Report> {
    match command {
        Command::Init(args) => init::run(context, args).await,
        Command::Demo(args) => demo::run(context, args).await,
        Command::Record(args) => record::run(context, args).await,
        Command::Session(args) => short_forms::session(context, args).await,
        Command::FollowUp(args) => short_forms::follow_up(context, args).await,
        Command::Import(args) => import::run(context, args).await,
        Command::Export(args) => export::run(context, args).await,
        Command::Case(args) => case::run(context, args).await,
        Command::Query(args) => query::run(context, args).await,
        Command::Reminders(args) => reminders::run(context, args).await,
        Command::Letters(args) => letters::run(context, args).await,
        Command::Bounces(args) => bounces::run(context, args).await,
        Command::Staff(args) => staff::run(context, args).await,
        Command::Group(args) => group::run(context, args).await,
        Command::Policy(args) => policy::run(context, args).await,
        Command::Replay(args) => replay::run(context, args).await,
        Command::Audit(args) => audit::run(context, args).await,
        Command::Run => service::serve(context).await,
        Command::Scheduler(SchedulerCommand::Tick { at }) => run::tick(context, at).await,
        Command::Scheduler(SchedulerCommand::TrustClock) => run::trust_clock(context).await,
        Command::Store(args) => store::run(context, args).await,
        Command::Keys(args) => keys::run(context, args).await,
        Command::Erase(args) => erase::run(context, args).await,
        Command::Doctor => doctor::run(context).await,
        Command::Config(args) => configuration::run(context, &args),
        Command::Completions { shell } => help::completions(shell),
        Command::Man { dir } => help::manual(&dir),
        Command::Help { topic } => help::topic(topic.as_deref()),
    }
}
