//! Who may come in: names and passwords, of which the server keeps salted hashes alone, and TLS.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use futures::Sink;
use pgwire::api::auth::sasl::SASLAuthStartupHandler;
use pgwire::api::auth::sasl::scram::{SCRAM_ITERATIONS, ScramAuth, gen_salted_password};
use pgwire::api::auth::{
    AuthSource, DefaultServerParameterProvider, LoginInfo, Password, StartupHandler, finish_authentication,
    protocol_negotiation, save_startup_parameters_to_metadata,
};
use pgwire::api::{ClientInfo, METADATA_USER, PgWireConnectionState, PidSecretKeyGenerator};
use pgwire::error::{PgWireError, PgWireResult};
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use pgwire::tokio::TlsAcceptor;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::serve::refusal::{NOT_ALLOWED, fatal};
use crate::serve::settings::VERSION;

const SALT_BYTES: usize = 16;

/// Who may come in.
pub struct Users {
    known: BTreeMap<String, Password>,
    /// Makes up a salt for a name that nobody has, always the same, so that names cannot be found out.
    seed: [u8; SALT_BYTES],
}

impl Users {
    /// Reads a file of lines `name:password`; empty lines and those with `#` say nothing.
    ///
    /// # Errors
    /// When it cannot be read, others may read it, a line is none, or nobody is left.
    pub fn read(path: &Path) -> Result<Users> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("reading the users in {shown}"))?;
        let mode = std::os::unix::fs::PermissionsExt::mode(&path.metadata()?.permissions());
        if mode & 0o077 != 0 {
            bail!("{shown} holds passwords, and others may read it: chmod 600 {shown}");
        }
        let mut users = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_end_matches('\r');
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            match line.split_once(':') {
                Some((name, password)) if !name.is_empty() && !password.is_empty() => {
                    users.push((name.to_string(), password.to_string()));
                }
                _ => bail!("{shown}:{number}: expected name:password, with something on both sides"),
            }
        }
        if users.is_empty() {
            bail!("{shown} names nobody, expected lines of name:password");
        }
        Ok(Users::of(&users))
    }

    /// Users by name and password.
    pub fn of(users: &[(String, String)]) -> Users {
        let salted = |(name, password): &(String, String)| {
            let salt: [u8; SALT_BYTES] = random();
            let hash = gen_salted_password(password, &salt, SCRAM_ITERATIONS);
            (name.clone(), Password::new(Some(salt.to_vec()), hash))
        };
        Users { known: users.iter().map(salted).collect(), seed: random() }
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::default_provider().secure_random.fill(&mut bytes).expect("the system has random numbers");
    bytes
}

impl Debug for Users {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} users", self.known.len())
    }
}

#[async_trait]
impl AuthSource for Users {
    async fn get_password(&self, login: &LoginInfo) -> PgWireResult<Password> {
        let name = login.user().unwrap_or_default();
        Ok(self.known.get(name).cloned().unwrap_or_else(|| {
            // A password that is none: what is compared in the end cannot be made by anybody.
            let salt = gen_salted_password(name, &self.seed, 1);
            Password::new(Some(salt[..SALT_BYTES].to_vec()), random::<32>().to_vec())
        }))
    }
}

/// The server's side of TLS, from a chain of certificates and its key, both PEM.
///
/// # Errors
/// When a file cannot be read or holds none, or both do not fit together.
pub fn tls(certificates: &Path, key: &Path) -> Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("reading the certificates in {}", certificates.display()))?;
    if chain.is_empty() {
        bail!("{} holds no certificate, expected PEM: -----BEGIN CERTIFICATE-----", certificates.display());
    }
    let secret = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("reading the private key in {}, expected PEM", key.display()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .context("choosing versions of TLS")?
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .with_context(|| format!("{} is not the key of {}", key.display(), certificates.display()))?;
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// What happens between a connection and its first statement.
pub struct Login {
    needs_tls: bool,
    parameters: Arc<DefaultServerParameterProvider>,
    keys: Arc<dyn PidSecretKeyGenerator>,
    /// None lets everybody in.
    passwords: Option<SASLAuthStartupHandler<DefaultServerParameterProvider>>,
}

impl Login {
    pub fn new(users: Option<Arc<Users>>, needs_tls: bool, keys: Arc<dyn PidSecretKeyGenerator>) -> Login {
        let mut parameters = DefaultServerParameterProvider::default();
        parameters.server_version = VERSION.to_string();
        parameters.search_path = "marts".to_string();
        parameters.is_superuser = false;
        parameters.default_transaction_read_only = true;
        let parameters = Arc::new(parameters);
        let passwords = users.map(|users| {
            SASLAuthStartupHandler::new(Arc::clone(&parameters))
                .with_scram(ScramAuth::new(users))
                .with_pid_secret_key_generator(Arc::clone(&keys))
        });
        Login { needs_tls, parameters, keys, passwords }
    }
}

#[async_trait]
impl StartupHandler for Login {
    async fn on_startup<C>(&self, client: &mut C, message: PgWireFrontendMessage) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        if let PgWireFrontendMessage::Startup(startup) = &message {
            if self.needs_tls && !client.is_secure() {
                return Err(fatal(NOT_ALLOWED, "this server speaks with TLS only: connect with sslmode=require"));
            }
            if startup.parameters.get(METADATA_USER).is_none_or(String::is_empty) {
                return Err(fatal(NOT_ALLOWED, "no user name was given"));
            }
        }
        let Some(passwords) = &self.passwords else { return self.let_in(client, message).await };
        passwords.on_startup(client, message).await
    }
}

impl Login {
    async fn let_in<C>(&self, client: &mut C, message: PgWireFrontendMessage) -> PgWireResult<()>
    where
        C: ClientInfo + Sink<PgWireBackendMessage> + Unpin + Send + Sync,
        C::Error: Debug,
        PgWireError: From<<C as Sink<PgWireBackendMessage>>::Error>,
    {
        let PgWireFrontendMessage::Startup(startup) = message else { return Ok(()) };
        protocol_negotiation(client, &startup).await?;
        save_startup_parameters_to_metadata(client, &startup);
        client.set_state(PgWireConnectionState::AuthenticationInProgress);
        let (pid, key) = self.keys.generate(client);
        client.set_pid_and_secret_key(pid, key);
        finish_authentication(client, self.parameters.as_ref()).await
    }
}
