//! A real S3 server on loopback for tests that need one (`tests/s3/serve.py`), started once for all of them. It ends
//! with this process, since it listens to a pipe that closes then.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex};

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::prefix::PrefixStore;
use serde_json::Value;
use sopmart::warehouse::Warehouse;

use crate::cli_support::{Project, left_out, repository};

/// Names a Python that may start the server; its programs come from Debian's packages (`.ci/install_s3.sh`).
const PYTHON: &str = "SOPMART_S3_PYTHON";

/// Where the server is, and what it wants to know.
pub struct S3 {
    bucket: String,
    /// What `object_store` reads from the environment.
    environment: Vec<(&'static str, String)>,
    server: Mutex<Child>,
}

static SERVER: LazyLock<Option<S3>> =
    LazyLock::new(|| std::env::var_os(PYTHON).map(|python| S3::start(Path::new(&python))));

/// The server, or None with a word about what is left out.
pub fn server(what: &str) -> Option<&'static S3> {
    if SERVER.is_none() {
        left_out(what, PYTHON);
    }
    SERVER.as_ref()
}

impl S3 {
    fn start(python: &Path) -> S3 {
        let mut server = Command::new(python)
            .arg(repository().join("tests/s3/serve.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: the server said `{line}`"));
        let text = |name: &str| told[name].as_str().unwrap().to_string();
        let environment = vec![
            ("AWS_ENDPOINT_URL", text("endpoint")),
            ("AWS_ACCESS_KEY_ID", text("access_key_id")),
            ("AWS_SECRET_ACCESS_KEY", text("secret_access_key")),
            ("AWS_REGION", text("region")),
            ("AWS_ALLOW_HTTP", "true".to_string()),
        ];
        S3 { bucket: text("bucket"), environment, server: Mutex::new(server) }
    }

    /// The URL of a prefix in the server's bucket.
    pub fn url(&self, prefix: &str) -> String {
        format!("s3://{}/{prefix}", self.bucket)
    }

    /// The program with its arguments and what it needs to reach the server.
    pub fn command(&self, project: &Project, arguments: &[&str]) -> Command {
        let mut command = project.command(arguments);
        command.envs(self.environment.iter().map(|(name, value)| (*name, value)));
        command
    }

    /// What is below a prefix of the bucket.
    pub fn warehouse(&self, prefix: &str) -> Warehouse {
        let mut builder = AmazonS3Builder::new().with_bucket_name(&self.bucket);
        for (name, value) in &self.environment {
            builder = builder.with_config(name.to_lowercase().parse().unwrap(), value);
        }
        Warehouse::over(Arc::new(PrefixStore::new(builder.build().unwrap(), prefix)), None)
    }

    /// Puts a file of a project below a prefix.
    pub async fn deliver(&self, prefix: &str, name: &str, bytes: impl Into<Bytes>) {
        self.warehouse(prefix).put(name, bytes).await.unwrap();
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        drop(self.server.lock().unwrap().kill());
    }
}
