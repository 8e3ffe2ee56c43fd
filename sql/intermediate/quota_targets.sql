-- One row per salesperson, product group as targets name it, kind of period and period with a target of their own.
with

target_periods as (
    select * from intermediate.sales_target_periods
),

territory_shares as (
    select * from intermediate.territory_target_shares
),

salespeople as (
    select salesperson_id from marts.dim_salesperson
),

of_salespeople as (
    select
        coalesce(salespeople.salesperson_id, '(unknown)') as salesperson_id,
        target_periods.product_group,
        target_periods.period_kind,
        target_periods.period_start,
        'salesperson' as target_basis,
        target_periods.target_quantity,
        target_periods.target_amount,
        target_periods.missing_rate_count,
        target_periods.snapshot_date
    from target_periods
    left join salespeople on target_periods.target_id = salespeople.salesperson_id
    where target_periods.target_of = 'salesperson'
),

periods_of_salespeople as (
    select distinct
        period_kind,
        period_start
    from of_salespeople
),

-- Targets of territories are of the same sales: they stand in where no salesperson has any in the period.
of_territories as (
    select
        territory_shares.salesperson_id,
        territory_shares.product_group,
        territory_shares.period_kind,
        territory_shares.period_start,
        'territory' as target_basis,
        round(territory_shares.target_quantity * territory_shares.days_through / territory_shares.days_of_all, 4)
        - round(territory_shares.target_quantity * territory_shares.days_before / territory_shares.days_of_all, 4)
            as target_quantity,
        case
            when territory_shares.days_through = territory_shares.days_of_all then territory_shares.target_amount
            else cast(
                round(territory_shares.target_amount * territory_shares.days_through / territory_shares.days_of_all, 2)
                as decimal(18, 4)
            )
        end
        - cast(
            round(territory_shares.target_amount * territory_shares.days_before / territory_shares.days_of_all, 2)
            as decimal(18, 4)
        ) as target_amount,
        territory_shares.missing_rate_count,
        territory_shares.snapshot_date
    from territory_shares
    left join periods_of_salespeople
        on
            territory_shares.period_kind = periods_of_salespeople.period_kind
            and territory_shares.period_start = periods_of_salespeople.period_start
    where periods_of_salespeople.period_kind is null
),

all_targets as (
    select * from of_salespeople
    union all
    select * from of_territories
),

summed as (
    select
        salesperson_id,
        product_group,
        period_kind,
        period_start,
        min(target_basis) as target_basis,
        sum(target_quantity) as target_quantity,
        case when sum(missing_rate_count) = 0 then sum(target_amount) end as target_amount,
        sum(missing_rate_count) as missing_rate_count,
        max(snapshot_date) as target_snapshot_date
    from all_targets
    group by salesperson_id, product_group, period_kind, period_start
)

select * from summed
