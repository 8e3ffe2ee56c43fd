//! Questions to `serve` beside the same questions to a real `PostgreSQL` that has the same set.

use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::cli_support::repository;
use crate::postgres_server;
use crate::serve_support::served_and_stored;

/// The rows of an answer as texts; numbers and seconds without the zeros at their ends.
async fn rows(client: &Client, sql: &str) -> Result<Vec<Vec<Option<String>>>, String> {
    let messages = client.simple_query(sql).await.map_err(|error| format!("{error:?}"))?;
    let row = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some((0..row.len()).map(|place| row.get(place).map(plain)).collect()),
        _ => None,
    };
    Ok(messages.iter().filter_map(row).collect())
}

fn plain(value: &str) -> String {
    let value = value.strip_suffix(".000000").unwrap_or(value);
    let is_number = value.contains('.') && value.parse::<f64>().is_ok();
    if is_number { value.trim_end_matches('0').trim_end_matches('.').to_string() } else { value.to_string() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_are_answered_as_by_postgresql_over_the_same_set() {
    let Some(postgres) = postgres_server::server("questions to serve and to PostgreSQL") else { return };
    let url = postgres.database("questions").await;
    let (_project, server) = served_and_stored(&url);
    let served = server.connect().await;
    let (stored, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    stored.simple_query("set search_path to marts; set time zone 'UTC'").await.unwrap();
    let questions = std::fs::read_to_string(repository().join("tests/clients/questions.sql")).unwrap();
    let mut wrong = Vec::new();
    for sql in questions.lines().filter(|line| !line.starts_with("--")) {
        let (found, expected) = (rows(&served, sql).await, rows(&stored, sql).await);
        if expected.is_err() || found != expected {
            wrong.push(format!("{sql}\n  serve      {found:?}\n  PostgreSQL {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
