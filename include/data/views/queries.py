"""The two queries of a join: which value of a view counts from when on, and which one each row gets.

A value counts for a row as soon as it is known, and not before it holds: from the later of the two instants.
Of the values that count, a row gets the one of the newest event time; of several of one event time the one
that became known last, which is the newest correction; of several of one event time that became known at
once, the one that was delivered last. As time goes on, the value that a row would get changes only when a
value begins to count that is newer than all before it by this order. What never changes it is left out. What
stays is a staircase for each key, and the step on which a row stands is found by one ASOF join
(https://duckdb.org/docs/stable/guides/sql_features/asof_join), although there are two clocks.

No name of a column stands in a query: a database compares names without regard to case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.data.ingest.readings import FALSE, TRUE, one_spelling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.data.schema import Kind
    from include.data.views.instants import TimeLine

ROWS, VALUES, STEPS = "rows", "delivered_values", "steps"
PLACE = "place"  # of a row in its table, or of a delivery among those of its view
_EXACT = 2**53  # above it not each whole number has a float of its own


def steps_query(line: TimeLine, compared: Sequence[Kind], columns: int) -> str:
    """Return the query that makes the table of steps: key, from when on a value counts, and the value.

    :param line: the instants of the view.
    :param compared: kinds of the columns of the rows that its keys are compared with.
    :param columns: how many columns of the view are used.
    """
    keys = [f"{_spelled(f'k{at}', kind)} AS k{at}" for at, kind in enumerate(compared)]
    key, values = _names("k", len(compared)), _names("c", columns)
    return f"""
        CREATE OR REPLACE TEMP TABLE {STEPS} AS
        WITH placed AS (
            SELECT {", ".join(keys)}, {line.event()} AS event, {line.known()} AS known,
                {line.age_to()} AS age_to, {values}, {PLACE}
            FROM {VALUES} {" ".join(line.joins)}
        ), counting AS (
            SELECT *, greatest(known, event) AS since FROM placed
        ), ordered AS (
            SELECT *, max(event) OVER in_time AS newest, lead(since) OVER in_time AS following
            FROM counting
            WINDOW in_time AS (PARTITION BY {key} ORDER BY since, event, known, {PLACE})
        )
        SELECT {key}, since, age_to, {values} FROM ordered
        WHERE event = newest AND following IS DISTINCT FROM since
    """  # noqa: S608 - all names in it are ours


def join_query(line: TimeLine, compared: Sequence[Kind], columns: int) -> str:
    """Return the query that gives rows their value: place of the row, age in microseconds, and the value.

    A row without a value is left out, and the others come in any order. Parameters as for
    :func:`steps_query`.
    """
    keys = [f"{_whole(f'k{at}', kind)} AS k{at}" for at, kind in enumerate(compared)]
    equal = " AND ".join(f"asked.k{at} = {STEPS}.k{at}" for at in range(len(compared)))
    return f"""
        SELECT {PLACE}, greatest(age_from - age_to, 0) AS age, {_names("c", columns)}
        FROM (
            SELECT {PLACE}, {", ".join(keys)}, {line.row()} AS instant, {line.age_from()} AS age_from
            FROM {ROWS} {" ".join(line.joins)}
        ) AS asked
        ASOF JOIN {STEPS} ON {equal} AND asked.instant >= {STEPS}.since
    """  # noqa: S608 - all names in it are ours


def repeated_query(keys: Sequence[str], values: Sequence[str]) -> str:
    """Return the query for rows of one key and times: key and times, how many rows, how many other values.

    :param keys: names of the columns of key and times.
    :param values: names of the other columns.
    """
    key = ", ".join(keys)
    return f"""
        SELECT {key}, count(*) AS rows, count(DISTINCT row({", ".join(values)})) AS contents
        FROM {VALUES} GROUP BY {key} HAVING count(*) > 1 ORDER BY {key}
    """  # noqa: S608 - all names in it are ours


def _names(letter: str, count: int) -> str:
    return ", ".join(f"{letter}{at}" for at in range(count))


def _spelled(key: str, compared: Kind) -> str:
    """Return the key of a view as categories spell it, where it is compared with one."""
    if compared != "category":
        return key
    cases = " ".join(
        f"WHEN {key} IN ({', '.join(map(repr, spellings))}) THEN {one_spelling(spellings[0])!r}"
        for spellings in (TRUE, FALSE)
    )
    return f"CASE {cases} ELSE {key} END"


def _whole(column: str, kind: Kind) -> str:
    """Return a column of the rows as a whole number, where it is stored as a float."""
    if kind != "number":
        return column
    return f"CASE WHEN {column} = floor({column}) AND abs({column}) <= {_EXACT} THEN {column}::BIGINT END"
