-- One row per day that says who led whom in a period, and salesperson: to whom they report then.
with recursive

salespeople as (
    select * from staging.salespeople
),

team_dates as (
    select distinct team_date from intermediate.quota_periods
),

-- The row that holds on the day; before somebody's first row, that one.
row_dates as (
    select
        team_dates.team_date,
        salespeople.salesperson_id,
        coalesce(
            max(case when salespeople.valid_from <= team_dates.team_date then salespeople.valid_from end),
            min(salespeople.valid_from)
        ) as valid_from
    from salespeople
    cross join team_dates
    group by team_dates.team_date, salespeople.salesperson_id
),

rows_then as (
    select
        row_dates.team_date,
        salespeople.salesperson_id,
        salespeople.manager_id as named_manager_id
    from row_dates
    inner join salespeople
        on
            row_dates.salesperson_id = salespeople.salesperson_id
            and row_dates.valid_from = salespeople.valid_from
),

-- A manager who is no salesperson leaves their people at the top.
with_managers as (
    select
        rows_then.team_date,
        rows_then.salesperson_id,
        managers.salesperson_id as manager_id
    from rows_then
    left join rows_then as managers
        on
            rows_then.team_date = managers.team_date
            and rows_then.named_manager_id = managers.salesperson_id
),

places as (
    select
        team_date,
        salesperson_id,
        1 as level
    from with_managers
    where manager_id is null
    union all
    select
        with_managers.team_date,
        with_managers.salesperson_id,
        places.level + 1 as level
    from places
    inner join with_managers
        on
            places.team_date = with_managers.team_date
            and places.salesperson_id = with_managers.manager_id
),

leaders as (
    select distinct
        team_date,
        manager_id as salesperson_id
    from with_managers
    where manager_id is not null
),

-- Whoever is in or below a loop is never reached from a top: they have no level and no manager here; a check names the loop.
placed as (
    select
        with_managers.team_date,
        with_managers.salesperson_id,
        case when places.level is not null then with_managers.manager_id end as manager_id,
        with_managers.manager_id as looped_manager_id,
        places.level,
        leaders.salesperson_id is not null as is_manager
    from with_managers
    left join places
        on
            with_managers.team_date = places.team_date
            and with_managers.salesperson_id = places.salesperson_id
    left join leaders
        on
            with_managers.team_date = leaders.team_date
            and with_managers.salesperson_id = leaders.salesperson_id
)

select * from placed
