//! Published sets over PostgreSQL's wire: what a client sees of them, and what it may not do.

use std::time::{Duration, Instant};

use futures::StreamExt;
use serde_json::Value;
use tokio_postgres::SimpleQueryMessage;

use crate::cli_support::Project;
use crate::serve_support::{Server, code};

/// Work for minutes, of which no row comes out before its end.
const LONG: &str = "select count(*) from generate_series(1, 100000000000)";

/// Statements that change something, somewhere.
const WRITES: [&str; 29] = [
    "insert into marts.workshop_products values ('x', 'y', 'z')",
    "update marts.workshop_products set name = 'x'",
    "delete from marts.workshop_products",
    "truncate table marts.workshop_products",
    "create table t (a int)",
    "create table t as select * from marts.workshop_products",
    "create view v as select 1",
    "create schema s",
    "create database d",
    "create external table t stored as csv location '/etc/passwd'",
    "create function f() returns int as 'select 1' language sql",
    "drop table marts.workshop_products",
    "drop schema marts cascade",
    "alter table marts.workshop_products add column x int",
    "copy marts.workshop_products to program 'touch /tmp/harm'",
    "copy marts.workshop_products to '/tmp/harm'",
    "copy (select 1) to '/tmp/harm.csv'",
    "copy marts.workshop_products from stdin",
    "do $$ begin end $$",
    "call f()",
    "grant select on marts.workshop_products to public",
    "vacuum",
    "explain insert into marts.workshop_products values ('x', 'y', 'z')",
    "explain analyze delete from marts.workshop_products",
    "with gone as (delete from marts.workshop_products returning *) select * from gone",
    "prepare p as delete from marts.workshop_products",
    "load 'library'",
    "lock table marts.workshop_products",
    "select 1; drop table marts.workshop_products",
];

fn published_workshop() -> Project {
    let project = Project::of_the_workshop();
    project.sopmart(&["run"]).expect_exit(0);
    project
}

#[tokio::test]
async fn rows_are_those_of_the_published_set_in_text_and_in_binary() {
    let project = published_workshop();
    let server = Server::of(&project, &[]);
    let client = server.connect().await;
    let sql = "select work_center_id, cast(month as varchar) as month, cast(shift_hours as varchar) as shift_hours, operations \
        from marts.workshop_hours order by 1, 2";
    let expected = project.rows(sql);
    let binary = client.query(sql, &[]).await.unwrap();
    let text: Vec<_> = client.simple_query(sql).await.unwrap();
    let text: Vec<_> = text
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })
        .collect();
    assert_eq!(binary.len(), expected.len());
    assert_eq!(text.len(), expected.len());
    for ((binary, text), expected) in binary.iter().zip(text).zip(&expected) {
        for (position, name) in ["work_center_id", "month", "shift_hours"].iter().enumerate() {
            assert_eq!(binary.get::<_, Option<&str>>(position), expected[name].as_str());
            assert_eq!(text.get(position), expected[name].as_str());
        }
        assert_eq!(binary.get::<_, Option<i64>>(3), expected["operations"].as_i64());
        assert_eq!(text.get(3).map(str::to_string), expected["operations"].as_i64().map(|count| count.to_string()));
    }
    let unqualified = client.query_one("select count(*) from workshop_hours", &[]).await.unwrap();
    assert_eq!(
        usize::try_from(unqualified.get::<_, i64>(0)).unwrap(),
        expected.len(),
        "marts is where names are looked for"
    );
    let one = client
        .query_one(
            "select count(*) from marts.workshop_hours where work_center_id = $1 and operations > $2",
            &[&"CUTTING", &0_i64],
        )
        .await
        .unwrap();
    let same = project
        .value("select count(*) as n from marts.workshop_hours where work_center_id = 'CUTTING' and operations > 0");
    assert_eq!(Value::from(one.get::<_, i64>(0)), same);
}

#[tokio::test]
async fn a_connection_reads_one_set_and_the_next_one_the_newest() {
    let project = published_workshop();
    let server = Server::of(&project, &[]);
    let sql = "select name from marts.workshop_products where product_id = 'TB-120'";
    let old = server.connect().await;
    let before: String = old.query_one(sql, &[]).await.unwrap().get(0);
    let products = project.read("sample_data/products.csv").replace("Table Linden 120", "Another name");
    project.write("sample_data/products.csv", &products);
    project.sopmart(&["run"]).expect_exit(0);
    assert_eq!(old.query_one(sql, &[]).await.unwrap().get::<_, String>(0), before, "what was begun goes on");
    let new = server.connect().await;
    assert_eq!(new.query_one(sql, &[]).await.unwrap().get::<_, String>(0), "Another name");
    let version: String = new.query_one("select version()", &[]).await.unwrap().get(0);
    assert!(version.starts_with("PostgreSQL 16") && version.contains("entry 2"), "{version}");
}

