-- One row per salesperson or territory and each of those above whose targets hold theirs: managers, larger territories.
with recursive

salespeople as (
    select * from marts.dim_salesperson
),

territories as (
    select * from marts.dim_territory
),

-- A manager whose target is not the team's stands above nobody. Whoever is in a loop has no level; a check names the loop.
parents as (
    select
        'salesperson' as target_of,
        salesperson_id as target_id,
        manager_id as parent_id
    from salespeople
    where
        level is not null
        and manager_id <> '(unknown)'
        and $manager_targets = 'team'
    union all
    select
        'territory' as target_of,
        territory_id as target_id,
        parent_id
    from territories
    where
        level is not null
        and parent_id <> '(unknown)'
),

above as (
    select
        target_of,
        target_id,
        parent_id as above_id
    from parents
    union all
    select
        above.target_of,
        above.target_id,
        parents.parent_id as above_id
    from above
    inner join parents
        on
            above.target_of = parents.target_of
            and above.above_id = parents.target_id
)

select * from above
