-- Every total of plans and demand that plan_alignment holds, beside the same total from forecasts, production plans,
-- budgets, targets and demand_history.
with

mart as (
    select * from marts.plan_alignment
),

periods as (
    select * from intermediate.alignment_periods
),

period_days as (
    select * from intermediate.period_days
),

products as (
    select * from marts.dim_product
),

locations as (
    select
        locations.location_id,
        calendars.calendar_id
    from staging.locations as locations
    inner join (select distinct calendar_id from staging.calendars) as calendars
        on locations.calendar_id = calendars.calendar_id
),

-- Quantities are compared family by family, but where the mart says that units are mixed: it has none there.
mixed_families as (
    select
        period_kind,
        period_start,
        product_family
    from mart
    where
        market_region = '(all)'
        and product_family <> '(all)'
        and has_mixed_units
),

snapshots as (
    select
        forecasts.*,
        coalesce(locations.calendar_id, '(none)') as calendar_id,
        case
            when forecasts.product_id <> '(all)' then coalesce(products.family, '(unknown)')
            else coalesce(product_families.product_family, '(unknown)')
        end as family,
        case when forecasts.product_id = '(all)' then 1 else products.planning_factor end as factor
    from staging.forecasts as forecasts
    left join locations on forecasts.location_id = locations.location_id
    left join products on forecasts.product_id = products.product_id
    left join marts.dim_product_family as product_families on forecasts.product_family = product_families.product_family
    where
        forecasts.status <> 'draft'
        and forecasts.quantity is not null
        and forecasts.forecast_type in ('sales', 'marketing', 'consensus', 'statistical')
        and forecasts.snapshot_date <= $as_of
        and cast(forecasts.known_at at time zone $time_zone as date) <= $as_of
        and coalesce(cast(forecasts.approved_at at time zone $time_zone as date) <= $as_of, true)
),

-- The last of several is the greatest, as text that ends in what it says.
newest as (
    select
        forecast_type,
        family,
        product_id,
        location_id,
        factor,
        calendar_id,
        period_start as bucket_start,
        max(concat(snapshot_date, '|', version, '|', known_at, '|', period_end, '|', quantity)) as last_known
    from snapshots
    group by
        forecast_type, family, factor, calendar_id, product_id, product_family, location_id, customer_group,
        salesperson_id, period_start
),

last_said as (
    select
        *,
        cast(split_part(last_known, '|', 4) as date) as bucket_end,
        cast(split_part(last_known, '|', -1) as decimal(18, 4)) as quantity
    from newest
),

-- Quantities of a product and location are turned into planning units together, as the mart does.
forecast_sums as (
    select
        last_said.forecast_type,
        last_said.family,
        last_said.product_id,
        last_said.location_id,
        max(last_said.factor) as factor,
        periods.period_kind,
        periods.period_start,
        sum(
            round(last_said.quantity * parts.weight_through / parts.weight_of_all, 4)
            - round(last_said.quantity * parts.weight_before / parts.weight_of_all, 4)
        ) as quantity
    from last_said
    inner join intermediate.forecast_bucket_parts as parts
        on
            last_said.bucket_start = parts.bucket_start
            and last_said.bucket_end = parts.bucket_end
            and last_said.calendar_id = parts.calendar_id
    inner join periods
        on
            parts.period_kind = periods.period_kind
            and parts.period_index = periods.period_index
    group by
        last_said.forecast_type, last_said.family, last_said.product_id, last_said.location_id, periods.period_kind,
        periods.period_start
),

