"""What SQLAlchemy finds out about a database: the same questions for a served set and for one in PostgreSQL. Takes the
URL, and prints the answers as JSON. Works with SQLAlchemy 1.4, which Superset uses, and with 2."""

import json
import sys

import sqlalchemy

MART = "workshop_hours"


def reflected(url):
    engine = sqlalchemy.create_engine(url)
    inspector = sqlalchemy.inspect(engine)
    found = {
        "has": [inspector.has_table(name, "marts") for name in (MART, "nothing_of_that_name")],
        "views": inspector.get_view_names("marts"),
        "columns": [column | {"type": str(column["type"])} for column in inspector.get_columns(MART, "marts")],
        "primary key": inspector.get_pk_constraint(MART, "marts")["constrained_columns"],
        "foreign keys": inspector.get_foreign_keys(MART, "marts"),
        "unique": inspector.get_unique_constraints(MART, "marts"),
        "indexes": inspector.get_indexes(MART, "marts"),
        "checks": inspector.get_check_constraints(MART, "marts"),
        "comment": inspector.get_table_comment(MART, "marts"),
        "sequences": inspector.get_sequence_names("marts"),
        "enums": inspector.get_enums("marts"),
    }
    assert "marts" in inspector.get_schema_names()
    # What sopmart writes about its own work into PostgreSQL is no mart.
    found["tables"] = sorted(set(inspector.get_table_names("marts")) - {"sopmart_published"})
    metadata = sqlalchemy.MetaData()
    metadata.reflect(engine, schema="marts", only=found["tables"])
    found["reflected"] = {
        name: [(column.name, str(column.type), column.primary_key, column.nullable, column.comment) for column in table.columns]
        for name, table in sorted(metadata.tables.items())
    }
    table = metadata.tables[f"marts.{MART}"]
    with engine.connect() as connection:
        rows = connection.execute(sqlalchemy.select(table).order_by(*table.primary_key.columns).limit(3)).fetchall()
    found["rows"] = [[str(value) for value in row] for row in rows]
    return found


if __name__ == "__main__":
    url = sys.argv[1]
    dialects = {name: reflected(url.replace("postgresql", name, 1)) for name in sys.argv[2:]}
    print(json.dumps(dialects, default=str))
