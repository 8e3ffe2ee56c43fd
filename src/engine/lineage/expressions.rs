//! Lineage through one expression: which columns its value is made of, and which decide on it.

use datafusion::common::Column;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Case, LogicalPlan};
use datafusion::prelude::Expr;

use crate::engine::lineage::plans::{Around, Scope, of};
use crate::engine::lineage::{Flow, Sources, merge};

/// Adds the sources of an expression whose value goes on in this way; None where it names what is not there.
pub(super) fn add(into: &mut Sources, expression: &Expr, flow: Flow, scope: &Scope<'_>) -> Option<()> {
    match expression {
        Expr::Column(column) => add_column(into, column, flow, scope),
        Expr::OuterReferenceColumn(_, column) => {
            let mut outside = scope.around.outside;
            while let Some(scope) = outside {
                if scope.schema.maybe_index_of_column(column).is_some() {
                    return add_column(into, column, flow, scope);
                }
                outside = scope.around.outside;
            }
            None
        }
        Expr::Alias(alias) => add(into, &alias.expr, flow, scope),
        Expr::Cast(cast) => add(into, &cast.expr, flow, scope),
        Expr::TryCast(cast) => add(into, &cast.expr, flow, scope),
        Expr::Case(case) => add_case(into, case, flow, scope),
        Expr::AggregateFunction(call) => {
            let params = &call.params;
            let by = params.order_by.iter().map(|sort| &sort.expr).chain(params.filter.as_deref());
            add_over_rows(into, &params.args, by, flow, scope)
        }
        Expr::WindowFunction(call) => {
            let params = &call.params;
            let by = params.order_by.iter().map(|sort| &sort.expr);
            let by = by.chain(&params.partition_by).chain(params.filter.as_deref());
            add_over_rows(into, &params.args, by, flow, scope)
        }
        Expr::ScalarSubquery(subquery) => add_subquery(into, &subquery.subquery, through(flow, Flow::Computed), scope),
        Expr::Exists(exists) => add_subquery(into, &exists.subquery.subquery, Flow::Decides, scope),
        Expr::InSubquery(within) => {
            add(into, &within.expr, through(flow, Flow::Computed), scope)?;
            add_subquery(into, &within.subquery.subquery, Flow::Decides, scope)
        }
        Expr::SetComparison(comparison) => {
            add(into, &comparison.expr, through(flow, Flow::Computed), scope)?;
            add_subquery(into, &comparison.subquery.subquery, Flow::Decides, scope)
        }
        other => add_parts(into, other, through(flow, Flow::Computed), scope),
    }
}

/// The way through one more expression.
fn through(flow: Flow, by: Flow) -> Flow {
    if flow == Flow::Decides { flow } else { flow.max(by) }
}

fn add_column(into: &mut Sources, column: &Column, flow: Flow, scope: &Scope<'_>) -> Option<()> {
    let place = scope.schema.maybe_index_of_column(column)?;
    merge(into, scope.columns.get(place)?, flow);
    Some(())
}

fn add_parts(into: &mut Sources, expression: &Expr, flow: Flow, scope: &Scope<'_>) -> Option<()> {
    let mut all = Some(());
    let walked = expression.apply_children(|part| {
        all = add(into, part, flow, scope);
        Ok::<_, DataFusionError>(if all.is_some() { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    walked.ok().and(all)
}

/// What is asked decides; what is answered is the value.
fn add_case(into: &mut Sources, case: &Case, flow: Flow, scope: &Scope<'_>) -> Option<()> {
    for asked in case.expr.iter().chain(case.when_then_expr.iter().map(|(when, _)| when)) {
        add(into, asked, Flow::Decides, scope)?;
    }
    for answer in case.when_then_expr.iter().map(|(_, then)| then).chain(&case.else_expr) {
        add(into, answer, through(flow, Flow::Computed), scope)?;
    }
    Some(())
}

/// Arguments are the value; orders, partitions and filters decide which of their rows.
fn add_over_rows<'e>(
    into: &mut Sources,
    arguments: &[Expr],
    by: impl Iterator<Item = &'e Expr>,
    flow: Flow,
    scope: &Scope<'_>,
) -> Option<()> {
    for argument in arguments {
        add(into, argument, through(flow, Flow::OverRows), scope)?;
    }
    for deciding in by {
        add(into, deciding, Flow::Decides, scope)?;
    }
    Some(())
}

/// What a subquery selects goes on in this way; what its rows depend on decides.
fn add_subquery(into: &mut Sources, query: &LogicalPlan, flow: Flow, scope: &Scope<'_>) -> Option<()> {
    let lineage = of(query, Around { outside: Some(scope), recursion: scope.around.recursion })?;
    for sources in &lineage.columns {
        merge(into, sources, flow);
    }
    for source in lineage.rows.into_keys() {
        into.entry(source).or_insert(Flow::Decides);
    }
    Some(())
}
