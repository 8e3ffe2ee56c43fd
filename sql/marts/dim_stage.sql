-- One row per stage that an opportunity goes through, and one each for what is no known stage and for all of them.
with

stages as (
    select * from staging.stages
),

members as (
    select
        stage,
        sort_order
    from stages
    union all
    select
        '(unknown)' as stage,
        cast(null as integer) as sort_order
    union all
    select
        '(all)' as stage,
        cast(null as integer) as sort_order
)

select * from members
