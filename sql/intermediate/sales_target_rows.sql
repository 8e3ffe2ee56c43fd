-- One row per approved sales target that was known by `$as_of`, with its amount in the reporting currency.
with

sales_targets as (
    select * from staging.sales_targets
),

reporting_rates as (
    select * from intermediate.reporting_rates
),

common_currency as (
    select * from intermediate.common_currency
),

known as (
    select
        sales_targets.*,
        coalesce(sales_targets.currency, common_currency.currency) as target_currency
    from sales_targets
    cross join common_currency
    where
        sales_targets.status = 'approved'
        and sales_targets.snapshot_date <= $as_of
        and cast(sales_targets.known_at at time zone $time_zone as date) <= $as_of
),

versions as (
    select distinct
        snapshot_date,
        version
    from known
),

numbered as (
    select
        snapshot_date,
        version,
        row_number() over (order by snapshot_date asc, version asc) as version_number
    from versions
),

-- A target's rate is the plan rate of its first day, also where it is spread over several periods.
converted as (
    select
        known.target_of,
        known.target_id,
        known.product_group,
        known.period_start as target_start,
        known.period_end as target_end,
        known.snapshot_date,
        known.version,
        numbered.version_number,
        known.quantity,
        case
            when known.target_currency = $reporting_currency then known.amount
            else cast(round(known.amount * reporting_rates.rate, 4) as decimal(18, 4))
        end as amount,
        known.amount is not null
        and known.target_currency <> $reporting_currency
        and reporting_rates.rate is null as has_no_rate
    from known
    inner join numbered
        on
            known.snapshot_date = numbered.snapshot_date
            and known.version = numbered.version
    left join reporting_rates
        on
            known.target_currency = reporting_rates.from_currency
            and reporting_rates.rate_type = 'plan'
            and known.period_start >= reporting_rates.valid_from
            and (reporting_rates.valid_to is null or known.period_start < reporting_rates.valid_to)
)

select * from converted
