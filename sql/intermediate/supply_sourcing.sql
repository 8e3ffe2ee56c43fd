-- One row per product, location whose demand is supplied, plant that supplies it and span of days: which part it supplies.
with

sourcing as (
    select * from staging.sourcing
),

locations as (
    select location_id from marts.dim_location
),

spans as (
    select
        product_id,
        demand_location_id,
        plant_id,
        valid_from,
        lead(valid_from) over (
            partition by product_id, demand_location_id, plant_id
            order by valid_from asc
        ) as valid_to,
        share
    from sourcing
),

resolved as (
    select
        spans.product_id,
        spans.demand_location_id as location_id,
        coalesce(locations.location_id, '(unknown)') as plant_id,
        spans.valid_from,
        spans.valid_to,
        spans.share
    from spans
    left join locations on spans.plant_id = locations.location_id
    where spans.share > 0
)

select * from resolved
