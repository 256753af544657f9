"""A query may read between two bounds, and do nothing else."""

from __future__ import annotations

import pytest

from include.config.sql.query import Parameter, QueryFaultsError, read_query

pytestmark = pytest.mark.core

BETWEEN = "as_of >= :from AND as_of < :to"


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(QueryFaultsError) as raised:
        read_query(text, "as_of")
    return [(fault.line, fault.text) for fault in raised.value.faults]


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * FROM t WHERE {BETWEEN}",
        f"select * from t where {BETWEEN.lower()};  -- done\n",
        f"SELECT * FROM t WHERE {BETWEEN};;\n;",
        f"WITH a AS (SELECT * FROM t WHERE {BETWEEN}) SELECT * FROM a",
        f"(SELECT 1 FROM t WHERE {BETWEEN}) UNION ALL (SELECT 2 FROM t WHERE {BETWEEN})",
        f"SELECT 'a;b', \"x;y\", $$ ; DROP TABLE t $$, $q$ ';' $q$ FROM t WHERE {BETWEEN}",
        f"--\n-------\n-- a heading\n--\tb\nSELECT 1 FROM t WHERE {BETWEEN}",
        f"SELECT 'a\u00a0b', \"c\u3000d\" -- e\u00a0f\n FROM t WHERE {BETWEEN}",
        f"/* ; DROP TABLE t */ SELECT 1 -- ; DELETE\n FROM t WHERE {BETWEEN}",
        "SELECT * FROM t WHERE as_of >= :FROM AND as_of < :To",
        "SELECT a::date, b::int[] FROM t WHERE as_of::date >= :from::date AND as_of < CAST(:to AS date)",
        f"SELECT replace(a, 'b', 'c'), truncate(x, 2), \"update\", u.delete FROM t u WHERE {BETWEEN}",
        f"SELECT z[1:2], doc:path:other, x % 2, extract(year FROM as_of) FROM t WHERE {BETWEEN}",
        f"SELECT 'insert into', created, updated, \"into\" FROM t WHERE {BETWEEN}",
        f"SELECT * FROM t WHERE {BETWEEN} AND known_on <= :to AND opened > :from",
        "SELECT * FROM t WHERE :from <= t.as_of AND :to > t.as_of",
    ],
)
def test_a_query_that_reads_between_the_bounds_is_taken(text: str) -> None:
    query = read_query(text, "as_of")

    assert {piece.name for piece in query.pieces if isinstance(piece, Parameter)} == {"from", "to"}


