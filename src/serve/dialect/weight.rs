//! How much a statement is once what it names is put where it is named: a few lines may name a part twice, and that part
//! another one twice.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{ObjectName, Query, Statement, Visit, Visitor};

/// How many tables and parts a statement may come to.
const MOST: u64 = 20_000;

/// Whether planning it would take for ever.
pub fn is_too_much(statement: &Statement) -> bool {
    let mut weights = Weights { open: vec![0], ..Weights::default() };
    let _done = statement.visit(&mut weights);
    weights.open.first().is_some_and(|all| *all > MOST)
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
            self.named.insert(std::ptr::from_ref(part.query.as_ref()), part.alias.name.value.to_lowercase());
        }
        self.open.push(1);
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let name = relation.0.last().and_then(|part| part.as_ident()).map(|part| part.value.to_lowercase());
        self.add(name.and_then(|name| self.known.get(&name).copied()).unwrap_or(1));
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let weight = self.open.pop().unwrap_or_default();
        match self.named.remove(&std::ptr::from_ref(query)) {
            // It counts where it is named.
            Some(name) => drop(self.known.insert(name, weight)),
            None => self.add(weight),
        }
        ControlFlow::Continue(())
    }
}
