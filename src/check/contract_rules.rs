//! Whether a table keeps its contract: the key is unique, required columns have values, values keep their rules,
//! references stand in the tables they name, its newest row is as fresh and its figures are as expected.

use anyhow::{Context, Result};
use arrow::array::AsArray;
use arrow::datatypes::DataType;
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::check::Asking;
use crate::contract::{Column, Contract, CountOf, Expectation, Freshness, Measure, Promise, Rule, Severity};
use crate::engine;
use crate::model::TableName;

/// When a landed row became known.
const KNOWN_AT: &str = "_known_at";

/// The day that a run is about.
#[derive(Debug, Clone, Copy)]
pub struct Day {
    pub as_of: NaiveDate,
    pub time_zone: Tz,
}

/// The tables that a table's columns refer to; what an entity refers to is completed in the marts.
pub fn referenced(table: &TableName, contract: &Contract) -> Vec<TableName> {
    let columns = contract.columns.iter().filter(|_| table.schema != "staging");
    let references = columns.filter_map(|column| column.reference.as_ref());
    references.map(|reference| TableName::new(&table.schema, &reference.table)).collect()
}

/// One thing that a table has to keep.
#[derive(Debug, Clone)]
pub struct Ask {
    what: String,
    broken: Broken,
    severity: Severity,
}

/// How what breaks it is found.
#[derive(Debug, Clone)]
enum Broken {
    /// The rows of the table for which this condition holds.
    Rows(String),
    /// The rows that this query selects.
    Query(String),
}

/// What the rows of a table are asked, of one severity.
pub fn asks(
    table: &TableName,
    contract: &Contract,
    known: impl Fn(&TableName) -> bool,
    day: Day,
    severity: Severity,
) -> Vec<Ask> {
    let mut asks = of_the_key(table, contract);
    asks.extend(of_the_snapshot(contract, day));
    // What lands has been held to these already.
    if table.schema != "landing" {
        asks.extend(of_rows(contract));
    }
    asks.extend(of_references(table, contract, known));
    asks.extend(contract.freshness.iter().map(|freshness| fresh(table, contract, freshness, day)));
    asks.extend(contract.expectations.iter().filter_map(|expectation| expected(table, expectation)));
    asks.retain(|ask| ask.severity == severity);
    asks
}

/// What is wrong with a table, all of it, or None.
pub async fn complaint(asking: &Asking, table: &TableName, asks: &[Ask]) -> Result<Option<String>> {
    let is_broken = conditions_that_hold(asking, table, asks).await?;
    let mut wrong = Vec::new();
    for (Ask { what, broken, .. }, is_broken) in asks.iter().zip(is_broken) {
        let sql = match broken {
            Broken::Rows(_) if !is_broken => continue,
            Broken::Rows(condition) => format!("select * from {} where {condition}", table.quoted()),
            Broken::Query(sql) => sql.clone(),
        };
        if let Some(rows) = asking.offending_rows(asking.session.sql(&sql).await?).await? {
            wrong.push(format!("{what}: {rows}"));
        }
    }
    Ok((!wrong.is_empty()).then(|| wrong.join("\n")))
}

/// For each ask whether a row breaks it, as far as rows by themselves can tell: one pass over the table for all of its
/// rules, since a query for each costs more than reading the rows. Mostly no row breaks any, which is soonest said.
async fn conditions_that_hold(asking: &Asking, table: &TableName, asks: &[Ask]) -> Result<Vec<bool>> {
    let conditions = asks.iter().map(|ask| match &ask.broken {
        Broken::Rows(condition) => condition.as_str(),
        Broken::Query(_) => "false",
    });
    let conditions: Vec<&str> = conditions.collect();
    let of_rows = conditions.iter().filter(|condition| **condition != "false").copied();
    let any = of_rows.map(|condition| format!("({condition})")).collect::<Vec<_>>().join(" or ");
    if any.is_empty() || !hold(asking, table, &[&any]).await?.contains(&true) {
        return Ok(vec![false; asks.len()]);
    }
    hold(asking, table, &conditions).await
}

