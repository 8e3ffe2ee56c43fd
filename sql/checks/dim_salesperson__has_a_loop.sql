-- Every loop in the hierarchy of salespeople and their managers as of `$as_of`, once, as the way from one to itself.
with recursive

links as (
    select
        salesperson_id,
        manager_id
    from marts.dim_salesperson
),

-- Only who has no place can be in a loop. A walk ends at the top, or where it meets one again.
unplaced as (
    select salesperson_id
    from marts.dim_salesperson
    where level is null
),

walks as (
    select
        links.salesperson_id as start_id,
        links.manager_id as next_id,
        concat(links.salesperson_id, ' > ', links.manager_id) as way,
        concat('/', links.salesperson_id, '/') as visited
    from links
    inner join unplaced on links.salesperson_id = unplaced.salesperson_id
    union all
    select
        walks.start_id,
        links.manager_id as next_id,
        concat(walks.way, ' > ', links.manager_id) as way,
        concat(walks.visited, links.salesperson_id, '/') as visited
    from walks
    inner join links on walks.next_id = links.salesperson_id
    where
        links.manager_id is not null
        and strpos(walks.visited, concat('/', links.salesperson_id, '/')) = 0
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
        returned.start_id as salesperson_id,
        returned.way as loop
    from returned
    left join returned as earlier
        on
            earlier.start_id < returned.start_id
            and strpos(returned.visited, concat('/', earlier.start_id, '/')) > 0
    where earlier.start_id is null
)

select * from loops
