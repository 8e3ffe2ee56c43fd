//! `sopmart serve`: published sets for tools that speak PostgreSQL's protocol.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::run::engine;
use crate::cli::{Cli, Output, open_warehouse_to_read, parse_size, print, say};
use crate::serve::{Limits, Options, Users, serve as listen, tls};

#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Where to listen; other addresses than this machine's own need --users and TLS
    #[arg(long, env = "SOPMART_LISTEN", default_value = "127.0.0.1:5433", value_name = "ADDRESS:PORT")]
    listen: SocketAddr,
    /// A file of lines `name:password` that nobody else may read; without it everybody on this machine is let in
    #[arg(long, env = "SOPMART_USERS", value_name = "FILE")]
    users: Option<PathBuf>,
    /// The server's certificate and those that vouch for it, PEM; with it nobody is served without TLS
    #[arg(long, env = "SOPMART_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM
    #[arg(long, env = "SOPMART_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// How many may be connected at once
    #[arg(long, env = "SOPMART_MAX_CONNECTIONS", default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    max_connections: u16,
    /// How many rows one statement may return
    #[arg(long, env = "SOPMART_MAX_ROWS", default_value_t = 10_000_000, value_name = "N")]
    max_rows: u64,
    /// How many seconds one statement may work
    #[arg(long, env = "SOPMART_STATEMENT_TIMEOUT", default_value_t = 300, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    statement_timeout: u32,
    /// How many threads work [default: one for each core]
    #[arg(long, env = "SOPMART_THREADS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// How much memory all statements together may take before they spill or end, such as 500M or 4G [default: half of
    /// the machine's]
    #[arg(long, env = "SOPMART_MEMORY_LIMIT", value_name = "SIZE", value_parser = parse_size)]
    memory_limit: Option<usize>,
}

pub(super) async fn serve(cli: &Cli, arguments: &ServeArgs, threads: usize) -> Result<u8> {
    let warehouse = open_warehouse_to_read(cli).await?;
    let users = arguments.users.as_deref().map(Users::read).transpose()?.map(Arc::new);
    let tls = match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(certificates), Some(key)) => Some(tls(certificates, key)?),
        (None, None) => None,
        _ => bail!("--tls-cert and --tls-key go together"),
    };
    let engine = engine(arguments.memory_limit, threads, &warehouse)?;
    let limits = Limits {
        connections: usize::from(arguments.max_connections),
        rows: arguments.max_rows,
        statement_time: Duration::from_secs(arguments.statement_timeout.into()),
    };
    let options = Options { listen: arguments.listen, users, tls, limits, threads };
    let how = match (&options.users, &options.tls) {
        (None, None) => "everybody on this machine may connect, without a password",
        (Some(_), None) => "with passwords, without TLS",
        (None, Some(_)) => "with TLS, without passwords",
        (Some(_), Some(_)) => "with passwords and TLS",
    };
    let place = cli.warehouse.clone();
    let ready = |at: SocketAddr| {
        say(&format!("serving {place} on {at}, {how}: psql -h {} -p {} sopmart", at.ip(), at.port()));
        if cli.output == Output::Json {
            // Who started it and reads this may connect from now on.
            drop(print(&serde_json::json!({ "listening": at.to_string() }).to_string()));
        }
    };
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate()).context("listening for signals")?,
        signal(SignalKind::interrupt()).context("listening for signals")?,
    );
    tokio::select! {
        ended = listen(warehouse, engine, options, ready) => ended.map(|()| 0),
        _ = terminate.recv() => Ok(143),
        _ = interrupt.recv() => Ok(130),
    }
}
