//! What clients of PostgreSQL write, and what they get for it from `serve`: what PostgreSQL would say, or an error.

use std::error::Error;
use std::time::SystemTime;

use bytes::BytesMut;
use tokio_postgres::types::{Format, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::serve_support::{code, served};

/// The names of the columns and the values of one row, as texts.
async fn row(client: &Client, sql: &str) -> (Vec<String>, Vec<Option<String>>) {
    let messages = client.simple_query(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    let found = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    let row = found.unwrap_or_else(|| panic!("{sql}: no row"));
    let names = row.columns().iter().map(|column| column.name().to_string()).collect();
    (names, (0..row.len()).map(|place| row.get(place).map(str::to_string)).collect())
}

/// A value that is sent in its text form, whatever its type.
#[derive(Debug)]
struct AsText(&'static str);

impl ToSql for AsText {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

async fn values(client: &Client, sql: &str) -> Vec<String> {
    let (_, values) = row(client, sql).await;
    values.into_iter().map(|value| value.unwrap_or_else(|| "NULL".to_string())).collect()
}

#[tokio::test]
async fn columns_without_names_are_called_what_postgresql_calls_them() {
    let (_project, server) = served();
    let client = server.connect().await;
    let sql = "select count(*), max(hours), sum(hours) as total, upper(work_center_id), month::text, 1, null, \
        case when true then 1 end, work_center_id, work_center_id, 2 as total, 1::bigint \
        from marts.workshop_hours group by work_center_id, month order by count(*) desc, 4 limit 1";
    let (names, _) = row(&client, sql).await;
    let expected = [
        "count",
        "max",
        "total",
        "upper",
        "month",
        "?column?",
        "?column?",
        "case",
        "work_center_id",
        "work_center_id",
        "total",
        "int8",
    ];
    assert_eq!(names, expected);
    let (names, values) =
        row(&client, "select p.product_id, p.* from marts.workshop_products p order by 1 limit 1").await;
    assert_eq!(names, ["product_id", "product_id", "name", "family"]);
    assert_eq!(values[0], values[1]);
    // By the extended protocol as well, in which clients ask for the columns before the rows.
    let statement = client.prepare("select count(*), count(*) from marts.workshop_products").await.unwrap();
    assert_eq!(statement.columns().iter().map(tokio_postgres::Column::name).collect::<Vec<_>>(), ["count", "count"]);
}

#[tokio::test]
async fn subqueries_that_stand_for_a_value_see_the_row_around_them_and_have_one_row() {
    let (project, server) = served();
    let client = server.connect().await;
    let counted = "select p.product_id, (select count(*) from marts.workshop_products o where o.family = p.family) as others \
        from marts.workshop_products p order by 1 limit 1";
    let expected = project.rows(counted);
    assert_eq!(values(&client, counted).await[1], expected[0]["others"].to_string());
    let named = "select p.product_id, (select o.name from marts.workshop_products o where o.product_id = p.product_id) \
        from marts.workshop_products p where p.product_id = 'TB-120'";
    assert_eq!(values(&client, named).await, ["TB-120", "Table Linden 120"]);
    for many in [
        "select (select product_id from marts.workshop_products)",
        "select (select o.name from marts.workshop_products o where o.family = p.family) from marts.workshop_products p",
    ] {
        let error = client.simple_query(many).await.expect_err(many);
        assert!(error.as_db_error().unwrap().message().contains("more than one row"), "{error:?}");
    }
    let none = "select (select o.name from marts.workshop_products o where o.product_id = p.name) from marts.workshop_products p limit 1";
    assert_eq!(values(&client, none).await, ["NULL"]);
    assert_eq!(
        values(&client, "select array(select v from generate_series(3, 1, -1) as t(v) order by 1)").await,
        ["{1,2,3}"]
    );
}

#[tokio::test]
async fn arrays_patterns_and_truth_values_are_read_as_postgresql_reads_them() {
    let (_project, server) = served();
    let client = server.connect().await;
    for (sql, expected) in [
        (r#"select 'A B' = any('{"A B",c}'), 'A' = any('{"A B",c}'), 3 = any('{1,3}'::int[])"#, vec!["t", "f", "t"]),
        ("select 1 <> all('{2,3}'::bigint[]), 1 <> all(array[2, null])", vec!["t", "NULL"]),
        ("select '{}'::text[], '{a,NULL,\"NULL\"}'::text[]", vec!["{}", "{a,NULL,\"NULL\"}"]),
        (
            "select 'a_b' like 'a/_b' escape '/', 'axb' like 'a/_b' escape '/', 'a_b' not like 'a#_%' escape '#'",
            vec!["t", "f", "f"],
        ),
        ("select 'A_B' ilike 'a!_b' escape '!', 'ab' like 'a\\b'", vec!["t", "t"]),
        (
            "select count(*) from marts.workshop_products where (name is not null) = 't' and (family is null) <> 'true'",
            vec!["8"],
        ),
        ("select count(*) from pg_catalog.pg_policy", vec!["0"]),
        ("select exists (select 1 from pg_trigger), (select count(*) from pg_enum)", vec!["f", "0"]),
        ("select current_setting('search_path'), current_setting('no.such', true)", vec!["marts", "NULL"]),
    ] {
        assert_eq!(values(&client, sql).await, expected, "{sql}");
    }
    for (sql, expected) in [
        ("select 1 = any('{1,2')", "malformed array literal"),
        ("select current_setting('no.such')", "unrecognized configuration parameter"),
    ] {
        let error = client.simple_query(sql).await.expect_err(sql);
        assert!(error.as_db_error().unwrap().message().contains(expected), "{sql}: {error:?}");
    }
}

#[tokio::test]
async fn arrays_of_parameters_are_of_what_they_are_compared_with() {
    let (_project, server) = served();
    let client = server.connect().await;
    let row = client
        .query_one(
            "select sum(case when operations = any($1) then 1 else 0 end) from marts.workshop_hours group by operations = any($1) order by 1 desc limit 1",
            &[&vec![15_i64, 20]],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 7);
    let hours = client.prepare("select count(*) from workshop_hours where hours = any($1)").await.unwrap();
    for (text, expected) in [("{77.920001}", 0), ("{77.92,NULL,1e3}", 1), ("{}", 0)] {
        let found = client.query_one(&hours, &[&AsText(text)]).await.unwrap();
        assert_eq!(found.get::<_, i64>(0), expected, "{text}");
    }
    for refused in [
        "select array(select family from workshop_products group by family)",
        "select array(select count(*) from workshop_products group by family)",
        "select family from workshop_products order by family collate \"de_DE\"",
        "select 'a' like 'a' escape 'ab'",
        "select 'abc' similar to 'ab'",
        "select family from workshop_products except all select family from workshop_products",
        "select 1 union (select 1 intersect all select 2)",
        "select now() at time zone 'Europe/Berlin'",
        "select * from workshop_hours a full join workshop_hours b using (month)",
        "select * from workshop_hours a natural right join workshop_hours b",
        "select max(hours), max(operations) from workshop_hours order by max",
        "select count(*), max(operations) as count from workshop_hours order by count",
        "select coalesce(hours, '1.00001') from workshop_hours",
        "select nullif(hours, '1.00001') from workshop_hours",
        "select case hours when '1.00001' then 1 end from workshop_hours",
        "select hours < '1.00000000000000000000000000000000000000000001' from workshop_hours",
        "select 1 where exists (select 1 from workshop_hours offset 50)",
        "select 123456789012345678901234567890123456::numeric(38,0)",
    ] {
        client.simple_query(refused).await.expect_err(refused);
    }
}

#[tokio::test]
async fn values_of_parameters_are_what_was_sent() {
    let (_project, server) = served();
    let client = server.connect().await;
    let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
    let cases: [(&str, Type, &(dyn ToSql + Sync), &str); 14] = [
        ("$1", Type::TEXT, &"{a", "{a"),
        ("$1", Type::INT2, &-7_i16, "-7"),
        ("$1", Type::INT4, &i32::MIN, "-2147483648"),
        ("$1", Type::INT8, &i64::MAX, "9223372036854775807"),
        ("$1", Type::FLOAT8, &0.1_f64, "0.1"),
        ("$1", Type::BOOL, &true, "t"),
        ("$1", Type::DATE, &day, "2026-03-31"),
        ("$1", Type::TIMESTAMP, &day.and_hms_opt(1, 2, 3).unwrap(), "2026-03-31 01:02:03"),
        ("$1 = 'epoch'::text", Type::TEXT, &"epoch", "t"),
        ("encode($1, 'hex')", Type::BYTEA, &vec![0_u8, 255], "00ff"),
        ("array_to_string($1, '|', '-')", Type::TEXT_ARRAY, &vec![Some("a,b"), None, Some("\"")], "a,b|-|\""),
        ("array_to_string($1, '|')", Type::INT8_ARRAY, &vec![1_i64, -2], "1|-2"),
        ("cardinality($1)", Type::DATE_ARRAY, &vec![day, day, day], "3"),
        ("$1 > '2026-01-01T00:00:00Z'::timestamptz", Type::TIMESTAMPTZ, &SystemTime::now(), "t"),
    ];
    for (expression, of, value, expected) in cases {
        let sql = format!("select cast({expression} as text)");
        let rows = client
            .query_typed(&sql, &[(value, of.clone())])
            .await
            .unwrap_or_else(|error| panic!("{sql} {of}: {error:?}"));
        let found: String = rows[0].get(0);
        let found = if of == Type::BOOL || expected == "t" { found.replace("true", "t") } else { found };
        assert_eq!(found.replace('T', " "), expected.replace('T', " "), "{sql} {of}");
    }
    let null: Option<i64> = None;
    let row = client.query_one("select $1::bigint is null, $2::text", &[&null, &"after a NULL"]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    assert_eq!(row.get::<_, &str>(1), "after a NULL");
    let error = client.prepare("select $70000").await.expect_err("no such parameter");
    assert_eq!(code(&error), "42601");
}

#[tokio::test]
async fn arrays_and_counts_of_rows_are_known_by_their_places() {
    let (project, server) = served();
    let client = server.connect().await;
    let of = |sql: &'static str, expected: Type| {
        let client = &client;
        async move {
            let statement = client.prepare(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            assert_eq!(statement.params(), [expected], "{sql}");
        }
    };
    of("select count(*) from marts.workshop_hours where work_center_id = any($1)", Type::TEXT_ARRAY).await;
    of("select count(*) from marts.workshop_hours where operations <> all($1)", Type::INT8_ARRAY).await;
    of("select count(*) from marts.workshop_hours where month > any($1)", Type::DATE_ARRAY).await;
    of("select count(*) from marts.workshop_hours where hours = any ($1)", Type::NUMERIC_ARRAY).await;
    of("select $1::timestamptz", Type::TIMESTAMPTZ).await;
    of("select work_center_id from marts.workshop_hours limit $1", Type::INT8).await;
    let sql = "select count(*) from marts.workshop_hours where operations = any($1) and work_center_id <> all($2)";
    let row = client.query_one(sql, &[&vec![15_i64, 20, -1], &vec!["CUTTING", "no \"body\""]]).await.unwrap();
    let same = "select count(*) as n from marts.workshop_hours where operations in (15, 20, -1) and work_center_id <> 'CUTTING'";
    assert_eq!(serde_json::Value::from(row.get::<_, i64>(0)), project.value(same));
    let rows =
        client.query("select product_id from marts.workshop_products order by 1 limit $1 offset $2", &[&2_i64, &1_i64]);
    assert_eq!(rows.await.unwrap().len(), 2);
}

#[tokio::test]
async fn numbers_are_compared_by_all_their_digits() {
    let (project, server) = served();
    let client = server.connect().await;
    let hours = project.value("select max(hours) as hours from marts.workshop_hours");
    let hours = hours.as_str().map_or_else(|| hours.to_string(), str::to_string);
    // A number with more digits than the column has: rounded to them it would be the greatest, which is less.
    let beyond = format!("{hours}1");
    let sql = format!("select count(*) from marts.workshop_hours where hours >= {beyond}");
    assert_eq!(values(&client, &sql).await, ["0"]);
    let numeric = format!("select count(*) from marts.workshop_hours where hours >= '{beyond}'::numeric(38,9)");
    assert_eq!(values(&client, &numeric).await, ["0"]);
    let python = std::env::var_os("SOPMART_READERS_PYTHON");
    let Some(python) = python else {
        crate::cli_support::left_out("numbers of psycopg against serve", "SOPMART_READERS_PYTHON");
        return;
    };
    let script = "import decimal, sys, psycopg\n\
        connection = psycopg.connect(sys.argv[1])\n\
        sql = 'select count(*) from marts.workshop_hours where hours >= %{form}'\n\
        for form in 'tb':\n\
        \x20   for value, expected in ((sys.argv[2], 1), (sys.argv[2] + '1', 0)):\n\
        \x20       found = connection.execute(sql.replace('{form}', form), (decimal.Decimal(value),)).fetchone()[0]\n\
        \x20       assert found == expected, (form, value, found)\n\
        doubled = connection.execute('select operations * %b from marts.workshop_hours limit 1', (decimal.Decimal('0.5'),))\n\
        assert isinstance(doubled.fetchone()[0], decimal.Decimal)\n";
    let output = std::process::Command::new(python).args(["-c", script, &server.url(), &hours]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