-- The days on which the parts of the plan are ready.
production_sums as (
    select
        coalesce(products.family, '(unknown)') as family,
        slices.product_id,
        slices.location_id,
        max(products.planning_factor) as factor,
        period_days.period_kind,
        period_days.period_start,
        sum(
            round(cast(slices.quantity * slices.slice_number as decimal(28, 8)) / slices.slice_count, 4)
            - round(cast(slices.quantity * (slices.slice_number - 1) as decimal(28, 8)) / slices.slice_count, 4)
        ) as quantity
    from intermediate.capacity_plan_slices as slices
    left join products on slices.product_id = products.product_id
    inner join period_days on slices.due_date = period_days.date
    where slices.load_basis = 'production_plan'
    group by
        coalesce(products.family, '(unknown)'), slices.product_id, slices.location_id, period_days.period_kind,
        period_days.period_start
),

demand_sums as (
    select
        products.family,
        demand_history.period_kind,
        demand_history.period_start,
        sum(demand_history.planning_demand_quantity) as quantity
    from marts.demand_history as demand_history
    inner join products on demand_history.product_id = products.product_id
    where
        demand_history.demand_quantity <> 0
        or demand_history.demand_amount <> 0
    group by products.family, demand_history.period_kind, demand_history.period_start
),

source_rows as (
    select
        forecast_type as measure,
        family,
        period_kind,
        period_start,
        round(quantity * factor, 4) as quantity
    from forecast_sums
    union all
    select 'production_plan' as measure, family, period_kind, period_start, round(quantity * factor, 4) as quantity
    from production_sums
    union all
    select 'actual' as measure, family, period_kind, period_start, quantity
    from demand_sums
    union all
    select 'budget' as measure, product_family as family, period_kind, period_start, budget_quantity as quantity
    from intermediate.budget_periods
),

source_quantities as (
    select
        concat(source_rows.measure, '_quantity') as measure,
        source_rows.period_kind,
        source_rows.period_start,
        source_rows.quantity as source_total,
        0 as mart_total
    from source_rows
    inner join periods
        on
            source_rows.period_kind = periods.period_kind
            and source_rows.period_start = periods.period_start
    left join mixed_families
        on
            source_rows.period_kind = mixed_families.period_kind
            and source_rows.period_start = mixed_families.period_start
            and source_rows.family = mixed_families.product_family
    where
        source_rows.family <> '(all)'
        and mixed_families.product_family is null
),

measures as (
    select column1 as plan_function
    from (
        values ('sales'), ('marketing'), ('consensus'), ('statistical'), ('production_plan'), ('budget'), ('actual')
    )
),

mart_quantities as (
    select
        concat(measures.plan_function, '_quantity') as measure,
        mart.period_kind,
        mart.period_start,
        0 as source_total,
        case measures.plan_function
            when 'sales' then mart.sales_forecast_quantity
            when 'marketing' then mart.marketing_forecast_quantity
            when 'consensus' then mart.consensus_forecast_quantity
            when 'statistical' then mart.statistical_forecast_quantity
            when 'production_plan' then mart.production_plan_quantity
            when 'budget' then mart.budget_quantity
            else mart.actual_quantity
        end as mart_total
    from mart
    cross join measures
    where
        mart.market_region = '(all)'
        and mart.product_family <> '(all)'
),

-- Money is compared in total, where all of it is known. Every period is looked at, since the mart may have lost a row.
totals as (
    select
        periods.period_kind,
        periods.period_start,
        coalesce(mart.has_mixed_units, false) as has_mixed_units,
        mart.target_quantity,
        mart.actual_amount,
        mart.budget_amount,
        mart.target_amount
    from periods
    left join mart
        on
            periods.period_kind = mart.period_kind
            and periods.period_start = mart.period_start
            and mart.product_family = '(all)'
            and mart.market_region = '(all)'
),

demand_amounts as (
    select
        period_kind,
        period_start,
        case when count(*) = count(demand_amount) then sum(demand_amount) end as amount
    from marts.demand_history
    where
        demand_quantity <> 0
        or demand_amount <> 0
    group by period_kind, period_start
),

budget_amounts as (
    select
        period_kind,
        period_start,
        case when not bool_or(has_no_rate) then sum(budget_amount) end as amount
    from intermediate.budget_periods
    group by period_kind, period_start
),

