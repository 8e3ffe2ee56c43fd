//! A query planned without data; what is wrong with it as faults with their place in the SQL file.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Distinct, LogicalPlan, LogicalPlanBuilder, Volatility, lit};
use datafusion::prelude::{Expr, SessionContext};
use datafusion::sql::parser::Statement;

use crate::engine::conform::{conform, model_schema, no_rows, plain_types};
use crate::fault::{Fault, Place, nearest};
use crate::model::{Model, Settings, SqlFile};

/// Plans one query with the settings put in; its types are checked, as far as they can be without data.
///
/// # Errors
/// What is wrong with the query, at its place.
pub async fn plan(session: &SessionContext, sql: &SqlFile, settings: &Settings) -> Result<LogicalPlan, Fault> {
    let statement = Statement::Statement(Box::new(settings.put_into(sql)?));
    let state = session.state();
    let planned = match state.statement_to_plan(statement).await {
        Ok(plan) => state.analyzer().execute_and_check(plan, state.config_options(), |_, _| {}),
        Err(error) => Err(error),
    };
    let planned = planned.map_err(|error| fault(&sql.path, &sql.text, &error))?;
    if let Some(function) = unsteady_function(&planned) {
        let message = format!("`{function}` does not give the same result again, and what is published must");
        let place = Place::of_word(&sql.text, &function);
        let fault = Fault { place, ..Fault::of_file(&sql.path, message) };
        return Err(fault.with_help("the date of a run is `$as_of`"));
    }
    if is_grouped_wrongly(&planned) {
        let place = Place::of_word(&sql.text, "unnest");
        return Err(Fault { place, ..grouped_wrongly(&sql.path) });
    }
    Ok(planned)
}

/// What is said of a query in which `is_grouped_wrongly`.
pub(super) fn grouped_wrongly(file: &str) -> Fault {
    let message =
        "groups of what `unnest` makes of groups would come out wrong: the engine takes their rows for one each";
    Fault::of_file(file, message).with_help("make what is grouped first a model of its own, which this one reads")
}

/// Whether rows are grouped that came out of `unnest`, and before it out of groups. The engine believes that the keys of
/// the inner groups still tell the rows apart, and leaves out what else the outer groups are made by.
pub fn is_grouped_wrongly(plan: &LogicalPlan) -> bool {
    let mut found = false;
    // The closures never fail.
    let _ = plan.apply_with_subqueries(|plan| {
        let input = match plan {
            LogicalPlan::Aggregate(aggregate) => &aggregate.input,
            LogicalPlan::Distinct(Distinct::All(input)) => input,
            _ => return Ok(TreeNodeRecursion::Continue),
        };
        input.apply(|below| {
            found |= matches!(below, LogicalPlan::Unnest(unnest) if !unnest.input.schema().functional_dependencies().is_empty());
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    found
}

/// A function in the plan whose result depends on more than its arguments: on the clock, or on chance.
fn unsteady_function(plan: &LogicalPlan) -> Option<String> {
    let mut found = None;
    // The closures never fail.
    let _ = plan.apply_with_subqueries(|plan| {
        plan.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::ScalarFunction(call) = expr
                    && call.func.signature().volatility != Volatility::Immutable
                {
                    found = Some(call.func.name().to_string());
                    return Ok(TreeNodeRecursion::Stop);
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    found
}

/// Plans a model: of an entity the union of its parts, each cast to the contract and with its source system.
///
/// # Errors
/// What is wrong with its files, or how its columns differ from its contract's.
pub async fn plan_model(
    session: &SessionContext,
    model: &Model,
    settings: &Settings,
) -> Result<LogicalPlan, Vec<Fault>> {
    let mut union: Option<LogicalPlan> = None;
    for part in &model.parts {
        let planned = plan(session, &part.sql, settings).await.map_err(|fault| vec![fault])?;
        let mut planned = match &model.contract {
            Some(contract) => conform(planned, contract, &part.sql)?,
            None => plain_types(planned, &part.sql)?,
        };
        let broken = |error: DataFusionError| vec![fault(&part.sql.path, &part.sql.text, &error)];
        if let Some(system) = &part.source_system {
            let mut columns: Vec<Expr> = planned.schema().columns().into_iter().map(Expr::Column).collect();
            columns.push(lit(system.clone()).alias("source_system"));
            planned = LogicalPlanBuilder::from(planned)
                .project(columns)
                .and_then(LogicalPlanBuilder::build)
                .map_err(broken)?;
        }
        union = Some(match union {
            Some(before) => {
                LogicalPlanBuilder::from(before).union(planned).and_then(LogicalPlanBuilder::build).map_err(broken)?
            }
            None => planned,
        });
    }
    match union {
        Some(plan) => Ok(plan),
        // No source brings the entity, and no check compares anything.
        None => model_schema(model)
            .and_then(|schema| no_rows(&schema))
            .map_err(|error| vec![Fault::of_file(model.name.to_string(), format!("{error:#}"))]),
    }
}

/// The engine's error as a person reads it.
pub(super) fn fault(file: &str, text: &str, error: &DataFusionError) -> Fault {
    let diagnostic = error.diagnostic();
    let place = diagnostic.and_then(|diagnostic| diagnostic.span).filter(|span| span.start.line > 0).map(|span| {
        let number = |number: u64| usize::try_from(number).unwrap_or(1);
        let width =
            if span.start.line == span.end.line { span.end.column.saturating_sub(span.start.column) } else { 1 };
        Place::of_line(text, number(span.start.line), number(span.start.column), number(width))
    });
    let (message, help, word) = match error.find_root() {
        DataFusionError::SchemaError(schema_error, _) => match schema_error.as_ref() {
            SchemaError::FieldNotFound { field, valid_fields } => unknown_column(field, valid_fields),
            other => (other.to_string(), None, None),
        },
        root => plain_message(root),
    };
    let help = help.or_else(|| diagnostic.and_then(|diagnostic| Some(diagnostic.helps.first()?.message.clone())));
    let place = place.or_else(|| word.and_then(|word| Place::of_word(text, &word)));
    Fault { file: file.to_string(), place, message, help }
}

fn unknown_column(field: &Column, valid: &[Column]) -> (String, Option<String>, Option<String>) {
    let mut names: Vec<&str> = valid.iter().map(|column| column.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let help = match nearest(&field.name, names.iter().copied()) {
        // The engine reads names without quotes in lower case.
        Some(near) if near.to_lowercase() != near => format!("did you mean `\"{near}\"`, with its quotes?"),
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", names.join(", ")),
    };
    (format!("unknown column `{}`", field.flat_name()), Some(help), Some(field.name.clone()))
}

/// The first line of the engine's words, without its own advice on how to report it.
fn plain_message(error: &DataFusionError) -> (String, Option<String>, Option<String>) {
    let text = error.strip_backtrace();
    let text = text.trim_start_matches("Error during planning: ").trim_start_matches("Schema error: ");
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let word = first.split('\'').nth(1).map(str::to_string);
    let help = rest.lines().map(str::trim).find(|line| line.starts_with("Did you mean")).map(|line| {
        let line = line.replace('\'', "`");
        line.replacen("Did you mean", "did you mean", 1)
    });
    (first.trim_end_matches('.').to_string(), help, word)
}
