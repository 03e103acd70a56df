"""The value of an expression, as far as it is known without running it."""

import ast
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from contractcheck.migrations.alembic import budget, calls, library, names, objects
from contractcheck.migrations.alembic.emission import concrete
from contractcheck.migrations.alembic.machine import Machine
from contractcheck.migrations.alembic.values import HOLE, Function, Import, Raised, Scope, Unknown

CONDITION = "a condition only a run knows"


def evaluate(machine: Machine, node: ast.expr, scope: Scope) -> object:
    """The value of an expression, or Unknown. Raises Raised where the code raises, Exhausted past a budget."""
    machine.budget.step()
    handler = _HANDLERS.get(type(node))
    if handler is None:
        return Unknown(f"{type(node).__name__} is not read")
    value = handler(machine, node, scope)
    if isinstance(value, Import):
        value = value.value()
    if machine.tainted and id(value) in machine.tainted:
        return Unknown(CONDITION)
    return value


def truth(_machine: Machine, value: object) -> bool | None:
    """Whether a value counts as true; None if that is not known."""
    if isinstance(value, Unknown):
        if value.template and value.template.replace(HOLE, ""):
            return True
        return None
    if value is None or isinstance(
        value, bool | int | float | str | bytes | list | tuple | dict | set | frozenset | range
    ):
        return bool(value)
    return objects.truth(value)


def iterate(machine: Machine, value: object) -> list[object] | None:
    """The items of an iterable, paid for one by one; None if they are not known."""
    if isinstance(value, Unknown):
        return None
    from contractcheck.migrations.alembic import mapped

    if isinstance(value, mapped.Query):
        mapped.read(machine, value)
        return None
    if isinstance(value, list | tuple | dict | set | frozenset | str | bytes | range):
        if len(value) > budget.ITEMS:
            raise budget.Exhausted(f"loops over {len(value)} items")
        if isinstance(value, set | frozenset) and not objects.plain(value):
            return None  # nobody knows in which order
        ordered: Iterable[object] = sorted(value, key=repr) if isinstance(value, set | frozenset) else value
        machine.budget.step(len(value))
        return list(ordered)
    return objects.items(value)


def guarded(run: Callable[[], object]) -> object:
    """Carry out something for real; what it raises is what the code raises."""
    try:
        return run()
    except (Raised, budget.Exhausted):
        raise
    except RecursionError as error:
        raise budget.Exhausted("is nested too deeply") from error
    except MemoryError as error:
        raise budget.Exhausted("needs too much memory") from error
    except Exception as error:
        raise Raised(error) from error


def because(value: object) -> str:
    """Why something that follows from the value is not known."""
    return value.reason if isinstance(value, Unknown) else CONDITION


def unknown_of(*values: object) -> Unknown | None:
    """The first unknown among values."""
    return next((value for value in values if isinstance(value, Unknown)), None)


def _constant(_machine: Machine, node: ast.Constant, _scope: Scope) -> object:
    return node.value


def _name(_machine: Machine, node: ast.Name, scope: Scope) -> object:
    found = scope.find(node.id)
    if found is not None:
        return found.names[node.id]
    if node.id in names.NAMES:
        return names.NAMES[node.id]
    known = library.builtins()
    if node.id in known:
        return known[node.id]
    return Unknown(f"{node.id} is not read", origin=node.id)


def _attribute(machine: Machine, node: ast.Attribute, scope: Scope) -> object:
    return objects.attribute(machine, evaluate(machine, node.value, scope), node.attr, node)


_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], object]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift, ast.BitOr: operator.or_, ast.BitXor: operator.xor, ast.BitAnd: operator.and_,
}  # fmt: skip


def _binary(machine: Machine, node: ast.BinOp, scope: Scope) -> object:
    # Long sums of strings lean to the left: walk the spine instead of the stack.
    spine: list[ast.BinOp] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp):
        machine.budget.step()
        spine.append(left)
        left = left.left
    value = evaluate(machine, left, scope)
    for part in reversed(spine):
        value = combine(part.op, value, evaluate(machine, part.right, scope))
    return value


