-- One row per family and region, one of which may be all, and period, of the newest date.
-- What each function plans in money at plan price, and how old its plan is; the next 8 periods and those just over.
with

alignment as (
    select
        *,
        max(as_of_date) over () as newest_date,
        dense_rank() over (
            order by case period_kind when 'month' then 1 when 'quarter' then 2 else 3 end asc, period_kind asc
        ) as kind_place,
        dense_rank() over (partition by period_kind, is_period_complete order by period_start asc) as place_ahead
    from marts.plan_alignment
),

plans as (
    select
        as_of_date,
        product_family,
        market_region,
        period_kind,
        period_start,
        is_period_complete,
        sales_forecast_amount,
        marketing_forecast_amount,
        consensus_forecast_amount,
        production_plan_amount,
        budget_amount,
        target_amount,
        actual_amount,
        currency,
        sales_forecast_age_days,
        marketing_forecast_age_days,
        consensus_forecast_age_days,
        production_plan_age_days,
        budget_age_days,
        target_age_days,
        stale_plan_days,
        stale_plans
    from alignment
    where
        as_of_date = newest_date
        and kind_place = 1
        and place_ahead <= 8
        and (product_family = '(all)' or market_region = '(all)')
)

select * from plans
order by product_family asc, market_region asc, period_start asc
limit 3000
