-- One row per extract: how far it reaches, and what of it is in quarantine.
with

freshness as (
    select
        extract,
        load_mode,
        expected_to_date,
        covered_to_date,
        days_behind,
        is_late,
        read_row_count,
        landed_row_count,
        quarantined_row_count,
        quarantined_rate
    from marts.data_freshness
)

select * from freshness
order by is_late desc nulls last, quarantined_row_count desc, extract asc
limit 400
