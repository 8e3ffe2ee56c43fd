//! A query's columns made those of a contract: by name, in its order, cast within the kind of type. And for tables
//! without a contract, types that every reader knows.

use std::sync::Arc;

use anyhow::{Context, Result};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::common::DFSchema;
use datafusion::logical_expr::{EmptyRelation, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::prelude::Expr;

use crate::contract::{Contract, UTC, type_name};
use crate::fault::{Fault, Place, nearest};
use crate::model::{Model, SqlFile};

/// Kinds of types: within one, values are cast without a word; between two, the SQL has to say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Decimal,
    Double,
    Boolean,
    Date,
    Timestamp,
    /// A column of nothing but NULL fits every kind.
    Nothing,
    Other,
}

fn kind(data_type: &DataType) -> Kind {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Text,
        DataType::Dictionary(_, values) => kind(values),
        whole if whole.is_integer() => Kind::Whole,
        decimal if decimal.is_decimal() => Kind::Decimal,
        DataType::Float32 | DataType::Float64 => Kind::Double,
        DataType::Boolean => Kind::Boolean,
        DataType::Date32 => Kind::Date,
        DataType::Timestamp(..) => Kind::Timestamp,
        DataType::Null => Kind::Nothing,
        _ => Kind::Other,
    }
}

/// The query with the contract's columns.
///
/// # Errors
/// Every column that is missing, surplus or of another kind of type.
pub(super) fn conform(plan: LogicalPlan, contract: &Contract, sql: &SqlFile) -> Result<LogicalPlan, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut columns = Vec::new();
    let found: Vec<_> =
        plan.schema().iter().map(|(qualifier, field)| (qualifier.cloned(), Arc::clone(field))).collect();
    for column in &contract.columns {
        let Some((qualifier, field)) = found.iter().find(|(_, field)| *field.name() == column.name) else {
            let near = nearest(
                &column.name,
                found.iter().map(|(_, field)| field.name().as_str()).filter(|name| contract.column(name).is_none()),
            );
            let fault = Fault::of_file(&sql.path, format!("column `{}` of {} is missing", column.name, contract.file));
            faults.push(match near {
                Some(near) => fault.with_help(format!("is `{near}` meant to be it?")),
                None => fault.with_help(format!("select it, as {}", type_name(&column.data_type))),
            });
            continue;
        };
        let (is, wanted) = (kind(field.data_type()), kind(&column.data_type));
        // A whole number is exactly that number as a decimal.
        if is != wanted && is != Kind::Nothing && (is, wanted) != (Kind::Whole, Kind::Decimal) {
            let message = format!(
                "column `{}` is {}, but {} says {}",
                column.name,
                type_name(field.data_type()),
                contract.file,
                type_name(&column.data_type)
            );
            faults.push(at_word(sql, &column.name, message));
        }
        let value = Expr::Column(datafusion::common::Column::new(qualifier.clone(), field.name()));
        columns.push(cast(value, column.data_type.clone()).alias(&column.name));
    }
    for (_, field) in found.iter().filter(|(_, field)| contract.column(field.name()).is_none()) {
        let near = nearest(field.name(), contract.columns.iter().map(|column| column.name.as_str()));
        let meant = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let message = format!("column `{}` is not in {}{meant}", field.name(), contract.file);
        faults.push(at_word(sql, field.name(), message));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    project(plan, columns, sql)
}

/// The query with types that every reader knows: no views, dictionaries or unsigned numbers, timestamps in
/// microseconds UTC.
///
/// # Errors
/// Every column of a type that cannot be written plainly, such as one of nothing but NULL.
pub(super) fn plain_types(plan: LogicalPlan, sql: &SqlFile) -> Result<LogicalPlan, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut columns = Vec::new();
    for (qualifier, field) in plan.schema().iter() {
        let plain = match kind(field.data_type()) {
            Kind::Text => DataType::Utf8,
            Kind::Whole => DataType::Int64,
            Kind::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into())),
            Kind::Double => DataType::Float64,
            Kind::Decimal | Kind::Boolean | Kind::Date => field.data_type().clone(),
            Kind::Nothing => {
                let message = format!("column `{}` is NULL without a type", field.name());
                faults.push(at_word(sql, field.name(), message).with_help("cast it: cast(null as date)"));
                continue;
            }
            Kind::Other => {
                let message =
                    format!("column `{}` is of the type {}, which no table holds", field.name(), field.data_type());
                faults.push(at_word(sql, field.name(), message));
                continue;
            }
        };
        let value = Expr::Column(datafusion::common::Column::new(qualifier.cloned(), field.name()));
        columns.push(cast(value, plain).alias(field.name()));
    }
    if faults.is_empty() { project(plan, columns, sql) } else { Err(faults) }
}

fn at_word(sql: &SqlFile, word: &str, message: String) -> Fault {
    match Place::of_word(&sql.text, word) {
        Some(place) => Fault::at(&sql.path, place, message),
        None => Fault::of_file(&sql.path, message),
    }
}

fn project(plan: LogicalPlan, columns: Vec<Expr>, sql: &SqlFile) -> Result<LogicalPlan, Vec<Fault>> {
    let projected = LogicalPlanBuilder::from(plan).project(columns).and_then(LogicalPlanBuilder::build);
    projected.map_err(|error| vec![Fault::of_file(&sql.path, error.strip_backtrace())])
}

/// A model as a table: its contract's columns and, of an entity, the system that a row comes from.
///
/// # Errors
/// When the model has no contract, which every entity has.
pub fn model_schema(model: &Model) -> Result<SchemaRef> {
    let contract = model.contract.as_ref().with_context(|| format!("{} has no contract", model.name))?;
    if model.name.schema != "staging" {
        return Ok(contract.schema());
    }
    let mut fields: Vec<_> = contract.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new("source_system", DataType::Utf8, true)));
    Ok(Arc::new(Schema::new(fields)))
}

/// The plan of a table that has no rows.
///
/// # Errors
/// When two columns have one name.
pub fn no_rows(schema: &SchemaRef) -> Result<LogicalPlan> {
    let schema = Arc::new(DFSchema::try_from(schema.as_ref().clone())?);
    Ok(LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema }))
}
