-- One row per series of demand and period since its first demand: its signal, and what of prices and stock may explain it.
with

baselines as (
    select * from intermediate.demand_baselines
),

runs as (
    select * from intermediate.demand_signal_runs
),

price_changes as (
    select * from intermediate.list_price_changes
),

stockouts as (
    select * from intermediate.stockout_periods
),

balances as (
    select
        product_id,
        location_id,
        min(first_date) as first_date
    from intermediate.stock_balance_spans
    group by product_id, location_id
),

products as (
    select * from marts.dim_product
),

-- The location's own price goes before the one for all locations.
explained as (
    select
        baselines.*,
        coalesce(runs.run_length, 0) as run_length,
        coalesce(own_prices.period_index, all_prices.period_index) is not null as is_price_known,
        case when own_prices.period_index is null then all_prices.has_promotion else own_prices.has_promotion end
            as has_promotion,
        case when own_prices.period_index is null then all_prices.had_promotion else own_prices.had_promotion end
            as had_promotion,
        case
            when own_prices.period_index is null then all_prices.price_change_rate
            else own_prices.price_change_rate
        end as price_change_rate,
        case when balances.first_date < baselines.period_end then coalesce(stockouts.stockout_days, 0) end as stockout_days,
        coalesce(products.end_of_life_date < baselines.period_end - 1, false) as is_past_end_of_life
    from baselines
    left join products on baselines.product_id = products.product_id
    left join runs
        on
            baselines.series_number = runs.series_number
            and baselines.period_index = runs.period_index
    left join price_changes as own_prices
        on
            baselines.product_id = own_prices.product_id
            and baselines.location_id = own_prices.location_id
            and baselines.period_kind = own_prices.period_kind
            and baselines.period_index = own_prices.period_index
    left join price_changes as all_prices
        on
            baselines.product_id = all_prices.product_id
            and all_prices.location_id = '(all)'
            and baselines.period_kind = all_prices.period_kind
            and baselines.period_index = all_prices.period_index
    left join stockouts
        on
            baselines.product_id = stockouts.product_id
            and baselines.location_id = stockouts.location_id
            and baselines.period_kind = stockouts.period_kind
            and baselines.period_index = stockouts.period_index
    left join balances
        on
            baselines.product_id = balances.product_id
            and baselines.location_id = balances.location_id
),

-- Of several possible causes one is named: that it is no longer sold, that it was not there, a promotion, another price.
judged as (
    select
        *,
        case
            when signal = 'slowdown' and is_past_end_of_life then 'end_of_life'
            when signal = 'slowdown' and stockout_days > 0 then 'stockout'
            when signal = 'surge' and has_promotion then 'promotion'
            when signal = 'slowdown' and had_promotion and not has_promotion then 'promotion'
            when signal = 'surge' and price_change_rate < 0 then 'price_change'
            when signal = 'slowdown' and price_change_rate > 0 then 'price_change'
            when signal in ('surge', 'slowdown') then 'unknown'
        end as cause
    from explained
)

select * from judged
