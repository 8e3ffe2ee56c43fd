//! Lineage through the nodes of a plan, from the tables that are read upwards. Columns are told apart by their place and
//! never by name alone, so that equal names of two tables are no matter.

use std::any::Any;

use datafusion::common::{DFSchema, TableReference};
use datafusion::datasource::cte_worktable::CteWorkTable;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::utils::grouping_set_to_exprlist;
use datafusion::logical_expr::{
    Aggregate, Distinct, Join, JoinType, LogicalPlan, RecursiveQuery, TableScan, Unnest, Window,
};
use datafusion::prelude::Expr;

use crate::engine::lineage::expressions::add;
use crate::engine::lineage::{Flow, Lineage, RowUse, SourceColumn, Sources, merge};
use crate::model::TableName;

/// What an expression may name: the columns of what it stands over, and around a subquery those of the queries outside.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub schema: &'a DFSchema,
    pub columns: &'a [Sources],
    pub around: Around<'a>,
}

/// What surrounds a query.
#[derive(Clone, Copy, Default)]
pub(super) struct Around<'a> {
    pub outside: Option<&'a Scope<'a>>,
    pub recursion: Option<&'a Recursion<'a>>,
}

/// A query that reads what it has found so far, by its own name.
pub(super) struct Recursion<'a> {
    name: &'a str,
    columns: &'a [Sources],
    around: Option<&'a Recursion<'a>>,
}

/// The lineage of a model; None where its plan holds something that is not understood.
pub(super) fn lineage(plan: &LogicalPlan) -> Option<Lineage> {
    of(plan, Around::default())
}

pub(super) fn of(plan: &LogicalPlan, around: Around<'_>) -> Option<Lineage> {
    let lineage = match plan {
        LogicalPlan::TableScan(scan) => of_scan(scan, around)?,
        LogicalPlan::Projection(projection) => {
            let input = of(&projection.input, around)?;
            columns_of(&projection.expr, Flow::Copied, &projection.input, input, around)?
        }
        LogicalPlan::Filter(filter) => {
            let mut input = of(&filter.input, around)?;
            rows_by(&mut input, [&filter.predicate], RowUse::Filters, filter.input.schema(), around)?;
            input
        }
        LogicalPlan::Sort(sort) => {
            let mut input = of(&sort.input, around)?;
            let by = sort.expr.iter().map(|sort| &sort.expr);
            rows_by(&mut input, by, RowUse::Sorts, sort.input.schema(), around)?;
            input
        }
        LogicalPlan::Limit(limit) => of(&limit.input, around)?,
        LogicalPlan::Aggregate(aggregate) => of_aggregate(aggregate, around)?,
        LogicalPlan::Window(window) => of_window(window, around)?,
        LogicalPlan::Join(join) => of_join(join, around)?,
        LogicalPlan::Union(union) => {
            let mut inputs = union.inputs.iter().map(|input| of(input, around));
            let first = inputs.next()??;
            inputs.try_fold(first, |all, input| union_of(all, &input?))?
        }
        LogicalPlan::Distinct(Distinct::All(input)) => of(input, around)?,
        LogicalPlan::Distinct(Distinct::On(distinct)) => {
            let mut input = of(&distinct.input, around)?;
            let schema = distinct.input.schema();
            rows_by(&mut input, &distinct.on_expr, RowUse::Groups, schema, around)?;
            let by = distinct.sort_expr.iter().flatten().map(|sort| &sort.expr);
            rows_by(&mut input, by, RowUse::Sorts, schema, around)?;
            columns_of(&distinct.select_expr, Flow::Copied, &distinct.input, input, around)?
        }
        LogicalPlan::SubqueryAlias(alias) => of(&alias.input, around)?,
        LogicalPlan::Repartition(repartition) => of(&repartition.input, around)?,
        LogicalPlan::Subquery(subquery) => of(&subquery.subquery, around)?,
        LogicalPlan::Unnest(unnest) => of_unnest(unnest, around)?,
        LogicalPlan::RecursiveQuery(query) => of_recursion(query, around)?,
        LogicalPlan::EmptyRelation(_) => {
            Lineage { columns: vec![Sources::new(); plan.schema().fields().len()], ..Lineage::default() }
        }
        LogicalPlan::Values(values) => {
            let scope = Scope { schema: &DFSchema::empty(), columns: &[], around };
            let mut columns = vec![Sources::new(); values.schema.fields().len()];
            for (column, value) in values.values.iter().flat_map(|row| row.iter().enumerate()) {
                add(columns.get_mut(column)?, value, Flow::Copied, &scope)?;
            }
            Lineage { columns, ..Lineage::default() }
        }
        _ => return None,
    };
    // A node that was understood has as many columns as it says.
    (lineage.columns.len() == plan.schema().fields().len()).then_some(lineage)
}

