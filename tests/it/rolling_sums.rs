//! `rolling_sums` beside groups of plain SQL over the same random periods.

use std::sync::Arc;

use arrow::array::{BooleanArray, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::SessionContext;
use sopmart::engine::{Engine, EngineOptions, Tables, batches_table};
use sopmart::model::TableName;

use crate::numbers::Numbers;

/// The engine has the folder that its sessions spill to.
fn session(rows: &[RecordBatch], threads: usize, memory_limit: Option<usize>) -> (Engine, SessionContext) {
    let options = EngineOptions { threads, memory_limit, spill_folder: std::env::temp_dir() };
    let mut tables = Tables::default();
    tables.add(&TableName::new("staging", "periods"), batches_table(rows.to_vec()).unwrap());
    let engine = Engine::without_warehouse(&options).unwrap();
    let session = engine.session(&tables).unwrap();
    (engine, session)
}

async fn asked((_engine, session): &(Engine, SessionContext), sql: &str) -> Result<String, String> {
    let batches = async { session.sql(sql).await?.collect().await }.await.map_err(|error| error.to_string())?;
    Ok(pretty_format_batches(&batches).unwrap().to_string())
}

/// Periods of some series, few of them without gaps, in any order and in batches of any length.
fn random_periods(numbers: &mut Numbers) -> Vec<RecordBatch> {
    let mut below = |limit| i64::try_from(numbers.below(limit)).unwrap();
    let mut rows = Vec::new();
    for series in 0..below(12) {
        for number in 0..below(40) {
            if below(4) > 0 {
                let whole = (below(5) > 0).then(|| below(2000) - 1000);
                let decimal = (below(5) > 0).then(|| i128::from(below(2_000_000) - 1_000_000));
                let label = (below(5) > 0).then(|| format!("{series}/{number}"));
                rows.push((below(1 << 30), series, number, whole, decimal, label, below(6) > 0));
            }
        }
    }
    rows.sort();
    let mut batches = Vec::new();
    let mut rest = rows.as_slice();
    while batches.is_empty() || !rest.is_empty() {
        let length = (usize::try_from(below(60)).unwrap() + 1).min(rest.len());
        let (some, others) = rest.split_at(length);
        rest = others;
        let schema = Schema::new(vec![
            Field::new("series", DataType::Int64, true),
            Field::new("number", DataType::Int64, true),
            Field::new("whole", DataType::Int64, true),
            Field::new("decimal", DataType::Decimal128(12, 3), true),
            Field::new("label", DataType::Utf8, true),
            Field::new("is_over", DataType::Boolean, true),
        ]);
        let decimals: Decimal128Array = some.iter().map(|row| row.4).collect();
        let columns: Vec<arrow::array::ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(some.iter().map(|row| row.1))),
            Arc::new(Int64Array::from_iter_values(some.iter().map(|row| row.2))),
            Arc::new(some.iter().map(|row| row.3).collect::<Int64Array>()),
            Arc::new(decimals.with_precision_and_scale(12, 3).unwrap()),
            Arc::new(some.iter().map(|row| row.5.clone()).collect::<StringArray>()),
            Arc::new(some.iter().map(|row| Some(row.6)).collect::<BooleanArray>()),
        ];
        batches.push(RecordBatch::try_new(Arc::new(schema), columns).unwrap());
    }
    batches
}

const BY_AGGREGATE: &str = "
    with rolled as (
        select
            series,
            unnest(
                rolling_sums(
                    named_struct('lengths', [3, 1, 12], 'number', number, 'whole', whole, 'label', label, 'decimal', decimal)
                ) filter (where is_over)
            ) as w
        from staging.periods
        group by series
    )
    select
        series, w['window_periods'] as length, w['number'] as number, w['n_window_periods'] as periods,
        w['whole'] as whole, w['label'] as label, w['decimal'] as decimal, arrow_typeof(w['decimal']) as decimal_type
    from rolled order by series, length, number";

const BY_GROUPS: &str = "
    with spread as (
        select *, unnest(generate_series(number, number + length - 1)) as ends
        from staging.periods cross join (select unnest([3, 1, 12]) as length)
        where is_over
    )
    select
        series, length, ends as number, count(*) as periods, sum(whole) as whole,
        max(label) filter (where number = ends) as label, sum(decimal) as decimal,
        arrow_typeof(sum(decimal)) as decimal_type
    from spread group by series, length, ends
    having bool_or(number = ends)
    order by series, length, number";

