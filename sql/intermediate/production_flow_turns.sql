-- One row per product, location and period: stock and work in process in the reporting currency, beside what sales cost.
with

series as (
    select * from intermediate.production_flow_series
),

costs as (
    select * from intermediate.production_flow_costs
),

locations as (
    select * from marts.dim_location
),

rates as (
    select * from intermediate.reporting_rates
    where rate_type = 'closing'
),

period_ends as (
    select distinct
        period_kind,
        period_start,
        least(period_end - 1, $as_of) as last_date
    from series
),

period_rates as (
    select
        period_ends.period_kind,
        period_ends.period_start,
        rates.from_currency,
        rates.rate
    from period_ends
    inner join rates
        on
            period_ends.last_date >= rates.valid_from
            and period_ends.last_date < rates.valid_to
),

-- A balance is converted at the rate of the day on which it stands.
converted as (
    select
        series.*,
        case when locations.currency = $reporting_currency then 1 else period_rates.rate end as rate,
        case when costs.product_id is null then 0 else costs.cost_of_goods_sold_amount end as cost_of_goods_sold_amount,
        coalesce(costs.unknown_cost_count, 0) as unknown_cost_count
    from series
    left join locations on series.location_id = locations.location_id
    left join period_rates
        on
            series.period_kind = period_rates.period_kind
            and series.period_start = period_rates.period_start
            and locations.currency = period_rates.from_currency
    left join costs
        on
            series.product_id = costs.product_id
            and series.location_id = costs.location_id
            and series.period_kind = costs.period_kind
            and series.period_start = costs.period_start
),

averaged as (
    select
        product_id,
        location_id,
        period_kind,
        period_start,
        period_end,
        wip_quantity,
        wip_order_count,
        unknown_wip_quantity_count,
        stock_day_count,
        closing_quantity,
        has_unknown_stock_value,
        rate is null as has_no_rate,
        round(cast(stock_quantity_days as decimal(28, 4)) / stock_day_count, 4) as mean_stock_quantity,
        round(cast(stock_value_days as decimal(28, 4)) / stock_day_count * rate, 4) as mean_stock_amount,
        round(closing_value * rate, 4) as closing_stock_amount,
        case when unknown_cost_count = 0 then cost_of_goods_sold_amount end as cost_of_goods_sold_amount,
        unknown_cost_count
    from converted
)

select * from averaged
