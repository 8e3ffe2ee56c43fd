-- Every loop in the hierarchy of territories, once, as the way from one to itself.
with recursive

links as (
    select
        territory_id,
        parent_id
    from staging.territories
),

-- Only who has no place can be in a loop. A walk ends at the top, or where it meets one again.
unplaced as (
    select territory_id
    from marts.dim_territory
    where level is null
),

walks as (
    select
        links.territory_id as start_id,
        links.parent_id as next_id,
        concat(links.territory_id, ' > ', links.parent_id) as way,
        concat('/', links.territory_id, '/') as visited
    from links
    inner join unplaced on links.territory_id = unplaced.territory_id
    union all
    select
        walks.start_id,
        links.parent_id as next_id,
        concat(walks.way, ' > ', links.parent_id) as way,
        concat(walks.visited, links.territory_id, '/') as visited
    from walks
    inner join links on walks.next_id = links.territory_id
    where
        links.parent_id is not null
        and strpos(walks.visited, concat('/', links.territory_id, '/')) = 0
),

returned as (
    select
        start_id,
        way,
        visited
    from walks
    where next_id = start_id
),

-- A loop of three comes back to each of the three; the first in order stands for it.
loops as (
    select
        returned.start_id as territory_id,
        returned.way as loop
    from returned
    left join returned as earlier
        on
            earlier.start_id < returned.start_id
            and strpos(returned.visited, concat('/', earlier.start_id, '/')) > 0
    where earlier.start_id is null
)

select * from loops
