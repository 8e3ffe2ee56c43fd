-- One row per salesperson, with the manager of today from the day of hiring on.
with

landed as (
    select * from landing.sales_persons
),

employees as (
    select
        "BusinessEntityID" as employee_id,
        "OrganizationNode" as node,
        "OrganizationLevel" as level,
        "HireDate" as hire_date
    from landing.employees
),

-- Nodes sort as a walk through the organization: the manager is the last one before, of all employees one level up.
manager_nodes as (
    select
        employees.employee_id,
        max(managers.node) as node
    from landed
    inner join employees on landed."BusinessEntityID" = employees.employee_id
    inner join employees as managers
        on
            employees.level = managers.level + 1
            and employees.node > managers.node
    group by employees.employee_id
),

-- A manager who sells nothing is no salesperson.
managers as (
    select
        manager_nodes.employee_id,
        employees.employee_id as manager_id
    from manager_nodes
    inner join employees on manager_nodes.node = employees.node
    inner join landed on employees.employee_id = landed."BusinessEntityID"
),

territories as (
    select
        "TerritoryID" as territory_id,
        "Group" as team
    from landing.sales_territories
),

-- No extract names the employees. Managers have no territory, hence no team.
renamed as (
    select
        cast(landed."BusinessEntityID" as varchar) as salesperson_id,
        employees.hire_date as valid_from,
        cast(null as varchar) as name,
        cast(managers.manager_id as varchar) as manager_id,
        territories.team,
        employees.hire_date,
        cast(null as date) as crm_trained_date
    from landed
    inner join employees on landed."BusinessEntityID" = employees.employee_id
    left join managers on landed."BusinessEntityID" = managers.employee_id
    left join territories on landed."TerritoryID" = territories.territory_id
)

select * from renamed