def test_the_pieces_are_the_text_without_the_semicolon() -> None:
    query = read_query(f"-- :from and :to\nSELECT ':from', a::date FROM t WHERE {BETWEEN} ;\n")

    written = "".join(f":{piece.name}" if isinstance(piece, Parameter) else piece for piece in query.pieces)
    assert written == f"-- :from and :to\nSELECT ':from', a::date FROM t WHERE {BETWEEN}"
    assert sum(isinstance(piece, Parameter) for piece in query.pieces) == 2


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("", 1, "holds no query"),
        ("-- only a comment\n;", 1, "holds no query"),
        (f"DELETE FROM t WHERE {BETWEEN}", 1, "begins with 'DELETE'"),
        (f"-- hm\n\nupdate t set a = 1 where {BETWEEN}", 3, "begins with 'update'"),
        (f"EXPLAIN SELECT * FROM t WHERE {BETWEEN}", 1, "begins with 'EXPLAIN'"),
        (f"COPY (SELECT 1 FROM t WHERE {BETWEEN}) TO STDOUT", 1, "begins with 'COPY'"),
        (f"SELECT 1 FROM t WHERE {BETWEEN};\nDROP TABLE t", 2, "found 'DROP' after ';'"),
        (f"SELECT 1 FROM t WHERE {BETWEEN}; SELECT 2", 1, "found 'SELECT' after ';'"),
        (f"SELECT 1 FROM t WHERE {BETWEEN}; -- x\n\n /* y */ SELECT 2", 3, "found 'SELECT' after ';'"),
        (f"WITH a AS (\n INSERT INTO t SELECT 1 RETURNING *)\nSELECT 1 FROM a WHERE {BETWEEN}", 2, "INSERT"),
        (f"WITH a AS (delete from t RETURNING *) SELECT * FROM a WHERE {BETWEEN}", 1, "found DELETE"),
        (f"WITH a AS (SELECT 1 AS x) UPDATE t SET x = 1 WHERE {BETWEEN}", 1, "found UPDATE"),
        (f"WITH a AS (SELECT 1) MERGE INTO t USING a ON TRUE WHEN MATCHED AND {BETWEEN}", 1, "found MERGE"),
        (f"SELECT * INTO copied FROM t WHERE {BETWEEN}", 1, "found INTO"),
        (f"SELECT * FROM t WHERE {BETWEEN} FOR UPDATE", 1, "found UPDATE"),
        (f"SELECT * FROM t WHERE {BETWEEN}\nFOR SHARE", 2, "found FOR SHARE"),
        (f"SELECT * FROM t WHERE {BETWEEN} EXEC('DROP TABLE t')", 1, "found EXEC"),
        (f"SELECT * FROM t WHERE {BETWEEN} DROP TABLE t", 1, "found DROP"),
        (f"SELECT 1) AS q WHERE {BETWEEN} UNION SELECT * FROM (SELECT 2", 1, "found ')' without"),
        (f"SELECT (1 FROM t WHERE {BETWEEN}", 1, "found '(' without"),
        ("SELECT * FROM t", 1, "has no parameter :from"),
        ("SELECT * FROM t WHERE as_of < :to", 1, "has no parameter :from"),
        ("SELECT * FROM t WHERE as_of >= :from", 1, "has no parameter :to"),
        ("SELECT *\nFROM t WHERE as_of >= :from AND as_of < ':to'", 2, "has no parameter :to, and in a text"),
        ("SELECT * FROM t WHERE as_of >= :from -- AND as_of < :to", 1, "has no parameter :to, and in a text"),
        ("SELECT a::from, b::to FROM t", 1, "has no parameter :from"),
        (f"SELECT * FROM t WHERE {BETWEEN} AND region = :region", 1, "found the parameter :region"),
        (f"SELECT * FROM t WHERE {BETWEEN} AND a = %s", 1, "found the parameter %s"),
        (f"SELECT * FROM t WHERE {BETWEEN} AND a = %(x)s", 1, "found the parameter %(x)s"),
        (f"SELECT * FROM t WHERE {BETWEEN} AND a = $1", 1, "found the parameter $1"),
        (f"SELECT * FROM t WHERE {BETWEEN} AND doc ? 'a'", 1, "jsonb_exists"),
        (f"SELECT * FROM {{{{ table }}}} WHERE {BETWEEN}", 1, "templates are not filled in"),
        (f"SELECT 'it\\'s ; DROP t; --' FROM t WHERE {BETWEEN}", 1, "a backslash stands before a quote"),
        (f"SELECT '\\' ; DROP TABLE t; --' FROM t WHERE {BETWEEN}", 1, "a backslash stands before a quote"),
        (f'SELECT "a\\" ; DROP TABLE t; --" FROM t WHERE {BETWEEN}', 1, "a backslash stands before a quote"),
        (f"SELECT 1 # 2; DROP TABLE t\n FROM t WHERE {BETWEEN}", 1, "begin comments with --"),
        (f"SELECT 1 --1; DROP TABLE t\n FROM t WHERE {BETWEEN}", 1, "without a blank after '--'"),
        (f"---- 1; DROP TABLE t\nSELECT 1 FROM t WHERE {BETWEEN}", 1, "without a blank after '--'"),
        (f"SELECT 1 AS \u00a0$$ ; DROP TABLE t; -- $$\n FROM t WHERE {BETWEEN}", 1, "character U+00A0"),
        (f"SELECT 1\u3000FROM t WHERE {BETWEEN}", 1, "character U+3000"),
        (f"SELECT 1 FROM t WHERE {BETWEEN}\n ORDER\u2003BY 1", 2, "character U+2003"),
        (f"SELECT 1\x0bFROM t WHERE {BETWEEN}", 1, "character U+000B"),
        (f"SELECT 1 /*! ; DROP TABLE t */ FROM t WHERE {BETWEEN}", 1, "which MySQL would run"),
        (f"SELECT 1 /* a /* b */ FROM t WHERE {BETWEEN}", 1, "a comment in a comment"),
        (f"SELECT 'open FROM t WHERE {BETWEEN}", 1, "a quote that is not closed"),
        ("SELECT * FROM t\nWHERE as_of > :from AND as_of < :to", 2, "found as_of > :from, which leaves out"),
        ("SELECT * FROM t WHERE as_of >= :from AND\n t.as_of <= :to", 2, "as_of <= :to, which includes"),
        ('SELECT * FROM t WHERE as_of >= :from AND "as_of" <= CAST(:to AS date)', 1, "which includes :to"),
        ("SELECT * FROM t WHERE as_of BETWEEN :from AND :to", 1, "found BETWEEN"),
        ("SELECT * FROM t WHERE :from < t.as_of AND :to > as_of", 1, "found :from < as_of"),
        ("SELECT * FROM t WHERE :from <= as_of AND :to >= as_of", 1, "found :to >= as_of"),
    ],
)  # fmt: skip
def test_any_other_is_refused_with_its_line(text: str, line: int, said: str) -> None:
    found = faults(text)

    assert any(at == line and said in words for at, words in found), found


def test_all_faults_are_named_at_once_in_the_order_of_the_file() -> None:
    found = faults("SELECT * FROM t\nWHERE a = :region\nFOR UPDATE;\nDROP TABLE t")

    lines = [line for line, _ in found]
    assert lines == sorted(lines)
    assert {2, 3, 4} <= set(lines)
