//! Real clients against `serve`: psql, psycopg and `SQLAlchemy`. Those that bring a runtime of their own (Java, `Node.js`) are
//! in `tests/clients/run`.

use std::process::Command;

use serde_json::Value;

use crate::cli_support::{Project, left_out, repository};
use crate::postgres_server;
use crate::serve_support::{Server, served_and_stored};

const PYTHON: &str = "SOPMART_READERS_PYTHON";

fn published_workshop() -> Project {
    let project = Project::of_the_workshop();
    project.sopmart(&["run"]).expect_exit(0);
    project
}

#[test]
fn psql_lists_and_describes_the_marts() {
    if Command::new("psql").arg("--version").output().is_err() {
        left_out("psql against serve", "psql");
        return;
    }
    let project = published_workshop();
    let server = Server::of(&project, &[]);
    let psql = |command: &str| {
        let output = Command::new("psql").args(["-X", "-d", &server.url(), "-c", command]).output().unwrap();
        let (told, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let is_well = error.is_empty() || error.starts_with("Did not find any");
        assert!(output.status.success() && is_well, "{command}: {told} {error}");
        told.into_owned()
    };
    let tables = psql("\\dt");
    assert!(tables.contains("workshop_hours") && tables.contains("marts"), "{tables}");
    assert!(psql("\\d").contains("workshop_products"));
    assert!(psql("\\dn").contains("marts"));
    assert!(psql("\\l").contains("sopmart"));
    let columns = psql("\\d marts.workshop_hours");
    for expected in ["work_center_id", "month", "date", "shift_hours", "numeric(38,4)", "bigint"] {
        assert!(columns.contains(expected), "{columns}");
    }
    let described = psql("\\d+ marts.workshop_hours");
    assert!(described.contains("Hours of its shifts."), "{described}");
    assert!(described.contains("\"workshop_hours_key\" PRIMARY KEY, btree (work_center_id, month)"), "{described}");
    assert!(psql("\\di marts.*").contains("workshop_hours_key"));
    for command in ["\\df", "\\dv", "\\du", "\\dp marts.*", "\\dT", "\\dn+", "\\ds", "\\dm"] {
        psql(command);
    }
    let rows = psql("select count(*) as products from marts.workshop_products");
    assert!(rows.contains("products") && rows.contains("(1 row)"), "{rows}");
}

#[test]
fn psycopg_and_sqlalchemy_read_rows_and_list_tables() {
    let Some(python) = std::env::var_os(PYTHON) else {
        left_out("psycopg and SQLAlchemy against serve", PYTHON);
        return;
    };
    let project = published_workshop();
    let server = Server::of(&project, &[]);
    let script = repository().join("tests/clients/python_clients.py");
    let output = Command::new(python).arg(script).arg(server.url()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected =
        project.rows("select work_center_id, month, shift_hours, operations from marts.workshop_hours order by 1, 2");
    let expected: Vec<Vec<Value>> =
        expected.iter().map(|row| row.as_object().unwrap().values().cloned().collect()).collect();
    assert_eq!(found["rows"], serde_json::to_value(&expected).unwrap());
    let first = &expected[0][0];
    let of_first = expected.iter().filter(|row| row[0] == *first).count();
    assert_eq!(found["any"], of_first);
    assert_eq!(found["cursor"], true);
    assert_eq!(found["delete"], "25006");
    assert_eq!(found["after"], 2);
    assert_eq!(found["psycopg2"], true);
    let total = project.rows("select sum(shift_hours) as hours, count(*) as n from marts.workshop_hours");
    for dialect in ["postgresql+psycopg", "postgresql+psycopg2"] {
        let told = &found[dialect];
        assert_eq!(told["tables"], serde_json::json!(["workshop_hours", "workshop_products"]), "{told}");
        assert_eq!(told["total"], serde_json::json!([total[0]["hours"], total[0]["n"]]));
    }
}

/// The answers of a script that asks what `SQLAlchemy` asks.
fn reflected(python: &std::ffi::OsStr, url: &str) -> Value {
    let script = repository().join("tests/clients/reflection.py");
    let dialects = ["postgresql+psycopg", "postgresql+psycopg2"];
    let output = Command::new(python).arg(script).arg(url).args(dialects).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlalchemy_finds_of_a_served_set_what_it_finds_of_the_same_set_in_postgresql() {
    let what = "SQLAlchemy over serve and over PostgreSQL";
    let Some(python) = std::env::var_os(PYTHON) else {
        left_out(what, PYTHON);
        return;
    };
    let Some(postgres) = postgres_server::server(what) else { return };
    let url = postgres.database("reflection").await;
    let (_project, server) = served_and_stored(&url);
    let (served, stored) =
        (reflected(&python, &server.url()), reflected(&python, &url.replace("postgres://", "postgresql://")));
    for (dialect, expected) in stored.as_object().unwrap() {
        for (asked, expected) in expected.as_object().unwrap() {
            assert_eq!(served[dialect][asked], *expected, "{dialect}: {asked}");
        }
    }
    assert_eq!(served["postgresql+psycopg"]["primary key"], serde_json::json!(["work_center_id", "month"]));
}
