"""What the API promises, in src/api/openapi.json, and what it answered.

Each exchange of a test comes through check(): its status must be declared, and
its body must be valid by the schema of that status. A field that the schema
doesn't have is a fault too, though clients have to ignore it.

ENCLAVE_EXERCISED names a file that gets a line for each answer of an operation
that came; unexercised() reads it. Without the package jsonschema (Debian:
python3-jsonschema; else build/venv) nothing is checked, and `checks` is False.
"""

import json
import os
import re
import sys
import threading
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
METHODS = ("get", "post", "put", "patch", "delete")
DOCUMENT = json.loads((TOP / "src/api/openapi.json").read_text())


def find_jsonschema():
    for place in ("", *(TOP / "build/venv/lib").glob(
            f"python{sys.version_info[0]}.{sys.version_info[1]}/"
            "site-packages")):
        try:
            if place:
                sys.path.append(str(place))
            import jsonschema
            return jsonschema
        except ImportError:
            if place:
                sys.path.remove(str(place))
    return None


jsonschema = find_jsonschema()
checks = jsonschema is not None


def resolve(node):
    while "$ref" in node:
        found = DOCUMENT
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def operations():
    """(method, path template, operation, its parameters and the path's)"""
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method], [
                    resolve(p) for p in item.get("parameters", []) +
                    item[method].get("parameters", [])]


ROUTES = [(method.upper(), re.compile("(/v1)?" + re.sub(
    r"\{\w+\}", "[A-Za-z0-9_-]{1,127}", path)), spec)
    for method, path, spec, _ in operations()]


def find_operation(method, target):
    path = target.partition("?")[0]
    return next((spec for m, pattern, spec in ROUTES
                 if m == method and pattern.fullmatch(path)), None)


def closed(schema):
    """The schema, with every object closed that doesn't say otherwise."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: closed(value) for key, value in schema.items()
              if key != "contentSchema"}
    if isinstance(schema.get("properties"), dict):
        schema.setdefault("additionalProperties", False)
    return schema


VALIDATORS = {}


def validator(schema):
    key = json.dumps(schema, sort_keys=True)
    if key not in VALIDATORS:
        whole = {**closed(schema), "components": COMPONENTS}
        VALIDATORS[key] = jsonschema.Draft202012Validator(whole)
    return VALIDATORS[key]


def make_components():
    schemas = DOCUMENT["components"]["schemas"]
    found = {}
    for name, schema in schemas.items():
        if "allOf" in schema and any("$ref" in one for one in schema["allOf"]):
            parts = [resolve(one) for one in schema["allOf"]]
            found[name] = {"type": "object", "required": [
                field for part in parts for field in part["required"]],
                "properties": {k: v for part in parts
                               for k, v in part["properties"].items()}}
        else:
            found[name] = schema
    return {"schemas": closed(found)}


COMPONENTS = make_components()


def faults_in(schema, value):
    """What is wrong with a value; the first few faults."""
    found = []
    for error in validator(schema).iter_errors(value):
        error = jsonschema.exceptions.best_match([error]) or error
        found.append(f"{'/'.join(map(str, error.absolute_path)) or 'body'}: "
                     f"{error.message[:300]}")
        if len(found) == 3:
            break
    return found


class Exercised:
    """Answers that came, in this process; each is written once."""

    def __init__(self):
        self.lock = threading.Lock()
        self.pid, self.seen = None, set()

    def note(self, operation, status):
        path = os.environ.get("ENCLAVE_EXERCISED")
        if path is None:
            return
        with self.lock:
            if self.pid != os.getpid():
                self.pid, self.seen = os.getpid(), set()
            if (operation, status) in self.seen:
                return
            self.seen.add((operation, status))
            with open(path, "a", encoding="ascii") as file:
                file.write(f"{operation} {status}\n")


exercised = Exercised()


def check(method, target, status, headers, body):
    """Raises AssertionError if an answer isn't what openapi.json promises."""
    spec = find_operation(method, target)
    if not checks or spec is None:
        return
    operation = spec["operationId"]
    what = f"{operation} ({method} {target[:100]}) answered {status}"
    exercised.note(operation, status)
    if str(status) not in spec["responses"]:
        raise AssertionError(f"{what}, which openapi.json doesn't declare: "
                             f"{body[:200]!r}")
    content = resolve(spec["responses"][str(status)]).get("content")
    if content is None:
        assert not body, f"{what} with a body"
        return
    kind = (headers.get("Content-Type") or "").partition(";")[0]
    if kind not in content:
        raise AssertionError(f"{what} with Content-Type {kind}, not one of "
                             f"{list(content)}")
    if kind == "application/json" and method != "HEAD":
        faults = faults_in(content[kind]["schema"], json.loads(body))
        if faults:
            raise AssertionError(f"{what}: " + "; ".join(faults))


def check_event(kind, data):
    """The same for an event of a stream; data is what was parsed."""
    if not checks:
        return
    event = DOCUMENT["components"]["schemas"]["StreamEvent"]
    if kind not in event["properties"]["event"]["enum"]:
        raise AssertionError(f"event {kind}: openapi.json doesn't declare it")
    faults = faults_in(event["x-enclave-data"][kind], data)
    if faults:
        raise AssertionError(f"event {kind}: " + "; ".join(faults))


def unexercised(path):
    """(operations that never were, answers that never came) of a whole run."""
    lines = Path(path).read_text().split("\n") if Path(path).exists() else []
    seen = {tuple(line.split()) for line in lines if line}
    called = {operation for operation, _ in seen}
    names = [spec["operationId"] for _, _, spec, _ in operations()]
    answers = [f"{spec['operationId']} {status}"
               for _, _, spec, _ in operations()
               for status in spec["responses"]
               if (spec["operationId"], status) not in seen]
    return [name for name in names if name not in called], answers