#[tokio::test]
async fn nothing_is_written_and_nothing_is_run() {
    let project = published_workshop();
    let server = Server::of(&project, &[]);
    let client = server.connect().await;
    for sql in WRITES {
        let error = client.simple_query(sql).await.expect_err(sql);
        let code = code(&error);
        assert!(["25006", "42601", "0A000"].contains(&code.as_str()), "{sql}: {code} {error}");
        if let Ok(statement) = client.prepare(sql).await {
            client.execute(&statement, &[]).await.expect_err(sql);
        }
    }
    for sql in [
        "set role admin",
        "set datafusion.execution.target_partitions = 99",
        "set session authorization me",
        "set client_encoding = 'LATIN1'",
        "set default_transaction_read_only = off",
    ] {
        let error = client.simple_query(sql).await.expect_err(sql);
        assert!(["42704", "22023"].contains(&code(&error).as_str()), "{sql}: {error}");
    }
    for sql in [
        "select * from '/etc/passwd'",
        "select * from \"/etc/passwd\"",
        "select * from read_csv('/etc/passwd')",
        "select pg_read_file('/etc/passwd')",
        "select pg_sleep(1)",
    ] {
        client.simple_query(sql).await.expect_err(sql);
    }
    assert!(!std::path::Path::new("/tmp/harm").exists() && !std::path::Path::new("/tmp/harm.csv").exists());
    for sql in [
        "set statement_timeout = '5s'",
        "set application_name to 'x'",
        "set time zone 'Europe/Berlin'",
        "set extra_float_digits = 3",
        "discard all",
        "begin read only",
        "commit",
        "show server_version",
        "explain select 1",
        "reset all",
        "set names 'UTF8'",
        "deallocate all",
    ] {
        client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    let count: i64 = client.query_one("select count(*) from marts.workshop_products", &[]).await.unwrap().get(0);
    assert!(count > 0);
}

#[tokio::test]
async fn errors_say_what_is_wrong_under_the_code_that_clients_know() {
    let project = published_workshop();
    let server = Server::of(&project, &[]);
    let client = server.connect().await;
    let cases = [
        ("selec 1", "42601", ""),
        ("select * from marts.workshop_hour", "42P01", "workshop_hour"),
        ("select hour from marts.workshop_hours", "42703", "hour"),
        ("select 1.0 / 0", "22012", ""),
        ("select cast('x' as integer)", "22000", ""),
        ("fetch 1 from nobody", "34000", "nobody"),
        ("show nothing_known", "42704", "nothing_known"),
    ];
    for (sql, expected, word) in cases {
        let error = client.simple_query(sql).await.expect_err(sql);
        assert_eq!(code(&error), expected, "{sql}: {error:?}");
        let message = error.as_db_error().unwrap().message().to_string();
        assert!(message.contains(word), "{sql}: {message}");
    }
    client.simple_query("begin").await.unwrap();
    client.simple_query("select 1.0 / 0").await.expect_err("division");
    let error = client.simple_query("select 1").await.expect_err("the transaction has failed");
    assert_eq!(code(&error), "25P02");
    client.simple_query("rollback").await.unwrap();
    client.simple_query("select 1").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_a_timeout_and_the_end_of_a_client_stop_the_work_within_a_second() {
    let project = published_workshop();
    let server = Server::of(&project, &["--statement-timeout", "120"]);
    let client = server.connect().await;
    let cancel = client.cancel_token();
    let asked = Instant::now();
    let (answer, canceled) = tokio::join!(client.simple_query(LONG), async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        cancel.cancel_query(tokio_postgres::NoTls).await.unwrap();
        Instant::now()
    });
    assert_eq!(code(&answer.expect_err("it was canceled")), "57014");
    assert!(
        canceled.elapsed() < Duration::from_secs(1),
        "{:?} after the cancel, {:?} in all",
        canceled.elapsed(),
        asked.elapsed()
    );
    assert!(server.is_at_rest_within(Duration::from_secs(1)).await, "the work goes on after a cancel");
    client.simple_query("select 1").await.unwrap();

    client.simple_query("set statement_timeout = 700").await.unwrap();
    let asked = Instant::now();
    let error = client.query(LONG, &[]).await.expect_err("it takes too long");
    assert_eq!(code(&error), "57014");
    assert!(asked.elapsed() < Duration::from_millis(1700), "{:?}", asked.elapsed());
    assert!(server.is_at_rest_within(Duration::from_secs(1)).await, "the work goes on after a timeout");

    let (dying, connection) = server.config().connect(tokio_postgres::NoTls).await.unwrap();
    let line = tokio::spawn(connection);
    let task = tokio::spawn(async move { dying.simple_query(LONG).await.map(drop) });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let working = server.work();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(server.work().saturating_sub(working) > Duration::from_millis(200), "it is at work");
    // With its end of the line it is gone, as a process is that was killed.
    line.abort();
    task.abort();
    assert!(server.is_at_rest_within(Duration::from_millis(1200)).await, "the work goes on after its client has gone");
}

/// Work that lasts for hours, by what keeps an engine from looking up: pairs of which none matches, rows without end
/// from a few, and rows that wait for all others.
const HOURS: [&str; 6] = [
    "select count(*) from generate_series(1, 3000000) a(v), generate_series(1, 3000000) b(v) where a.v * b.v = -1",
    "select count(*) from generate_series(1, 3000000) a(v), generate_series(1, 3000000) b(v)",
    "select count(*) from (select 1 as k, v from generate_series(1, 500000) t(v)) a \
        join (select 1 as k, v from generate_series(1, 500000) t(v)) b on a.k = b.k and a.v + b.v < 0",
    "select count(*) from generate_series(1, 3000000) a(v) \
        left join generate_series(1, 3000000) b(v) on a.v > b.v + 3000000",
    "select count(*) from generate_series(1, 3000000) a(v) \
        where not exists (select 1 from generate_series(1, 3000000) b(v) where a.v * 2 < b.v - 3000000)",
    "with recursive r as (select 1 as n union all select n + 1 from r where n < 1000000000) select max(n) from r",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_for_hours_keeps_nobody_from_being_served_and_ends_with_its_time() {
    let project = published_workshop();
    let server = Server::of(&project, &["--statement-timeout", "120", "--memory-limit", "1G"]);
    let client = server.connect().await;
    client.simple_query("set statement_timeout = 700").await.unwrap();
    for sql in HOURS {
        let asked = Instant::now();
        let error = client.simple_query(sql).await.expect_err(sql);
        assert_eq!(code(&error), "57014", "{sql}: {error:?}");
        assert!(asked.elapsed() < Duration::from_millis(1700), "{sql}: {:?}", asked.elapsed());
        assert!(server.is_at_rest_within(Duration::from_secs(1)).await, "the work goes on: {sql}");
    }
    // More statements than threads, and whoever comes in between is heard at once.
    let mut busy = Vec::new();
    for sql in HOURS {
        let client = server.connect().await;
        let cancel = client.cancel_token();
        busy.push((tokio::spawn(async move { client.simple_query(sql).await.map(drop) }), cancel));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let asked = Instant::now();
    let other = server.connect().await;
    other.simple_query("select count(*) from marts.workshop_hours").await.unwrap();
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    for (task, cancel) in busy {
        cancel.cancel_query(tokio_postgres::NoTls).await.unwrap();
        assert_eq!(code(&task.await.unwrap().expect_err("it was canceled")), "57014");
    }
    assert!(server.is_at_rest_within(Duration::from_secs(1)).await, "the work goes on after all cancels");
}

#[tokio::test]
async fn answers_and_cursors_are_limited_and_read_in_pieces() {
    let project = published_workshop();
    let server = Server::of(&project, &["--max-rows", "1000"]);
    let mut client = server.connect().await;
    let error = client.simple_query("select * from generate_series(1, 1001)").await.expect_err("too many rows");
    assert_eq!(code(&error), "54000");
    assert_eq!(client.query("select * from generate_series(1, 1000)", &[]).await.unwrap().len(), 1000);
    let transaction = client.transaction().await.unwrap();
    let portal = transaction.bind("select * from generate_series(1, 900)", &[]).await.unwrap();
    let mut seen = 0;
    loop {
        let rows = transaction.query_portal(&portal, 400).await.unwrap();
        seen += rows.len();
        if rows.len() < 400 {
            break;
        }
    }
    assert_eq!(seen, 900);
    transaction.batch_execute("declare few cursor for select * from generate_series(1, 5) as t(n)").await.unwrap();
    let fetched = transaction.query("fetch forward 3 from few", &[]).await.unwrap();
    assert_eq!(fetched.iter().map(|row| row.get::<_, i64>(0)).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(transaction.query("fetch all from few", &[]).await.unwrap().len(), 2);
    transaction.batch_execute("close few").await.unwrap();
    transaction.commit().await.unwrap();
    let stream = client.query_raw("select * from generate_series(1, 1000)", Vec::<i32>::new()).await.unwrap();
    assert_eq!(stream.count().await, 1000);
}
