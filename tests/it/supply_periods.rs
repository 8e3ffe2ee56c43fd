//! `consumed_forecasts` and `projected_stock` beside what one would write down by hand, over the same random periods.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Decimal128Type, Field, Int64Type, Schema};
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

async fn asked((_engine, session): &(Engine, SessionContext), sql: &str) -> Result<Vec<RecordBatch>, String> {
    async { session.sql(sql).await?.collect().await }.await.map_err(|error| error.to_string())
}

/// A row of numbers, in ten-thousandths where they are decimals.
type Numerals = Vec<i128>;

async fn numerals(session: &(Engine, SessionContext), sql: &str) -> Vec<Numerals> {
    let batches = asked(session, sql).await.unwrap();
    let mut rows = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let numeral = |column: &ArrayRef| match column.data_type() {
                DataType::Int64 => i128::from(column.as_primitive::<Int64Type>().value(row)),
                DataType::Boolean => i128::from(column.as_boolean().value(row)),
                DataType::Decimal128(18, 4) => column.as_primitive::<Decimal128Type>().value(row),
                other => panic!("{other}"),
            };
            rows.push(batch.columns().iter().map(numeral).collect());
        }
    }
    rows.sort();
    rows
}

/// One row of a series: its period and five quantities in ten-thousandths.
#[derive(Clone)]
struct Given {
    series: i64,
    period: i64,
    quantities: [Option<i128>; 5],
}

/// Some series of periods with gaps and doubles.
fn random_rows(numbers: &mut Numbers) -> Vec<Given> {
    let mut rows = Vec::new();
    for series in 0..8 {
        let ends_at = numbers.below(14);
        for period in 0..=ends_at {
            for _ in 0..numbers.below(4) {
                let mut quantity = |negative_in: usize| {
                    let size = i128::try_from(numbers.below(500_000)).unwrap();
                    let sign = if numbers.one_in(negative_in) { -1 } else { 1 };
                    (!numbers.one_in(4)).then_some(sign * size)
                };
                let quantities = [quantity(3), quantity(50), quantity(50), quantity(50), quantity(50)];
                rows.push(Given { series, period: i64::try_from(period).unwrap(), quantities });
            }
        }
    }
    rows
}

/// The rows in any order, and in batches of any length.
fn batches(numbers: &mut Numbers, rows: &[Given]) -> Vec<RecordBatch> {
    let mut rows: Vec<(usize, &Given)> = rows.iter().map(|row| (numbers.below(1 << 30), row)).collect();
    rows.sort_by_key(|(place, _)| *place);
    let mut fields = vec![Field::new("series", DataType::Int64, true), Field::new("period", DataType::Int64, true)];
    fields.extend((0..5).map(|place| Field::new(format!("q{place}"), DataType::Decimal128(18, 4), true)));
    let schema = Arc::new(Schema::new(fields));
    let mut batches = Vec::new();
    let mut rest = rows.as_slice();
    while batches.is_empty() || !rest.is_empty() {
        let (some, others) = rest.split_at((1 + numbers.below(40)).min(rest.len()));
        rest = others;
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(some.iter().map(|(_, row)| row.series))),
            Arc::new(Int64Array::from_iter_values(some.iter().map(|(_, row)| row.period))),
        ];
        for place in 0..5 {
            let decimals: Decimal128Array = some.iter().map(|(_, row)| row.quantities[place]).collect();
            columns.push(Arc::new(decimals.with_precision_and_scale(18, 4).unwrap()));
        }
        batches.push(RecordBatch::try_new(Arc::clone(&schema), columns).unwrap());
    }
    batches
}

/// The sums of each period, of each series.
fn summed(rows: &[Given]) -> BTreeMap<i64, Vec<(i64, [i128; 5])>> {
    let mut sums: BTreeMap<(i64, i64), [i128; 5]> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry((row.series, row.period)).or_default();
        for (sum, quantity) in sum.iter_mut().zip(row.quantities) {
            *sum += quantity.unwrap_or(0);
        }
    }
    let mut series: BTreeMap<i64, Vec<(i64, [i128; 5])>> = BTreeMap::new();
    for ((of, period), sum) in sums {
        series.entry(of).or_default().push((period, sum));
    }
    series
}

