-- Every cohort of which more opportunities reached a stage than the one before it, or than there are.
with

conversion as (
    select * from marts.sales_pipeline_conversion
),

growing as (
    select
        salesperson_id,
        territory_id,
        period_kind,
        period_start,
        stage,
        cohort_count,
        previous_reached_count,
        reached_count
    from conversion
    where
        reached_count > previous_reached_count
        or reached_count > cohort_count
)

select * from growing
