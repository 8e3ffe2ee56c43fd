-- Hours, overload and missing hours of every basis, kind and period in capacity_gap_drivers, beside those of capacity_gap.
with

capacity_gap as (
    select * from marts.capacity_gap
),

drivers as (
    select * from marts.capacity_gap_drivers
),

source_totals as (
    select
        load_basis,
        period_kind,
        period_start,
        sum(own_load_hours) as own_load_hours,
        sum(group_load_hours) as group_load_hours,
        sum(overload_hours) as overload_hours,
        sum(missing_hours_count) as missing_hours_count
    from capacity_gap
    where
        group_load_hours > 0
        or missing_hours_count > 0
    group by load_basis, period_kind, period_start
),

mart_totals as (
    select
        load_basis,
        period_kind,
        period_start,
        sum(own_load_hours) as own_load_hours,
        sum(group_load_hours) as group_load_hours,
        sum(hours_to_move) as overload_hours,
        sum(missing_hours_count) as missing_hours_count
    from drivers
    group by load_basis, period_kind, period_start
),

paired as (
    select
        coalesce(source_totals.load_basis, mart_totals.load_basis) as load_basis,
        coalesce(source_totals.period_kind, mart_totals.period_kind) as period_kind,
        coalesce(source_totals.period_start, mart_totals.period_start) as period_start,
        coalesce(source_totals.own_load_hours, 0) as source_own,
        coalesce(mart_totals.own_load_hours, 0) as mart_own,
        coalesce(source_totals.group_load_hours, 0) as source_group,
        coalesce(mart_totals.group_load_hours, 0) as mart_group,
        coalesce(source_totals.overload_hours, 0) as source_overload,
        coalesce(mart_totals.overload_hours, 0) as mart_overload,
        coalesce(source_totals.missing_hours_count, 0) as source_missing,
        coalesce(mart_totals.missing_hours_count, 0) as mart_missing
    from source_totals
    full join mart_totals
        on
            source_totals.load_basis = mart_totals.load_basis
            and source_totals.period_kind = mart_totals.period_kind
            and source_totals.period_start = mart_totals.period_start
),

compared as (
    select
        concat('own_load_hours ', load_basis) as measure,
        period_kind,
        period_start,
        source_own as source_total,
        mart_own as mart_total
    from paired
    union all
    select
        concat('group_load_hours ', load_basis) as measure,
        period_kind,
        period_start,
        source_group as source_total,
        mart_group as mart_total
    from paired
    union all
    select
        concat('hours_to_move ', load_basis) as measure,
        period_kind,
        period_start,
        source_overload as source_total,
        mart_overload as mart_total
    from paired
    union all
    select
        concat('missing_hours_count ', load_basis) as measure,
        period_kind,
        period_start,
        source_missing as source_total,
        mart_missing as mart_total
    from paired
)

select * from compared
