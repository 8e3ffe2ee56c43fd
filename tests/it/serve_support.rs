//! `sopmart serve` as a process of its own, for tests that talk to it.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;
use tokio_postgres::{Client, Config, NoTls};

use crate::cli_support::Project;

/// A server that ends with its value.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Serves what the project has published, on a port that is free.
    pub fn of(project: &Project, arguments: &[&str]) -> Server {
        let all = [&["serve", "--listen", "127.0.0.1:0", "--output", "json"], arguments].concat();
        let mut command = project.command(&all);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Ok(told) = serde_json::from_str::<Value>(&line) else {
            let mut said = String::new();
            process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("the server did not start: {said}");
        };
        Server { process, address: told["listening"].as_str().unwrap().parse().unwrap() }
    }

    pub fn config(&self) -> Config {
        let mut config = Config::new();
        config.host("127.0.0.1").port(self.address.port()).user("reader").dbname("sopmart");
        config.connect_timeout(Duration::from_secs(10));
        config
    }

    pub fn url(&self) -> String {
        format!("postgresql://reader@127.0.0.1:{}/sopmart", self.address.port())
    }

    pub async fn connect(&self) -> Client {
        let (client, connection) = self.config().connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// How much of a processor's time the server has used, all its threads together.
    pub fn work(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }

    /// How much memory it holds.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    /// Whether it has come to rest: for a while, it works no more.
    pub async fn is_at_rest_within(&self, patience: Duration) -> bool {
        let deadline = std::time::Instant::now() + patience;
        loop {
            let before = self.work();
            tokio::time::sleep(Duration::from_millis(200)).await;
            if self.work().saturating_sub(before) <= Duration::from_millis(40) {
                return true;
            }
            if std::time::Instant::now() > deadline {
                return false;
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// A server of the workshop's set.
pub fn served() -> (Project, Server) {
    let project = Project::of_the_workshop();
    project.sopmart(&["run"]).expect_exit(0);
    let server = Server::of(&project, &[]);
    (project, server)
}

/// The same, of which a database of `PostgreSQL` has the set as well.
pub fn served_and_stored(url: &str) -> (Project, Server) {
    let project = Project::of_the_workshop();
    let pipeline = project.read("pipelines/standard/pipeline.yaml");
    let target = format!("{pipeline}targets:\n  postgres:\n    url: ${{env:SOPMART_POSTGRES_URL}}\n");
    project.write("pipelines/standard/pipeline.yaml", &target);
    let run = project.command(&["run"]).env("SOPMART_POSTGRES_URL", url).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let server = Server::of(&project, &[]);
    (project, server)
}

/// The code that a statement was refused with.
pub fn code(error: &tokio_postgres::Error) -> String {
    error.code().unwrap_or_else(|| panic!("{error:?} has no code")).code().to_string()
}
