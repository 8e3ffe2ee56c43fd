-- One row per sales territory with its place in the hierarchy, and one each for what is in none known and for all of them.
with recursive

current_rows as (
    select * from staging.territories
),

-- A parent that no territory is leaves its child at the top.
with_parents as (
    select
        current_rows.*,
        parents.territory_id as known_parent_id
    from current_rows
    left join current_rows as parents on current_rows.parent_id = parents.territory_id
),

places as (
    select
        territory_id,
        territory_id as root_id,
        1 as level,
        territory_id as path
    from with_parents
    where known_parent_id is null
    union all
    select
        with_parents.territory_id,
        places.root_id,
        places.level + 1 as level,
        concat(places.path, ' > ', with_parents.territory_id) as path
    from places
    inner join with_parents on places.territory_id = with_parents.known_parent_id
),

parents as (
    select distinct known_parent_id as territory_id
    from with_parents
    where known_parent_id is not null
),

-- Whoever is in or below a loop is never reached from a top and has no place; a check names the loop.
known as (
    select
        with_parents.territory_id,
        with_parents.name,
        coalesce(with_parents.market_region, '(unknown)') as market_region,
        case
            when with_parents.parent_id is not null then coalesce(with_parents.known_parent_id, '(unknown)')
        end as parent_id,
        places.root_id,
        places.level,
        places.path,
        parents.territory_id is not null as is_group
    from with_parents
    left join places on with_parents.territory_id = places.territory_id
    left join parents on with_parents.territory_id = parents.territory_id
),

special as (
    select '(unknown)' as member
    union all
    select '(all)' as member
),

others as (
    select
        member as territory_id,
        member as name,
        member as market_region,
        cast(null as varchar) as parent_id,
        member as root_id,
        1 as level,
        member as path,
        false as is_group
    from special
),

members as (
    select * from known
    union all
    select * from others
)

select * from members
