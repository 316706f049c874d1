//! A PostgreSQL of our own: made in a folder, stopped and removed with the process that made it.
//!
//! A shell watches each server: when the test's end of its pipe closes, also because the test was
//! killed, it stops the server and removes the folder.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use spor_store::{Location, Store};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection};
use tempfile::TempDir;

/// A server that is not there by then never will be.
const CEILING: Duration = Duration::from_mins(1);
const TICK: Duration = Duration::from_millis(20);

const WATCH: &str = r#"
trap '' INT TERM HUP
"$1/postgres" -D "$2/data" -k "$2" >> "$2/log" 2>&1 &
server=$!
read -r order
case $order in
    stop) kill -INT $server; wait $server ;;
    kill)
        kill -STOP $server
        kill -KILL $(cat /proc/$server/task/$server/children) $server
        wait $server ;;
    *) kill -QUIT $server; wait $server; rm -rf "$2" ;;
esac
"#;

/// A server and its folder.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    watch: Option<Child>,
}

/// A database of its own, prepared by an administrator, without a store.
#[derive(Debug, Clone)]
pub struct Database {
    /// As the program connects.
    pub url: String,
    /// As its administrator connects.
    pub admin_url: String,
}

impl Cluster {
    /// Makes a server with settings of its own and starts it.
    pub fn new(settings: &str) -> Self {
        let mut cluster = Self::in_a_folder();
        cluster.run("initdb", &["-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]);
        let common = "listen_addresses = ''\nmax_connections = 300\nshared_buffers = 64MB\n";
        let file = cluster.folder.join("data/postgresql.auto.conf");
        fs::write(file, format!("{common}{settings}\n")).expect("the server's settings");
        cluster.start();
        cluster
    }

    /// Makes a replica that follows this server, with settings of its own, and starts it.
    pub fn replica(&self, settings: &str) -> Self {
        let mut replica = Self::in_a_folder();
        let host = self.folder.to_str().expect("a plain path");
        replica.run(
            "pg_basebackup",
            &["-D", "data", "-h", host, "-U", "postgres", "-R", "-X", "stream", "-c", "fast"],
        );
        let file = replica.folder.join("data/postgresql.auto.conf");
        let mut file = fs::OpenOptions::new().append(true).open(file).expect("its settings");
        writeln!(file, "{settings}").expect("its settings");
        replica.start();
        replica
    }

    /// The server's folder: its data, its socket, its log.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Starts a server that was stopped or killed.
    pub fn start(&mut self) {
        let mut watch = self.as_user("sh");
        watch.args(["-c", WATCH, "sh"]).arg(binaries()).arg(&self.folder);
        watch.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        self.watch = Some(watch.spawn().expect("a shell"));
        let begun = Instant::now();
        let host = self.folder.to_str().expect("a plain path");
        while !self.command("pg_isready").args(["-q", "-h", host]).status().unwrap().success() {
            let log = || fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < CEILING, "the server does not start: {}", log());
            sleep(TICK);
        }
    }

    /// Stops the server in an orderly way.
    pub fn stop(&mut self) {
        self.order("stop");
    }

    /// Kills the server as a power cut would.
    pub fn kill(&mut self) {
        self.order("kill");
    }

    /// Makes a replica the primary.
    pub fn promote(&self) {
        self.run("pg_ctl", &["promote", "-D", "data", "-w"]);
    }

    /// The URL of a database on this server.
    pub fn url(&self, user: &str, database: &str) -> String {
        format!("postgres://{}/{database}", self.host(user))
    }

    /// The part of a URL that names user and server; several are joined by commas.
    pub fn host(&self, user: &str) -> String {
        let folder = self.folder.to_str().expect("a plain path").replace('/', "%2F");
        format!("{user}@{folder}")
    }

    /// Makes a prepared database.
    pub fn database(&self) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let name = format!("spor_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let make = format!("CREATE DATABASE {name} TEMPLATE spor_template");
        execute(&self.url("postgres", "postgres"), &[&make]);
        self.named(&name)
    }

    /// Makes the database that others are copied from, and the role that the program has.
    pub fn prepare(&self) {
        let admin_url = self.url("postgres", "postgres");
        execute(&admin_url, &["CREATE DATABASE spor_template"]);
        let template = Location::parse(&self.url("postgres", "spor_template")).expect("a URL");
        blocking(async move { Store::migrate(&template).await.map(|_| ()) }).expect("a migration");
        execute(&admin_url, &["CREATE ROLE spor_program LOGIN IN ROLE spor_app"]);
    }

    fn named(&self, name: &str) -> Database {
        let (url, admin_url) = (self.url("spor_program", name), self.url("postgres", name));
        Database { url, admin_url }
    }

    fn in_a_folder() -> Self {
        let folder = TempDir::with_prefix("spor-pg-").expect("a folder").keep();
        if let Some((uid, gid)) = other_user() {
            std::os::unix::fs::chown(&folder, Some(uid), Some(gid)).expect("the folder's owner");
        }
        Self { folder, watch: None }
    }

    fn order(&mut self, order: &str) {
        let Some(mut watch) = self.watch.take() else { return };
        let mut stdin = watch.stdin.take().expect("a pipe");
        // A shell that is gone already has nothing to stop.
        let _ = writeln!(stdin, "{order}");
        watch.wait().expect("the shell's end");
        // The server's children see its death a moment later.
        let socket = self.folder.join(".s.PGSQL.5432");
        let _ = fs::remove_file(socket);
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let ran = self.command(program).args(arguments).output().expect("a program");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{program}: {said}");
    }

    fn command(&self, program: &str) -> Command {
        self.as_user(binaries().join(program))
    }

    /// PostgreSQL refuses to run as the administrator of the machine.
    fn as_user(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).env("LC_ALL", "C.UTF-8");
        if let Some((uid, gid)) = other_user() {
            command.uid(uid).gid(gid);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.order("remove");
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The server that all tests of this process share.
pub fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(|| {
        let cluster = Cluster::new("");
        cluster.prepare();
        cluster
    })
}

/// A connection past the store.
pub async fn connect(url: &str) -> PgConnection {
    let options: PgConnectOptions = url.parse().expect("a URL");
    options.disable_statement_logging().connect().await.expect("a connection")
}

/// Runs statements, each for itself, from a test that is not asynchronous.
pub fn execute(url: &str, statements: &[&str]) {
    let url = url.to_owned();
    let statements: Vec<String> = statements.iter().map(|&text| text.to_owned()).collect();
    blocking(async move {
        let mut connection = connect(&url).await;
        for statement in statements {
            connection.execute(AssertSqlSafe(statement)).await.expect("a statement");
        }
        connection.close().await.expect("the end of a connection");
    });
}

/// Waits on a thread of its own: a test's runtime must not be blocked from within.
fn blocking<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(work)
    };
    std::thread::spawn(run).join().expect("no panic")
}

/// Where the programs of PostgreSQL lie: the newest version of Debian's, else wherever they are.
fn binaries() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let folders = versions.map(|version| version.path().join("bin"));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let newest = folders.filter(|bin| bin.join("postgres").exists()).max_by_key(|bin| {
            let version = bin.parent().and_then(Path::file_name).and_then(|name| name.to_str());
            version.and_then(|version| version.parse::<u32>().ok())
        });
        newest
            .or_else(|| std::env::split_paths(&path).find(|bin| bin.join("initdb").exists()))
            .expect("PostgreSQL is missing: install the package postgresql, as tests/run does")
    })
}

/// The user that servers run as, when we are the administrator.
fn other_user() -> Option<(u32, u32)> {
    let is_root = fs::metadata("/proc/self").expect("this process").uid() == 0;
    is_root.then(|| {
        let users = fs::read_to_string("/etc/passwd").expect("the list of users");
        let named = |name| {
            let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
            let mut ids = line.split(':').skip(2).map_while(|id| id.parse().ok());
            Some((ids.next()?, ids.next()?))
        };
        named("postgres").or_else(|| named("nobody")).expect("a user that is not root")
    })
}
