-- One row per forecast type and series of actuals that it is compared with: from which period to which it has rows.
with

series as (
    select * from intermediate.accuracy_series
),

grains as (
    select * from intermediate.forecast_grains
),

spans as (
    select * from intermediate.forecast_spans
),

joined as (
    select
        grains.forecast_type,
        series.series_id,
        least(series.first_demand_index, spans.first_target_index) as first_index,
        least(
            series.as_of_index,
            greatest(series.end_of_life_index, series.last_demand_index, spans.last_target_index)
        ) as last_index
    from series
    inner join grains on series.grain = grains.grain
    left join spans
        on
            grains.forecast_type = spans.forecast_type
            and series.grain = spans.grain
            and series.product_id = spans.product_id
            and series.product_family = spans.product_family
            and series.location_id = spans.location_id
            and series.customer_group = spans.customer_group
            and series.salesperson_id = spans.salesperson_id
            and series.period_kind = spans.period_kind
),

-- A series of which this type has no forecast, and that had no demand, is of another type.
spanned as (
    select *
    from joined
    where first_index is not null
)

select * from spanned
