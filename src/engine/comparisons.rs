//! Values compared with `any` and `all` rows of a subquery: the rows get a name that nothing else has.
//!
//! `DataFusion` 55 puts the value into a filter above the subquery's rows. Where both come from one table, `family = any
//! (select family from …)` became a comparison of the subquery's column with itself, and every row matched.

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::logical_expr::expr::SetComparison;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Subquery};
use datafusion::optimizer::AnalyzerRule;

/// Names the rows that values are compared with.
#[derive(Debug)]
pub(super) struct ComparedRows;

const ROWS: &str = "__compared_rows";

impl AnalyzerRule for ComparedRows {
    fn name(&self) -> &'static str {
        "compared_rows"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| {
            let names = NamePreserver::new(&plan);
            plan.map_expressions(|expression| {
                let name = names.save(&expression);
                let named = expression.transform_up(with_a_name)?;
                Ok(named.update_data(|expression| name.restore(expression)))
            })
        })
        .map(|plan| plan.data)
    }
}

fn with_a_name(expression: Expr) -> Result<Transformed<Expr>> {
    let Expr::SetComparison(SetComparison { expr, subquery, op, quantifier }) = expression else {
        return Ok(Transformed::no(expression));
    };
    let rows = subquery.subquery.as_ref();
    if rows.schema().field(0).name() == ROWS {
        return Ok(Transformed::no(Expr::SetComparison(SetComparison { expr, subquery, op, quantifier })));
    }
    let compared = Expr::Column(Column::from(rows.schema().qualified_field(0)));
    let rows = LogicalPlanBuilder::from(rows.clone()).project([compared.alias(ROWS)])?.build()?;
    let subquery = Subquery { subquery: Arc::new(rows), ..subquery };
    Ok(Transformed::yes(Expr::SetComparison(SetComparison { expr, subquery, op, quantifier })))
}
