//! Which functions put rows together, so that there is a row where there is nothing to be put together.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use datafusion::functions_aggregate::all_default_aggregate_functions;
use datafusion::sql::sqlparser::ast::{Expr, Function, GroupByExpr, Query, Select, Visit, Visitor};

use crate::serve::catalog::THE_ONLY;

/// The engine's by all their names, PostgreSQL's that it does not have, and ours.
static NAMES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let known = all_default_aggregate_functions();
    let named =
        known.iter().flat_map(|function| [function.name().to_string()].into_iter().chain(function.aliases().to_vec()));
    named
        .chain(
            ["every", "json_agg", "jsonb_agg", "json_object_agg", "jsonb_object_agg", "xmlagg", THE_ONLY]
                .map(String::from),
        )
        .collect()
});

/// Whether there is one in what is selected; those of subqueries there are of themselves.
pub fn are_in(selected: &impl Visit) -> bool {
    is_in(selected, |function| {
        let name = function.name.0.last().and_then(|name| name.as_ident());
        // Over a window each row keeps its own value.
        function.over.is_none() && name.is_some_and(|name| NAMES.contains(&name.value.to_lowercase()))
    })
}

/// Whether rows are put together by groups.
pub fn is_grouped(select: &Select) -> bool {
    !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty())
}

/// Whether there is a function in what is selected that looks at other rows.
pub fn windows_are_in(selected: &impl Visit) -> bool {
    is_in(selected, |function| function.over.is_some())
}

fn is_in(selected: &impl Visit, is_one: fn(&Function) -> bool) -> bool {
    selected.visit(&mut Finds { within: 0, is_one }).is_break()
}

struct Finds {
    /// How many subqueries are around what is looked at.
    within: usize,
    is_one: fn(&Function) -> bool,
}

impl Visitor for Finds {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.within += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.within -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Function(function) if self.within == 0 && (self.is_one)(function) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        }
    }
}
