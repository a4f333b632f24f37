"""The statements of the busiest taps: Django builds each once, and afterwards it is only asked.

To build a query set's SQL takes Django several times as long as the database takes to answer it
(docs/decisions/0016). Elsewhere a plain query set is right.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper as Here
from django.db.backends.signals import connection_created
from django.db.models import DateTimeField, Expression, Field, Model, QuerySet, UUIDField
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery, Query, UpdateQuery
from django.db.models.sql.compiler import SQLCompiler
from django.dispatch import receiver
from psycopg.types.datetime import TimestamptzLoader

Row = TypeVar("Row")
# Where each value stands: a place, or as many as there are values in a list.
Places = Mapping[str, Any]
# The steps that make a column's values Python's own, by its position in the answer.
Columns = Mapping[int, tuple[Sequence[Callable[..., Any]], Any]]
# How a database wants what is given to it, for the types that it wants differently.
AS_STORED: "dict[type, Field[Any, Any]]" = {UUID: UUIDField(), datetime: DateTimeField()}


class Place(Expression):
    """Where a statement wants a value that is given each time it is asked."""

    def __init__(self, name: str, index: int | None = None) -> None:
        """Stand for the value of this name, or for one of its list."""
        super().__init__()
        self.name, self.index = name, index

    def as_sql(self, *_unused: Any, **_named: Any) -> tuple[str, Any]:
        """A mark in the statement, and this place among its parameters."""
        return "%s", (self,)

    def value(self, given: Mapping[str, Any], here: Here) -> Any:
        """What this place is filled with, as the database wants it."""
        found = given[self.name]
        one = found if self.index is None else found[self.index]
        stored = AS_STORED.get(type(one))
        return one if stored is None else stored.get_db_prep_value(one, here)


class Converted(dict[Any, Any]):
    """What the values of one column become: each is converted once, for its rows repeat them."""

    def __init__(self, steps: Sequence[Callable[..., Any]], column: Any, here: Here) -> None:
        """Convert by these steps of this column, as this database needs it."""
        super().__init__()
        self._steps, self._column, self._here = steps, column, here

    def __missing__(self, value: Any) -> Any:
        """Convert a value that has not come before."""
        found = value
        for step in self._steps:
            found = step(found, self._column, self._here)
        # What can be changed is shared by no two rows.
        if not isinstance(found, dict | list):
            self[value] = found
        return found


class SharedMoment(TimestamptzLoader):
    """A time out of PostgreSQL, read once in each answer: the driver reads before we can."""

    # Django puts its own reader back where this is not the time zone it asks for.
    timezone = UTC

    def __init__(self, oid: int, context: Any = None) -> None:
        """Begin with an answer that has no time yet."""
        super().__init__(oid, context)
        self._seen: dict[bytes, datetime] = {}

    def load(self, given: Any) -> datetime:
        """The time in UTC."""
        text = bytes(given)
        if text not in self._seen:
            self._seen[text] = super().load(text).astimezone(UTC)
        return self._seen[text]


@receiver(connection_created)
def _share_moments(connection: Here, **_unused: Any) -> None:
    if connection.vendor == "postgresql":
        raw: Any = connection.connection
        raw.adapters.register_loader("timestamptz", SharedMoment)


@dataclass(frozen=True)
class Built:
    """A statement as Django built it, with the places among its parameters."""

    compiler: SQLCompiler
    sql: str
    parameters: Sequence[Any]

    @classmethod
    def of(cls, query: Query) -> "Built":
        """Build it for the database in use."""
        compiler = query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        return cls(compiler, sql, parameters)

    def filled(self, given: Mapping[str, Any], here: Here) -> tuple[Any, ...]:
        """The parameters with every place filled."""
        return tuple(
            one.value(given, here) if isinstance(one, Place) else one for one in self.parameters
        )


class Kept(threading.local):
    """What one thread has built: a statement holds the connection, which is the thread's own."""

    def __init__(self) -> None:
        """Nothing is built yet in this thread."""
        self.built: dict[Any, Any] = {}


class Prepared:
    """What every prepared statement does: one is built for each shape of what is given."""

    def __init__(self) -> None:
        """Nothing is built yet."""
        self._kept = Kept()

    def _for(self, given: Mapping[str, Any], make: Callable[[Places], Any]) -> Any:
        shape = tuple(map(_length, given.values()))
        built = self._kept.built
        if shape not in built:
            built[shape] = make({name: _places(name, one) for name, one in given.items()})
        return built[shape]


