//! A wire to PostgreSQL that is cut at a commit: before it arrives, or before its answer returns.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

/// The name of the socket that a PostgreSQL on port 5432 has in its folder.
const SOCKET: &str = ".s.PGSQL.5432";
const BLOCK_BYTES: usize = 64 * 1024;

/// Where the next commit is cut off.
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
}

impl Wire {
    /// Lays a wire to the server whose socket lies in a folder.
    pub fn lay(server: &Path) -> Self {
        let folder = TempDir::with_prefix("spor-wire-").expect("a folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket");
        let cut = Arc::new(AtomicU8::new(0));
        let (server, wanted) = (server.join(SOCKET), Arc::clone(&cut));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server.clone(), Arc::clone(&wanted)));
            }
        });
        Self { folder, cut }
    }

    /// The URL of a database at the other end.
    pub fn url(&self, user: &str, database: &str) -> String {
        let folder = self.folder.path().to_str().expect("a plain path").replace('/', "%2F");
        format!("postgres://{user}@{folder}/{database}")
    }

    /// Cuts the connection that commits next; those made later are whole.
    pub fn cut_next(&self, cut: Cut) {
        self.cut.store(cut as u8, Ordering::SeqCst);
    }

    /// Whether the cut was made.
    pub fn was_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst) == 0
    }
}

/// Passes bytes both ways until one end closes or the wire is cut.
async fn pass(mut client: UnixStream, server: PathBuf, cut: Arc<AtomicU8>) {
    let Ok(mut server) = UnixStream::connect(server).await else { return };
    let (mut asked, mut told) = (vec![0; BLOCK_BYTES], vec![0; BLOCK_BYTES]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                let commits = asked[..count].windows(6).any(|bytes| bytes == b"COMMIT");
                let wanted = if commits { cut.swap(0, Ordering::SeqCst) } else { 0 };
                if wanted == Cut::BeforeCommit as u8
                    || server.write_all(&asked[..count]).await.is_err()
                {
                    return;
                }
                if wanted == Cut::BeforeAnswer as u8 {
                    // The answer is there: it is on disk, but it goes no further.
                    let _ = server.read(&mut told).await;
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
