"""Calls, functions and types to code."""

import ast
from typing import TYPE_CHECKING

from feel import _nodes as n
from feel import _types
from feel._code import call, load
from feel._constants import read_at_once
from feel._inference import Inference

if TYPE_CHECKING:
    from feel._compiler._compiler import Compiler


def called(compiler: "Compiler", node: n.Call) -> ast.expr:
    arguments = ast.Tuple([compiler.emit(argument) for argument in node.arguments], ast.Load())
    candidates = compiler.builtin(node.callee)
    if candidates is not None:
        if node.named is not None:
            names = compiler.code.constant(node.named)
            constant = compiler.code.constant(candidates)
            return compiler.operation("call_builtin_by_name", node.position, constant, arguments, names)
        read = read_at_once(candidates, node.arguments)
        if read is not None:
            return compiler.code.constant(read)
        fitting = tuple(candidate for candidate in candidates if candidate.takes(len(node.arguments)))
        constant = compiler.code.constant(fitting or candidates)
        return compiler.operation("call_builtin", node.position, constant, arguments)
    return compiler.operation(
        "call", node.position, compiler.emit(node.callee), arguments, compiler.code.constant(node.named)
    )


def function_of(compiler: "Compiler", node: n.Lambda) -> ast.expr:
    names = tuple(name for name, _ in node.parameters)
    types = tuple(_types.ANY if kind is None else _resolved(compiler, kind) for _, kind in node.parameters)
    if node.body is None:
        specification = ast.Constant(None) if node.external is None else compiler.emit(node.external)
        constants = [
            compiler.code.constant(value) for value in (compiler.functions, types, _function_type(compiler, node))
        ]
        return compiler.operation("external", node.position, compiler.code.constant(names), specification, *constants)
    body = compiler.repeated(node.body, names)
    constants = [compiler.code.constant(value) for value in (types, _function_type(compiler, node))]
    return call("make_function", load("run"), compiler.code.constant(names), *body, *constants)


def _function_type(compiler: "Compiler", node: n.Lambda) -> _types.Type:
    known = (*compiler.declared, *(name for name, _ in compiler.scopes if name is not None))
    return Inference(compiler.types, dict.fromkeys(known)).function(node)


def instance_of(compiler: "Compiler", node: n.InstanceOf) -> ast.expr:
    kind = compiler.code.constant(_resolved(compiler, node.type))
    return compiler.operation("instance_of", node.position, compiler.emit(node.value), kind)


def _resolved(compiler: "Compiler", written: n.Type) -> _types.Type | None:
    found = _types.resolved(written, compiler.types)
    if found is None:
        compiler.unknown_types.add(written.name)
    return found