class Select(Prepared, Generic[Row]):
    """A query set whose values are given when it is asked, each by its name; a list for `__in`."""

    def __init__(self, rows: Callable[..., QuerySet[Any, Row]]) -> None:
        """Build it from the query set that this makes out of places."""
        super().__init__()
        self._rows = rows

    def __call__(self, **given: Any) -> list[Row]:
        """The rows, as the query set would give them."""
        here = _here()
        try:
            rows, built, columns = self._for(given, self._make)
        except EmptyResultSet:
            return []
        return _answer(rows, built, columns, built.filled(given, here), here)

    def first(self, **given: Any) -> Row | None:
        """The first row, or None."""
        return next(iter(self(**given)), None)

    def _make(self, places: Places) -> "tuple[QuerySet[Any, Row], Built, Columns]":
        rows = self._rows(**places)
        built = Built.of(rows.query)
        columns = [column for column, *_unused in built.compiler.select]
        return rows, built, built.compiler.get_converters(columns)


class Update(Prepared):
    """A change to the rows of a query set, with both made out of places."""

    def __init__(self, change: Callable[..., tuple[QuerySet[Any, Any], Mapping[str, Any]]]) -> None:
        """Build it from the rows, and what each column of theirs becomes."""
        super().__init__()
        self._change = change

    def __call__(self, **given: Any) -> int:
        """How many rows were changed."""
        here = _here()
        built: Built = self._for(given, self._make)
        with here.cursor() as cursor:
            cursor.execute(built.sql, built.filled(given, here))
            return int(cursor.rowcount)

    def _make(self, places: Places) -> Built:
        rows, values = self._change(**places)
        query: Any = rows.query.chain(UpdateQuery)
        query.add_update_values(values)
        return Built.of(query)


class Insert(Prepared):
    """New rows of one table; those whose key is taken are refused, or left as they are."""

    def __init__(self, model: type[Model], *, leave_taken: bool = False) -> None:
        """Build it for this table."""
        super().__init__()
        self._model, self._leave_taken = model, leave_taken

    def __call__(self, rows: Iterable[Model]) -> int:
        """How many rows were new."""
        here = _here()
        sql, fields = self._for({}, self._make)
        values = [
            [field.get_db_prep_save(getattr(row, field.attname), here) for field in fields]
            for row in rows
        ]
        if not values:
            return 0
        with here.cursor() as cursor:
            cursor.executemany(sql, values)
            return int(cursor.rowcount)

    def _make(self, _places: Places) -> "tuple[str, Sequence[Field[Any, Any]]]":
        fields = self._model._meta.concrete_fields
        conflict = OnConflict.IGNORE if self._leave_taken else None
        query = InsertQuery(self._model, on_conflict=conflict)
        # No default is made: an id spent here would be missing in the row of ids of a demo.
        query.insert_values(fields, [self._model(*[None] * len(fields))], raw=True)
        [(sql, _values)] = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        return sql, fields


def _here() -> Here:
    """The connection of this thread."""
    return connections[DEFAULT_DB_ALIAS]


def _answer(
    rows: QuerySet[Any, Row], built: Built, columns: Columns, filled: Sequence[Any], here: Here
) -> list[Row]:
    """Let Django's own iteration read the answer to the statement that was built before."""

    def convert(answer: Iterable[Sequence[Any]], _columns: Columns) -> Iterator[list[Any]]:
        converted = [(at, Converted(*column, here)) for at, column in columns.items()]
        for row in map(list, answer):
            for at, values in converted:
                row[at] = values[row[at]]
            yield row

    compiler: Any = copy(built.compiler)
    compiler.as_sql = lambda: (built.sql, filled)
    compiler.get_converters = lambda _columns: columns
    compiler.apply_converters = convert
    query: Any = copy(rows.query)
    query.get_compiler = lambda *_unused, **_named: compiler
    read: Any = rows._iterable_class
    found: list[Row] = list(read(QuerySet(rows.model, query=query)))
    return found


def _places(name: str, given: Any) -> Any:
    if isinstance(given, list):
        return [Place(name, index) for index in range(len(given))]
    return Place(name)


def _length(given: Any) -> int | None:
    return len(given) if isinstance(given, list) else None
