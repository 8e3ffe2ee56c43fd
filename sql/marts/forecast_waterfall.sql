-- One row per forecast type, family, market region, period and snapshot: what it says of the period, and what changed.
with

sums as (
    select * from intermediate.waterfall_sums
),

actuals as (
    select * from intermediate.waterfall_actuals
),

versions as (
    select * from intermediate.forecast_snapshots
),

periods as (
    select * from intermediate.periods
),

snapshot_days as (
    select * from intermediate.forecast_period_days
),

-- Where units are mixed there is no quantity, and no actual in another unit than the forecast's. In a period that is over
-- no demand is a demand of 0.
placed as (
    select
        sums.forecast_type,
        sums.product_family,
        sums.market_region,
        sums.period_kind,
        periods.period_start,
        sums.snapshot_date,
        periods.period_end,
        periods.is_period_complete,
        sums.period_index - snapshot_days.period_index as lag,
        versions.version,
        sums.n_parts,
        sums.is_split,
        case when not sums.has_mixed_units then sums.quantity_unit end as quantity_unit,
        sums.has_mixed_units,
        cast(case when not sums.has_mixed_units then sums.quantity end as decimal(18, 4)) as forecast_quantity,
        cast(sums.amount as decimal(18, 4)) as forecast_amount,
        sums.has_no_plan_price,
        cast(
            case
                when not periods.is_period_complete then null
                when actuals.period_start is null then 0
                when not sums.has_mixed_units and actuals.quantity_unit = sums.quantity_unit then actuals.actual_quantity
            end as decimal(18, 4)
        ) as actual_quantity,
        periods.is_period_complete
        and actuals.period_start is not null
        and (
            actuals.actual_quantity is null
            or sums.has_mixed_units
            or actuals.quantity_unit <> sums.quantity_unit
        ) as has_actual_in_other_units,
        cast(
            case
                when not periods.is_period_complete then null
                when actuals.period_start is null then 0
                else actuals.actual_amount
            end as decimal(18, 4)
        ) as actual_amount
    from sums
    inner join versions on sums.snapshot_number = versions.snapshot_number
    inner join periods
        on
            sums.period_kind = periods.period_kind
            and sums.period_index = periods.period_index
    left join snapshot_days
        on
            sums.period_kind = snapshot_days.period_kind
            and sums.snapshot_date = snapshot_days.date
    left join actuals
        on
            sums.product_family = actuals.product_family
            and sums.market_region = actuals.market_region
            and sums.period_kind = actuals.period_kind
            and periods.period_start = actuals.period_start
),

followed as (
    select
        *,
        row_number() over in_order as snapshot_number,
        count(*) over whole as n_snapshots,
        lag(snapshot_date) over in_order as previous_snapshot_date,
        lag(n_parts) over in_order as previous_n_parts,
        forecast_quantity - lag(forecast_quantity) over in_order as change_quantity,
        forecast_quantity - first_value(forecast_quantity) over in_order as change_from_first_quantity,
        forecast_amount - lag(forecast_amount) over in_order as change_amount,
        forecast_amount - first_value(forecast_amount) over in_order as change_from_first_amount,
        forecast_quantity - actual_quantity as error_quantity,
        forecast_amount - actual_amount as error_amount,
        $reporting_currency as currency
    from placed
    window
        whole as (partition by forecast_type, product_family, market_region, period_kind, period_start),
        in_order as (
            partition by forecast_type, product_family, market_region, period_kind, period_start
            order by snapshot_date asc
        )
),

marked as (
    select
        *,
        snapshot_number = n_snapshots as is_last_snapshot
    from followed
)

select * from marked
