-- One row per surge or slowdown of demand in the last 4 periods.
-- The 60 with the most demand in money, and how many there are in all.
with

signals as (
    select
        *,
        dense_rank() over (
            order by case period_kind when 'month' then 1 when 'quarter' then 2 else 3 end asc, period_kind asc
        ) as kind_place,
        dense_rank() over (partition by period_kind order by period_start desc) as age
    from marts.demand_signals
),

recent as (
    select * from signals
    where kind_place = 1 and age <= 4 and signal in ('surge', 'slowdown')
),

ranked as (
    select
        recent.*,
        products.name as product_name,
        products.family as product_family,
        locations.market_region,
        count(*) over () as signal_count,
        row_number() over (
            order by
                coalesce(recent.demand_amount, 0) desc,
                recent.usual_deviations desc nulls last,
                recent.product_id asc,
                recent.location_id asc,
                recent.period_start asc
        ) as place
    from recent
    left join marts.dim_product as products on recent.product_id = products.product_id
    left join marts.dim_location as locations on recent.location_id = locations.location_id
),

largest as (
    select
        place,
        signal,
        product_id,
        product_name,
        product_family,
        location_id,
        market_region,
        period_kind,
        period_start,
        is_period_complete,
        demand_quantity,
        baseline_quantity,
        difference_quantity,
        stock_unit,
        demand_amount,
        currency,
        run_length,
        cause,
        signal_count
    from ranked
    where place <= 60
)

select * from largest
order by place asc
