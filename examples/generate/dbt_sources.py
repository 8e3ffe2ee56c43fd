"""dbt's description of the marts as sources: columns, and the tests that a contract's keys and lists amount to."""

from contracts import Column, Mart


def content(marts: list[Mart]) -> dict:
    """`sources.yml`: the schema can be set where dbt runs, since a target may name its own."""
    source = {
        "name": "marts",
        "description": "The S&OP marts that sopmart publishes, all of a run or none.",
        "schema": "{{ var('sopmart_schema', 'marts') }}",
        "tables": [table(mart) for mart in marts],
    }
    return {"version": 2, "sources": [source]}


def table(mart: Mart) -> dict:
    described = {"name": mart.name, "description": mart.sentence(), "columns": [column(mart, c) for c in mart.columns]}
    if len(mart.key) > 1:
        described["data_tests"] = [{"unique_key": {"arguments": {"columns": mart.key}}}]
    return described


def column(mart: Mart, column: Column) -> dict:
    described = {"name": column.name, "description": column.sentence(), "data_type": column.type}
    tests = []
    if mart.key == [column.name]:
        tests.append("unique")
    if column.required:
        tests.append("not_null")
    if column.accepted:
        tests.append({"accepted_values": {"arguments": {"values": list(column.accepted)}}})
    if column.references:
        other, field = column.references.split(".")
        tests.append({"relationships": {"arguments": {"to": f"source('marts', '{other}')", "field": field}}})
    if tests:
        described["data_tests"] = tests
    return described
