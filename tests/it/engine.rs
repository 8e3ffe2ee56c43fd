//! The engine's guards: what would come out silently wrong without the settings of a session.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, TimeUnit};
use arrow::util::pretty::pretty_format_batches;
use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sopmart::engine::{self, DataFile, Engine, EngineOptions, Tables, batches_table, files_table};
use sopmart::model::TableName;
use sopmart::warehouse::Warehouse;

struct Scene {
    folder: tempfile::TempDir,
    warehouse: Warehouse,
    engine: Engine,
}

fn scene(threads: usize, memory_limit: Option<usize>) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let warehouse = Warehouse::in_folder(&folder.path().join("warehouse")).unwrap();
    let options = EngineOptions { threads, memory_limit, spill_folder: folder.path().to_path_buf() };
    let engine = Engine::new(&options, &warehouse).unwrap();
    Scene { folder, warehouse, engine }
}

impl Scene {
    fn session(&self, tables: &[(&str, RecordBatch)]) -> SessionContext {
        let mut of_session = Tables::default();
        // Beside a large table, which nobody reads, all threads work.
        let large = DataFile { path: "large".to_string(), rows: 1_000_000, bytes: 1, constants: Vec::new() };
        let of_nothing = Arc::new(Schema::empty());
        of_session.add(&TableName::new("staging", "large"), files_table(&of_nothing, Vec::new(), vec![large]));
        for (name, rows) in tables {
            of_session.add(&TableName::new("staging", name), batches_table(vec![rows.clone()]).unwrap());
        }
        self.engine.session(&of_session).unwrap()
    }

    async fn write(
        &self,
        session: &SessionContext,
        sql: &str,
        key: Option<&[&str]>,
    ) -> anyhow::Result<engine::Written> {
        let plan = session.sql(sql).await?.into_unoptimized_plan();
        engine::write(&self.engine, session, plan, &self.warehouse, "models/x", key).await
    }

    fn file(&self, written: &engine::Written) -> std::path::PathBuf {
        self.folder.path().join("warehouse").join(&written.files[0].path)
    }
}

async fn asked(session: &SessionContext, sql: &str) -> Vec<RecordBatch> {
    session.sql(sql).await.unwrap().collect().await.unwrap()
}

async fn one(sql: &str) -> (DataType, String) {
    let scene = scene(2, None);
    let batches = asked(&scene.session(&[]), sql).await;
    let column = batches[0].column(0);
    let value = arrow::util::display::array_value_to_string(column, 0).unwrap();
    (column.data_type().clone(), value)
}

fn numbers(values: &[i64]) -> RecordBatch {
    let schema = Schema::new(vec![Field::new("k", DataType::Int64, true), Field::new("n", DataType::Int64, true)]);
    let keys = Int64Array::from_iter_values((0..).take(values.len()).map(|row| row % 2));
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(keys), Arc::new(Int64Array::from(values.to_vec()))]).unwrap()
}

fn decimals(values: &[i128]) -> RecordBatch {
    let data_type = DataType::Decimal128(38, 0);
    let array = Decimal128Array::from(values.to_vec()).with_data_type(data_type.clone());
    RecordBatch::try_new(Arc::new(Schema::new(vec![Field::new("n", data_type, true)])), vec![Arc::new(array)]).unwrap()
}

#[tokio::test]
async fn decimal_literals_are_decimals_and_long_numbers_keep_their_digits() {
    assert_eq!(one("select 0.1 + 0.2").await.1, "0.3");
    assert_eq!(one("select 10.50").await, (DataType::Decimal128(4, 2), "10.50".into()));
    assert_eq!(one("select 12345678901234567890").await.1, "12345678901234567890");
}

#[tokio::test]
async fn a_timestamp_with_a_zone_is_in_utc() {
    let (data_type, _) = one("select cast('2024-01-05T00:00:00Z' as timestamptz)").await;
    assert!(matches!(data_type, DataType::Timestamp(_, Some(zone)) if &*zone == "+00:00"));
}

