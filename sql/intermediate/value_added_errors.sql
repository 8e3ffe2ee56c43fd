-- One row per comparison, measure, step of its chain, what is compared, lag and period: its error where all steps have one.
with

items as (
    select * from intermediate.value_added_items
),

chains as (
    select * from intermediate.value_added_chains
),

-- What is compared has one actual for all of its steps.
common as (
    select
        comparison_number, measure, product_id, product_family, category, location_id, market_region, customer_group,
        lag, period_kind, period_index, period_start, period_end, is_period_complete,
        count(*) filter (where is_usable) as n_usable_steps,
        min(actual) filter (where is_usable) as actual,
        min(forecast) filter (where is_usable and step = 'naive') as naive_forecast
    from items
    group by
        comparison_number, measure, product_id, product_family, category, location_id, market_region, customer_group,
        lag, period_kind, period_index, period_start, period_end, is_period_complete
),

with_steps as (
    select
        common.*,
        chains.step,
        chains.is_in_chain and common.n_usable_steps = chains.n_steps as is_compared
    from common
    inner join chains
        on
            common.comparison_number = chains.comparison_number
            and common.measure = chains.measure
            and common.lag = chains.lag
            and common.period_kind = chains.period_kind
),

-- A step without a row for what others have one for has no forecast of it.
joined as (
    select
        with_steps.*,
        coalesce(items.forecast_status, 'missing') as forecast_status,
        coalesce(items.is_partly_missing, false) as is_partly_missing,
        items.unit,
        coalesce(items.has_no_path, false) as has_no_path,
        items.forecast_status = 'present' and items.forecast is null as is_not_valued,
        items.forecast
    from with_steps
    left join items
        on
            with_steps.comparison_number = items.comparison_number
            and with_steps.measure = items.measure
            and with_steps.step = items.step
            and with_steps.product_id = items.product_id
            and with_steps.product_family = items.product_family
            and with_steps.location_id = items.location_id
            and with_steps.customer_group = items.customer_group
            and with_steps.lag = items.lag
            and with_steps.period_kind = items.period_kind
            and with_steps.period_start = items.period_start
),

with_errors as (
    select
        comparison_number, measure, step, product_id, product_family, category, location_id, market_region,
        customer_group, lag, period_kind, period_index, period_start, period_end, is_period_complete,
        forecast_status,
        unit,
        has_no_path,
        case when is_compared then 1 else 0 end as n_compared,
        case when is_compared and is_partly_missing then 1 else 0 end as n_partly_missing,
        case when is_not_valued then 1 else 0 end as n_not_valued,
        case when is_compared then forecast end as forecast,
        case when is_compared then actual end as actual,
        case when is_compared then abs(forecast - actual) end as abs_error,
        case when is_compared then abs(actual) end as abs_actual,
        case when is_compared then abs(naive_forecast - actual) end as naive_abs_error
    from joined
)

select * from with_errors
