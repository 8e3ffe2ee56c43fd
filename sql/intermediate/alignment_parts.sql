-- One row per planning function, and demand, and what it is told for: family, market region and period.
with

valued as (
    select * from intermediate.alignment_valued
),

budgets as (
    select * from intermediate.budget_periods
),

targets as (
    select * from intermediate.alignment_targets
),

actuals as (
    select * from intermediate.alignment_actuals
),

periods as (
    select * from intermediate.alignment_periods
),

family_units as (
    select * from intermediate.family_units
),

-- What is planned in money alone has no unit, and leaves the quantities of others as they are.
budget_parts as (
    select
        budgets.*,
        periods.period_index,
        budgets.budget_quantity is not null and coalesce(family_units.has_several_units, false) as has_no_path,
        case when budgets.budget_quantity is not null then family_units.quantity_unit end as quantity_unit
    from budgets
    inner join periods
        on
            budgets.period_kind = periods.period_kind
            and budgets.period_start = periods.period_start
    left join family_units on budgets.product_family = family_units.product_family
),

-- Money that is not there because there is no price or no rate is unknown; money that nobody planned is none.
all_parts as (
    select
        plan_function, product_family, market_region, period_kind, period_index, snapshot_date,
        quantity, quantity_unit, has_no_path, amount,
        amount is null as has_no_plan_price,
        false as has_no_rate
    from valued
    union all
    select
        'budget' as plan_function, product_family, market_region, period_kind, period_index, snapshot_date,
        budget_quantity as quantity, quantity_unit, has_no_path, budget_amount as amount,
        false as has_no_plan_price,
        has_no_rate
    from budget_parts
    union all
    select
        'target' as plan_function, product_family, '(all)' as market_region, period_kind, period_index, snapshot_date,
        quantity, quantity_unit, has_no_path, amount,
        false as has_no_plan_price,
        has_no_rate
    from targets
    union all
    select
        'actual' as plan_function, product_family, market_region, period_kind, period_index,
        cast(null as date) as snapshot_date,
        quantity, quantity_unit, has_no_path, amount,
        amount is null as has_no_plan_price,
        false as has_no_rate
    from actuals
)

select * from all_parts
