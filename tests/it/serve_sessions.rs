//! What a connection to `serve` is in the middle of: transactions, cursors and several statements at once.

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::serve_support::{code, served};

/// How many rows a text of statements gives, all together.
async fn rows(client: &Client, sql: &str) -> usize {
    let messages = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    messages.iter().filter(|message| matches!(message, SimpleQueryMessage::Row(_))).count()
}

async fn refused(client: &Client, sql: &str) -> String {
    code(&client.simple_query(sql).await.map(drop).expect_err(sql))
}

#[tokio::test]
async fn a_transaction_that_has_failed_goes_on_from_its_savepoint() {
    let (_project, server) = served();
    let client = server.connect().await;
    assert_eq!(refused(&client, "rollback to savepoint s").await, "25P01");
    for goes_back in ["rollback to savepoint s", "ROLLBACK TO s; release s"] {
        rows(&client, "begin; savepoint s").await;
        assert_eq!(refused(&client, "select 1.0 / 0").await, "22012");
        assert_eq!(refused(&client, "select 1").await, "25P02");
        rows(&client, goes_back).await;
        assert_eq!(rows(&client, "select 1").await, 1);
        rows(&client, "commit").await;
    }
    // The same over the extended protocol, as SQLAlchemy and PgJDBC ask for it.
    let goes_back = client.prepare("rollback to savepoint s").await.unwrap();
    rows(&client, "begin; savepoint s").await;
    client.query("select 1.0 / 0", &[]).await.expect_err("division");
    client.query("select 1", &[]).await.expect_err("it has failed");
    client.execute(&goes_back, &[]).await.unwrap();
    assert_eq!(client.query("select 1", &[]).await.unwrap().len(), 1);
    rows(&client, "rollback").await;
}

#[tokio::test]
async fn statements_of_one_message_are_answered_up_to_the_one_that_fails() {
    let (_project, server) = served();
    let client = server.connect().await;
    assert_eq!(rows(&client, "select 1; select 2; select 3").await, 3);
    assert_eq!(refused(&client, "begin; select nothing").await, "42703");
    assert_eq!(refused(&client, "select 1").await, "25P02", "the transaction was begun");
    rows(&client, "commit").await;
    // One that fails while its rows are on their way, and what stands after it.
    let fails = "select 1.0 / (value - 20000) from generate_series(1, 30000) as numbers(value)";
    assert_eq!(refused(&client, &format!("begin; {fails}; set statement_timeout = '7s'")).await, "22012");
    assert_eq!(refused(&client, "select 1").await, "25P02");
    rows(&client, "/* back */ rollback").await;
    assert_eq!(refused(&client, &format!("begin; commit; {fails}")).await, "22012");
    assert_eq!(rows(&client, "select 1").await, 1);
    let message = &client.simple_query("show statement_timeout").await.unwrap()[1];
    assert!(matches!(message, SimpleQueryMessage::Row(row) if row.get(0) != Some("7s")), "{message:?}");
    rows(&client, "begin; savepoint s").await;
    assert_eq!(refused(&client, "select nothing").await, "42703");
    rows(&client, "/* x */ rollback to savepoint s").await;
    assert_eq!(rows(&client, "select 1").await, 1);
    rows(&client, "rollback").await;
    assert_eq!(rows(&client, &"select 1;".repeat(1000)).await, 1000);
    assert_eq!(refused(&client, &"select 1;".repeat(1001)).await, "54000");
}

#[tokio::test]
async fn cursors_give_what_is_left_and_end_with_their_names() {
    let (_project, server) = served();
    let client = server.connect().await;
    rows(&client, "begin; declare c cursor for select value from generate_series(1, 100000)").await;
    assert_eq!(rows(&client, "fetch 10 from c").await, 10);
    assert_eq!(rows(&client, "fetch all from c").await, 99_990);
    assert_eq!(rows(&client, "fetch all from c").await, 0);
    rows(&client, "close c; declare c cursor for select 1").await;
    assert_eq!(rows(&client, "fetch next from c").await, 1);
    rows(&client, "commit").await;
    assert_eq!(refused(&client, "fetch next from c").await, "34000");
    // A cancel that comes while nothing is asked is about nothing.
    rows(&client, "begin; declare c cursor for select value from generate_series(1, 100000)").await;
    client.cancel_token().cancel_query(tokio_postgres::NoTls).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(rows(&client, "fetch 20000 from c").await, 20_000);
    rows(&client, "commit").await;
    rows(&client, "begin; declare c cursor for select repeat('x', 1000000) from generate_series(1, 2000)").await;
    assert_eq!(refused(&client, "fetch 2000 from c").await, "54000");
    rows(&client, "rollback").await;
}
