//! A wire to PostgreSQL that is cut at a commit: before it arrives, or before its answer returns.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

/// The name of the socket that a PostgreSQL on port 5432 has in its folder.
const SOCKET: &str = ".s.PGSQL.5432";
const BLOCK_BYTES: usize = 64 * 1024;
/// A connection that has said this stores with its next commit; others only end their reading.
const STORES: &str = "INSERT INTO events";
/// With its semicolon: transactions that begin `READ COMMITTED` are not meant.
const COMMIT: &[u8] = b"COMMIT;";
/// What the server says when a commit is made.
const COMMITTED: &[u8] = b"COMMIT\0";

/// Where the next commit of an event is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The server never hears of it.
    BeforeCommit = 1,
    /// The server commits, and nobody hears its answer.
    BeforeAnswer = 2,
}

/// The wire: a folder with a socket that leads to a server.
#[derive(Debug)]
pub struct Wire {
    folder: TempDir,
    cut: Arc<AtomicU8>,
    listens: JoinHandle<()>,
}

/// What becomes of a connection that is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Both sides see at once that it is gone.
    Closed,
    /// Nobody hears anything more until the client is gone.
    Silent,
}

impl Wire {
    /// Lays a wire to the server whose socket lies in a folder.
    pub fn lay(server: &Path, end: End) -> Self {
        Self::lay_for(server, end, STORES)
    }

    /// Lays a wire that knows by these words of a connection that its next commit is meant.
    pub fn lay_for(server: &Path, end: End, stores: &'static str) -> Self {
        let folder = TempDir::with_prefix("spor-wire-").expect("a folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket");
        let cut = Arc::new(AtomicU8::new(0));
        let (server, wanted) = (server.join(SOCKET), Arc::clone(&cut));
        let listens = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let wanted = Arc::clone(&wanted);
                tokio::spawn(pass(client, server.clone(), wanted, (end, stores.as_bytes())));
            }
        });
        Self { folder, cut, listens }
    }

    /// The URL of a database at the other end.
    pub fn url(&self, user: &str, database: &str) -> String {
        let folder = self.folder.path().to_str().expect("a plain path").replace('/', "%2F");
        format!("postgres://{user}@{folder}/{database}")
    }

    /// Cuts the connection that stores an event next; those made later are whole.
    pub fn cut_next(&self, cut: Cut) {
        self.cut.store(cut as u8, Ordering::SeqCst);
    }

    /// Whether the cut was made.
    pub fn was_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst) == 0
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.listens.abort();
    }
}

/// Passes bytes both ways until one end closes or the wire is cut.
async fn pass(
    mut client: UnixStream,
    server: PathBuf,
    cut: Arc<AtomicU8>,
    (end, words): (End, &[u8]),
) {
    let Ok(mut server) = UnixStream::connect(server).await else { return };
    let (mut asked, mut told) = (vec![0; BLOCK_BYTES], vec![0; BLOCK_BYTES]);
    let mut stores = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                let asked = &asked[..count];
                stores = stores || holds(asked, words);
                let commits = stores && holds(asked, COMMIT);
                let wanted = if commits { cut.load(Ordering::SeqCst) } else { 0 };
                if wanted != Cut::BeforeCommit as u8 && server.write_all(asked).await.is_err() {
                    return;
                }
                if wanted == Cut::BeforeAnswer as u8 && !committed(&mut server, &mut told).await {
                    return;
                }
                if wanted != 0 {
                    cut.store(0, Ordering::SeqCst);
                    if end == End::Silent {
                        // It waits for an answer in vain: all that comes from it is its end.
                        let _ = client.read(&mut told).await;
                    }
                    return;
                }
            }
            read = server.read(&mut told) => {
                let Ok(count @ 1..) = read else { return };
                if client.write_all(&told[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Waits until the server says that the commit is made; false when it died over it.
async fn committed(server: &mut UnixStream, told: &mut [u8]) -> bool {
    let mut heard = Vec::new();
    while let Ok(count @ 1..) = server.read(told).await {
        heard.extend_from_slice(&told[..count]);
        if holds(&heard, COMMITTED) {
            return true;
        }
    }
    false
}

fn holds(bytes: &[u8], words: &[u8]) -> bool {
    bytes.windows(words.len()).any(|window| window == words)
}
