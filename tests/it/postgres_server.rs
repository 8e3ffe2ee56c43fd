//! A real PostgreSQL server on loopback for tests that need one, from Debian's package. It ends with this process, since
//! the shell that started it listens to a pipe that closes then.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use tokio_postgres::{Client, NoTls};

use crate::cli_support::left_out;

/// Names the folder of PostgreSQL's programs, such as /usr/lib/postgresql/15/bin (`.ci/install_postgres.sh`).
const PROGRAMS: &str = "SOPMART_POSTGRES_PROGRAMS";

const PATIENCE: Duration = Duration::from_mins(1);

/// The server runs until its input ends, and as somebody else where this process may do anything: it refuses to run then.
const RUN: &str =
    "\"$@\" & server=$!; read -r ended; kill -INT $server; wait $server; [ \"$0\" = keep ] || rm -rf \"$0\"";

/// A server of its own folder.
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    port: u16,
    running: Mutex<Option<Child>>,
    /// Whether its folder outlives a stop, to be started in again.
    is_kept: bool,
}

/// One for all tests that leave it running.
static SERVER: LazyLock<Option<Postgres>> = LazyLock::new(|| Postgres::start(false));

/// The server of all tests, or None with a word about what is left out.
pub fn server(what: &str) -> Option<&'static Postgres> {
    if SERVER.is_none() {
        left_out(what, PROGRAMS);
    }
    SERVER.as_ref()
}

/// A server that a test may kill, or None with a word about what is left out.
pub fn server_to_kill(what: &str) -> Option<Postgres> {
    let started = Postgres::start(true);
    if started.is_none() {
        left_out(what, PROGRAMS);
    }
    started
}

impl Postgres {
    fn start(is_kept: bool) -> Option<Postgres> {
        let programs = PathBuf::from(std::env::var_os(PROGRAMS)?);
        let folder = tempfile::Builder::new().prefix("sopmart-postgres-").tempdir().unwrap().keep();
        if is_root() {
            // The folder is the server's own, and its user may not be able to look into the one above it.
            let owner = Command::new("chown").arg("postgres").arg(&folder).status().unwrap();
            assert!(owner.success(), "the user postgres comes with Debian's package");
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Postgres { folder, programs, port, running: Mutex::default(), is_kept };
        let password = server.folder.join("password");
        std::fs::write(&password, "secret\n").unwrap();
        let made = server
            .program("initdb")
            .args([
                "--auth",
                "scram-sha-256",
                "--username",
                "owner",
                "--no-sync",
                "--encoding",
                "UTF8",
                "--locale",
                "C",
            ])
            .arg("--pwfile")
            .arg(&password)
            .arg("--pgdata")
            .arg(server.data())
            .output()
            .unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.run();
        Some(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(&self.folder);
        command
    }

    /// Starts the server, which is stopped, and waits until it answers.
    pub fn run(&self) {
        let mut child = self.start_once();
        let started = Instant::now();
        while !self.answers() {
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(started.elapsed() < PATIENCE, "the server does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(50));
            // What a killed server has left in memory may be there for another moment.
            if child.try_wait().unwrap().is_some() {
                child = self.start_once();
            }
        }
        *self.running.lock().unwrap() = Some(child);
    }

    fn start_once(&self) -> Child {
        let server = self.program("postgres");
        let goes_with_it = if self.is_kept { Path::new("keep") } else { self.folder.as_path() };
        Command::new("sh")
            .args(["-c", RUN])
            .arg(goes_with_it)
            .arg(server.get_program())
            .args(server.get_args())
            .arg("-D")
            .arg(self.data())
            .args(["-p", &self.port.to_string(), "-k", ""])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=50"])
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.folder.join("log")).unwrap())
            .spawn()
            .unwrap()
    }

    fn answers(&self) -> bool {
        // On a thread of its own, since a test may be at work on a runtime.
        let ask = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { tokio_postgres::connect(&self.url("postgres"), NoTls).await.is_ok() })
        };
        std::thread::scope(|scope| scope.spawn(ask).join().unwrap())
    }

    /// Ends the server and all its processes as a power cut would.
    pub fn kill(&self) {
        let pid = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap();
        let killed = Command::new("sh")
            .args(["-c", "kill -STOP \"$0\"; pkill -9 -P \"$0\"; kill -9 \"$0\"", pid])
            .status()
            .unwrap();
        assert!(killed.success());
        if let Some(mut child) = self.running.lock().unwrap().take() {
            drop(child.stdin.take());
            child.wait().unwrap();
        }
        std::fs::remove_file(self.data().join("postmaster.pid")).unwrap();
    }

    pub fn url(&self, database: &str) -> String {
        self.url_of("owner", database)
    }

    pub fn url_of(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}:secret@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }

    /// A new database, and its URL.
    pub async fn database(&self, name: &str) -> String {
        let client = self.connect("postgres").await;
        client.batch_execute(&format!("create database {name}")).await.unwrap();
        self.url(name)
    }

    pub async fn connect(&self, database: &str) -> Client {
        connect(&self.url(database)).await
    }
}

pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.lock().unwrap().take() {
            drop(child.stdin.take());
            drop(child.wait());
        }
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

fn is_root() -> bool {
    Path::new("/proc/self").metadata().is_ok_and(|owner| std::os::unix::fs::MetadataExt::uid(&owner) == 0)
}
