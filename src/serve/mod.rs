//! Published sets over the wire of PostgreSQL, for tools that speak it: read only, one whole set for each connection.
//!
//! The protocol's messages are `pgwire`'s, values `arrow-pg`'s, and the tables that clients ask about tables
//! `datafusion-pg-catalog`'s. Who may come in, what they may ask, how long and how much, is decided here.

mod answer;
mod catalog;
mod connection;
mod conversation;
mod cursor;
pub mod dialect;
mod handlers;
mod login;
pub mod parameters;
mod placeholders;
mod prepared;
mod quoted;
mod refusal;
mod session;
mod settings;
mod statement;
mod transaction;
pub mod work;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use pgwire::tokio::TlsAcceptor;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::engine::Engine;
use crate::serve::connection::Stops;
use crate::serve::session::Newest;
use crate::warehouse::Warehouse;

pub use dialect::STACK;
pub use login::{Users, tls};

/// What a server lets its clients do.
#[derive(Debug, Clone)]
pub struct Limits {
    pub connections: usize,
    /// How many rows one statement may return.
    pub rows: u64,
    /// How long one statement may work; a client may ask for less.
    pub statement_time: Duration,
}

/// Where and for whom a server is there.
#[derive(Clone)]
pub struct Options {
    pub listen: SocketAddr,
    /// None lets everybody in who can reach it.
    pub users: Option<Arc<Users>>,
    /// None speaks without TLS; with it nobody is served who does not.
    pub tls: Option<TlsAcceptor>,
    pub limits: Limits,
    /// How many threads the statements of one connection work on, within reason.
    pub threads: usize,
}

/// What all connections share.
struct Shared {
    newest: Newest,
    users: Option<Arc<Users>>,
    needs_tls: bool,
    limits: Limits,
    stops: Stops,
    threads: usize,
}

/// How long somebody who is turned away may take to read it.
const TO_TURN_AWAY: Duration = Duration::from_secs(2);

/// Serves until the future is dropped; `ready` is told where.
///
/// # Errors
/// When nothing may listen there, or it would be open to others without passwords and TLS.
pub async fn serve(
    warehouse: Warehouse,
    engine: Engine,
    options: Options,
    ready: impl FnOnce(SocketAddr),
) -> Result<()> {
    anyhow::ensure!(
        options.listen.ip().is_loopback() || (options.users.is_some() && options.tls.is_some()),
        "{} can be reached from other machines, and is served with passwords and TLS only: give --users, --tls-cert and --tls-key, or listen on 127.0.0.1",
        options.listen
    );
    let listener =
        TcpListener::bind(options.listen).await.with_context(|| format!("listening on {}", options.listen))?;
    ready(listener.local_addr().context("asking for the address")?);
    let places = Arc::new(Semaphore::new(options.limits.connections));
    let shared = Arc::new(Shared {
        newest: Newest::new(warehouse, engine),
        users: options.users,
        needs_tls: options.tls.is_some(),
        limits: options.limits,
        stops: Stops::default(),
        threads: options.threads,
    });
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            // No more files may be open, say: those that are served go on, and there may be room in a moment.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        match Arc::clone(&places).try_acquire_owned() {
            Ok(place) => {
                let (shared, tls) = (Arc::clone(&shared), options.tls.clone());
                tokio::spawn(async move {
                    // What goes wrong between two machines is nobody's business here.
                    drop(connection::talk(socket, tls, shared).await);
                    drop(place);
                });
            }
            Err(_) => {
                tokio::spawn(async move { drop(tokio::time::timeout(TO_TURN_AWAY, turn_away(socket)).await) });
            }
        }
    }
}

/// Says why before anything is asked, as PostgreSQL does.
async fn turn_away(mut socket: TcpStream) -> std::io::Result<()> {
    let fields = b"SFATAL\0VFATAL\0C53300\0Msorry, too many clients already\0\0";
    let length = i32::try_from(fields.len() + 4).expect("the text is short");
    let message = [b"E", &length.to_be_bytes()[..], fields].concat();
    socket.write_all(&message).await?;
    socket.shutdown().await
}
