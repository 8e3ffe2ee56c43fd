-- Every loop of managers on a day that says who led whom in a period, once, as the way from a salesperson to themselves.
with recursive

-- Only who has no level can be in a loop. A walk ends where it meets a salesperson again.
unplaced as (
    select
        team_date,
        salesperson_id,
        looped_manager_id as manager_id
    from intermediate.sales_managers
    where level is null
),

walks as (
    select
        team_date,
        salesperson_id as start_id,
        manager_id as next_id,
        concat(salesperson_id, ' > ', manager_id) as way,
        concat('/', salesperson_id, '/') as visited
    from unplaced
    union all
    select
        walks.team_date,
        walks.start_id,
        unplaced.manager_id as next_id,
        concat(walks.way, ' > ', unplaced.manager_id) as way,
        concat(walks.visited, unplaced.salesperson_id, '/') as visited
    from walks
    inner join unplaced
        on
            walks.team_date = unplaced.team_date
            and walks.next_id = unplaced.salesperson_id
    where strpos(walks.visited, concat('/', unplaced.salesperson_id, '/')) = 0
),

returned as (
    select
        team_date,
        start_id,
        way,
        visited
    from walks
    where next_id = start_id
),

-- A loop of three comes back to each of the three; the first in order stands for it.
loops as (
    select
        min(returned.team_date) as first_team_date,
        returned.start_id as salesperson_id,
        returned.way as loop
    from returned
    left join returned as earlier
        on
            returned.team_date = earlier.team_date
            and earlier.start_id < returned.start_id
            and strpos(returned.visited, concat('/', earlier.start_id, '/')) > 0
    where earlier.start_id is null
    group by returned.start_id, returned.way
)

select * from loops
