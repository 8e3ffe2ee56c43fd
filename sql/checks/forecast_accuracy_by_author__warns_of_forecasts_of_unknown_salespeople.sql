-- Every salesperson who is named by approved forecasts and by no list of salespeople: their forecasts count as `(unknown)`.
with

forecasts as (
    select * from staging.forecasts
),

salespeople as (
    select * from marts.dim_salesperson
),

unknown as (
    select
        forecasts.forecast_type,
        forecasts.salesperson_id,
        count(*) as number_of_rows
    from forecasts
    left join salespeople on forecasts.salesperson_id = salespeople.salesperson_id
    where
        forecasts.status = 'approved'
        and salespeople.salesperson_id is null
    group by forecasts.forecast_type, forecasts.salesperson_id
)

select * from unknown
