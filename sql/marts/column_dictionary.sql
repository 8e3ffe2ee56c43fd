-- One row per column of a published mart.
with

columns as (
    select * from record.columns
),

described as (
    select
        mart,
        column_name,
        position as column_position,
        data_type,
        unit,
        key_position is not null as is_key,
        key_position,
        is_required,
        is_personal,
        description,
        formula,
        rules,
        referenced_mart,
        referenced_column,
        mart_purpose,
        mart_row as mart_description,
        snapshot_by is not null as is_snapshot_mart,
        contract_version
    from columns
)

select * from described