def combine(op: ast.operator, left: object, right: object) -> object:
    """The result of a binary operator."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return _partly(op, left, right)
    if isinstance(left, int | float) and isinstance(right, int | float):
        _guard_numbers(op, left, right)
    elif isinstance(op, ast.Mult):
        for sequence, times in ((left, right), (right, left)):
            if isinstance(sequence, str | bytes | list | tuple) and isinstance(times, int):
                budget.text(len(sequence) * max(times, 0) * (1 if isinstance(sequence, str | bytes) else 40))
    elif isinstance(op, ast.Add) and isinstance(left, str | bytes) and isinstance(right, str | bytes):
        budget.text(len(left) + len(right))
    elif isinstance(op, ast.Mod) and isinstance(left, str | bytes):
        budget.weigh(right)
        if isinstance(left, bytes):
            return Unknown("formatting of bytes is not read")
        library.percent(left)
        if unknown_of(*(right if isinstance(right, tuple) else (right,))) or _holds_unknown(right):
            return _percent(left, right)
        if not _plain(right):
            return Unknown("formats an object")
    else:
        budget.weigh(left, right)
    if not objects.operable(left, right):
        return Unknown("an operator on an object that is not read")
    return guarded(
        lambda: _BINARY[type(op)](left, right) if type(op) in _BINARY else Unknown("an operator that is not read")
    )


def _plain(value: object) -> bool:
    if isinstance(value, tuple | list):
        return all(_plain(item) for item in value)
    if isinstance(value, dict):
        return all(_plain(item) for item in value.values())
    return value is None or objects.printable(value)


def _holds_unknown(value: object) -> bool:
    return isinstance(value, dict) and unknown_of(*value.values()) is not None


def _percent(form: str, right: object) -> Unknown:
    def text(value: object) -> object:
        return (value.template or HOLE) if isinstance(value, Unknown) else value

    values = (
        {key: text(value) for key, value in right.items()}
        if isinstance(right, dict)
        else tuple(text(value) for value in right)
        if isinstance(right, tuple)
        else text(right)
    )
    import re

    softened = re.sub(r"%(\(\w{1,60}\))?[dif]", lambda match: f"%{match.group(1) or ''}s", form)
    try:
        return Unknown("text with an unknown part", template=softened % values)
    except (TypeError, ValueError, KeyError):
        return Unknown("text with an unknown part")


def _partly(op: ast.operator, left: object, right: object) -> object:
    if isinstance(op, ast.Add) and isinstance(left, str | Unknown) and isinstance(right, str | Unknown):
        texts = [side if isinstance(side, str) else side.template for side in (left, right)]
        if isinstance(left, str) or isinstance(right, str) or all(texts):
            budget.text(sum(len(text or "") for text in texts))
            return Unknown(
                "text with an unknown part", template="".join(HOLE if text is None else text for text in texts)
            )
    if isinstance(op, ast.Mod) and isinstance(left, str):
        library.percent(left)
        return _percent(left, right)
    if objects.expression(left) or objects.expression(right):
        return guarded(lambda: _BINARY[type(op)](concrete(left), concrete(right)))
    unknown = unknown_of(left, right)
    assert unknown is not None  # noqa: S101 - the caller looked
    return Unknown(unknown.reason, database=unknown.database)


def _guard_numbers(op: ast.operator, left: int | float, right: int | float) -> None:  # noqa: PYI041 - both are meant
    if isinstance(left, int) and isinstance(right, int):
        if isinstance(op, ast.Pow):
            budget.number(left.bit_length() * max(right, 0))
        elif isinstance(op, ast.LShift):
            budget.number(left.bit_length() + max(right, 0))
        elif isinstance(op, ast.Mult):
            budget.number(left.bit_length() + right.bit_length())


def _bool(machine: Machine, node: ast.BoolOp, scope: Scope) -> object:
    """Unknown parts keep later ones from being certain, but a part that decides alone does."""
    unknown: Unknown | None = None
    value: object = None
    stops = isinstance(node.op, ast.Or)
    for part in node.values:
        if unknown is None:
            value = evaluate(machine, part, scope)
        else:
            outcomes = machine.explore([partial(_store, machine, part, scope)])
            machine.merge([(), *(outcome.steps for outcome in outcomes)], node, unknown.reason)
            value = (
                outcomes[0].names.get(id(scope), {}).get("<value>", Unknown(CONDITION))
                if outcomes
                else Unknown(CONDITION)
            )
        known = truth(machine, value)
        if known is stops:
            # `unknown or True` is true whatever the unknown is, though maybe not `True` itself.
            return value if unknown is None else stops
        if known is None and unknown is None:
            unknown = Unknown(because(value))
    return value if unknown is None else Unknown(unknown.reason, database=unknown.database)


def _store(machine: Machine, part: ast.expr, scope: Scope) -> None:
    scope.names["<value>"] = evaluate(machine, part, scope)


def _unary(machine: Machine, node: ast.UnaryOp, scope: Scope) -> object:
    value = evaluate(machine, node.operand, scope)
    if isinstance(node.op, ast.Not):
        known = truth(machine, value)
        return Unknown(because(value)) if known is None else not known
    if isinstance(value, Unknown):
        return Unknown(value.reason)
    if not objects.operable(value):
        return Unknown("an operator on an object that is not read")
    unary: Mapping[type[ast.unaryop], Any] = {
        ast.USub: operator.neg,
        ast.UAdd: operator.pos,
        ast.Invert: operator.invert,
    }
    return guarded(partial(unary[type(node.op)], value))


_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], object]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip


def _compare(machine: Machine, node: ast.Compare, scope: Scope) -> object:
    left = evaluate(machine, node.left, scope)
    result: object = True
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = evaluate(machine, comparator, scope)
        result = _compared(machine, op, left, right)
        known = truth(machine, result) if len(node.ops) > 1 else True
        if known is not True:
            return result
        left = right
    return result


def _compared(machine: Machine, op: ast.cmpop, left: object, right: object) -> object:
    if isinstance(op, ast.Is | ast.IsNot):
        unknown = unknown_of(left, right)
        if unknown is not None:
            if unknown.template is not None:
                return isinstance(op, ast.IsNot)
            return Unknown(unknown.reason)
        return (left is right) is isinstance(op, ast.Is)
    if isinstance(op, ast.In | ast.NotIn):
        return _contained(machine, left, right, wanted=isinstance(op, ast.In))
    if objects.expression(left) or objects.expression(right):
        return guarded(lambda: _COMPARE[type(op)](concrete(left), concrete(right)))
    unknown = unknown_of(left, right)
    if unknown is not None:
        return Unknown(unknown.reason)
    budget.weigh(left, right)
    if not objects.operable(left, right):
        return (
            (left is right) is isinstance(op, ast.Eq)
            if isinstance(op, ast.Eq | ast.NotEq)
            else Unknown("an object is compared")
        )
    return guarded(lambda: _COMPARE[type(op)](left, right))


def _contained(machine: Machine, left: object, right: object, *, wanted: bool) -> object:
    if isinstance(right, str) and isinstance(left, str):
        return (left in right) is wanted
    if isinstance(right, range) and isinstance(left, int):
        return (left in right) is wanted
    items = iterate(machine, right)
    if items is None:
        return Unknown(right.reason if isinstance(right, Unknown) else CONDITION)
    if isinstance(left, Unknown):
        return (not wanted) if not items else Unknown(left.reason)
    budget.weigh(left)
    if any(
        not isinstance(item, Unknown)
        and (item is left or (type(item) is type(left) and objects.operable(item) and item == left))
        for item in items
    ):
        return wanted
    return Unknown(CONDITION) if unknown_of(*items) else not wanted


def _choice(machine: Machine, node: ast.IfExp, scope: Scope) -> object:
    known = truth(machine, evaluate(machine, node.test, scope))
    if known is not None:
        return evaluate(machine, node.body if known else node.orelse, scope)
    outcomes = machine.explore([partial(_store, machine, side, scope) for side in (node.body, node.orelse)])
    machine.merge([outcome.steps for outcome in outcomes], node, CONDITION)
    values = [outcome.names.get(id(scope), {}).get("<value>", Unknown(CONDITION)) for outcome in outcomes]
    from contractcheck.migrations.alembic.machine import agreed

    return agreed(values, CONDITION) if len(values) == 2 else (values or [Unknown(CONDITION)])[0]


def _joined(machine: Machine, node: ast.JoinedStr, scope: Scope) -> object:
    parts = [evaluate(machine, value, scope) for value in node.values]
    budget.text(sum(len(part) for part in parts if isinstance(part, str)))
    if unknown_of(*parts):
        return Unknown(
            "text with an unknown part",
            template="".join(
                part if isinstance(part, str) else (part.template or HOLE)
                for part in parts
                if isinstance(part, str | Unknown)
            ),
        )
    return "".join(str(part) for part in parts)


def _formatted(machine: Machine, node: ast.FormattedValue, scope: Scope) -> object:
    value = evaluate(machine, node.value, scope)
    form = evaluate(machine, node.format_spec, scope) if node.format_spec else ""
    if isinstance(value, Unknown):
        return value
    if isinstance(form, Unknown):
        return form
    text = objects.text(value)
    if text is None:
        return Unknown("prints an object")
    if node.conversion in {ord("r"), ord("a")}:
        budget.weigh(value)
        value = repr(value) if objects.plain(value) else Unknown("prints an object")
        if isinstance(value, Unknown):
            return value
    elif node.conversion == ord("s") or not form:
        value = text
    if form:
        library.template("{:" + str(form) + "}")
        return guarded(lambda: format(value, str(form)))
    return value


def _items(machine: Machine, nodes: list[ast.expr], scope: Scope) -> list[object] | Unknown:
    result: list[object] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            value = evaluate(machine, node.value, scope)
            more = iterate(machine, value)
            if more is None:
                return value if isinstance(value, Unknown) else Unknown("items that are not known")
            result.extend(more)
        else:
            result.append(evaluate(machine, node, scope))
    return result


def _list(machine: Machine, node: ast.List, scope: Scope) -> object:
    return _items(machine, node.elts, scope)


def _tuple(machine: Machine, node: ast.Tuple, scope: Scope) -> object:
    items = _items(machine, node.elts, scope)
    return items if isinstance(items, Unknown) else tuple(items)


def _set(machine: Machine, node: ast.Set, scope: Scope) -> object:
    items = _items(machine, node.elts, scope)
    if isinstance(items, Unknown) or unknown_of(*items):
        return Unknown("a set with unknown items")
    budget.weigh(items)
    return guarded(lambda: set(items))


def _dict(machine: Machine, node: ast.Dict, scope: Scope) -> object:
    result: dict[object, object] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = evaluate(machine, value_node, scope)
        if key_node is None:
            if not isinstance(value, dict):
                return value if isinstance(value, Unknown) else Unknown("a mapping that is not known")
            result.update(value)
            continue
        key = evaluate(machine, key_node, scope)
        if isinstance(key, Unknown):
            return Unknown("a mapping with unknown keys")
        budget.weigh(key)
        guarded(partial(operator.setitem, result, key, value))
    return result


def _subscript(machine: Machine, node: ast.Subscript, scope: Scope) -> object:
    value = evaluate(machine, node.value, scope)
    index = evaluate(machine, node.slice, scope)
    return objects.item(value, index)


def _slice(machine: Machine, node: ast.Slice, scope: Scope) -> object:
    bounds = [None if part is None else evaluate(machine, part, scope) for part in (node.lower, node.upper, node.step)]
    unknown = unknown_of(*bounds)
    return unknown if unknown is not None else slice(*bounds)


def _rounds(machine: Machine, generators: list[ast.comprehension], scope: Scope) -> Iterator[str | None]:
    """Bind the names of a comprehension for each of its items; yields why once if they are not known."""
    from contractcheck.migrations.alembic import bindings

    if not generators:
        yield None
        return
    first, rest = generators[0], generators[1:]
    iterable = evaluate(machine, first.iter, scope)
    items = iterate(machine, iterable)
    if items is None:
        yield because(iterable)
        return
    for item in items:
        machine.budget.step()
        bindings.assign(machine, first.target, item, scope)
        verdict: bool | None = True
        for condition in first.ifs:
            verdict = truth(machine, evaluate(machine, condition, scope))
            if verdict is not True:
                break
        if verdict is None:
            yield CONDITION
            return
        if verdict:
            yield from _rounds(machine, rest, scope)


def _comprehension(machine: Machine, node: ast.ListComp | ast.SetComp | ast.GeneratorExp, scope: Scope) -> object:
    inner = Scope({}, scope)
    result: list[object] = []
    machine.frames[-1].scope, outer = inner, machine.frames[-1].scope
    try:
        for why in _rounds(machine, node.generators, inner):
            if why is not None:
                return _unknown_rounds(machine, node, [node.elt], inner, why)
            result.append(evaluate(machine, node.elt, inner))
    finally:
        machine.frames[-1].scope = outer
    if isinstance(node, ast.SetComp):
        if unknown_of(*result):
            return Unknown("a set with unknown items")
        budget.weigh(result)
        return guarded(lambda: set(result))
    return result


def _unknown_rounds(
    machine: Machine,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    parts: list[ast.expr],
    inner: Scope,
    why: str,
) -> Unknown:
    """A comprehension over items that are not known may still send statements: once, for an unknown item."""
    from contractcheck.migrations.alembic import bindings

    items: list[object] = []

    def run() -> None:
        for generator in node.generators:
            bindings.assign(machine, generator.target, Unknown(why), inner)
        items.extend(evaluate(machine, part, inner) for part in parts)

    outcomes = machine.explore([run])
    machine.merge([(), *(outcome.steps for outcome in outcomes)], node, "a loop over items only a run knows")
    return Unknown(why, parts={"<item>": items[-1]} if items else {})


def _dict_comprehension(machine: Machine, node: ast.DictComp, scope: Scope) -> object:
    inner = Scope({}, scope)
    result: dict[object, object] = {}
    machine.frames[-1].scope, outer = inner, machine.frames[-1].scope
    try:
        for why in _rounds(machine, node.generators, inner):
            if why is not None:
                return _unknown_rounds(machine, node, [node.key, node.value], inner, why)
            key, value = evaluate(machine, node.key, inner), evaluate(machine, node.value, inner)
            if isinstance(key, Unknown):
                return Unknown("a mapping with unknown keys")
            budget.weigh(key)
            guarded(partial(operator.setitem, result, key, value))
    finally:
        machine.frames[-1].scope = outer
    return result


def _lambda(machine: Machine, node: ast.Lambda, scope: Scope) -> object:
    return function(machine, node, scope)


def function(machine: Machine, node: ast.FunctionDef | ast.Lambda, scope: Scope) -> Function:
    """A function with its defaults evaluated where it is defined."""
    arguments = node.args
    return Function(
        node,
        scope,
        tuple(evaluate(machine, default, scope) for default in arguments.defaults),
        {
            argument.arg: evaluate(machine, default, scope)
            for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        },
    )


def _named(machine: Machine, node: ast.NamedExpr, scope: Scope) -> object:
    value = evaluate(machine, node.value, scope)
    scope.names[node.target.id] = value
    return value


def _yield(machine: Machine, node: ast.Yield, scope: Scope) -> object:
    value = None if node.value is None else evaluate(machine, node.value, scope)
    receive = machine.frames[-1].receive
    if receive is not None:
        receive(value)
    return None


def _yield_from(machine: Machine, node: ast.YieldFrom, scope: Scope) -> object:
    items = iterate(machine, evaluate(machine, node.value, scope))
    receive = machine.frames[-1].receive
    for item in items if items is not None else [Unknown("an unknown item")]:
        if receive is not None:
            receive(item)
    return None


def _call(machine: Machine, node: ast.Call, scope: Scope) -> object:
    return calls.evaluate_call(machine, node, scope)


_HANDLERS: Mapping[type[ast.expr], Callable[[Machine, Any, Scope], object]] = {
    ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute, ast.BinOp: _binary, ast.BoolOp: _bool,
    ast.UnaryOp: _unary, ast.Compare: _compare, ast.IfExp: _choice, ast.JoinedStr: _joined,
    ast.FormattedValue: _formatted,
    ast.List: _list, ast.Tuple: _tuple, ast.Set: _set, ast.Dict: _dict, ast.Subscript: _subscript, ast.Slice: _slice,
    ast.ListComp: _comprehension, ast.SetComp: _comprehension, ast.GeneratorExp: _comprehension,
    ast.DictComp: _dict_comprehension, ast.Lambda: _lambda, ast.NamedExpr: _named, ast.Yield: _yield,
    ast.YieldFrom: _yield_from, ast.Call: _call,
}  # fmt: skip