#[tokio::test]
async fn whole_numbers_that_grow_out_of_their_type_fail_and_others_do_not() {
    let scene = scene(2, None);
    let session = scene.session(&[("t", numbers(&[i64::MAX, 3]))]);
    for sql in [
        "select n + 1 from staging.t",
        "select -n - 2 from staging.t",
        "select n * 2 as twice from staging.t where n > 3",
        "select k from staging.t where n + 1 > 3",
        "select k, count(*) from staging.t group by k, n + 1",
        "select cast(n % 65536 as int) * cast(n % 65536 as int) from staging.t",
        "select 9223372036854775807 + 1",
    ] {
        let asked = async { session.sql(sql).await?.collect().await };
        let error = asked.await.expect_err(sql).to_string();
        assert!(error.contains("Overflow happened on"), "{sql}: {error}");
    }
    let sql = "select k * 2 + n - 1, -k, date '2026-01-31' + k from staging.t where n < 10 order by n + k";
    let shown = pretty_format_batches(&asked(&session, sql).await).unwrap().to_string();
    assert!(shown.contains("staging.t.k * Int64(2) + staging.t.n - Int64(1)"), "the columns' names: {shown}");
    assert!(shown.contains("| 4 ") && shown.contains("2026-02-01"), "{shown}");
}

#[tokio::test]
async fn a_division_of_whole_numbers_is_no_query() {
    let scene = scene(2, None);
    let session = scene.session(&[("t", numbers(&[7]))]);
    for sql in ["select 7 / 2", "select n / k from staging.t", "select k from staging.t where (n + 1) / 2 > 3"] {
        let asked = async { session.sql(sql).await?.collect().await };
        let error = asked.await.expect_err(sql).to_string();
        assert!(error.contains("drops the fraction"), "{sql}: {error}");
    }
    let halves = asked(&session, "select cast(n / 2.0 as varchar), n % 2 from staging.t").await;
    assert!(halves[0].column(0).as_string_view().value(0).starts_with("3.5"));
}

#[tokio::test]
async fn a_sum_of_whole_numbers_that_grows_out_of_its_type_fails_in_every_form() {
    let scene = scene(2, None);
    let session = scene.session(&[("t", numbers(&[i64::MAX, i64::MAX, 1, 1]))]);
    for sql in [
        "select sum(n) from staging.t",
        "select k, sum(n) from staging.t group by k",
        "select sum(n) over (order by n, k) from staging.t",
        "select sum(n) over (order by n, k rows between 1 preceding and current row) from staging.t",
        "select sum(n) filter (where k = 0) from staging.t",
    ] {
        let error = session.sql(sql).await.unwrap().collect().await.unwrap_err().to_string();
        assert!(error.contains("a sum is too large for its type"), "{sql}: {error}");
    }
}

#[tokio::test]
async fn a_sum_of_wide_decimals_fails_where_38_digits_do_not_hold_it() {
    let scene = scene(2, None);
    let large = 9 * 10_i128.pow(37);
    let session = scene.session(&[("t", decimals(&[large, large])), ("u", decimals(&[large, -large, 7]))]);
    let error = session.sql("select sum(n) from staging.t").await.unwrap().collect().await.unwrap_err().to_string();
    assert!(error.contains("a sum is too large for its type"), "{error}");
    let sum = asked(&session, "select sum(n) from staging.u").await;
    assert_eq!(sum[0].column(0).as_primitive::<arrow::datatypes::Decimal128Type>().value(0), 7);
}

