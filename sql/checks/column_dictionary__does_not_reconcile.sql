-- The number of columns in the contracts of the marts, all and those of keys, beside the number in column_dictionary.
with

contracts as (
    select
        count(*) as column_count,
        count(key_position) as key_column_count
    from record.columns
),

mart as (
    select
        count(*) as column_count,
        count(*) filter (where is_key) as key_column_count
    from marts.column_dictionary
),

compared as (
    select
        'columns' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        contracts.column_count as source_total,
        mart.column_count as mart_total
    from contracts
    cross join mart
    union all
    select
        'columns of keys' as measure,
        '(all)' as period_kind,
        cast(null as date) as period_start,
        contracts.key_column_count as source_total,
        mart.key_column_count as mart_total
    from contracts
    cross join mart
)

select * from compared
