//! Joins that `DataFusion` 55 gets wrong without a word are no queries.

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{JoinConstraint, JoinType, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::AnalyzerRule;

/// Refuses right and full joins that name their keys by `using` or `natural`: the one key that they have in common would
/// be the left side's, and NULL where that has no row.
#[derive(Debug)]
pub(super) struct KeysOfBothSides;

impl AnalyzerRule for KeysOfBothSides {
    fn name(&self) -> &'static str {
        "keys_of_both_sides"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.apply_with_subqueries(|plan| match plan {
            LogicalPlan::Join(join)
                if join.join_constraint == JoinConstraint::Using
                    && matches!(join.join_type, JoinType::Right | JoinType::Full) =>
            {
                plan_err!(
                    "a {} join by `using` or `natural` would lose the right side's keys: write `on a.key = b.key`, and \
                     select `coalesce(a.key, b.key)`",
                    join.join_type.to_string().to_lowercase()
                )
            }
            _ => Ok(TreeNodeRecursion::Continue),
        })?;
        Ok(plan)
    }
}