/// The columns that expressions make of those below; the rows stay.
fn columns_of(
    expressions: &[Expr],
    flow: Flow,
    input: &LogicalPlan,
    below: Lineage,
    around: Around<'_>,
) -> Option<Lineage> {
    let scope = Scope { schema: input.schema(), columns: &below.columns, around };
    let sources = |expression: &Expr| {
        let mut sources = Sources::new();
        add(&mut sources, expression, flow, &scope)?;
        Some(sources)
    };
    let columns = expressions.iter().map(sources).collect::<Option<_>>()?;
    Some(Lineage { columns, rows: below.rows })
}

/// Notes what expressions over the columns of a table do for its rows.
fn rows_by<'e>(
    below: &mut Lineage,
    expressions: impl IntoIterator<Item = &'e Expr>,
    how: RowUse,
    schema: &DFSchema,
    around: Around<'_>,
) -> Option<()> {
    let scope = Scope { schema, columns: &below.columns, around };
    let mut sources = Sources::new();
    for expression in expressions {
        add(&mut sources, expression, Flow::Copied, &scope)?;
    }
    for source in sources.into_keys() {
        below.rows.entry(source).or_default().insert(how);
    }
    Some(())
}

fn of_scan(scan: &TableScan, around: Around<'_>) -> Option<Lineage> {
    let fields = scan.source.schema();
    let shown: Vec<usize> = match &scan.projection {
        Some(shown) => shown.clone(),
        None => (0..fields.fields().len()).collect(),
    };
    if let Some(columns) = found_so_far(&scan.table_name, around.recursion) {
        let columns = shown.iter().map(|place| columns.get(*place).cloned()).collect::<Option<_>>()?;
        return Some(Lineage { columns, ..Lineage::default() });
    }
    let Some(schema) = scan.table_name.schema() else {
        // Every table has a schema: what has none is a function such as `generate_series`, whose rows come from no column.
        let is_recursion = (source_as_provider(&scan.source).ok()?.as_ref() as &dyn Any).is::<CteWorkTable>();
        let columns = vec![Sources::new(); shown.len()];
        return (!is_recursion).then_some(Lineage { columns, ..Lineage::default() });
    };
    let table = TableName::new(schema, scan.table_name.table());
    let source = |place: usize| SourceColumn { table: table.clone(), column: fields.field(place).name().clone() };
    let columns = shown.iter().map(|place| Sources::from([(source(*place), Flow::Copied)])).collect();
    let mut lineage = Lineage { columns, ..Lineage::default() };
    let all: Vec<Sources> =
        (0..fields.fields().len()).map(|place| Sources::from([(source(place), Flow::Copied)])).collect();
    let schema = DFSchema::try_from_qualified_schema(scan.table_name.clone(), &fields).ok()?;
    let mut of_all = Lineage { columns: all, ..Lineage::default() };
    rows_by(&mut of_all, &scan.filters, RowUse::Filters, &schema, around)?;
    lineage.rows = of_all.rows;
    Some(lineage)
}

/// The columns of a recursive query that is being worked out, where the name is its own: it has no schema before it.
fn found_so_far<'a>(name: &TableReference, mut recursion: Option<&'a Recursion<'a>>) -> Option<&'a [Sources]> {
    let TableReference::Bare { table } = name else { return None };
    while let Some(query) = recursion {
        if query.name == table.as_ref() {
            return Some(query.columns);
        }
        recursion = query.around;
    }
    None
}

