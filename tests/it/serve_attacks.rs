//! `serve` as somebody meets it who means no good.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use tokio_postgres::NoTls;

use crate::cli_support::Project;
use crate::serve_support::{Server, code};

fn published_workshop() -> Project {
    let project = Project::of_the_workshop();
    project.sopmart(&["run"]).expect_exit(0);
    project.write("users", "# Who reads.\nreader:secret\n\nother:with:colons\n");
    let users = project.path("users");
    std::fs::set_permissions(&users, std::fs::Permissions::from_mode(0o600)).unwrap();
    project
}

/// A certificate of its own, as openssl makes one.
fn certificate(project: &Project) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "server.key", "-out", "server.crt"])
        .current_dir(project.path(""))
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_are_told_the_same() {
    let project = published_workshop();
    let server = Server::of(&project, &["--users", "users"]);
    let mut refusals = Vec::new();
    for (user, password) in [("reader", "wrong"), ("nobody", "secret"), ("reader", ""), ("other", "with")] {
        let mut config = server.config();
        config.user(user).password(password);
        let error = config.connect(NoTls).await.map(drop).expect_err("it is refused");
        refusals.push(error.code().map_or_else(|| error.to_string(), |code| code.code().to_string()));
    }
    assert_eq!(refusals[0], "28P01");
    assert_eq!(refusals[1], refusals[0], "who is known cannot be found out");
    for (user, password) in [("reader", "secret"), ("other", "with:colons")] {
        let mut config = server.config();
        config.user(user).password(password);
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client.simple_query("select count(*) from marts.workshop_products").await.unwrap();
    }
}

#[test]
fn what_is_not_safe_does_not_start() {
    let project = published_workshop();
    certificate(&project);
    let refused = |arguments: &[&str], said: &str| {
        let all = [&["serve"], arguments].concat();
        let outcome = project.sopmart(&all).expect_exit(2);
        assert!(outcome.stderr.contains(said), "{arguments:?}: {}", outcome.stderr);
    };
    refused(&["--listen", "0.0.0.0:0"], "is served with passwords and TLS only");
    refused(&["--listen", "0.0.0.0:0", "--users", "users"], "is served with passwords and TLS only");
    refused(
        &["--listen", "[::]:0", "--tls-cert", "server.crt", "--tls-key", "server.key"],
        "is served with passwords and TLS only",
    );
    project.write("bad.key", "-----BEGIN PRIVATE KEY-----\nnothing\n-----END PRIVATE KEY-----\n");
    refused(&["--tls-cert", "server.crt", "--tls-key", "bad.key"], "bad.key");
    refused(&["--tls-cert", "users", "--tls-key", "server.key"], "users holds no certificate");
    refused(&["--tls-cert", "server.crt", "--tls-key", "missing.key"], "missing.key");
    refused(&["--tls-cert", "server.crt"], "--tls-key");
    let other = Project::of_the_workshop();
    certificate(&other);
    project.write("other.key", &other.read("server.key"));
    refused(&["--tls-cert", "server.crt", "--tls-key", "other.key"], "is not the key of");
    project.write("open", "reader:secret\n");
    refused(&["--users", "open"], "others may read it: chmod 600");
    std::fs::set_permissions(project.path("open"), std::fs::Permissions::from_mode(0o600)).unwrap();
    project.write("open", "reader\n");
    refused(&["--users", "open"], "open:1: expected name:password");
    project.write("open", "# nobody\n");
    refused(&["--users", "open"], "names nobody");
}

#[tokio::test]
async fn without_tls_nobody_is_served_where_there_is_a_certificate() {
    let project = published_workshop();
    certificate(&project);
    let server = Server::of(&project, &["--users", "users", "--tls-cert", "server.crt", "--tls-key", "server.key"]);
    let mut config = server.config();
    config.password("secret").ssl_mode(tokio_postgres::config::SslMode::Disable);
    let error = config.connect(NoTls).await.map(drop).expect_err("it is refused");
    assert_eq!(code(&error), "28000");
    assert!(error.as_db_error().unwrap().message().contains("TLS only"), "{error:?}");
    let mut roots = rustls::RootCertStore::empty();
    let certificate = project.path("server.crt");
    roots
        .add(
            <rustls::pki_types::CertificateDer<'_> as rustls::pki_types::pem::PemObject>::from_pem_file(certificate)
                .unwrap(),
        )
        .unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.ssl_mode(tokio_postgres::config::SslMode::Require);
    let (client, connection) = config.connect(tokio_postgres_rustls::MakeRustlsConnect::new(tls)).await.unwrap();
    tokio::spawn(connection);
    client.simple_query("select count(*) from marts.workshop_products").await.unwrap();
}

