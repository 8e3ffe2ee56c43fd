-- One row per day that says who led whom, manager or `(all)`, and salesperson of the team: the manager and all below.
with recursive

managers as (
    select * from intermediate.sales_managers
),

members as (
    select
        team_date,
        salesperson_id as manager_id,
        salesperson_id,
        manager_id as next_manager_id
    from managers
    union all
    select
        members.team_date,
        members.next_manager_id as manager_id,
        members.salesperson_id,
        managers.manager_id as next_manager_id
    from members
    inner join managers
        on
            members.team_date = managers.team_date
            and members.next_manager_id = managers.salesperson_id
),

-- Whoever leads nobody is no team.
teams as (
    select
        members.team_date,
        members.manager_id,
        members.salesperson_id
    from members
    inner join managers
        on
            members.team_date = managers.team_date
            and members.manager_id = managers.salesperson_id
    where managers.is_manager
)

select * from teams
