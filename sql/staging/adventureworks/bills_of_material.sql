-- One row per component of a version of what an assembly is made of.
with

landed as (
    select
        "ProductAssemblyID" as assembly_id,
        "ComponentID" as component_id,
        cast("StartDate" as date) as valid_from,
        cast("EndDate" as date) as last_day,
        "PerAssemblyQty" as quantity_per
    from landing.bills_of_material
    -- Without an assembly a row only says that the product itself is sold.
    where "ProductAssemblyID" is not null
),

-- Each component has days of its own from which and to which it holds: a version begins on every day on which one of them
-- changes.
changes as (
    select
        assembly_id,
        valid_from
    from landed
    union
    select
        assembly_id,
        last_day + 1 as valid_from
    from landed
    where last_day is not null
),

versions as (
    select
        assembly_id,
        valid_from,
        lead(valid_from) over (partition by assembly_id order by valid_from) as valid_to
    from changes
),

-- PerAssemblyQty is in UnitMeasureCode (each, ounce or inch), and so is the component's stock: no extract converts it.
components as (
    select
        cast(versions.assembly_id as varchar) as product_id,
        '(all)' as location_id,
        cast(versions.valid_from as varchar) as version,
        cast(landed.component_id as varchar) as component_id,
        versions.valid_from,
        versions.valid_to,
        true as is_default,
        landed.quantity_per,
        cast(null as decimal(9, 6)) as yield_rate,
        false as is_phantom
    from versions
    inner join landed
        on
            versions.assembly_id = landed.assembly_id
            and versions.valid_from >= landed.valid_from
            and (landed.last_day is null or versions.valid_from <= landed.last_day)
)

select * from components