target_amounts as (
    select
        periods.period_kind,
        periods.period_start,
        sum(targets.quantity) as quantity,
        case when not bool_or(targets.has_no_rate) then sum(targets.amount) end as amount
    from intermediate.alignment_target_sums as targets
    inner join periods
        on
            targets.period_kind = periods.period_kind
            and targets.period_index = periods.period_index
    group by periods.period_kind, periods.period_start
),

amounts as (
    select
        'actual_amount' as measure,
        totals.period_kind,
        totals.period_start,
        demand_amounts.amount as source_total,
        totals.actual_amount as mart_total
    from totals
    left join demand_amounts
        on
            totals.period_kind = demand_amounts.period_kind
            and totals.period_start = demand_amounts.period_start
    union all
    select
        'budget_amount' as measure,
        totals.period_kind,
        totals.period_start,
        budget_amounts.amount as source_total,
        totals.budget_amount as mart_total
    from totals
    left join budget_amounts
        on
            totals.period_kind = budget_amounts.period_kind
            and totals.period_start = budget_amounts.period_start
    union all
    select
        'target_amount' as measure,
        totals.period_kind,
        totals.period_start,
        target_amounts.amount as source_total,
        totals.target_amount as mart_total
    from totals
    left join target_amounts
        on
            totals.period_kind = target_amounts.period_kind
            and totals.period_start = target_amounts.period_start
),

-- In the total the mart has a quantity of targets where no units are mixed.
target_quantities as (
    select
        'target_quantity' as measure,
        totals.period_kind,
        totals.period_start,
        target_amounts.quantity as source_total,
        totals.target_quantity as mart_total
    from totals
    left join target_amounts
        on
            totals.period_kind = target_amounts.period_kind
            and totals.period_start = target_amounts.period_start
    where not totals.has_mixed_units
),

-- Of families with one version alone, all that they budget has to come out, in whatever periods.
once_budgeted as (
    select
        budgets.family,
        min(budgets.period_start) as period_start,
        sum(budgets.quantity) as quantity
    from staging.budgets as budgets
    inner join marts.dim_product_family as product_families on budgets.family = product_families.product_family
    where
        budgets.status <> 'draft'
        and budgets.period_end > budgets.period_start
        and budgets.snapshot_date <= $as_of
        and cast(budgets.known_at at time zone $time_zone as date) <= $as_of
    group by budgets.family
    having
        count(budgets.quantity) > 0
        and min(concat(budgets.snapshot_date, '|', budgets.version))
        = max(concat(budgets.snapshot_date, '|', budgets.version))
),

spread_budgets as (
    select
        product_family,
        period_kind,
        sum(budget_quantity) as quantity
    from intermediate.budget_periods
    group by product_family, period_kind
),

whole_budgets as (
    select
        'budget_quantity of the whole budget' as measure,
        period_kinds.period_kind,
        once_budgeted.period_start,
        once_budgeted.quantity as source_total,
        spread_budgets.quantity as mart_total
    from once_budgeted
    cross join (select distinct period_kind from settings.plan_alignment_period_kinds) as period_kinds
    left join spread_budgets
        on
            once_budgeted.family = spread_budgets.product_family
            and period_kinds.period_kind = spread_budgets.period_kind
),

all_totals as (
    select measure, period_kind, period_start, source_total, mart_total from source_quantities
    union all
    select measure, period_kind, period_start, source_total, mart_total from mart_quantities
    union all
    select measure, period_kind, period_start, source_total, mart_total from amounts
    union all
    select measure, period_kind, period_start, source_total, mart_total from target_quantities
    union all
    select measure, period_kind, period_start, source_total, mart_total from whole_budgets
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        coalesce(sum(source_total), 0) as source_total,
        coalesce(sum(mart_total), 0) as mart_total
    from all_totals
    where source_total is not null or mart_total is not null
    group by measure, period_kind, period_start
)

select * from compared
