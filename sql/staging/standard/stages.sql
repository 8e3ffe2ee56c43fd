-- One row per stage of an opportunity of an extract that has the entity's own columns.
with

landed as (
    select * from landing.stages
),

renamed as (
    select
        stage,
        sort_order
    from landed
)

select * from renamed
