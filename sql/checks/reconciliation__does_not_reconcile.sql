-- The totals of each mart that reconciling checks compare, beside those that reconciliation shows.
with

compared_totals as (
    select
        mart,
        count(*) as total_count,
        sum(source_total) as source_sum,
        sum(mart_total) as mart_sum
    from record.totals
    group by mart
),

shown_totals as (
    select
        mart,
        count(*) as total_count,
        sum(source_total) as source_sum,
        sum(mart_total) as mart_sum
    from marts.reconciliation
    group by mart
),

joined as (
    select
        coalesce(compared_totals.mart, shown_totals.mart) as mart,
        compared_totals.total_count as compared_count,
        shown_totals.total_count as shown_count,
        compared_totals.source_sum as compared_source_sum,
        shown_totals.source_sum as shown_source_sum,
        compared_totals.mart_sum as compared_mart_sum,
        shown_totals.mart_sum as shown_mart_sum
    from compared_totals
    full join shown_totals on compared_totals.mart = shown_totals.mart
),

compared as (
    select
        concat('totals of ', mart) as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        coalesce(compared_count, 0) as source_total,
        coalesce(shown_count, 0) as mart_total
    from joined
    union all
    select
        concat('sum of the source totals of ', mart) as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        compared_source_sum as source_total,
        shown_source_sum as mart_total
    from joined
    union all
    select
        concat('sum of the mart totals of ', mart) as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        compared_mart_sum as source_total,
        shown_mart_sum as mart_total
    from joined
)

select * from compared
