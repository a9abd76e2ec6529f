"""Athena's SQL (Trino) on the emulator's DuckDB: translated by sqlglot, and views that last."""

import re

import sqlglot
from ministack.services import athena
from sqlglot import exp

_CREATE = re.compile(r"\s*create\s+(?:or\s+replace\s+)?view\s+(\S+)\s+as\s+(.*)", re.IGNORECASE | re.DOTALL)
_DROP = re.compile(r"\s*drop\s+view\s+(?:if\s+exists\s+)?(\S+)", re.IGNORECASE)
_DEEPEST = 8
_NOTHING = {"columns": [], "rows": [], "column_types": []}


class Views:
    """The views by name, and queries rewritten so that they need none."""

    def __init__(self) -> None:
        self._bodies: dict[str, str] = {}

    def define(self, statement: str) -> bool:
        """Takes `CREATE VIEW` or `DROP VIEW`. Says whether the statement was one."""
        if created := _CREATE.match(statement):
            self._bodies[_bare(created[1])] = created[2].rstrip("; \n")
        elif dropped := _DROP.match(statement):
            self._bodies.pop(_bare(dropped[1]), None)
        else:
            return False
        return True

    def translate(self, query: str) -> str:
        """The query in DuckDB's words, with every view as a subquery. A view may stand on views."""
        tree = sqlglot.parse_one(query, read="athena")
        for _ in range(_DEEPEST):
            tables = [table for table in tree.find_all(exp.Table) if _bare(table.name) in self._bodies]
            if not tables:
                break
            for table in tables:
                body = sqlglot.parse_one(self._bodies[_bare(table.name)], read="athena")
                table.replace(body.subquery(table.alias or table.name))
        return tree.sql(dialect="duckdb")


def install() -> None:
    """Puts the translation before the emulator's DuckDB."""
    original, views = athena._run_duckdb, Views()

    async def run(query, database, catalog=None):
        if views.define(query):
            return dict(_NOTHING)
        return await original(views.translate(query), database, catalog)

    athena._run_duckdb = run


def _bare(name: str) -> str:
    return name.split(".")[-1].strip('"; \n').lower()
