-- One row per item, measure, step of its chain and period: the error of the step where all steps have a forecast.
with

items as (
    select * from intermediate.value_added_items
),

chains as (
    select * from intermediate.value_added_chains
),

naive as (
    select distinct step_number from intermediate.value_added_steps where step = 'naive'
),

-- What is compared has one actual for all of its steps.
common as (
    select
        items.chain_number,
        items.item_number,
        items.measure,
        items.period_index,
        count(*) filter (where items.may_count and items.forecast is not null and items.actual is not null)
            as n_usable_steps,
        min(items.actual) as actual,
        min(items.forecast) filter (where naive.step_number is not null) as naive_forecast
    from items
    left join naive on items.step_number = naive.step_number
    group by items.chain_number, items.item_number, items.measure, items.period_index
),

with_steps as (
    select
        common.item_number,
        common.measure,
        chains.step_number,
        common.period_index,
        common.actual,
        common.naive_forecast,
        chains.is_in_chain and common.n_usable_steps = chains.n_steps as is_compared
    from common
    inner join chains
        on
            common.chain_number = chains.chain_number
            and common.measure = chains.measure
),

-- A step without a row for what others have one for has no forecast of it.
with_errors as (
    select
        with_steps.item_number,
        with_steps.measure,
        with_steps.step_number,
        with_steps.period_index,
        coalesce(items.forecast_status, 'missing') as forecast_status,
        items.unit,
        coalesce(items.has_no_path, false) as has_no_path,
        case when with_steps.is_compared then 1 else 0 end as n_compared,
        case when with_steps.is_compared and items.is_partly_missing then 1 else 0 end as n_partly_missing,
        case when items.forecast_status = 'present' and items.forecast is null then 1 else 0 end as n_not_valued,
        case when with_steps.is_compared then items.forecast end as forecast,
        case when with_steps.is_compared then with_steps.actual end as actual,
        case when with_steps.is_compared then abs(items.forecast - with_steps.actual) end as abs_error,
        case when with_steps.is_compared then abs(with_steps.actual) end as abs_actual,
        case when with_steps.is_compared then abs(with_steps.naive_forecast - with_steps.actual) end as naive_abs_error
    from with_steps
    left join items
        on
            with_steps.item_number = items.item_number
            and with_steps.measure = items.measure
            and with_steps.step_number = items.step_number
            and with_steps.period_index = items.period_index
)

select * from with_errors
