//! PostgreSQL behind the backend's trait: one server or several, a few readers, one writer.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Semaphore;

use crate::backend::{Answer, Answering, Backend, Batch, Connection, Dialect};
use crate::error::{Result, StoreError};
use crate::location::{OpenOptions, Servers};
use crate::sql;

pub(crate) mod check;
mod connect;
mod failure;
mod link;
pub(crate) mod migrate;
mod patient;

pub(crate) use connect::connect;
pub(crate) use link::PostgresLink;
pub(crate) use patient::PatientLink;

/// Connections that read; more of them would only wait for each other on one machine.
const READERS: usize = 8;
/// After a lost connection a read is sent again so often.
const READ_TRIES: usize = 3;

/// A store in a PostgreSQL database.
#[derive(Debug)]
pub(crate) struct PostgresServer {
    servers: Servers,
    options: OpenOptions,
    readers: Mutex<Vec<PostgresLink>>,
    slots: Semaphore,
}

impl PostgresServer {
    /// Takes over the link through which the database was checked.
    pub(crate) fn new(servers: &Servers, options: OpenOptions, checked: PostgresLink) -> Self {
        Self {
            servers: servers.clone(),
            options,
            readers: Mutex::new(vec![checked]),
            slots: Semaphore::new(READERS),
        }
    }

    /// A new connection: it has been there once, so a fail-over is waited for.
    async fn link(&self) -> Result<PostgresLink> {
        connect::connect_again(&self.servers, self.options).await
    }

    async fn read_again(&self, batch: Batch) -> Result<Vec<Answer>> {
        let _slot = self.slots.acquire().await.map_err(|_| StoreError::Closed)?;
        let mut tries = 0;
        loop {
            let mut link = match self.idle() {
                Some(link) => link,
                None => self.link().await?,
            };
            match link.run_batch(batch.clone()).await {
                Ok(answers) => {
                    // Only a link that answered goes back: a broken one may be in a transaction.
                    let mut idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
                    idle.push(link);
                    return Ok(answers);
                }
                Err(StoreError::Unreachable { .. }) if tries < READ_TRIES => {
                    // What one connection has lost, the others have lost too.
                    self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
                    tries += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn idle(&self) -> Option<PostgresLink> {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.pop()
    }
}

impl Backend for PostgresServer {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn read(&self, batch: Batch) -> Answering<'_, Vec<Answer>> {
        Box::pin(self.read_again(batch))
    }

    fn connect(&self) -> Answering<'_, Box<dyn Connection>> {
        Box::pin(async move {
            let mut link = self.link().await?;
            let begun = Batch::new().run_built(sql::server::BEGIN_WRITER, vec![]);
            link.run_batch(begun).await?;
            Ok(Box::new(link) as Box<dyn Connection>)
        })
    }

    fn close(&self) -> Answering<'_, ()> {
        Box::pin(async move {
            self.slots.close();
            while let Some(link) = self.idle() {
                Box::new(link).close().await?;
            }
            Ok(())
        })
    }
}
