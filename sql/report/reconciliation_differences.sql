-- One row per total of a mart that differs from its source, the 50 largest.
with

differences as (
    select
        mart,
        measure,
        period_kind,
        period,
        source_total,
        mart_total,
        difference
    from marts.reconciliation
    where difference <> 0 or difference is null
)

select * from differences
order by abs(difference) desc nulls first, mart asc, measure asc, period asc
limit 50
