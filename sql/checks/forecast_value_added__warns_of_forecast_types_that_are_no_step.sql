-- Every forecast type that has approved forecasts and is not among the steps, so that nothing says what it is worth.
with

grains as (
    select * from intermediate.forecast_grains where not is_by_salesperson
),

steps as (
    select distinct step from settings.forecast_steps
),

left_out as (
    select
        grains.forecast_type,
        grains.grain
    from grains
    left join steps on grains.forecast_type = steps.step
    where
        steps.step is null
        and grains.forecast_type not in ('naive', 'seasonal_naive')
)

select * from left_out
