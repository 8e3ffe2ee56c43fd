-- One row per salesperson, kind of period and period with a target, something sold, or an opportunity to be told of.
with

quotas as (
    select * from marts.quota_attainment
    where is_total
),

teams as (
    select * from marts.quota_attainment_teams
    where is_total
),

flows as (
    select * from marts.sales_pipeline_flow
    where level = 'salesperson'
),

forecasts as (
    select * from marts.forecast_accuracy_by_author
    where forecast_type = $scorecard_forecast_type and lag = $scorecard_forecast_lag
),

salespeople as (
    select * from marts.dim_salesperson
),

overdue as (
    select salesperson_id, sum(overdue_count) as overdue_count
    from marts.sales_pipeline
    group by salesperson_id
),

told_periods as (
    select salesperson_id, period_kind, period_start, period_end from quotas
    union all
    select salesperson_id, period_kind, period_start, period_end from flows
),

current_periods as (
    select distinct period_kind, period_start, period_end
    from told_periods
    where period_start <= $as_of and period_end > $as_of
),

-- Whoever has nothing but overdue opportunities is told of, too.
all_periods as (
    select * from told_periods
    union all
    select
        overdue.salesperson_id,
        current_periods.*
    from overdue
    cross join current_periods
    where overdue.overdue_count > 0
),

periods as (
    select distinct
        *,
        period_end <= $as_of + interval '1 day' as is_period_complete,
        least(period_end - 1, $as_of) as last_date,
        period_start <= $as_of and period_end > $as_of as is_current_period
    from all_periods
),

-- How many are overdue is a state of today: it stands in the period that holds `$as_of`, and in no other.
joined as (
    select
        periods.salesperson_id, periods.period_kind, periods.period_start, periods.period_end, periods.is_period_complete,
        teams.manager_id is not null as is_manager,
        quotas.target_amount, quotas.achieved_amount, quotas.attainment_rate,
        quotas.gap_to_go_amount, quotas.run_rate_attainment_rate, quotas.attainment_rank,
        teams.target_amount as team_target_amount,
        teams.achieved_amount as team_achieved_amount,
        teams.attainment_rate as team_attainment_rate,
        quotas.returned_amount,
        case
            when quotas.achieved_amount + quotas.returned_amount > 0
                then cast(quotas.returned_amount as double) / (quotas.achieved_amount + quotas.returned_amount)
        end as returns_rate,
        flows.pipeline_coverage, flows.won_count, flows.lost_count,
        flows.count_win_rate, flows.amount_win_rate, flows.mean_cycle_days,
        case when periods.is_current_period then coalesce(overdue.overdue_count, 0) end as overdue_count,
        $scorecard_forecast_type as forecast_type,
        cast($scorecard_forecast_lag as integer) as forecast_lag,
        forecasts.amount_accuracy_rate as forecast_accuracy_rate,
        forecasts.amount_bias_rate as forecast_bias_rate,
        forecasts.n_present - forecasts.n_without_amount as forecast_count,
        coalesce(salespeople.crm_trained_date <= periods.last_date, false) as is_crm_trained,
        $reporting_currency as currency
    from periods
    left join quotas
        on
            periods.salesperson_id = quotas.salesperson_id
            and periods.period_kind = quotas.period_kind
            and periods.period_start = quotas.period_start
    left join teams
        on
            periods.salesperson_id = teams.manager_id
            and periods.period_kind = teams.period_kind
            and periods.period_start = teams.period_start
    left join flows
        on
            periods.salesperson_id = flows.salesperson_id
            and periods.period_kind = flows.period_kind
            and periods.period_start = flows.period_start
    left join forecasts
        on
            periods.salesperson_id = forecasts.salesperson_id
            and periods.period_kind = forecasts.period_kind
            and periods.period_start = forecasts.period_start
    left join overdue on periods.salesperson_id = overdue.salesperson_id
    left join salespeople on periods.salesperson_id = salespeople.salesperson_id
)

select * from joined
