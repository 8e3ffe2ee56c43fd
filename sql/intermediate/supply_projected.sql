-- One row per product, location or `(all)` of them, kind of period and open period: what will be there.
with

balances as (
    select * from intermediate.supply_balances
),

-- What plants are asked to send is not on its way, and nothing that may be promised.
projected as (
    select
        product_id,
        location_id,
        period_kind,
        sum(order_quantity + net_forecast_quantity + transfer_out_quantity + past_due_order_quantity) > 0 as has_demand,
        projected_stock(
            named_struct(
                'period', period_index,
                'days', open_day_count,
                'start_quantity', start_quantity,
                'supply_quantity', supply_quantity,
                'demand_quantity', demand_quantity,
                'promisable_quantity', own_supply_quantity,
                'order_quantity', order_quantity
            )
        ) as periods
    from balances
    group by product_id, location_id, period_kind
),

told as (
    select
        product_id,
        location_id,
        period_kind,
        has_demand,
        unnest(periods) as period
    from projected
),

joined as (
    select
        balances.*,
        told.has_demand,
        told.period['opening_quantity'] as opening_quantity,
        told.period['closing_quantity'] as closing_quantity,
        told.period['available_to_promise_quantity'] as available_to_promise_quantity,
        told.period['cumulative_available_to_promise_quantity'] as cumulative_available_to_promise_quantity,
        told.period['cover_days'] as cover_days,
        told.period['is_cover_open_ended'] as is_cover_open_ended
    from balances
    inner join told
        on
            balances.product_id = told.product_id
            and balances.location_id = told.location_id
            and balances.period_kind = told.period_kind
            and balances.period_index = told.period['period']
)

select * from joined
