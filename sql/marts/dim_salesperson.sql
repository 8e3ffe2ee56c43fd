-- One row per salesperson as of `$as_of`, with managers, and one each for what nobody known sold and for all of them.
with recursive

salespeople as (
    select * from staging.salespeople
),

-- The row that holds on `$as_of`; of whoever only comes later, the first.
current_days as (
    select
        salesperson_id,
        coalesce(max(case when valid_from <= $as_of then valid_from end), min(valid_from)) as valid_from
    from salespeople
    group by salesperson_id
),

current_rows as (
    select salespeople.*
    from salespeople
    inner join current_days
        on
            salespeople.salesperson_id = current_days.salesperson_id
            and salespeople.valid_from = current_days.valid_from
),

-- A manager who is no salesperson leaves their people at the top.
with_parents as (
    select
        current_rows.*,
        parents.salesperson_id as known_parent_id
    from current_rows
    left join current_rows as parents on current_rows.manager_id = parents.salesperson_id
),

places as (
    select
        salesperson_id,
        salesperson_id as root_id,
        1 as level,
        salesperson_id as path
    from with_parents
    where known_parent_id is null
    union all
    select
        with_parents.salesperson_id,
        places.root_id,
        places.level + 1 as level,
        concat(places.path, ' > ', with_parents.salesperson_id) as path
    from places
    inner join with_parents on places.salesperson_id = with_parents.known_parent_id
),

parents as (
    select distinct known_parent_id as salesperson_id
    from with_parents
    where known_parent_id is not null
),

-- Whoever is in or below a loop is never reached from a top and has no place; a check names the loop.
known as (
    select
        with_parents.salesperson_id,
        with_parents.name,
        case
            when with_parents.manager_id is not null then coalesce(with_parents.known_parent_id, '(unknown)')
        end as manager_id,
        places.root_id,
        places.level,
        places.path,
        coalesce(with_parents.team, '(unknown)') as team,
        with_parents.hire_date,
        with_parents.crm_trained_date,
        coalesce(with_parents.crm_trained_date <= $as_of, false) as is_crm_trained,
        parents.salesperson_id is not null as is_manager
    from with_parents
    left join places on with_parents.salesperson_id = places.salesperson_id
    left join parents on with_parents.salesperson_id = parents.salesperson_id
),

special as (
    select '(unknown)' as member
    union all
    select '(all)' as member
),

others as (
    select
        member as salesperson_id,
        member as name,
        cast(null as varchar) as manager_id,
        member as root_id,
        1 as level,
        member as path,
        member as team,
        cast(null as date) as hire_date,
        cast(null as date) as crm_trained_date,
        false as is_crm_trained,
        false as is_manager
    from special
),

members as (
    select * from known
    union all
    select * from others
)

select * from members