fn of_aggregate(aggregate: &Aggregate, around: Around<'_>) -> Option<Lineage> {
    let mut input = of(&aggregate.input, around)?;
    let groups: Vec<Expr> = grouping_set_to_exprlist(&aggregate.group_expr).ok()?.into_iter().cloned().collect();
    rows_by(&mut input, &groups, RowUse::Groups, aggregate.input.schema(), around)?;
    let rows = input.rows.clone();
    let below = Lineage { columns: input.columns.clone(), ..Lineage::default() };
    let mut columns = columns_of(&groups, Flow::Copied, &aggregate.input, below, around)?.columns;
    if matches!(aggregate.group_expr.as_slice(), [Expr::GroupingSet(_)]) {
        // Which of the groupings a row belongs to.
        columns.push(Sources::new());
    }
    columns.extend(columns_of(&aggregate.aggr_expr, Flow::Copied, &aggregate.input, input, around)?.columns);
    Some(Lineage { columns, rows })
}

fn of_window(window: &Window, around: Around<'_>) -> Option<Lineage> {
    let input = of(&window.input, around)?;
    let (mut columns, rows) = (input.columns.clone(), input.rows.clone());
    columns.extend(columns_of(&window.window_expr, Flow::Copied, &window.input, input, around)?.columns);
    Some(Lineage { columns, rows })
}

fn of_join(join: &Join, around: Around<'_>) -> Option<Lineage> {
    let left = of(&join.left, around)?;
    // What a lateral subquery names of the other side stands outside of it.
    let other = Scope { schema: join.left.schema(), columns: &left.columns, around };
    let lateral = Around { outside: Some(&other), ..around };
    let is_lateral = matches!(join.right.as_ref(), LogicalPlan::Subquery(_))
        || matches!(join.right.as_ref(), LogicalPlan::SubqueryAlias(alias) if matches!(alias.input.as_ref(), LogicalPlan::Subquery(_)));
    let right = of(&join.right, if is_lateral { lateral } else { around })?;
    let mut both = Lineage { columns: [&left.columns[..], &right.columns[..]].concat(), rows: left.rows };
    for (source, uses) in right.rows {
        both.rows.entry(source).or_default().extend(uses);
    }
    let schema = join.left.schema().join(join.right.schema()).ok()?;
    let on = join.on.iter().flat_map(|(left, right)| [left, right]).chain(&join.filter);
    rows_by(&mut both, on, RowUse::Joins, &schema, around)?;
    let mark = Sources::new();
    let columns = match join.join_type {
        JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => both.columns,
        JoinType::LeftSemi | JoinType::LeftAnti => left.columns,
        JoinType::RightSemi | JoinType::RightAnti => right.columns,
        JoinType::LeftMark => left.columns.into_iter().chain([mark]).collect(),
        JoinType::RightMark => right.columns.into_iter().chain([mark]).collect(),
    };
    Some(Lineage { columns, rows: both.rows })
}

fn union_of(mut all: Lineage, other: &Lineage) -> Option<Lineage> {
    if all.columns.len() != other.columns.len() {
        return None;
    }
    for (column, sources) in all.columns.iter_mut().zip(&other.columns) {
        merge(column, sources, Flow::Copied);
    }
    for (source, uses) in &other.rows {
        all.rows.entry(source.clone()).or_default().extend(uses);
    }
    Some(all)
}

fn of_unnest(unnest: &Unnest, around: Around<'_>) -> Option<Lineage> {
    let input = of(&unnest.input, around)?;
    let is_taken_apart = |place: &usize| {
        unnest.list_type_columns.iter().any(|(list, _)| list == place) || unnest.struct_type_columns.contains(place)
    };
    let column = |place: &usize| {
        let mut sources = Sources::new();
        let flow = if is_taken_apart(place) { Flow::Computed } else { Flow::Copied };
        merge(&mut sources, input.columns.get(*place)?, flow);
        Some(sources)
    };
    let columns = unnest.dependency_indices.iter().map(column).collect::<Option<_>>()?;
    Some(Lineage { columns, rows: input.rows })
}

/// What a recursive query finds first and what it makes of that, again and again until that brings no other source.
fn of_recursion(query: &RecursiveQuery, around: Around<'_>) -> Option<Lineage> {
    let mut found = of(&query.static_term, around)?;
    loop {
        let recursion = Recursion { name: &query.name, columns: &found.columns, around: around.recursion };
        let more = of(&query.recursive_term, Around { recursion: Some(&recursion), ..around })?;
        let all = union_of(found.clone(), &more)?;
        if all == found {
            return Some(found);
        }
        found = all;
    }
}
