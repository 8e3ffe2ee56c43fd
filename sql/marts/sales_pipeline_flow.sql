-- One row per level, salesperson, territory and period with a target or with something to be told of opportunities.
with

sums as (
    select * from intermediate.pipeline_flow_sums
),

targets as (
    select * from intermediate.pipeline_targets
),

-- Where nothing happened all counts and amounts are 0.
joined as (
    select
        coalesce(sums.level, targets.level) as level,
        coalesce(sums.salesperson_id, targets.salesperson_id) as salesperson_id,
        coalesce(sums.territory_id, targets.territory_id) as territory_id,
        coalesce(sums.period_kind, targets.period_kind) as period_kind,
        coalesce(sums.period_start, targets.period_start) as period_start,
        coalesce(sums.period_end, targets.period_end) as period_end,
        sums.level is null as is_empty,
        targets.target_amount,
        targets.level is null as has_no_target,
        coalesce(targets.missing_target_rate_count, 0) as missing_target_rate_count,
        sums.* except (level, salesperson_id, territory_id, period_kind, period_start, period_end)
    from sums
    full join targets
        on
            sums.level = targets.level
            and sums.salesperson_id = targets.salesperson_id
            and sums.territory_id = targets.territory_id
            and sums.period_kind = targets.period_kind
            and sums.period_start = targets.period_start
),

filled as (
    select
        *,
        period_end <= $as_of + interval '1 day' as is_period_complete,
        cast(case when is_empty then 0 else won_amount end as decimal(18, 4)) as filled_won_amount,
        cast(case when is_empty then 0 else open_amount end as decimal(18, 4)) as filled_open_amount
    from joined
),

projected as (
    select
        salesperson_id,
        territory_id,
        period_kind,
        period_start,
        period_end,
        is_period_complete,
        level,
        $reporting_currency as currency,
        cast(target_amount as decimal(18, 4)) as target_amount,
        has_no_target,
        missing_target_rate_count,
        coalesce(won_count, 0) as won_count,
        filled_won_amount as won_amount,
        cast(target_amount - filled_won_amount as decimal(18, 4)) as remaining_target_amount,
        coalesce(target_amount <= filled_won_amount, false) as is_target_reached,
        coalesce(open_count, 0) as open_count,
        filled_open_amount as open_amount,
        cast(case when is_empty then 0 else weighted_amount end as decimal(18, 4)) as weighted_open_amount,
        case
            when target_amount > filled_won_amount
                then cast(filled_open_amount as double) / cast(target_amount - filled_won_amount as double)
        end as pipeline_coverage,
        coalesce(lost_count, 0) as lost_count,
        cast(case when is_empty then 0 else lost_amount end as decimal(18, 4)) as lost_amount,
        case
            when is_period_complete and won_count + lost_count > 0
                then cast(won_count as double) / (won_count + lost_count)
        end as count_win_rate,
        case
            when is_period_complete and won_amount + lost_amount > 0
                then cast(won_amount as double) / cast(won_amount + lost_amount as double)
        end as amount_win_rate,
        coalesce(created_count, 0) as created_count,
        cast(case when is_empty then 0 else created_amount end as decimal(18, 4)) as created_amount,
        total_cycle_days,
        case
            when won_count > missing_cycle_days_count
                then cast(total_cycle_days as double) / (won_count - missing_cycle_days_count)
        end as mean_cycle_days,
        coalesce(missing_cycle_days_count, 0) as missing_cycle_days_count,
        coalesce(expected_count, 0) as expected_count,
        cast(case when is_empty then 0 else expected_amount end as decimal(18, 4)) as expected_amount,
        coalesce(slipped_count, 0) as slipped_count,
        cast(case when is_empty then 0 else slipped_amount end as decimal(18, 4)) as slipped_amount,
        case
            when is_period_complete and expected_count > 0 then cast(slipped_count as double) / expected_count
        end as slipped_count_rate,
        case
            when is_period_complete and expected_amount > 0
                then cast(slipped_amount as double) / cast(expected_amount as double)
        end as slipped_amount_rate,
        coalesce(pulled_in_count, 0) as pulled_in_count,
        cast(case when is_empty then 0 else pulled_in_amount end as decimal(18, 4)) as pulled_in_amount,
        coalesce(last_week_won_count, 0) as last_week_won_count,
        cast(case when is_empty then 0 else last_week_won_amount end as decimal(18, 4)) as last_week_won_amount,
        case
            when is_period_complete and won_amount > 0
                then cast(last_week_won_amount as double) / cast(won_amount as double)
        end as last_week_won_rate,
        coalesce(missing_created_amount_count, 0) as missing_created_amount_count,
        coalesce(missing_won_amount_count, 0) as missing_won_amount_count,
        coalesce(missing_lost_amount_count, 0) as missing_lost_amount_count,
        coalesce(missing_open_amount_count, 0) as missing_open_amount_count
    from filled
)

select * from projected
