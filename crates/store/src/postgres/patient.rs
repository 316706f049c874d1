//! A connection that comes back by itself, for those who hold one all the time.

use std::sync::Arc;

use super::{PostgresLink, PostgresServer};
use crate::backend::{Answer, Answering, Batch, Connection, Dialect};
use crate::error::{Result, StoreError};

/// A connection that is made again after it was lost; what was under way then is an error.
#[derive(Debug)]
pub(crate) struct PatientLink {
    server: Arc<PostgresServer>,
    link: Option<PostgresLink>,
}

impl PatientLink {
    pub(crate) fn new(server: Arc<PostgresServer>) -> Self {
        Self { server, link: None }
    }

    async fn run_batch(&mut self, batch: Batch) -> Result<Vec<Answer>> {
        let mut link = match self.link.take() {
            Some(link) => link,
            None => self.server.link().await?,
        };
        let answered = link.run_batch(batch).await;
        if !matches!(answered, Err(StoreError::Unreachable { .. })) {
            self.link = Some(link);
        }
        answered
    }
}

impl Connection for PatientLink {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn run(&mut self, batch: Batch) -> Answering<'_, Vec<Answer>> {
        Box::pin(self.run_batch(batch))
    }

    fn close(self: Box<Self>) -> Answering<'static, ()> {
        Box::pin(async move {
            match self.link {
                Some(link) => Box::new(link).close().await,
                None => Ok(()),
            }
        })
    }
}