/// Whether the server still answers.
async fn answers(server: &Server) -> bool {
    let Ok((client, connection)) = server.config().connect(NoTls).await else { return false };
    tokio::spawn(connection);
    client.simple_query("select 1").await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_that_are_no_protocol_harm_nobody() {
    let project = published_workshop();
    let server = Server::of(&project, &[]);
    let startup = [&[0, 0, 0, 41, 0, 3, 0, 0][..], b"user\0reader\0database\0sopmart\0\0\0\0\0"].concat();
    let mut attacks: Vec<Vec<u8>> = vec![
        vec![],
        vec![0; 8],
        vec![0xff; 64],
        b"GET / HTTP/1.1\r\nHost: here\r\n\r\n".to_vec(),
        // A startup message that claims to be two gigabytes long, and one of less than nothing.
        vec![0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0],
        vec![0x80, 0, 0, 0, 0, 3, 0, 0],
        vec![0, 0, 0, 8, 4, 210, 22, 47, 22, 3, 1, 0, 0],
        // A cancel request with a secret that is nobody's.
        vec![0, 0, 0, 16, 4, 210, 22, 46, 0, 1, 134, 160, 1, 2, 3, 4],
    ];
    for message in [
        &b"Q\x7f\xff\xff\xff"[..],
        b"Q\0\0\0\0",
        b"P\xff\xff\xff\xff",
        b"B\0\0\0\x10\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"\xfe\0\0\0\x04",
    ] {
        attacks.push([startup.as_slice(), message].concat());
    }
    let mut seed = 7_u64;
    for length in 1..60 {
        let random = (0..length * 3).map(|_| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 56) as u8
        });
        attacks.push(random.collect());
    }
    for attack in attacks {
        let mut socket = TcpStream::connect(server.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(30))).unwrap();
        drop(socket.write_all(&attack));
        drop(socket.read(&mut [0; 512]));
    }
    assert!(answers(&server).await);
    assert!(server.memory() < 1 << 30, "{} bytes", server.memory());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_without_end_is_cut_off_before_it_fills_the_memory() {
    let project = published_workshop();
    let server = Server::of(&project, &[]);
    let before = server.memory();
    let client = server.connect().await;
    let huge = format!("select '{}'", "x".repeat(40 << 20));
    assert!(client.simple_query(&huge).await.is_err());
    let mut socket = TcpStream::connect(server.address).unwrap();
    // A name without an end, from somebody who has not come in.
    drop(socket.write_all(&[0, 1, 0x11, 0x70, 0, 3, 0, 0]));
    let piece = vec![b'x'; 1 << 16];
    let sent = (0..512).take_while(|_| socket.write_all(&piece).is_ok()).count();
    assert!(sent < 512, "the server listened to all of it");
    assert!(server.memory() < before + (150 << 20), "{} bytes more", server.memory() - before);
    assert!(answers(&server).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_never_come_in_are_left_and_the_others_find_room_again() {
    let project = published_workshop();
    let server = Server::of(&project, &["--max-connections", "20"]);
    let silent: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let refused = server.config().connect(NoTls).await.map(drop).expect_err("there is no room");
    let told = refused.code().map(|code| code.code().to_string()).unwrap_or_default();
    assert!(told == "53300" || !refused.to_string().is_empty());
    let waited = Instant::now();
    while !answers(&server).await {
        assert!(waited.elapsed() < Duration::from_secs(15), "the silent ones still have their places");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    drop(silent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_connections_are_served_or_turned_away_and_the_next_is_served() {
    let project = published_workshop();
    let server = Server::of(&project, &["--max-connections", "50"]);
    let ask = |config: tokio_postgres::Config| async move {
        let (client, connection) = config.connect(NoTls).await.ok()?;
        tokio::spawn(connection);
        let row = client.query_one("select count(*) from marts.workshop_products", &[]).await.ok()?;
        Some(row.get::<_, i64>(0))
    };
    let tasks: Vec<_> = (0..1000).map(|_| tokio::spawn(ask(server.config()))).collect();
    let mut served = 0;
    for task in tasks {
        if let Some(count) = task.await.unwrap() {
            assert!(count > 0);
            served += 1;
        }
    }
    assert!(served >= 50, "{served} of a thousand were served");
    let waited = Instant::now();
    while !answers(&server).await {
        assert!(waited.elapsed() < Duration::from_secs(5), "nobody is served any more");
    }
    assert!(server.memory() < 1 << 30, "{} bytes", server.memory());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_deeper_than_a_stack_end_no_server() {
    let project = published_workshop();
    let server = Server::of(&project, &["--statement-timeout", "20"]);
    let client = server.connect().await;
    let chain = |one: &str, between: &str, count: usize| format!("select {}", vec![one; count].join(between));
    for sql in [
        chain("1", " + ", 150),
        chain("true", " and ", 1_500),
        chain("'a'", " || ", 150),
        format!("select 1{}", "::int".repeat(100)),
        vec!["select 1"; 100].join(" union all "),
        format!("select 3 in ({})", chain("1", ",", 100_000).replace("select ", "")),
        format!("select 3 in ({})", chain("-1", ", ", 10_000).replace("select ", "")),
        format!("select case {} end", "when 1 = 2 then 3 + 4 ".repeat(500)),
        format!("select {}", vec!["(1 + 2) * 3"; 1_000].join(", ")),
        format!("select {}'a'{}", "upper(".repeat(12), ")".repeat(12)),
        format!("select * from {}workshop_products{}", "(select * from ".repeat(20), ") t".repeat(20)),
        format!(
            "select count(*) from workshop_products t0 {}",
            (1..100).map(|n| format!("cross join (select 1) t{n}")).collect::<Vec<_>>().join(" ")
        ),
    ] {
        let told = client.simple_query(&sql).await.map(drop);
        let told = told.map_err(|error| code(&error));
        assert!(told.is_ok(), "{}…: {told:?}", &sql[..40]);
    }
    for sql in [
        chain("1", " + ", 200_000),
        chain("true", " and ", 200_000),
        // What stands between them ends no row of operators.
        chain("greatest(1, 2)", " + ", 300),
        chain("case when true then 1 end", " + ", 300),
        chain("(select 1)", " + ", 300),
        format!("select {}1{}", "(".repeat(40), " + 1 + 1 + 1 + 1 + 1 + 1)".repeat(40)),
        format!("select {}'a'{}", "upper(".repeat(30), ")".repeat(30)),
        format!("select {}1{}", "coalesce(1, ".repeat(40), ")".repeat(40)),
        format!("select {}1{}", "(select ".repeat(30), ")".repeat(30)),
        format!(
            "select count(*) from {}",
            (0..200).map(|n| format!("(select 1) t{n}")).collect::<Vec<_>>().join(" cross join ")
        ),
        format!("select {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("select {}true", "not ".repeat(9_000)),
        format!("select 1{}", "::int".repeat(100_000)),
        vec!["select 1"; 20_000].join(" union all "),
        format!("select {}", "array[".repeat(5_000)),
    ] {
        let error = client.simple_query(&sql).await.map(drop).expect_err("it is too deep");
        assert!(["54001", "42601"].contains(&code(&error).as_str()), "{}…: {error:?}", &sql[..40]);
    }
    // Each names the one before it twice.
    let doubled: String =
        (1..=40).map(|n| format!(", a{n} as (select x from a{p} union all select x from a{p})", p = n - 1)).collect();
    let sql = format!("with a0 as (select 1 as x){doubled} select count(*) from a40");
    // And the same with parts that stand beside them under the names of others.
    let beside = sql.replace(", a", ", \"A1\" as (select 1), a");
    let beside = (2..=40).fold(beside, |sql, n| sql.replacen("\"A1\" as", &format!("\"A{n}\" as"), 1));
    for sql in [sql, beside] {
        let asked = Instant::now();
        let error = client.simple_query(&sql).await.map(drop).expect_err("it has too many parts");
        assert_eq!(code(&error), "54001", "{error:?}");
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    }
    assert!(answers(&server).await);
}
