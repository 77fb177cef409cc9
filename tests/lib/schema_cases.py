"""Requests made from openapi.json: each field, each way to get it wrong.

A case is (name, body, expected), where expected is an error code, or None if
the schema has nothing against the body. What the code must be is read off the
schema, never off the server.
"""

import copy
import json

OTHERS = {"string": "x", "integer": 7, "number": 0.5, "boolean": True,
          "array": [], "object": {}}
UNKNOWN = "unknown_field"
LATER = "not_available"
WIDE = "\U0001f512"  # four bytes, two escapes
UNKNOWN_NAMES = ("nothing", "", WIDE, "__proto__", "a" * 300,
                 "x\n\u202e</script>")


def text(value):
    return json.dumps(value, ensure_ascii=False).encode()


class Cases:
    def __init__(self, document):
        self.document = document

    def resolve(self, schema):
        while "$ref" in schema:
            node = self.document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                node = node[part]
            schema = node
        return schema

    @staticmethod
    def kind(schema):
        """The type beside null"""
        kinds = schema["type"]
        return (kinds if isinstance(kinds, str)
                else next(kind for kind in kinds if kind != "null"))

    def good(self, schema):
        """Some value that the schema takes."""
        schema = self.resolve(schema)
        if "enum" in schema:
            return schema["enum"][0]
        kind = self.kind(schema)
        if kind == "string":
            return "a" * max(1, schema.get("minLength", 1))
        if kind in ("integer", "number"):
            return schema.get("default", schema.get("minimum", 1))
        if kind == "array":
            return [self.good(schema.get("items", {"type": "string"}))
                    for _ in range(schema.get("minItems", 0))]
        return {name: self.good(schema["properties"][name])
                for name in schema.get("required", [])}

    def values(self, schema, error):
        """(name, value, code or None) for one place."""
        schema = self.resolve(schema)
        kind = "string" if "enum" in schema else self.kind(schema)
        fitting = {kind} | ({"integer"} if kind == "number" else set())
        yield "null", None, None if "null" in schema.get("type", ()) else error
        for other, value in OTHERS.items():
            if other not in fitting:
                yield other, value, error
        if "enum" in schema:
            yield from self.words(schema, error)
        elif kind == "string":
            yield from self.texts(schema, error)
        elif kind in ("integer", "number"):
            yield from self.numbers(schema, kind, error)
        elif kind == "array":
            yield from self.arrays(schema, error)
        else:
            yield from self.objects(schema, error)

    def words(self, schema, error):
        for word in schema["enum"]:
            yield f"word {word}", word, None
            yield f"upper {word}", word.upper(), error
            yield f"longer {word}", word + " ", error
        yield "empty word", "", error
        yield "wide word", WIDE, error

    def texts(self, schema, error):
        least, most = schema.get("minLength", 0), schema.get("maxLength")
        if least > 0:
            yield "too short", "a" * (least - 1), error
            yield "shortest", "a" * least, None
        if most is not None:
            yield "longest", "a" * most, None
            yield "too long", "a" * (most + 1), error
            yield "longest in bytes", WIDE * (most // 4), None
            yield "too long in bytes", WIDE * (most // 4 + 1), error

    def numbers(self, schema, kind, error):
        least, most = schema["minimum"], schema["maximum"]
        small = 1 if kind == "integer" else least / 2
        yield "least", least, None
        yield "most", most, None
        yield "below", least - small, error
        yield "above", most + 1, error
        yield "negative", -1, error
        yield "2^53+1", (1 << 53) + 1, error
        yield "2^63-1", (1 << 63) - 1, error
        yield "1e308", 1e308, error
        if kind == "integer":
            yield "fraction", least + 0.5, error

    def arrays(self, schema, error):
        item = self.resolve(schema["items"])
        good = self.good(item)
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if least > 0:
            yield "too few", [good] * (least - 1), error
        yield "fewest", [good] * least, None
        if most is not None:
            yield "too many", [good] * (most + 1), error
        for name, value, code in self.values(item, error):
            yield f"item {name}", [good] * max(0, least - 1) + [value], code

    def objects(self, schema, error):
        error = schema.get("x-enclave-error", error)
        good = self.good(schema)
        for name, sub in schema.get("properties", {}).items():
            for case, value, code in self.values(sub, error):
                yield f"{name} {case}", {**good, name: value}, code
        for name in schema.get("required", []):
            yield (f"no {name}",
                   {k: v for k, v in good.items() if k != name}, error)
        extra = schema.get("additionalProperties")
        if extra is False:
            for name in UNKNOWN_NAMES:
                yield f"unknown {name!r:.9}", {**good, name: 1}, UNKNOWN
        elif isinstance(extra, dict):
            for case, value, code in self.values(extra, error):
                yield f"any {case}", {"a": value}, code
            most = schema["maxProperties"]
            fill = self.good(extra)
            yield "too many", {f"n{i}": fill for i in range(most + 1)}, error
            longest = schema.get("x-enclave-name-max")
            if longest is not None:
                yield "name longest", {"n" * longest: fill}, None
                yield "name too long", {"n" * (longest + 1): fill}, error
                yield "no name", {"": fill}, error

    def bodies(self, schema, base):
        """(name, bytes, code) for a request whose good body is `base`."""
        schema = self.resolve(schema)
        for field, sub in schema["properties"].items():
            if sub.get("x-enclave-later"):
                for value in (None, *OTHERS.values(), {"a": [WIDE]}):
                    yield (f"{field}: later {value!r:.9}",
                           text({**base, field: value}), LATER)
                continue
            error = self.resolve(sub).get("x-enclave-error", "bad_request")
            for name, value, code in self.values(sub, error):
                body = copy.deepcopy(base)
                body[field] = value
                yield f"{field}: {name}", text(body), code
        for name in schema.get("required", []):
            yield (f"no {name}", text({k: v for k, v in base.items()
                                       if k != name}), "bad_request")
        for name in UNKNOWN_NAMES:
            yield f"unknown {name!r:.9}", text({**base, name: 1}), UNKNOWN
        for name, value in [("null", None), *OTHERS.items()]:
            if name != "object":
                yield f"body is {name}", text(value), "bad_request"
