-- One row per comparison, step, what is compared, lag, period and measure (quantity or amount): forecast and actual.
with

leaves as (
    select * from intermediate.forecast_accuracy_leaves
),

steps as (
    select
        comparison_number,
        step,
        is_by_product,
        is_by_location,
        is_by_customer_group,
        has_product,
        has_family,
        has_location,
        has_customer_group
    from intermediate.value_added_steps
    group by
        comparison_number,
        step,
        is_by_product,
        is_by_location,
        is_by_customer_group,
        has_product,
        has_family,
        has_location,
        has_customer_group
),

periods as (
    select * from intermediate.periods
),

placed as (
    select
        steps.comparison_number,
        steps.step,
        steps.has_product,
        case when steps.has_product then leaves.product_id else '(all)' end as product_id,
        case when steps.has_family then leaves.product_family else '(all)' end as product_family,
        case when steps.has_family then leaves.category else '(all)' end as category,
        case when steps.has_location then leaves.location_id else '(all)' end as location_id,
        case when steps.has_location then leaves.market_region else '(all)' end as market_region,
        case when steps.has_customer_group then leaves.customer_group else '(all)' end as customer_group,
        leaves.lag,
        leaves.period_kind,
        leaves.period_start,
        leaves.forecast_status,
        leaves.quantity_unit,
        leaves.has_no_path,
        leaves.forecast_quantity,
        leaves.actual_quantity,
        leaves.forecast_amount,
        leaves.actual_amount
    from leaves
    inner join steps
        on
            leaves.forecast_type = steps.step
            and (leaves.product_id <> '(all)') = steps.is_by_product
            and (leaves.location_id <> '(all)') = steps.is_by_location
            and (leaves.customer_group <> '(all)') = steps.is_by_customer_group
),

-- A part without a forecast is no part; otherwise a sum is as good as its worst part, and not known where one is not.
summed as (
    select
        comparison_number, step, product_id, product_family, category, location_id, market_region, customer_group,
        lag, period_kind, period_start,
        case
            when bool_or(forecast_status = 'late') then 'late'
            when bool_or(forecast_status = 'carried') then 'carried'
            when bool_or(forecast_status = 'present') then 'present'
            else 'missing'
        end as forecast_status,
        bool_or(forecast_status = 'missing' and actual_quantity is distinct from 0) as is_partly_missing,
        min(quantity_unit) as quantity_unit,
        bool_or(has_no_path) as has_no_path,
        not has_product and (bool_or(has_no_path) or min(quantity_unit) <> max(quantity_unit)) as is_mixed,
        case when count(actual_quantity) = count(*) then sum(forecast_quantity) end as forecast_quantity,
        case when count(actual_quantity) = count(*) then sum(actual_quantity) end as actual_quantity,
        case when count(forecast_amount) = count(*) then sum(forecast_amount) end as forecast_amount,
        case when count(forecast_amount) = count(*) then sum(actual_amount) end as actual_amount
    from placed
    group by
        comparison_number, step, product_id, product_family, category, location_id, market_region, customer_group,
        lag, period_kind, period_start, has_product
),

measures as (
    select column1 as measure from (values ('quantity'), ('amount'))
),

measured as (
    select
        summed.* exclude (quantity_unit, has_no_path, is_mixed, forecast_quantity, actual_quantity, forecast_amount, actual_amount),
        measures.measure,
        periods.period_index,
        periods.period_end,
        periods.is_period_complete,
        case when measures.measure = 'quantity' then summed.quantity_unit else $reporting_currency end as unit,
        measures.measure = 'quantity' and summed.has_no_path as has_no_path,
        case
            when measures.measure = 'amount' then summed.forecast_amount
            when not summed.is_mixed then summed.forecast_quantity
        end as forecast,
        case
            when measures.measure = 'amount' then summed.actual_amount
            when not summed.is_mixed then summed.actual_quantity
        end as actual
    from summed
    inner join periods
        on
            summed.period_kind = periods.period_kind
            and summed.period_start = periods.period_start
    cross join measures
),

with_use as (
    select
        *,
        forecast_status = 'present' and is_period_complete and forecast is not null and actual is not null as is_usable
    from measured
)

select * from with_use
