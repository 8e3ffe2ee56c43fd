-- The number of stages, beside the number of dim_stage's members that are stages.
with

source as (
    select count(*) as source_total from staging.stages
),

mart as (
    select count(*) as mart_total
    from marts.dim_stage
    where stage not in ('(unknown)', '(all)')
),

compared as (
    select
        'stages' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        source.source_total,
        mart.mart_total
    from source
    cross join mart
)

select * from compared