/// For each condition whether it holds for a row.
async fn hold(asking: &Asking, table: &TableName, conditions: &[&str]) -> Result<Vec<bool>> {
    let hold = conditions.iter().enumerate();
    let hold = hold.map(|(place, condition)| format!("coalesce(bool_or({condition}), false) as condition_{place}"));
    let sql = format!("select {} from {}", hold.collect::<Vec<_>>().join(", "), table.quoted());
    let plan = asking.session.sql(&sql).await?.into_unoptimized_plan();
    let found = engine::collect_spilling(&asking.engine, &asking.session, plan).await?;
    let row = found.iter().find(|batch| batch.num_rows() == 1).context("an aggregate is one row")?;
    Ok(row.columns().iter().map(|column| column.as_boolean().value(0)).collect())
}

fn of_the_key(table: &TableName, contract: &Contract) -> Vec<Ask> {
    let key: Vec<String> = contract.key().into_iter().map(quoted).collect();
    if key.is_empty() {
        return Vec::new();
    }
    let (table, key) = (table.quoted(), key.join(", "));
    vec![Ask {
        what: format!("the primary key ({key}) is not unique"),
        broken: Broken::Query(format!(
            "select {key}, count(*) as number_of_rows from {table} group by {key} having count(*) > 1"
        )),
        severity: contract.severity_of(Promise::PrimaryKey),
    }]
}

fn of_the_snapshot(contract: &Contract, day: Day) -> Option<Ask> {
    let by = quoted(contract.snapshot_by.as_deref()?);
    let as_of = day.as_of;
    Some(Ask {
        what: format!("{by} is another date than that of the snapshot, {as_of}"),
        broken: Broken::Rows(format!("{by} is distinct from date '{as_of}'")),
        severity: Severity::Error,
    })
}

fn of_rows(contract: &Contract) -> Vec<Ask> {
    let mut asks = Vec::new();
    let mut ask = |what: String, broken: String| {
        asks.push(Ask { what, broken: Broken::Rows(broken), severity: Severity::Error });
    };
    for column in &contract.columns {
        let name = quoted(&column.name);
        if column.required {
            ask(format!("{name} is required and has no value"), format!("{name} is null"));
        }
        for rule in &column.rules {
            let kept = predicate(column, rule);
            ask(format!("{name} is not {}", rule.describe()), format!("not ({kept})"));
        }
    }
    for condition in &contract.row_conditions {
        let (name, sql) = (&condition.name, &condition.sql);
        ask(format!("row rule `{name}` is broken, expected {sql}"), format!("not ({sql})"));
    }
    asks
}

fn of_references(table: &TableName, contract: &Contract, known: impl Fn(&TableName) -> bool) -> Vec<Ask> {
    let mut asks = Vec::new();
    for column in contract.columns.iter().filter(|_| table.schema != "staging") {
        let Some(reference) = &column.reference else { continue };
        let to = TableName::new(&table.schema, &reference.table);
        if !known(&to) {
            continue;
        }
        let (name, from, to, key) = (quoted(&column.name), table.quoted(), to.quoted(), quoted(&reference.column));
        asks.push(Ask {
            what: format!("{name} does not stand in {to}"),
            // An anti join can spill; `not in` cannot.
            broken: Broken::Query(format!(
                "select source.{name}, count(*) as number_of_rows from {from} as source \
                 left anti join {to} as target on source.{name} = target.{key} \
                 where source.{name} is not null group by source.{name}"
            )),
            severity: contract.severity_of(Promise::Relationships),
        });
    }
    asks
}

