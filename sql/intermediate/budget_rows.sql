-- One row per approved budget that was known by `$as_of`, with its amount in the reporting currency.
with

budgets as (
    select * from staging.budgets
),

reporting_rates as (
    select * from intermediate.reporting_rates
),

common_currency as (
    select * from intermediate.common_currency
),

product_families as (
    select * from marts.dim_product_family
),

regions as (
    select * from marts.dim_region
),

known as (
    select
        budgets.*,
        coalesce(budgets.currency, common_currency.currency) as budget_currency
    from budgets
    cross join common_currency
    where
        budgets.status = 'approved'
        and budgets.snapshot_date <= $as_of
        and cast(budgets.known_at at time zone $time_zone as date) <= $as_of
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

-- A budget's rate is the plan rate of its first day, also where it is spread over several periods.
converted as (
    select
        known.family as named_family,
        coalesce(product_families.product_family, '(unknown)') as product_family,
        coalesce(regions.region, '(unknown)') as market_region,
        known.period_start as budget_start,
        known.period_end as budget_end,
        known.snapshot_date,
        numbered.version_number,
        known.quantity,
        case
            when known.budget_currency = $reporting_currency then known.amount
            else cast(round(known.amount * reporting_rates.rate, 4) as decimal(18, 4))
        end as amount,
        known.amount is not null
        and known.budget_currency <> $reporting_currency
        and reporting_rates.rate is null as has_no_rate
    from known
    inner join numbered
        on
            known.snapshot_date = numbered.snapshot_date
            and known.version = numbered.version
    left join product_families on known.family = product_families.product_family
    left join regions on known.market_region = regions.region and regions.is_market_region
    left join reporting_rates
        on
            known.budget_currency = reporting_rates.from_currency
            and reporting_rates.rate_type = 'plan'
            and known.period_start >= reporting_rates.valid_from
            and (reporting_rates.valid_to is null or known.period_start < reporting_rates.valid_to)
)

select * from converted
