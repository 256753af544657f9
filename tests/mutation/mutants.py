"""The mutants of a module, each with one token changed: by operators of cosmic-ray, and by four more.

Left out is what cannot decide anything: annotations, docstrings, what only type checkers read, how a
dataclass is built (``frozen``, ``slots``, ``kw_only``), and ``strict`` of a ``zip`` of what is equally long.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import parso
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Example, Operator
from cosmic_ray.plugins import get_operator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Of cosmic-ray's operators those that change a decision by one step: `+` as `**` is noticed by any test.
COSMIC_RAY = [
    *(f"ReplaceBinaryOperator_{pair}" for pair in (
        "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Div", "Mod_Mul", "Pow_Mul", "BitOr_BitAnd",
        "BitAnd_BitOr",
    )),
    *(f"ReplaceComparisonOperator_{pair}" for pair in (
        "Eq_NotEq", "NotEq_Eq", "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt",
        "GtE_Lt", "Is_IsNot", "IsNot_Is",
    )),
    *(f"ReplaceUnaryOperator_{change}" for change in ("USub_UAdd", "Delete_Not", "Delete_Invert")),
    "NumberReplacer", "AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr",
    "ReplaceOrWithAnd", "ExceptionReplacer", "RemoveDecorator", "ZeroIterationForLoop",
    "ReplaceBreakWithContinue", "ReplaceContinueWithBreak",
]  # fmt: skip


class NegateFilter(Operator):
    """Take from a comprehension what its ``if`` leaves out."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "comp_if":
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.children[1] = parso.parse(f" not ({node.children[1].get_code().strip()})")
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("[x for x in y if x]", "[x for x in y if not (x)]"),)


class SwapMembership(Operator):
    """``in`` as ``not in``, and back."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "comparison":
            for word in node.children[1::2]:
                if word.get_code().split() in (["in"], ["not", "in"]):
                    yield word.start_pos, word.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        at = [i for i, word in enumerate(node.children) if word.get_code().split() in (["in"], ["not", "in"])]
        swapped = " not in" if node.children[at[index]].get_code().split() == ["in"] else " in"
        node.children[at[index]] = parso.parse(swapped)
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("x in y", "x not in y"), Example("x not in y", "x in y"))


class SwapFunction(Operator):
    """The smallest for the largest, any for all, the floor for the ceiling."""

    PAIRS = (("min", "max"), ("any", "all"), ("minimum", "maximum"), ("floor", "ceil"), ("nanmin", "nanmax"))
    OTHER: ClassVar = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "name" and node.value in self.OTHER:
            following = node.get_next_leaf()
            if following is not None and following.value == "(":
                yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        node.value = self.OTHER[node.value]
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("min(x)", "max(x)"),)


class OpenSlice(Operator):
    """Take a bound from a slice; where the bound is a number, it is changed by one elsewhere."""

    def mutation_positions(self, node: Any) -> Iterator[tuple[Any, Any]]:
        if node.type == "subscript":
            for bound in node.children:
                if bound.type not in {"operator", "number"}:
                    yield bound.start_pos, bound.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        bounds = [i for i, bound in enumerate(node.children) if bound.type not in {"operator", "number"}]
        node.children[bounds[index]] = parso.parse("")
        return node

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example("x[:n]", "x[:]"),)


OPERATORS = [
    *((name, get_operator(f"core/{name}")()) for name in COSMIC_RAY),
    *(
        (operator.__name__, operator())
        for operator in (NegateFilter, SwapMembership, SwapFunction, OpenSlice)
    ),
]


@dataclass(frozen=True)
class Mutant:
    """One module with one token changed.

    :param module: The path of the module inside the repository.
    :param line: Where the change is, counted from 1 in the unchanged file.
    :param was: The changed lines as they are, without the indentation.
    :param mutated: The same lines in the mutant.
    :param nth: How many mutants before this one have the same ``was`` and ``mutated``.
    :param source: The mutant's whole text.
    """

    module: str
    line: int
    was: str
    mutated: str
    nth: int
    source: str

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What names the mutant as long as its line stands, wherever it moves."""
        return self.module, self.was, self.mutated, self.nth

    def rank(self, seed: int) -> str:
        """A random order that stays when mutants are added or removed."""
        return hashlib.sha256(repr((seed, self.key)).encode()).hexdigest()


def mutants_of(path: Path, module: str) -> list[Mutant]:
    """All mutants of one module, by line.

    :param path: The file.
    :param module: Its path inside the repository.
    """
    source = path.read_text(encoding="utf-8")
    seen = {_behaviour(source)}
    found: list[Mutant] = []
    tree = get_ast(source)
    for _, operator in OPERATORS:
        positions = [at for node in ast_nodes(tree) for at in operator.mutation_positions(node)]
        for occurrence, (start, _) in enumerate(positions):
            mutated = mutate_code(source, operator, occurrence)
            behaviour = _behaviour(mutated)
            if behaviour in seen:
                continue
            seen.add(behaviour)
            found.append(_mutant(module, start[0], source, mutated))
    found.sort(key=lambda mutant: mutant.line)
    return _numbered(found)


def _mutant(module: str, line: int, source: str, mutated: str) -> Mutant:
    changed = [
        change for change in difflib.ndiff(source.splitlines(), mutated.splitlines()) if change[0] in "+-"
    ]
    was = [change[2:].strip() for change in changed if change[0] == "-"]
    now = [change[2:].strip() for change in changed if change[0] == "+"]
    return Mutant(module, line, "\n".join(filter(None, was)), "\n".join(filter(None, now)), 0, mutated)


def _numbered(mutants: list[Mutant]) -> list[Mutant]:
    """Count mutants that read the same: the same line may stand in a module twice."""
    count: dict[tuple[str, str], int] = {}
    numbered = []
    for mutant in mutants:
        nth = count.get((mutant.was, mutant.mutated), 0)
        count[mutant.was, mutant.mutated] = nth + 1
        numbered.append(Mutant(mutant.module, mutant.line, mutant.was, mutant.mutated, nth, mutant.source))
    return numbered


_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.Is: ast.IsNot, ast.In: ast.NotIn, ast.Lt: ast.GtE, ast.Gt: ast.LtE,
}  # fmt: skip
_OPPOSITE |= {opposite: one for one, opposite in _OPPOSITE.items()}


class _OnlyBehaviour(ast.NodeTransformer):
    """Drop from a module what no run of it depends on, and read a negation written in two ways as one."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not):
            if isinstance(node.operand, ast.UnaryOp) and isinstance(node.operand.op, ast.Not):
                return node.operand.operand
            if isinstance(node.operand, ast.Compare) and len(node.operand.ops) == 1:
                node.operand.ops = [_OPPOSITE[type(node.operand.ops[0])]()]
                return node.operand
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self._without_docstring(node)

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        node.args = [
            *node.posonlyargs,
            *node.args,
            *node.kwonlyargs,
        ]  # `*` as `/` changes how callers write it
        node.defaults += filter(None, node.kw_defaults)
        node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(value=None)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith("dataclass"):
                decorator.keywords = []
        return self._without_docstring(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "zip":
            node.keywords = []
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if "TYPE_CHECKING" in ast.unparse(node.test) else self.generic_visit(node)

    def _without_docstring(self, node: Any) -> ast.AST:
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)


def _behaviour(source: str) -> str:
    try:
        return ast.dump(_OnlyBehaviour().visit(ast.parse(source)))
    except SyntaxError:  # `yield` in a filter and the like: no mutant
        return ""