/// The newest row is no older than promised, at the end of the last period that ends by `as_of`.
fn fresh(table: &TableName, contract: &Contract, freshness: &Freshness, day: Day) -> Ask {
    let column = freshness.column.as_deref().unwrap_or(KNOWN_AT);
    let is_date = contract.column(column).is_some_and(|column| column.data_type == DataType::Date32);
    let last = contract.period.last_day_by(day.as_of);
    let bound = if is_date {
        let days = TimeDelta::days(freshness.at_most_hours / 24);
        format!("date '{}'", last.checked_sub_signed(days).unwrap_or(NaiveDate::MIN))
    } else {
        let end = end_of(last, day.time_zone) - TimeDelta::hours(freshness.at_most_hours);
        format!("arrow_cast('{}', 'Timestamp(µs, \"UTC\")')", end.to_rfc3339())
    };
    let (from, name) = (table.quoted(), quoted(column));
    let hours = freshness.at_most_hours;
    let allowed = if hours % 24 == 0 { format!("{} days", hours / 24) } else { format!("{hours} hours") };
    Ask {
        what: format!("{name} ends more than {allowed} before the end of {last}"),
        broken: Broken::Query(format!(
            "select * from (select max({name}) as newest from {from}) where newest is null or newest < {bound}"
        )),
        severity: contract.severity_of(Promise::Freshness),
    }
}

fn end_of(day: NaiveDate, time_zone: Tz) -> DateTime<Utc> {
    let next = day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN);
    // An hour that a zone leaves out is taken for the one after it.
    let local = time_zone.from_local_datetime(&next).earliest();
    let local = local.or_else(|| time_zone.from_local_datetime(&(next + TimeDelta::hours(1))).earliest());
    local.map_or_else(|| next.and_utc(), |local| local.with_timezone(&Utc))
}

/// A figure that must be something; of a query, the check asks itself.
fn expected(table: &TableName, expectation: &Expectation) -> Option<Ask> {
    let from = table.quoted();
    let Expectation { name, severity, measure, must, .. } = expectation;
    let counted = match measure {
        Measure::Query { .. } => return None,
        Measure::RowCount => format!("select count(*) as found from {from}"),
        Measure::Nulls { column, of } => {
            let column = quoted(column);
            let found = share(&format!("count(*) - count({column})"), "count(*)", *of);
            format!("select {found} as found from {from}")
        }
        Measure::Duplicates { columns, of } => {
            let columns: Vec<String> = columns.iter().map(|column| quoted(column)).collect();
            let has_any: Vec<String> = columns.iter().map(|column| format!("{column} is not null")).collect();
            let (columns, has_any) = (columns.join(", "), has_any.join(" or "));
            // Of rows with equal values all but one are too many.
            let found = share("coalesce(sum(number_of_rows), 0) - count(*)", "coalesce(sum(number_of_rows), 0)", *of);
            format!(
                "select {found} as found from (select count(*) as number_of_rows from {from} where {has_any} \
                 group by {columns})"
            )
        }
    };
    Some(Ask {
        what: format!("{name}: the {} is not {must}", measure.describe()),
        broken: Broken::Query(format!("select * from ({counted}) where not ({})", must.of("found"))),
        severity: *severity,
    })
}

fn share(part: &str, whole: &str, of: CountOf) -> String {
    match of {
        CountOf::Rows => part.to_string(),
        CountOf::Percent => format!("coalesce(100.0 * ({part}) / nullif({whole}, 0), 0.0)"),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The rule as SQL; NULL keeps every rule.
fn predicate(column: &Column, rule: &Rule) -> String {
    let name = quoted(&column.name);
    // A decimal stands as it is written, with all of its digits; the comparison finds the scale that holds both.
    let as_type = |text: &str| match column.data_type {
        DataType::Decimal128(..) => text.to_string(),
        _ => format!("arrow_cast({}, {})", literal(text), literal(&column.data_type.to_string())),
    };
    let kept = match rule {
        Rule::ValidValues(values) => {
            let values: Vec<String> = values.iter().map(|value| as_type(value)).collect();
            format!("{name} in ({})", values.join(", "))
        }
        Rule::Pattern(pattern) => format!("regexp_like({name}, {})", literal(pattern.as_str())),
        Rule::Minimum(minimum) => format!("{name} >= {}", as_type(minimum)),
        Rule::Maximum(maximum) => format!("{name} <= {}", as_type(maximum)),
        Rule::MinLength(length) => format!("character_length({name}) >= {length}"),
        Rule::MaxLength(length) => format!("character_length({name}) <= {length}"),
    };
    format!("{name} is null or {kept}")
}
