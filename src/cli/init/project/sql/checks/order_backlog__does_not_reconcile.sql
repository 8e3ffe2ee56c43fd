-- The lines and amounts of order_backlog beside those of the order lines that it is made of.
with

source as (
    select
        count(*) as open_lines,
        sum(backlog_amount) as backlog_amount
    from marts.order_service_lines
    where backlog_quantity > 0
),

mart as (
    select
        sum(open_lines) as open_lines,
        sum(backlog_amount) as backlog_amount
    from marts.order_backlog
),

compared as (
    select
        'open order lines' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        cast(source.open_lines as decimal(38, 4)) as source_total,
        cast(coalesce(mart.open_lines, 0) as decimal(38, 4)) as mart_total
    from source
    cross join mart
    union all
    select
        'backlog amount' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        source.backlog_amount as source_total,
        mart.backlog_amount as mart_total
    from source
    cross join mart
)

select * from compared