/// Which part of the orders of `from` the forecast of `to` may still give; the window is asked of every pair.
fn consumed_by_hand(periods: &[(i64, [i128; 5])], back: i64, ahead: i64) -> Vec<[i128; 3]> {
    let mut forecasts: BTreeMap<i64, i128> = periods.iter().map(|(period, sums)| (*period, sums[0].max(0))).collect();
    let mut orders: BTreeMap<i64, i128> = periods.iter().map(|(period, sums)| (*period, sums[1].max(0))).collect();
    let mut pairs: Vec<(i64, i64)> = periods.iter().map(|(period, _)| (*period, *period)).collect();
    for (from, _) in periods {
        pairs.extend((1..=back).map(|distance| (*from, from - distance)));
        pairs.extend((1..=ahead).map(|distance| (*from, from + distance)));
    }
    for (from, to) in pairs {
        if let Some(forecast) = forecasts.get_mut(&to) {
            let order = orders.get_mut(&from).unwrap();
            let taken = (*forecast).min(*order);
            *forecast -= taken;
            *order -= taken;
        }
    }
    let left = |(period, sums): &(i64, [i128; 5])| {
        let consumed = sums[0].max(0) - forecasts[period];
        [consumed, sums[0] - consumed, orders[period]]
    };
    periods.iter().map(left).collect()
}

#[tokio::test]
async fn orders_take_their_forecast_as_by_hand() {
    let mut numbers = Numbers(11);
    for _ in 0..150 {
        let rows = random_rows(&mut numbers);
        let (back, ahead) = (numbers.below(4), numbers.below(4));
        let sql = format!(
            "with walked as (
                select series, unnest(consumed_forecasts(
                    named_struct('order_quantity', q1, 'period', period, 'forecast_quantity', q0), {back}, {ahead}
                )) as p
                from staging.periods group by series
            )
            select
                series, p['period'], p['forecast_quantity'], p['order_quantity'], p['consumed_quantity'],
                p['net_forecast_quantity'], p['unconsumed_order_quantity']
            from walked"
        );
        let threads = 1 + numbers.below(3);
        let found = numerals(&session(&batches(&mut numbers, &rows), threads, None), &sql).await;
        let mut expected = Vec::new();
        for (series, periods) in summed(&rows) {
            let by_hand = consumed_by_hand(&periods, i64::try_from(back).unwrap(), i64::try_from(ahead).unwrap());
            for ((period, sums), [consumed, net, unconsumed]) in periods.iter().zip(by_hand) {
                let (series, period) = (i128::from(series), i128::from(*period));
                expected.push(vec![series, period, sums[0], sums[1], consumed, net, unconsumed]);
            }
        }
        assert_eq!(found, expected);
    }
}

/// The least that supply has over orders in any period from this one on.
fn promised_by_hand(periods: &[(i64, [i128; 5])], start: i128) -> Vec<i128> {
    let mut left = Vec::new();
    let mut sum = start;
    for (_, sums) in periods {
        sum += sums[3] - sums[4];
        left.push(sum);
    }
    (0..left.len()).map(|place| *left[place..].iter().min().unwrap()).collect()
}

/// Eats a balance day by day: each day of a period takes its part of the period's demand.
fn cover_by_hand(balance: i128, periods: &[(i64, [i128; 5])], days: i128) -> (i128, bool) {
    let demands: Vec<i128> = periods.iter().map(|(_, sums)| sums[2].max(0)).collect();
    let eaten = |count: usize| demands[..count].iter().sum::<i128>();
    if balance <= 0 {
        return (0, false);
    }
    match (0..=demands.len()).find(|count| eaten(*count) >= balance) {
        None => (days * 10_000 * i128::try_from(periods.len()).unwrap(), true),
        Some(count) if eaten(count) == balance => (days * 10_000 * i128::try_from(count).unwrap(), false),
        Some(count) => {
            let (rest, demand) = (balance - eaten(count - 1), demands[count - 1]);
            let whole = days * 10_000 * i128::try_from(count - 1).unwrap();
            (whole + (2 * days * 10_000 * rest + demand) / (2 * demand), false)
        }
    }
}

