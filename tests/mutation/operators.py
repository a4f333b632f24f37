"""Every small change of a module's rules that a test ought to notice."""

import ast
import copy
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_WORKED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_SWAPPED = {"min": "max", "max": "min", "all": "any", "any": "all"}
_UNTOUCHED = ("returns", "decorator_list", "type_comment")
_TYPES = frozenset({"tuple", "list", "dict", "set", "frozenset", "type"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: where it is, what it says, and the module's tree with it made.

    `function` is the qualified name of the function that holds it; empty where it changes what a
    module or a class is made of, so that only a fresh import shows it.
    """

    id: str
    module: str
    line: int
    function: str
    path: tuple[tuple[str, int], ...]
    number: int

    def tree(self, source: Path) -> ast.Module:
        """The module's tree with this one change."""
        tree = ast.parse(source.read_text(encoding="utf-8"))
        parent: ast.AST = tree
        for name, index in self.path[:-1]:
            parent = _child(parent, name, index)
        name, index = self.path[-1]
        node = _child(parent, name, index)
        changed = list(changes(node, field=name))[self.number]
        if index < 0:
            setattr(parent, name, changed)
        else:
            getattr(parent, name)[index] = changed
        return ast.fix_missing_locations(tree)


def mutants(source: Path) -> list[Mutant]:
    """Every mutant of one file, in the order of its lines; each id says the change itself."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    seen: Counter[str] = Counter()
    found = []
    for node, path, scope, function in _walk(tree, (), (), ""):
        if not function and isinstance(node, ast.BinOp):
            continue  # a union of types, worked out at the import
        for number, changed in enumerate(changes(node, field=path[-1][0])):
            text = f"{source.stem}:{'.'.join(scope)}: {_told(node)} => {_told(changed)}"
            seen[text] += 1
            name = text if seen[text] == 1 else f"{text} #{seen[text]}"
            line: int = getattr(node, "lineno", 0)
            found.append(Mutant(name, source.stem, line, function, path, number))
    return found


def fingerprint(*paths: Path) -> str:
    """What these files hold, in a few letters."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def changes(node: ast.AST, *, field: str) -> Iterator[ast.AST]:
    """What this node could wrongly be; `field` is the place it has in its parent."""
    match node:
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BoolOp():
            changed = copy.deepcopy(node)
            changed.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield changed
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
        case ast.UnaryOp(op=ast.USub()):
            yield node.operand
        case ast.BinOp() | ast.AugAssign() if type(node.op) in _WORKED:
            other = copy.deepcopy(node)
            other.op = _WORKED[type(node.op)]()
            yield other
        case ast.Constant():
            yield from _constants(node)
        case ast.Call(func=ast.Name(id=name)) if name in _SWAPPED:
            called = copy.deepcopy(node)
            called.func = ast.copy_location(ast.Name(_SWAPPED[name], ast.Load()), node.func)
            yield called
        case _:
            yield from _statements(node)
    if field in ("test", "ifs") and isinstance(node, ast.Name | ast.Attribute | ast.Call):
        yield ast.copy_location(ast.UnaryOp(ast.Not(), copy.deepcopy(node)), node)


def _comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for place, operator in enumerate(node.ops):
        for other in _COMPARED[type(operator)]:
            changed = copy.deepcopy(node)
            changed.ops[place] = other()
            yield changed


def _constants(node: ast.Constant) -> Iterator[ast.AST]:
    if isinstance(node.value, bool):
        yield ast.copy_location(ast.Constant(not node.value), node)
    elif isinstance(node.value, int | float):
        for step in (1, -1):
            yield ast.copy_location(ast.Constant(node.value + step), node)


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Return(value=ast.expr() as value) if not _is_none(value):
            yield ast.copy_location(ast.Return(ast.Constant(None)), node)
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()) | ast.Raise():
            yield ast.copy_location(ast.Pass(), node)
        case ast.Continue():
            yield ast.copy_location(ast.Break(), node)
        case ast.Break():
            yield ast.copy_location(ast.Continue(), node)


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _told(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _child(parent: ast.AST, name: str, index: int) -> ast.AST:
    held = getattr(parent, name)
    found: ast.AST = held if index < 0 else held[index]
    return found


def _walk(
    node: ast.AST, path: tuple[tuple[str, int], ...], scope: tuple[str, ...], function: str
) -> Iterator[tuple[ast.AST, tuple[tuple[str, int], ...], tuple[str, ...], str]]:
    """Every node that may be changed, with the names around it; annotations say nothing to do."""
    if path:
        yield node, path, scope, function
    if isinstance(node, Function | ast.ClassDef):
        scope = (*scope, node.name)
    for name, held in ast.iter_fields(node):
        if name in _UNTOUCHED or _is_for_types(node, name):
            continue
        # Of annotations only those of a class are read at all: `Field(gt=0)` refuses a file.
        if name == "annotation" and (function or isinstance(node, ast.arg)):
            continue
        # A default is worked out once, when the function is made; its body at each call.
        inside = function or (
            ".".join(scope) if isinstance(node, Function) and name == "body" else ""
        )
        pairs = enumerate(held) if isinstance(held, list) else [(-1, held)]
        for index, child in pairs:
            if isinstance(child, ast.AST):
                yield from _walk(child, (*path, (name, index)), scope, inside)


def _is_for_types(node: ast.AST, name: str) -> bool:
    match node:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assert() | ast.JoinedStr() | ast.FormattedValue():
            # What cannot happen, and how a sentence is laid out.
            return True
        case ast.keyword(arg="strict"):
            return True
        case ast.Call(func=ast.Name(id="dataclass" | "field" | "TypeVar")):
            return True
    return name == "slice" and _is_type(node)


def _is_type(node: ast.AST) -> bool:
    """Whether a subscript is a type such as `tuple[Fact, ...]` and not a look into a value."""
    value = getattr(node, "value", None)
    if not isinstance(value, ast.Name) or value.id == "Annotated" or value.id.isupper():
        return False
    return value.id in _TYPES or value.id[:1].isupper()
