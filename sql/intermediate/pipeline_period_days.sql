-- One row per kind of period by which the pipeline's flow is added up, and day: the period that the day belongs to.
with

period_days as (
    select * from intermediate.period_days
),

period_kinds as (
    select distinct period_kind from settings.sales_pipeline_flow_period_kinds
),

asked_for as (
    select
        period_days.period_kind,
        period_days.date,
        period_days.period_start,
        period_days.period_end
    from period_days
    inner join period_kinds on period_days.period_kind = period_kinds.period_kind
)

select * from asked_for