#[tokio::test]
async fn stock_is_projected_as_by_hand() {
    let sql = "
        with walked as (
            select series, unnest(projected_stock(named_struct(
                'period', period, 'days', cast(30 as bigint), 'start_quantity', q0, 'supply_quantity', q1,
                'demand_quantity', q2, 'promisable_quantity', q3, 'order_quantity', q4
            ))) as p
            from staging.periods group by series
        )
        select
            series, p['period'], p['opening_quantity'], p['closing_quantity'], p['available_to_promise_quantity'],
            p['cumulative_available_to_promise_quantity'], p['cover_days'], p['is_cover_open_ended']
        from walked";
    let mut numbers = Numbers(5);
    for _ in 0..150 {
        let rows = random_rows(&mut numbers);
        let threads = 1 + numbers.below(3);
        let found = numerals(&session(&batches(&mut numbers, &rows), threads, None), sql).await;
        let mut expected = Vec::new();
        for (series, periods) in summed(&rows) {
            let start: i128 = periods.iter().map(|(_, sums)| sums[0]).sum();
            let promised = promised_by_hand(&periods, start);
            let mut opening = start;
            for (place, (period, sums)) in periods.iter().enumerate() {
                let closing = opening + sums[1] - sums[2];
                let before = if place == 0 { 0 } else { promised[place - 1] };
                let (days, is_open_ended) = cover_by_hand(closing, &periods[place + 1..], 30);
                let (series, period) = (i128::from(series), i128::from(*period));
                let available = promised[place] - before;
                let flag = i128::from(is_open_ended);
                expected.push(vec![series, period, opening, closing, available, promised[place], days, flag]);
                opening = closing;
            }
        }
        assert_eq!(found, expected);
    }
}

/// Many series of three periods each; what is held of them spills, and comes out the same.
#[tokio::test]
async fn periods_that_do_not_fit_into_memory_are_spilled() {
    let sql = "
        with walked as (
            select series.value as series, unnest(consumed_forecasts(named_struct(
                'period', n.value, 'forecast_quantity', cast(series.value as decimal(18, 4)),
                'order_quantity', cast(n.value * 100000 as decimal(18, 4))
            ), 1, 1)) as p
            from generate_series(1, 200000) as series
            cross join generate_series(1, 3) as n
            group by series.value
        )
        select count(*) as periods, cast(sum(p['net_forecast_quantity']) as decimal(18, 4)) as net from walked";
    let rows = batches(&mut Numbers(1), &[]);
    let limited = numerals(&session(&rows, 1, Some(24 << 20)), sql).await;
    assert_eq!(limited, numerals(&session(&rows, 1, None), sql).await);
    // Of a forecast of s in each of three periods, orders of 600,000 in all take 600,000 at most.
    assert_eq!(limited[0][0], 600_000);
}

#[tokio::test]
async fn arguments_of_another_kind_are_faults_of_the_query() {
    let session = session(&batches(&mut Numbers(1), &[]), 1, None);
    for (call, expected) in [
        ("projected_stock(period)", "expected a struct"),
        ("consumed_forecasts(named_struct('period', q0), 1, 1)", "`period` of a period is not a bigint"),
        (
            "consumed_forecasts(named_struct('period', period), 1, 1)",
            "`forecast_quantity` of a period is not a decimal",
        ),
        (
            "consumed_forecasts(named_struct('period', period, 'forecast_quantity', q0, 'order_quantity', q1), 1, period)",
            "whole literals",
        ),
    ] {
        let error = asked(&session, &format!("select {call} from staging.periods")).await.unwrap_err();
        assert!(error.contains(expected), "{call}: {error}");
    }
    let without_number = "select consumed_forecasts(named_struct('period', cast(null as bigint), 'forecast_quantity',
        cast(1 as decimal(18, 4)), 'order_quantity', cast(1 as decimal(18, 4))), 1, 1)";
    let error = asked(&session, without_number).await.unwrap_err();
    assert!(error.contains("a period has no number"), "{error}");
}

#[tokio::test]
async fn a_quantity_that_is_too_large_is_an_error() {
    let session = session(&batches(&mut Numbers(1), &[]), 1, None);
    let sql = "select consumed_forecasts(named_struct('period', n, 'forecast_quantity',
        cast(99999999999999.9999 as decimal(18, 4)), 'order_quantity', cast(0 as decimal(18, 4))), 1, 1)
        from (select cast(1 as bigint) as n union all select 1)";
    let error = asked(&session, sql).await.unwrap_err();
    assert!(error.contains("too large for its type"), "{error}");
}