#[tokio::test]
async fn windows_are_those_of_plain_sql() {
    let mut numbers = Numbers(7);
    for _ in 0..200 {
        let rows = random_periods(&mut numbers);
        let threads = 1 + numbers.below(3);
        let of_aggregate = asked(&session(&rows, threads, None), BY_AGGREGATE).await.unwrap();
        let of_groups = asked(&session(&rows, 1, None), BY_GROUPS).await.unwrap();
        assert_eq!(of_aggregate, of_groups);
    }
}

/// What an order of the series brings: each is summed when the next begins, from batches that then go.
#[tokio::test]
async fn series_in_their_order_are_summed_one_by_one() {
    let in_order = "from (select *, row_number() over (partition by series order by number) as place
        from staging.periods) where place > 0";
    let sql = BY_AGGREGATE.replacen("from staging.periods", in_order, 1);
    let mut numbers = Numbers(11);
    for _ in 0..50 {
        let rows = random_periods(&mut numbers);
        let session = session(&rows, 1 + numbers.below(3), None);
        assert_eq!(asked(&session, &sql).await.unwrap(), asked(&session, BY_AGGREGATE).await.unwrap());
    }
    let session = session(&random_periods(&mut numbers), 2, None);
    let plan = |sql: &str| format!("explain {sql}");
    assert!(asked(&session, &plan(&sql)).await.unwrap().contains("ordering_mode=Sorted"));
    assert!(!asked(&session, &plan(BY_AGGREGATE)).await.unwrap().contains("ordering_mode=Sorted"));
}

/// Many series of three periods each; what is held of them spills, and comes out the same.
#[tokio::test]
async fn what_does_not_fit_into_memory_is_spilled() {
    let sql = "
        with rolled as (
            select
                series.value as series,
                unnest(rolling_sums(named_struct('lengths', [2], 'number', n.value, 'whole', series.value))) as w
            from generate_series(1, 200000) as series
            cross join generate_series(1, 3) as n
            group by series.value
        )
        select count(*) as windows, sum(w['whole']) as whole, sum(w['n_window_periods']) as periods from rolled";
    let rows = random_periods(&mut Numbers(1));
    let limited = asked(&session(&rows, 1, Some(24 << 20)), sql).await.unwrap();
    assert_eq!(limited, asked(&session(&rows, 1, None), sql).await.unwrap());
    assert!(limited.contains("| 600000  |"), "{limited}");
}

#[tokio::test]
async fn a_sum_that_is_too_large_is_an_error() {
    let session = session(&random_periods(&mut Numbers(1)), 1, None);
    let whole =
        "select rolling_sums(named_struct('lengths', [2], 'number', n, 'whole', cast(9223372036854775807 as bigint)))
        from (select unnest([1, 2]) as n)";
    let decimal = "select rolling_sums(named_struct('lengths', [2], 'number', n, 'decimal',
        cast(99999999999999999999999999999999999999 as decimal(38, 0)))) from (select unnest([1, 2]) as n)";
    for sql in [whole, decimal] {
        let error = asked(&session, sql).await.unwrap_err();
        assert!(error.contains("too large for its type"), "{error}");
    }
    let without_number = "select rolling_sums(named_struct('lengths', [2], 'number', cast(null as bigint)))";
    let error = asked(&session, without_number).await.unwrap_err();
    assert!(error.contains("a period has no number"), "{error}");
}

#[tokio::test]
async fn another_argument_is_a_fault_of_the_query() {
    let session = session(&random_periods(&mut Numbers(1)), 1, None);
    for (argument, expected) in [
        ("number", "a struct"),
        ("named_struct('number', number)", "a list of bigint as the struct's first field"),
        ("named_struct('lengths', [3], 'number', label)", "a bigint as the struct's second field"),
    ] {
        let error =
            asked(&session, &format!("select rolling_sums({argument}) from staging.periods")).await.unwrap_err();
        assert!(error.contains(expected), "{argument}: {error}");
    }
}
