-- One row per range of ages into which stock is sorted, and one each for deficits and for the kinds of difference.
with

edges as (
    select distinct to_days from settings.aging_buckets
),

-- After the last edge comes a range without an end.
starts as (
    select
        lag(to_days) over (order by to_days asc) as before_days,
        to_days
    from edges
    union all
    select
        max(to_days) as before_days,
        cast(null as bigint) as to_days
    from edges
),

ranges as (
    select
        coalesce(before_days + 1, 0) as from_days,
        to_days
    from starts
),

all_buckets as (
    select
        case when to_days is null then concat(from_days, '+') else concat(from_days, '-', to_days) end as bucket,
        from_days,
        to_days,
        1 as kind_order
    from ranges
    union all
    select
        'deficit' as bucket,
        cast(null as bigint) as from_days,
        cast(null as bigint) as to_days,
        2 as kind_order
    union all
    select
        'valuation_difference' as bucket,
        cast(null as bigint) as from_days,
        cast(null as bigint) as to_days,
        3 as kind_order
    union all
    select
        'balance_difference' as bucket,
        cast(null as bigint) as from_days,
        cast(null as bigint) as to_days,
        4 as kind_order
),

numbered as (
    select
        bucket,
        from_days,
        to_days,
        row_number() over (order by kind_order asc, from_days asc, bucket asc) as bucket_order
    from all_buckets
)

select * from numbered
