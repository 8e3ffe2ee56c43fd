-- One row per item of a comparison, step, period and measure (quantity or amount): forecast and actual.
with

leaves as (
    select * from intermediate.forecast_accuracy_leaves where salesperson_id = '(all)'
),

steps as (
    select
        comparison_number,
        step,
        step_number,
        is_by_product,
        is_by_location,
        is_by_customer_group,
        has_product
    from intermediate.value_added_steps
    group by comparison_number, step, step_number, is_by_product, is_by_location, is_by_customer_group, has_product
),

keys as (
    select * from intermediate.value_added_keys
),

periods as (
    select * from intermediate.periods
),

placed as (
    select
        keys.chain_number,
        keys.item_number,
        steps.step_number,
        steps.has_product,
        periods.period_index,
        periods.is_period_complete,
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
    inner join keys
        on
            steps.comparison_number = keys.comparison_number
            and leaves.product_id = keys.part_product_id
            and leaves.product_family = keys.part_family
            and leaves.location_id = keys.part_location_id
            and leaves.customer_group = keys.part_customer_group
            and leaves.lag = keys.lag
            and leaves.period_kind = keys.period_kind
    inner join periods
        on
            leaves.period_kind = periods.period_kind
            and leaves.period_start = periods.period_start
),

-- A part without a forecast is no part; otherwise a sum is as good as its worst part, and not known where one is not.
summed as (
    select
        chain_number,
        item_number,
        step_number,
        period_index,
        is_period_complete,
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
    group by chain_number, item_number, step_number, period_index, is_period_complete, has_product
),

measures as (
    select column1 as measure from (values ('quantity'), ('amount'))
),

measured as (
    select
        summed.chain_number,
        summed.item_number,
        measures.measure,
        summed.step_number,
        summed.period_index,
        summed.forecast_status,
        summed.is_partly_missing,
        case when measures.measure = 'quantity' then summed.quantity_unit else $reporting_currency end as unit,
        measures.measure = 'quantity' and summed.has_no_path as has_no_path,
        case
            when measures.measure = 'amount' then summed.forecast_amount
            when not summed.is_mixed then summed.forecast_quantity
        end as forecast,
        case
            when measures.measure = 'amount' then summed.actual_amount
            when not summed.is_mixed then summed.actual_quantity
        end as actual,
        summed.forecast_status = 'present' and summed.is_period_complete as may_count
    from summed
    cross join measures
)

select * from measured
