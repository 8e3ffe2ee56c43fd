-- Every total of what salespeople sold and forecast, beside the same total of demand_history, of forecast_accuracy, and of
-- the rows that are made for each salesperson.
with

author_rows as (
    select * from intermediate.forecast_accuracy_rows where salesperson_id is not null
),

forecasts as (
    select * from staging.forecasts
),

forecast_accuracy as (
    select * from marts.forecast_accuracy
),

by_author as (
    select * from marts.forecast_accuracy_by_author
),

demand_history as (
    select * from marts.demand_history
),

-- A family is in planning units, as its rows are; what is not known in them is not added up.
demand as (
    select
        period_kind,
        period_start,
        sum(demand_quantity) as quantity,
        sum(demand_amount) as amount
    from demand_history
    where period_start <= $as_of
    group by period_kind, period_start
),

author_sums as (
    select
        forecast_type,
        grain,
        lag,
        period_kind,
        period_start,
        sum(actual_quantity) as actual_quantity,
        sum(forecast_quantity) as forecast_quantity
    from author_rows
    group by forecast_type, grain, lag, period_kind, period_start
),

-- Types of which every forecast says who made it have the same forecasts with and without salespeople.
types_by_author as (
    select forecast_type
    from forecasts
    where
        status = 'approved'
        and quantity is not null
    group by forecast_type
    having count(*) = count(*) filter (where salesperson_id <> '(all)')
),

wholes as (
    select
        forecast_type,
        lag,
        period_kind,
        period_start,
        sum(forecast_quantity) as forecast_quantity
    from forecast_accuracy
    group by forecast_type, lag, period_kind, period_start
),

counted_rows as (
    select
        forecast_type,
        lag,
        period_kind,
        period_start,
        count(*) as n_periods,
        sum(
            case
                when
                    forecast_status = 'present'
                    and period_end <= $as_of + interval '1 day'
                    and forecast_amount is not null
                    and actual_amount is not null
                    then abs_error_amount
            end
        ) as abs_error_amount
    from author_rows
    group by forecast_type, lag, period_kind, period_start
),

totals as (
    select
        concat('demand behind ', author_sums.forecast_type, ' lag ', author_sums.lag) as measure,
        author_sums.period_kind,
        author_sums.period_start,
        demand.quantity as source_total,
        author_sums.actual_quantity as mart_total
    from author_sums
    left join demand
        on
            author_sums.period_kind = demand.period_kind
            and author_sums.period_start = demand.period_start
    where starts_with(author_sums.grain, 'product')
    union all
    select
        concat('forecast_quantity ', author_sums.forecast_type, ' lag ', author_sums.lag) as measure,
        author_sums.period_kind,
        author_sums.period_start,
        wholes.forecast_quantity as source_total,
        author_sums.forecast_quantity as mart_total
    from author_sums
    inner join types_by_author on author_sums.forecast_type = types_by_author.forecast_type
    left join wholes
        on
            author_sums.forecast_type = wholes.forecast_type
            and author_sums.lag = wholes.lag
            and author_sums.period_kind = wholes.period_kind
            and author_sums.period_start = wholes.period_start
    union all
    select
        concat('item periods ', forecast_type, ' lag ', lag) as measure,
        period_kind,
        period_start,
        n_periods as source_total,
        cast(null as decimal(18, 4)) as mart_total
    from counted_rows
    union all
    select
        concat('item periods ', forecast_type, ' lag ', lag) as measure,
        period_kind,
        period_start,
        cast(null as decimal(18, 4)) as source_total,
        n_periods as mart_total
    from by_author
    union all
    select
        concat('abs_error_amount ', forecast_type, ' lag ', lag) as measure,
        period_kind,
        period_start,
        abs_error_amount as source_total,
        cast(null as decimal(18, 4)) as mart_total
    from counted_rows
    union all
    select
        concat('abs_error_amount ', forecast_type, ' lag ', lag) as measure,
        period_kind,
        period_start,
        cast(null as decimal(18, 4)) as source_total,
        abs_error_amount as mart_total
    from by_author
),

compared as (
    select
        measure,
        period_kind,
        period_start,
        coalesce(sum(source_total), 0) as source_total,
        coalesce(sum(mart_total), 0) as mart_total
    from totals
    group by measure, period_kind, period_start
)

select * from compared
