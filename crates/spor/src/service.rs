//! `spor run`: projections and scheduler until stopped, and what the service tells of itself.

mod ending;
mod listening;
mod measuring;
mod metrics;
mod probes;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sd_notify::NotifyState;
use spor_scheduler::tick::Scheduler;

use crate::commands::{anchoring, run};
use crate::context::{Context, Session, instant, wall_clock};
use crate::report::{Exit, Report};
use crate::talk;

use ending::Stop;
use measuring::Measuring;

/// Tells the present instant: the one on the wall, or a sandbox's.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Projections and scheduler until SIGTERM or SIGINT.
pub async fn serve(context: &Context) -> Result<Exit, Report> {
    let address = listening::address(&context.config)?;
    let stop = Stop::watch()?;
    let session = context.open().await?;
    let scheduler = run::scheduler(context, &session)?;
    let clock = clock(context, &session)?;
    if let Some(address) = address {
        let listener = listening::bind(address).await?;
        let at = listener.local_addr()?;
        talk::say(context, &format!("health and metrics at http://{at}"));
        let measuring =
            Measuring::new(&session.store, &scheduler, Arc::clone(&clock), stop.clone());
        tokio::spawn(listening::serve(listener, Arc::new(measuring)));
    }
    talk::say(context, "spor runs; stop it with Ctrl-C or SIGTERM");
    let watchdog = tokio::spawn(tell_manager(scheduler.clone(), stop.clone()));
    scheduler.run(|| clock(), stop.asked()).await?;
    anchoring::at_the_end(context, &session.store).await;
    session.store.close().await?;
    watchdog.abort();
    Ok(Exit::Done)
}

/// In a sandbox the clock begins where `--clock` says and runs on from there.
fn clock(context: &Context, session: &Session) -> Result<Clock, Report> {
    let begins = match &context.global.clock {
        Some(text) => instant(text, session.zone)?,
        None => wall_clock(),
    };
    let ahead = begins.signed_duration_since(wall_clock());
    Ok(Arc::new(move || wall_clock().checked_add_signed(ahead).unwrap_or(begins)))
}

/// Tells a service manager that asks for it that the service is up, is alive, is ending. Without
/// one nobody hears it; a dead loop is not told of, and the manager starts the service anew.
async fn tell_manager(scheduler: Scheduler, stop: Stop) {
    notify(&[NotifyState::Ready]);
    let patience = sd_notify::watchdog_enabled();
    let mut has_told = false;
    loop {
        if stop.is_asked() && !has_told {
            notify(&[NotifyState::Stopping]);
            has_told = true;
        }
        if patience.is_some() && (stop.is_asked() || scheduler.pulse().beats()) {
            notify(&[NotifyState::Watchdog]);
        }
        let rest = patience.map_or(Duration::from_secs(30), |patience| patience / 3);
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = stop.asked(), if !has_told => {}
        }
    }
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(target: "spor", kind = ?error.kind(), "the service manager hears nothing");
    }
}
