//! How much a statement is once what it names is put where it is named: a few lines may name a part twice, and that part
//! another one twice.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    ObjectName, Query, Select, Statement, TableFactor, TableWithJoins, Visit, Visitor,
};

use crate::serve::dialect::names::folded;

/// How many tables and parts a statement may come to.
const MOST: u64 = 20_000;

/// How many tables one `from` may join: the time that it takes to plan them grows much faster than they.
const MOST_JOINED: usize = 100;

/// Whether planning it would take for ever.
pub fn is_too_much(statement: &Statement) -> bool {
    let mut weights = Weights { open: vec![0], ..Weights::default() };
    statement.visit(&mut weights).is_break() || weights.open.first().is_some_and(|all| *all > MOST)
}

#[derive(Default)]
struct Weights {
    /// Parts that `with` names, by where they stand.
    named: HashMap<*const Query, String>,
    /// What each name comes to.
    known: HashMap<String, u64>,
    /// What the queries come to that are being looked at, the innermost last.
    open: Vec<u64>,
}

impl Weights {
    fn add(&mut self, weight: u64) {
        if let Some(innermost) = self.open.last_mut() {
            *innermost = innermost.saturating_add(weight);
        }
    }
}

impl Visitor for Weights {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for part in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.named.insert(std::ptr::from_ref(part.query.as_ref()), folded(&part.alias.name));
        }
        self.open.push(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let name = relation.0.last().and_then(|part| part.as_ident()).map(folded);
        self.add(name.and_then(|name| self.known.get(&name).copied()).unwrap_or(1));
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let joined: usize = select.from.iter().map(joined).sum();
        if joined > MOST_JOINED { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let weight = self.open.pop().unwrap_or_default();
        match self.named.remove(&std::ptr::from_ref(query)) {
            // It counts where it is named; of two of one name, the larger.
            Some(name) => {
                let known = self.known.entry(name).or_default();
                *known = weight.max(*known);
            }
            None => self.add(weight),
        }
        ControlFlow::Continue(())
    }
}

fn joined(tables: &TableWithJoins) -> usize {
    let all = std::iter::once(&tables.relation).chain(tables.joins.iter().map(|join| &join.relation));
    all.map(|table| match table {
        TableFactor::NestedJoin { table_with_joins, .. } => joined(table_with_joins),
        _ => 1,
    })
    .sum()
}