#[tokio::test]
async fn sums_are_otherwise_what_sums_are() {
    let scene = scene(2, None);
    let session = scene.session(&[("t", numbers(&[1, 2, 3, 4, 5, 6]))]);
    let sql =
        "select k, sum(n) as s, sum(n) filter (where n > 2) as f, sum(distinct n) as d, sum(cast(null as bigint)) as e
        from staging.t group by k order by k";
    let shown = pretty_format_batches(&asked(&session, sql).await).unwrap().to_string();
    assert!(shown.contains("| 0 | 9  | 8  | 9  |   |") && shown.contains("| 1 | 12 | 10 | 12 |   |"), "{shown}");
    let sliding =
        "select sum(n) over (order by n rows between 1 preceding and current row) as s from staging.t order by n";
    let sums = asked(&session, sliding).await;
    assert_eq!(sums[0].column(0).as_primitive::<Int64Type>().values(), &[1, 3, 5, 7, 9, 11]);
    let empty = asked(&session, "select sum(n) from staging.t where n > 100").await;
    assert!(empty[0].column(0).is_null(0));
}

#[tokio::test]
async fn a_hash_join_that_meets_the_memory_limit_completes_with_one_that_spills() {
    let scene = scene(2, Some(64 << 20));
    let session = scene.session(&[]);
    let side = "select value as id, md5(cast(value as varchar)) as text from generate_series(1, 1200000)";
    let sql =
        format!("select count(*) as n, max(l.text) as t from ({side}) l inner join ({side}) r on l.text = r.text");
    let plain = session.sql(&sql).await.unwrap().collect().await.unwrap_err();
    assert!(plain.to_string().contains("HashJoinInput"), "the join did not meet the limit: {plain}");
    let written = scene.write(&session, &sql, Some(&["n"])).await.unwrap();
    let rows = read(&scene.file(&written));
    assert_eq!(rows[0].column_by_name("n").unwrap().as_primitive::<Int64Type>().value(0), 1_200_000);
}

/// Where the rows come from the table that the value is of, and where they do not.
#[tokio::test]
async fn values_are_compared_with_any_and_all_rows_of_a_subquery() {
    let scene = scene(2, None);
    let session = scene.session(&[("t", numbers(&[1, 2, 3, 4, 5]))]);
    for (condition, expected) in [
        ("n = any (select n from staging.t where n < 3)", 2),
        ("n <> all (select n from staging.t where n < 3)", 3),
        ("n > any (select n from staging.t where n < 3)", 4),
        ("n > all (select n from staging.t where n < 3)", 3),
        ("n > all (select n from staging.t where n < 0)", 5),
        ("n <= any (select o.n from staging.t as o where o.n > t.n)", 4),
        ("n > any (select o.n - 1 from staging.t as o where o.n = t.n)", 5),
        ("n > any (select 0 from staging.t as o where o.n = t.n and o.n < 3)", 2),
        ("n >= all (select n from staging.t where n < 3) and n = any (select n from staging.t where n > 3)", 2),
    ] {
        let sql = format!("select count(*) from staging.t as t where {condition}");
        let rows = asked(&session, &sql).await;
        assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().value(0), expected, "{condition}");
    }
}

#[tokio::test]
async fn what_unnest_makes_of_groups_is_in_the_order_that_is_asked_for() {
    let session = scene(2, None).session(&[("t", numbers(&[6, 5, 4, 3, 2, 1]))]);
    let sql = "with lists as (select k, array_agg(n) as ns from staging.t group by k), rows as (select k, unnest(ns) as n from lists)
        select cast(k as varchar) || cast(n as varchar) as shown from rows order by k, n";
    let shown = pretty_format_batches(&asked(&session, sql).await).unwrap().to_string();
    let shown: Vec<&str> = shown
        .lines()
        .filter_map(|line| line.trim_matches(['|', ' ']).parse::<u8>().ok().map(|_| line.trim_matches(['|', ' '])))
        .collect();
    assert_eq!(shown, ["02", "04", "06", "11", "13", "15"]);
}

