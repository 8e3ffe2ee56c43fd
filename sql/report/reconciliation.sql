-- One row per mart: how many of its totals were compared with their source, and how many differ.
with

totals as (
    select
        mart,
        count(*) as compared_count,
        sum(case when difference <> 0 or difference is null then 1 else 0 end) as differing_count
    from marts.reconciliation
    group by mart
)

select * from totals
order by differing_count desc, mart asc
