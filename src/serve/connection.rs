//! One connection, from the first byte to the last: who takes too long to come in, sends too much or is gone, is left.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use pgwire::api::cancel::CancelHandler;
use pgwire::api::{ClientInfo, NoopHandler, PgWireConnectionState, PidSecretKeyGenerator, RandomPidSecretKeyGenerator};
use pgwire::messages::cancel::CancelRequest;
use pgwire::messages::startup::SecretKey;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use pgwire::tokio::TlsAcceptor;
use pgwire::tokio::server::{MaybeTls, PgWireMessageServerCodec, negotiate_tls, process_error, process_message};
use rustix::event::{PollFd, PollFlags, poll};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::codec::{Framed, FramedParts};

use crate::serve::Shared;
use crate::serve::conversation::Conversation;
use crate::serve::dialect::Dialect;
use crate::serve::handlers::Extended;
use crate::serve::login::Login;
use crate::serve::prepared::Prepared;

/// How long it may take to come in.
const TO_COME_IN: Duration = Duration::from_secs(10);

/// The longest message: SQL and the values of its parameters.
const LONGEST_MESSAGE: usize = 16 << 20;

/// Before somebody is let in, a name and what proves it are all there is to say.
const LONGEST_BEFORE: usize = 16 << 10;

/// How often it is looked whether the client is still there.
const LOOK: Duration = Duration::from_millis(250);

/// How much longer than a statement may work its rows may take to be read.
const TO_READ: Duration = Duration::from_hours(1);

/// Who may be stopped by whom: clients cancel by a number and a secret that they were told.
#[derive(Default)]
pub struct Stops {
    next: RandomPidSecretKeyGenerator,
    talking: Mutex<HashMap<(i32, Bytes), watch::Sender<u64>>>,
    pub dialect: Arc<Dialect>,
}

/// The number and the secret of one connection, which are nobody's any more when it ends.
struct Stop {
    shared: Arc<Shared>,
    canceled: watch::Sender<u64>,
    key: Mutex<Option<(i32, Bytes)>>,
}

impl PidSecretKeyGenerator for Stop {
    fn generate(&self, client: &dyn ClientInfo) -> (i32, SecretKey) {
        let stops = &self.shared.stops;
        let (number, secret) = stops.next.generate(client);
        let key = (number, secret.to_bytes());
        stops.talking.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), self.canceled.clone());
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
        (number, secret)
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        if let Some(key) = self.key.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.shared.stops.talking.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        }
    }
}

/// Cancels what another connection is doing.
struct Cancels(Arc<Shared>);

#[async_trait]
impl CancelHandler for Cancels {
    async fn on_cancel_request(&self, request: CancelRequest) {
        let talking = self.0.stops.talking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(canceled) = talking.get(&(request.pid, request.secret_key.to_bytes())) {
            canceled.send_modify(|count| *count += 1);
        }
    }
}

/// Talks until one of both has enough.
pub async fn talk(socket: TcpStream, tls: Option<TlsAcceptor>, shared: Arc<Shared>) -> io::Result<()> {
    let come_in = Instant::now() + TO_COME_IN;
    rustix::net::sockopt::set_socket_keepalive(&socket, true)?;
    let line = socket.as_fd().try_clone_to_owned()?;
    let Some(framed) = timeout_at(come_in, negotiate_tls::<Prepared>(socket, tls)).await?? else { return Ok(()) };
    let heard = Arc::new(AtomicUsize::new(0));
    let mut socket = measured(framed, Arc::clone(&heard));
    let (canceled, changes) = watch::channel(0);
    let stop = Arc::new(Stop { shared: Arc::clone(&shared), canceled, key: Mutex::default() });
    let login = Arc::new(Login::new(shared.users.clone(), shared.needs_tls, stop));
    let dialect = Arc::clone(&shared.stops.dialect);
    let conversation = Arc::new(Conversation::new(Arc::clone(&shared), changes, dialect));
    let extended = Arc::new(Extended(Arc::clone(&conversation)));
    let (copies, cancels) = (Arc::new(NoopHandler), Arc::new(Cancels(Arc::clone(&shared))));
    let longest = shared.limits.statement_time + TO_READ;
    loop {
        let message = if is_coming_in(&socket) {
            timeout_at(come_in, socket.next()).await?
        } else {
            socket.get_mut().longest = LONGEST_MESSAGE;
            socket.next().await
        };
        let Some(message) = message else { return Ok(()) };
        let message = match message {
            Ok(message) => message,
            // What is no message cannot be followed by one that is.
            Err(error) => return process_error(&mut socket, error, false).await,
        };
        heard.store(socket.read_buffer().len(), Ordering::Relaxed);
        if matches!(message, PgWireFrontendMessage::Terminate(_)) {
            return Ok(());
        }
        let is_extended = message.is_extended_query();
        let answered = tokio::select! {
            answered = timeout(longest, process_message(
                message,
                &mut socket,
                Arc::clone(&login),
                Arc::clone(&conversation),
                Arc::clone(&extended),
                Arc::clone(&copies),
                Arc::clone(&cancels),
            )) => answered?,
            // With the answer everything ends that was at work on it.
            () = is_gone(&line) => return Ok(()),
        };
        if let Err(error) = answered {
            let was_coming_in = is_coming_in(&socket);
            process_error(&mut socket, error, is_extended).await?;
            if was_coming_in {
                return Ok(());
            }
        }
    }
}

fn is_coming_in(socket: &impl ClientInfo) -> bool {
    matches!(socket.state(), PgWireConnectionState::AwaitingStartup | PgWireConnectionState::AuthenticationInProgress)
}

/// Comes back when the other side has hung up.
async fn is_gone(line: &OwnedFd) {
    loop {
        tokio::time::sleep(LOOK).await;
        let mut looked = [PollFd::new(line, PollFlags::RDHUP)];
        let ended = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
        let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        if poll(&mut looked, Some(&now)).is_err() || looked[0].revents().intersects(ended) {
            return;
        }
    }
}

/// A line on which nobody may say more in one message than is bearable.
struct Measured {
    line: MaybeTls,
    longest: usize,
    /// What was heard since the last message was whole.
    heard: Arc<AtomicUsize>,
}

fn measured(
    framed: Framed<MaybeTls, PgWireMessageServerCodec<Prepared>>,
    heard: Arc<AtomicUsize>,
) -> Framed<Measured, PgWireMessageServerCodec<Prepared>> {
    let old = framed.into_parts();
    heard.store(old.read_buf.len(), Ordering::Relaxed);
    let mut parts =
        FramedParts::new::<PgWireBackendMessage>(Measured { line: old.io, longest: LONGEST_BEFORE, heard }, old.codec);
    parts.read_buf = old.read_buf;
    parts.write_buf = old.write_buf;
    Framed::from_parts(parts)
}

impl AsyncRead for Measured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.line).poll_read(context, buffer);
        let heard = self.heard.fetch_add(buffer.filled().len() - before, Ordering::Relaxed);
        if heard > self.longest {
            return Poll::Ready(Err(io::Error::new(ErrorKind::InvalidData, "a message is too long")));
        }
        read
    }
}

impl AsyncWrite for Measured {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.line).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.line).poll_shutdown(context)
    }
}