fn read(path: &Path) -> Vec<RecordBatch> {
    let file = std::fs::File::open(path).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn files_hold_plain_columns_and_no_schema_that_arrow_alone_reads() {
    let scene = scene(2, None);
    let session = scene.session(&[]);
    let written = scene.write(&session, "select 'a' as t, cast(1 as bigint) as n", Some(&["n"])).await.unwrap();
    let file = std::fs::File::open(scene.file(&written)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert!(
        reader
            .metadata()
            .file_metadata()
            .key_value_metadata()
            .is_none_or(|pairs| pairs.iter().all(|pair| pair.key != "ARROW:schema"))
    );
    assert_eq!(reader.schema().field(0).data_type(), &DataType::Utf8);
}

#[tokio::test]
async fn a_mart_without_rows_is_one_file_with_its_columns() {
    let scene = scene(2, None);
    let session = scene.session(&[("t", numbers(&[1]))]);
    let written = scene.write(&session, "select k, n from staging.t where n > 5", Some(&["k"])).await.unwrap();
    assert_eq!((written.files.len(), written.files[0].rows), (1, 0));
    let file = std::fs::File::open(scene.file(&written)).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    assert_eq!(reader.schema().fields().len(), 2);
    let other = scene.write(&session, "select k, n from staging.t where n > 5", None).await.unwrap();
    assert!(other.files.is_empty(), "a model that nobody reads from outside needs no file without rows");
}

#[tokio::test]
async fn equal_rows_make_equal_bytes_whatever_the_number_of_threads() {
    let mut files = Vec::new();
    for threads in [1, 4] {
        let scene = scene(threads, None);
        let session = scene.session(&[]);
        let sql = "select value % 5000 as k, md5(cast(value as varchar)) as t, sum(value) as s
            from generate_series(1, 200000) group by 1, 2";
        let written = scene.write(&session, sql, Some(&["k", "t"])).await.unwrap();
        files.push(std::fs::read(scene.file(&written)).unwrap());
    }
    assert!(files[0] == files[1], "{} and {} bytes", files[0].len(), files[1].len());
}

#[tokio::test]
async fn few_rows_are_queried_by_one_thread_and_many_by_all() {
    let scene = scene(3, None);
    for (rows, partitions) in [(19_999, 1), (20_000, 3)] {
        let mut tables = Tables::default();
        let file = DataFile { path: "some".to_string(), rows, bytes: 1, constants: Vec::new() };
        let table = files_table(&Arc::new(Schema::empty()), Vec::new(), vec![file]);
        tables.add(&TableName::new("staging", "some"), table);
        let session = scene.engine.session(&tables).unwrap();
        assert_eq!(session.copied_config().target_partitions(), partitions, "{rows} rows");
    }
}

#[tokio::test]
async fn files_carry_columns_that_are_constant_in_each_and_filters_find_them() {
    let scene = scene(2, None);
    let session = scene.session(&[("t", numbers(&[1, 2, 3]))]);
    let written = scene.write(&session, "select k, n from staging.t", Some(&["n"])).await.unwrap();
    let file = |source: &str| DataFile {
        path: written.files[0].path.clone(),
        rows: written.files[0].rows,
        bytes: written.files[0].bytes,
        constants: vec![ScalarValue::Utf8(Some(source.to_string()))],
    };
    let constants = vec![Arc::new(Field::new("_source_file", DataType::Utf8, true))];
    let both = files_table(&written.schema, constants.clone(), vec![file("a.csv"), file("b.csv")]);
    let none = files_table(&written.schema, constants, Vec::new());
    let mut tables = Tables::default();
    tables.add(&TableName::new("landing", "both"), both);
    tables.add(&TableName::new("landing", "none"), none);
    let session = scene.engine.session(&tables).unwrap();
    let rows =
        asked(&session, "select n, _source_file from landing.both where _source_file = 'b.csv' and n >= 2 order by n")
            .await;
    assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().values(), &[2, 3]);
    let sources: &StringArray = rows[0].column(1).as_string();
    assert_eq!(sources.value(0), "b.csv");
    let count = asked(&session, "select count(*) from landing.both").await;
    assert_eq!(count[0].column(0).as_primitive::<Int64Type>().value(0), 6);
    let only_the_source = asked(&session, "select distinct _source_file from landing.both").await;
    assert_eq!(only_the_source.iter().map(RecordBatch::num_rows).sum::<usize>(), 2);
    let nothing = asked(&session, "select count(*) from landing.none where n = 1").await;
    assert_eq!(nothing[0].column(0).as_primitive::<Int64Type>().value(0), 0);
}

#[tokio::test]
async fn settings_are_put_in_with_their_types() {
    use sopmart::model::{Settings, parse};
    let yaml = "a: {type: date, default: 2024-02-29, meaning: A date.}\nb: {type: \"decimal(9,4)\", default: \"0.10\", meaning: A share.}\nc: {type: integer, default: 7, meaning: Days.}\nd: {type: text, default: \"it's\", meaning: A word.}\ne: {type: boolean, default: true, meaning: Yes.}\nf: {type: table, columns: {name: text, share: \"decimal(5,2)\"}, default: [{name: x, share: 0.5}], meaning: A list.}\n";
    let settings = Settings::parse("settings.yaml", yaml).unwrap();
    let sql = parse("x.sql", "select $a as a, $b as b, $c as c, $d as d, $e as e").unwrap();
    let scene = scene(1, None);
    let session = scene.session(&[]);
    let plan = engine::plan(&session, &sql, &settings).await.unwrap();
    let types: Vec<DataType> = plan.schema().fields().iter().map(|field| field.data_type().clone()).collect();
    assert_eq!(types[..3], [DataType::Date32, DataType::Decimal128(9, 4), DataType::Int64]);
    assert_eq!(types[4], DataType::Boolean);
    let shown = pretty_format_batches(&engine::collect(&session, plan).await.unwrap()).unwrap().to_string();
    assert!(shown.contains("| 2024-02-29 | 0.1000 | 7 | it's | true |"), "{shown}");
    let table = settings.table("f").unwrap();
    assert_eq!(table.rows.column_by_name("position").unwrap().as_primitive::<Int64Type>().value(0), 1);
    assert_eq!(table.rows.column_by_name("share").unwrap().data_type(), &DataType::Decimal128(5, 2));
    assert!(Settings::parse("settings.yaml", "a: {type: integer, default: x, meaning: No.}").is_err());
}

#[test]
fn a_query_names_its_tables_whatever_stands_around_them() {
    let text = "with recent as (select * from Staging.Orders where exists (select 1 from staging.lines)),
        n as (select * from generate_series(1, 3))
        select * from recent inner join marts.\"dim_Date\" on true inner join n on true where x in (select y from settings.steps)";
    let sql = sopmart::model::parse("x.sql", text).unwrap();
    let mut names: Vec<String> = sql.tables.iter().map(|table| table.name.to_string()).collect();
    names.sort();
    assert_eq!(names, ["marts.dim_Date", "settings.steps", "staging.lines", "staging.orders"]);
    assert_eq!(sql.tables.iter().find(|table| table.name.name == "steps").unwrap().place.line, 3);
}

#[tokio::test]
async fn timestamps_come_out_in_microseconds_utc_and_counts_as_bigint() {
    use sopmart::model::{Model, Part, Settings, parse};
    let sql =
        parse("x.sql", "select cast('2024-01-05 10:00:00' as timestamp) as t, count(*) as n, concat('a', 'b') as s")
            .unwrap();
    let model = Model {
        name: TableName::new("intermediate", "x"),
        parts: vec![Part { source_system: None, sql }],
        contract: None,
    };
    let scene = scene(1, None);
    let session = scene.session(&[]);
    let settings = Settings::parse("settings.yaml", "{}").unwrap();
    let plan = engine::plan_model(&session, &model, &settings).await.unwrap();
    let types: Vec<DataType> = plan.schema().fields().iter().map(|field| field.data_type().clone()).collect();
    assert_eq!(
        types,
        [DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), DataType::Int64, DataType::Utf8]
    );
}
