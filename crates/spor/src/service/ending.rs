//! The first SIGTERM or SIGINT asks for a graceful end; the second ends at once.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::report::Report;

/// What a shell shows of a program that a signal ended, less the signal's number.
const BY_SIGNAL: i32 = 128;

/// Whether the service was asked to end.
#[derive(Clone)]
pub struct Stop {
    asked: watch::Receiver<bool>,
}

impl Stop {
    /// Listens to signals from now on.
    pub fn watch() -> Result<Self, Report> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let (asking, asked) = watch::channel(false);
        tokio::spawn(async move {
            either(&mut terminate, &mut interrupt).await;
            asking.send_replace(true);
            let kind = either(&mut terminate, &mut interrupt).await;
            std::process::exit(BY_SIGNAL.saturating_add(kind.as_raw_value()));
        });
        Ok(Self { asked })
    }

    /// Whether it was asked for.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Waits until it is asked for.
    pub async fn asked(&self) {
        let mut asked = self.asked.clone();
        // The sender lives as long as the program: it waits for the second signal.
        let _ = asked.wait_for(|asked| *asked).await;
    }
}

async fn either(terminate: &mut Signal, interrupt: &mut Signal) -> SignalKind {
    tokio::select! {
        _ = terminate.recv() => SignalKind::terminate(),
        _ = interrupt.recv() => SignalKind::interrupt(),
    }
}
