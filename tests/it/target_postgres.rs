//! The published set in a PostgreSQL database: the whole set or none, whoever reads, waits, builds on it or dies.

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_postgres::Client;

use crate::cli_support::{Outcome, Project};
use crate::postgres_server::{Postgres, connect, server, server_to_kill};

const VARIABLE: &str = "SOPMART_POSTGRES_URL";
const PIPELINE: &str = "pipelines/standard/pipeline.yaml";

/// The workshop with its two marts, which go into a database as well.
fn workshop() -> Project {
    let project = Project::of_the_workshop();
    let pipeline = project.read(PIPELINE);
    project.write(PIPELINE, &format!("{pipeline}targets:\n  postgres:\n    url: ${{env:{VARIABLE}}}\n"));
    project
}

fn run(project: &Project, url: &str) -> Outcome {
    finished(start(project, url))
}

fn start(project: &Project, url: &str) -> Child {
    let mut command = project.command(&["run", "--output", "json"]);
    command.env(VARIABLE, url).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn finished(child: Child) -> Outcome {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { exit_code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Another delivery of so many products.
fn deliver(project: &Project, products: usize) {
    let delivered = project.read("sample_data/products.csv");
    let mut lines = delivered.lines();
    let (header, first) = (lines.next().unwrap(), lines.next().unwrap());
    let rest = first.splitn(3, ',').nth(2).unwrap();
    let lines: String = (0..products).map(|n| format!("P{n:04},Product {n},{rest}\n")).collect();
    project.write("sample_data/products.csv", &format!("{header}\n{lines}"));
}

/// The entry that each mart and the record show, told by the rows that they have.
async fn counted(client: &Client) -> (i64, i64, i64) {
    let sql = "select (select count(*) from marts.workshop_products), \
        (select rows from marts.sopmart_published where mart = 'workshop_products'), \
        (select max(entry) from marts.sopmart_published)";
    let row = client.query_one(sql, &[]).await.unwrap();
    (row.get(0), row.get(1), row.get(2))
}

async fn text(client: &Client, sql: &str) -> String {
    let row = client.query_opt(sql, &[]).await.unwrap();
    row.map_or_else(String::new, |row| row.get::<_, Option<String>>(0).unwrap_or_default())
}

#[tokio::test]
async fn tables_hold_the_rows_types_keys_and_sentences_of_the_marts() {
    let Some(server) = server("the PostgreSQL target") else { return };
    let url = server.database("holds").await;
    let project = workshop();
    run(&project, &url).expect_exit(0);
    let client = connect(&url).await;
    let marts = [
        ("workshop_products", "product_id, name, family"),
        ("workshop_hours", "work_center_id, month, shift_hours, operations, hours"),
    ];
    for (mart, columns) in marts {
        let rows = project.rows(&format!("select {columns} from marts.{mart}"));
        let line = |row: &Value| row.as_object().unwrap().values().map(shown).collect::<Vec<_>>().join("|");
        let mut expected: Vec<String> = rows.iter().map(line).collect();
        let texts: Vec<String> =
            columns.split(", ").map(|column| format!("coalesce({column}::text, 'NULL')")).collect();
        let sql = format!("select concat_ws('|', {}) from marts.{mart}", texts.join(", "));
        let mut found: Vec<String> = client.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
        expected.sort();
        found.sort();
        assert!(!found.is_empty());
        assert_eq!(found, expected, "{mart}");
    }
    let key = "select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'marts.workshop_hours'::regclass and contype = 'p'";
    assert_eq!(text(&client, key).await, "PRIMARY KEY (work_center_id, month)");
    let types = "select string_agg(format_type(atttypid, atttypmod), ', ' order by attnum) from pg_attribute \
        where attrelid = 'marts.workshop_hours'::regclass and attnum > 0";
    assert_eq!(text(&client, types).await, "text, date, numeric(38,4), bigint, numeric(38,4)");
    let comment = "select col_description('marts.workshop_hours'::regclass, 3)";
    let said = text(&client, comment).await;
    assert!(said.contains("Unit: hours."), "{said}");
    assert!(!text(&client, "select obj_description('marts.workshop_hours'::regclass)").await.is_empty());
}

/// As the database casts it to text.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_string(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Gives the project a mart with values of every type, of the ends of each, and says how many rows it has.
fn add_a_mart_of_all_types(project: &Project) -> usize {
    let decimals: Vec<String> = [
        "0",
        "1",
        "-1",
        "0.5",
        "-0.0001",
        "9999",
        "10000",
        "10000.0001",
        "-123456789012345678901234.5678",
        "0.00010000",
        "99999999999999999999999999.9999",
        "100000000",
        "4000.04",
        "0.4",
        "12345678.9",
    ]
    .iter()
    .map(|number| format!("cast('{number}' as decimal(30,4))"))
    .collect();
    let wide = ["0.0000000001", "-9999999999999999999999999999.9999999999", "1234.5678901234", "7", "0.1"];
    let branches = (0..decimals.len()).map(|n| {
        format!(
            "select {n} as n, {} as amount, cast('{}' as decimal(38,10)) as wide, {} as word, {} as flag, \
             cast({n} as smallint) as small, cast({n} - 7 as integer) as middle, cast('-9223372036854775808' as bigint) as big, \
             cast({n} as double) / 3 as ratio, cast('{}' as date) as day, \
             cast('{}' as timestamp) as told",
            decimals[n],
            wide[n % wide.len()],
            ["'plain'", "'Grüße, \"ß\" \\ 語'", "''", "cast(null as varchar)", "'tab\tand\nline'"][n % 5],
            ["true", "false", "cast(null as boolean)"][n % 3],
            ["2000-01-01", "1970-01-01", "1899-12-31", "2999-12-31", "0001-01-01"][n % 5],
            ["2000-01-01T00:00:00", "2026-03-31T23:59:59.999999", "1969-12-31T23:59:59.000001"][n % 3],
        )
    });
    let union = branches.collect::<Vec<_>>().join("\nunion all\n");
    project.write(
        "sql/marts/all_types.sql",
        &format!(
            "-- One row per kind of value.\nwith\n\nkinds as (\n{union}\n)\n\nselect cast(n as bigint) as n, amount, wide, word, flag, small, middle, big, ratio, day, \
             arrow_cast(told, 'Timestamp(Microsecond, Some(\"UTC\"))') as told from kinds\n"
        ),
    );
    let property = |name: &str, logical: &str, physical: &str, more: &str| {
        format!(
            "      - {{name: {name}, logicalType: {logical}, physicalType: '{physical}', description: 'A {name}.'{more}}}\n"
        )
    };
    let columns = [
        property("n", "integer", "bigint", ", required: true, primaryKey: true, primaryKeyPosition: 1"),
        property("amount", "number", "decimal(30,4)", ""),
        property("wide", "number", "decimal(38,10)", ""),
        property("word", "string", "text", ""),
        property("flag", "boolean", "boolean", ""),
        property("small", "integer", "smallint", ""),
        property("middle", "integer", "integer", ""),
        property("big", "integer", "bigint", ""),
        property("ratio", "number", "double", ""),
        property("day", "date", "date", ""),
        property("told", "timestamp", "timestamp", ""),
    ];
    project.write(
        "sql/marts/all_types.odcs.yaml",
        &format!(
            "apiVersion: v3.1.0\nkind: DataContract\nid: all_types\nname: all_types\nversion: 1.0.0\nstatus: active\ndescription: {{purpose: 'Every type.'}}\nschema:\n  - name: all_types\n    physicalType: table\n    description: 'One row per kind of value.'\n    properties:\n{}",
            columns.concat()
        ),
    );
    project.replace(PIPELINE, "marts: [", "marts: [all_types, ");
    decimals.len()
}

#[tokio::test]
async fn every_value_of_every_type_arrives_as_it_was() {
    let Some(server) = server("the PostgreSQL target's types") else { return };
    let url = server.database("types").await;
    let project = workshop();
    let rows = add_a_mart_of_all_types(&project);
    run(&project, &url).expect_exit(0);
    let client = connect(&url).await;
    let sql = "select n::text, amount::text, wide::text, word, flag::text, small::text, middle::text, big::text, ratio::text, day::text, \
        to_char(told at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') from marts.all_types order by all_types.n";
    let found = client.query(sql, &[]).await.unwrap();
    let expected = project.rows("select n, amount, wide, word, flag, small, middle, big, ratio, day, to_char(told, '%Y-%m-%dT%H:%M:%S%.6f') from marts.all_types order by all_types.n");
    assert_eq!(found.len(), rows);
    for (found, expected) in found.iter().zip(&expected) {
        for (position, (name, value)) in expected.as_object().unwrap().iter().enumerate() {
            let told: Option<String> = found.get(position);
            let told = told.unwrap_or_else(|| "NULL".to_string());
            // A double is the same number, however many zeros are written behind its point.
            let is_same = value.as_f64().filter(|_| name == "ratio").is_some_and(|number| told.parse() == Ok(number));
            assert!(is_same || told == shown(value), "{name} is {told} in the database and {value} in {expected}");
        }
    }
}

#[tokio::test]
async fn an_unchanged_set_is_not_loaded_again_and_only_changed_marts_are() {
    let Some(server) = server("the PostgreSQL target over an unchanged set") else { return };
    let url = server.database("unchanged").await;
    let project = workshop();
    run(&project, &url).expect_exit(0);
    let client = connect(&url).await;
    let ids =
        "select 'marts.workshop_products'::regclass::oid::text || ' ' || 'marts.workshop_hours'::regclass::oid::text";
    let before = text(&client, ids).await;
    let again = run(&project, &url).expect_exit(0).json();
    assert_eq!(again["status"], "nothing_to_do");
    assert_eq!(text(&client, ids).await, before, "nothing was loaded");
    let products = project.read("sample_data/products.csv");
    let first = products.lines().nth(1).unwrap().to_string();
    project.write("sample_data/products.csv", &products.replace(&first, &first.replacen(',', ",Renamed ", 1)));
    run(&project, &url).expect_exit(0);
    let after = text(&client, ids).await;
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split(' ').collect(), after.split(' ').collect());
    assert_ne!(old[0], new[0], "the mart of products is loaded anew");
    assert_eq!(old[1], new[1], "the mart of hours has not changed and keeps its table");
    let entries = "select min(entry)::text || ' ' || max(entry)::text from marts.sopmart_published";
    assert_eq!(text(&client, entries).await, "2 2", "all of them are of the newest entry");
    client.batch_execute("drop table marts.workshop_hours").await.unwrap();
    run(&project, &url).expect_exit(0);
    assert_ne!(
        text(&client, "select count(*)::text from marts.workshop_hours").await,
        "0",
        "what was dropped is loaded"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_see_one_set_and_wait_for_nobody() {
    let Some(server) = server("readers of the PostgreSQL target") else { return };
    let url = server.database("readers").await;
    let project = workshop();
    run(&project, &url).expect_exit(0);
    let (stop, at) = (Arc::new(AtomicBool::new(false)), url.clone());
    let stopped = Arc::clone(&stop);
    let reader = tokio::spawn(async move {
        let client = connect(&at).await;
        let (mut seen, mut longest) = (std::collections::BTreeSet::new(), Duration::ZERO);
        while !stopped.load(Ordering::Relaxed) {
            let asked = Instant::now();
            let (rows, recorded, entry) = counted(&client).await;
            longest = longest.max(asked.elapsed());
            assert_eq!(rows, recorded, "the mart and the record show different sets");
            seen.insert(entry);
        }
        (seen, longest)
    });
    // One that stays in a mart for longer than a load waits for the moment to swap.
    let slow = connect(&url).await;
    for round in 1..=5 {
        deliver(&project, 20 * round);
        slow.batch_execute("begin; select count(*) from marts.workshop_products").await.unwrap();
        let running = start(&project, &url);
        tokio::time::sleep(Duration::from_millis(2500)).await;
        slow.batch_execute("commit").await.unwrap();
        let outcome = tokio::task::spawn_blocking(|| finished(running)).await.unwrap();
        outcome.expect_exit(0);
    }
    stop.store(true, Ordering::Relaxed);
    let (seen, longest) = reader.await.unwrap();
    assert!(seen.len() >= 5, "{seen:?}");
    assert!(longest < Duration::from_millis(1500), "a reader waited {longest:?}");
}

#[tokio::test]
async fn rights_and_what_others_have_built_stay() {
    let Some(server) = server("rights in the PostgreSQL target") else { return };
    let url = server.database("rights").await;
    let project = workshop();
    run(&project, &url).expect_exit(0);
    let client = connect(&url).await;
    client
        .batch_execute(
            "create role analyst login password 'secret'; create role planner; grant usage on schema marts to analyst; \
             grant select on marts.workshop_products to analyst with grant option; \
             grant select (product_id) on marts.workshop_products to planner; \
             create schema own; create view own.names as select product_id, name from marts.workshop_products; \
             create view own.few as select * from own.names where product_id like '%1'; \
             comment on view own.few is 'A few.'; grant select on own.few to planner; grant usage on schema own to planner",
        )
        .await
        .unwrap();
    deliver(&project, 40);
    run(&project, &url).expect_exit(0);
    let rights = "select string_agg(a.grantee::regrole || ' ' || a.privilege_type || ' ' || a.is_grantable, ', ' order by 1) \
        from pg_class c, aclexplode(c.relacl) a where c.oid = 'marts.workshop_products'::regclass and a.grantee <> c.relowner";
    assert_eq!(text(&client, rights).await, "analyst SELECT true");
    let of_columns = "select has_column_privilege('planner', 'marts.workshop_products', 'product_id', 'select')::text || ' ' || \
        has_column_privilege('planner', 'marts.workshop_products', 'name', 'select')::text";
    assert_eq!(text(&client, of_columns).await, "true false");
    assert_eq!(text(&client, "select count(*)::text from own.few").await, "4", "the views read the new table");
    assert_eq!(text(&client, "select obj_description('own.few'::regclass)").await, "A few.");
    assert_eq!(text(&client, "select has_table_privilege('planner', 'own.few', 'select')::text").await, "true");
    let analyst = connect(&server.url_of("analyst", "rights")).await;
    assert_eq!(counted_products(&analyst).await, 40);
}

async fn counted_products(client: &Client) -> i64 {
    client.query_one("select count(*) from marts.workshop_products", &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn what_would_be_lost_or_is_somebody_elses_stops_the_load_with_its_name() {
    let Some(server) = server("what the PostgreSQL target refuses") else { return };
    let url = server.database("refuses").await;
    let project = workshop();
    let client = connect(&url).await;
    client.batch_execute("create schema marts; create table marts.workshop_hours (mine int)").await.unwrap();
    let refused = run(&project, &url).expect_exit(3);
    assert!(refused.stderr.contains("marts.workshop_hours is there and was not made by sopmart"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("secret") && !refused.stdout.contains("secret"));
    assert_eq!(project.entry(), 1, "the set is published all the same");
    client.batch_execute("drop table marts.workshop_hours").await.unwrap();
    let caught_up = run(&project, &url).expect_exit(0).json();
    assert_eq!(caught_up["status"], "nothing_to_do");
    assert!(counted_products(&client).await > 0, "the next run loads what is missing");

    client.batch_execute("alter table marts.workshop_products enable row level security").await.unwrap();
    deliver(&project, 9);
    let refused = run(&project, &url).expect_exit(3);
    assert!(refused.stderr.contains("marts.workshop_products has row level security"), "{}", refused.stderr);
    client.batch_execute("alter table marts.workshop_products disable row level security").await.unwrap();
    client.batch_execute("create materialized view marts.mine as select * from marts.workshop_products").await.unwrap();
    let refused = run(&project, &url).expect_exit(3);
    assert!(refused.stderr.contains("marts.mine is built on the marts and is no plain view"), "{}", refused.stderr);
    client.batch_execute("drop materialized view marts.mine").await.unwrap();
    run(&project, &url).expect_exit(0);
    assert_eq!(counted_products(&client).await, 9);
}

#[tokio::test]
async fn a_server_that_is_not_there_leaves_the_set_published_and_shows_no_password() {
    let project = workshop();
    let nowhere = "postgres://owner:secret@127.0.0.1:1/mart?sslmode=disable";
    let behind = run(&project, nowhere).expect_exit(3);
    assert!(behind.stderr.contains("PostgreSQL 127.0.0.1:1/mart, schema marts"), "{}", behind.stderr);
    let record = behind.stdout + &behind.stderr;
    assert!(!record.contains("secret"), "{record}");
    assert_eq!(project.entry(), 1);
    let left_out = run(&project, "").expect_exit(0);
    assert!(left_out.stderr.contains("Nothing to do"), "an empty URL leaves the target out: {}", left_out.stderr);
    let unset = project.sopmart(&["run"]).expect_exit(2);
    assert!(unset.stderr.contains("the environment variable SOPMART_POSTGRES_URL is not set"), "{}", unset.stderr);
}

#[test]
fn faults_of_targets_name_their_line() {
    let cases = [
        ("  postgres: {url: 'postgres://me:secret@host/db'}\n", "`url` holds a password"),
        ("  postgres: {url: 'host=h password=secret dbname=d'}\n", "`url` holds a password"),
        ("  postgres: {url: 'postgres://me@host'}\n", "names no host or no database"),
        ("  postgres: {url: 'mysql:somewhere'}\n", "is no URL of a PostgreSQL database"),
        ("  postgres: {url: 'postgres://me@host/db', schema: 'Marts; drop'}\n", "`schema` is `Marts; drop`"),
        ("  exports: {}\n", "`exports` names no format"),
        ("  exports: {csv: [workshop_hour]}\n", "unknown mart `workshop_hour`; did you mean `workshop_hours`?"),
        ("  exports: {csv: all, keep: 0}\n", "`keep` is 0"),
        ("  exports: {csv: some}\n", "`csv` is not understood, expected `all` or a list of marts"),
        ("  exports: {to: 'ftp://host/x', csv: all}\n", "`to`"),
        ("  parquet: all\n", "unknown field `parquet`"),
    ];
    for (targets, said) in cases {
        let project = Project::of_the_workshop();
        let pipeline = project.read(PIPELINE);
        project.write(PIPELINE, &format!("{pipeline}targets:\n{targets}"));
        let outcome = project.sopmart(&["check"]).expect_exit(1);
        assert!(outcome.stderr.contains(said), "{targets}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("pipeline.yaml:"), "{targets}: {}", outcome.stderr);
    }
}

/// After whatever happened, the database shows one whole set.
async fn shows_one_set(url: &str) -> Option<i64> {
    let client = connect(url).await;
    let there = text(&client, "select coalesce(to_regclass('marts.sopmart_published')::text, '')").await;
    if there.is_empty() {
        return None;
    }
    let (rows, recorded, entry) = counted(&client).await;
    assert_eq!(rows, recorded);
    let stray = "select coalesce(string_agg(relname, ', '), '') from pg_class where relnamespace = 'marts'::regnamespace \
        and relname like 'sopmart_loading%'";
    assert_eq!(text(&client, stray).await, "");
    Some(entry)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_killed_at_any_moment_leaves_the_old_set_or_the_new() {
    let Some(server) = server("runs that are killed while they load PostgreSQL") else { return };
    let url = server.database("killed_runs").await;
    let project = workshop();
    run(&project, &url).expect_exit(0);
    let took = Instant::now();
    deliver(&project, 1000);
    run(&project, &url).expect_exit(0);
    let took = took.elapsed();
    for moment in 1..=12 {
        deliver(&project, 1000 + moment);
        let mut running = start(&project, &url);
        tokio::time::sleep(took * u32::try_from(moment).unwrap() / 12).await;
        drop(running.kill());
        running.wait().unwrap();
        assert!(shows_one_set(&url).await.is_some());
    }
    run(&project, &url).expect_exit(0);
    assert_eq!(shows_one_set(&url).await, Some(i64::try_from(project.entry()).unwrap()));
    assert_eq!(counted_products(&connect(&url).await).await, 1012);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_at_any_moment_shows_the_old_set_or_the_new() {
    let Some(server) = server_to_kill("a PostgreSQL server that is killed") else { return };
    let server: Postgres = server;
    let url = server.database("killed_server").await;
    let project = workshop();
    run(&project, &url).expect_exit(0);
    deliver(&project, 500);
    let took = Instant::now();
    run(&project, &url).expect_exit(0);
    let took = took.elapsed();
    for moment in 1..=5_usize {
        deliver(&project, 3000 + moment);
        let running = start(&project, &url);
        tokio::time::sleep(took * u32::try_from(moment).unwrap() / 6).await;
        server.kill();
        let outcome = tokio::task::spawn_blocking(|| finished(running)).await.unwrap();
        assert!(matches!(outcome.exit_code, Some(0 | 3)), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("secret"));
        server.run();
        assert!(shows_one_set(&url).await.is_some());
    }
    run(&project, &url).expect_exit(0);
    assert_eq!(shows_one_set(&url).await, Some(i64::try_from(project.entry()).unwrap()));
    assert_eq!(counted_products(&connect(&url).await).await, 3005);
}
