-- The number of work centers, beside the number of dim_work_center's members that are work centers.
with

source as (
    select count(*) as source_total from staging.work_centers
),

mart as (
    select count(*) as mart_total
    from marts.dim_work_center
    where work_center_id not in ('(unknown)', '(all)')
),

compared as (
    select
        'work centers' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        source.source_total,
        mart.mart_total
    from source
    cross join mart
)

select * from compared
