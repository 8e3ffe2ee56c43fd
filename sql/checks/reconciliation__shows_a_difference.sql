-- The rows of reconciliation whose two totals differ.
with

differing as (
    select *
    from marts.reconciliation
    where source_total is distinct from mart_total
)

select * from differing
