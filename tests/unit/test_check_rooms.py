#!/usr/bin/env python3
"""Each rule of tools/check-rooms, on a small tree that breaks it."""

import importlib.machinery
import importlib.util
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools/check-rooms"


def rules():
    """The tool as a module, for its lists."""
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("check_rooms", str(TOOL))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader("check_rooms", loader))
    argv, sys.argv = sys.argv, [str(TOOL)]
    loader.exec_module(module)
    sys.argv = argv
    return module


RULES = rules()

STATES = "".join(f"struct {name} {{\n\tbool one;\n\tbool two;\n}};\n"
                 for name in RULES.BOOLS_OF)

TREE = {
    "ARCHITECTURE.md": "| `src/base` | all | |\n"
                       "| `src/wire` | parsers | base |\n"
                       "| `src/session` | sessions | base, wire |\n",
    "src/base/meson.build": "room_uses = []\n",
    "src/base/def.h": "#ifndef DEF_H\n#define DEF_H\n"
                      "#include <stdbool.h>\n#endif\n",
    "src/wire/meson.build": "room_uses = ['base']\n",
    "src/wire/json.h": '#ifndef JSON_H\n#define JSON_H\n#include "def.h"\n'
                       "struct enc_json {\n\tint depth;\n};\n"
                       "int enc_json_read(struct enc_json *json);\n#endif\n",
    "src/wire/json.c": '#include "json.h"\n\n'
                       "int enc_json_read(struct enc_json *json)\n{\n"
                       "\treturn json->depth;\n}\n",
    "src/session/meson.build": "room_uses = ['base', 'wire']\n",
    "src/session/states.h": '#ifndef STATES_H\n#define STATES_H\n'
                            f'#include "def.h"\n{STATES}#endif\n',
    # Types of a unit alone may have the same names as another's.
    "src/session/one.c": "struct row {\n\tint number;\n};\n"
                         "static int find(void)\n{\n\treturn 1;\n}\n",
    "src/session/two.c": "struct row {\n\tint number;\n};\n"
                         "static int find(void)\n{\n\treturn 2;\n}\n",
}


def findings(changes):
    """What it says of the tree with some files changed or added."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**TREE, **changes}.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        done = subprocess.run([sys.executable, TOOL, folder],
                              capture_output=True, text=True)
    assert done.stderr == "", done.stderr
    return done.returncode, done.stdout


def header(name, *lines):
    guard = name.upper() + "_H"
    return "\n".join([f"#ifndef {guard}", f"#define {guard}", *lines,
                      "#endif", ""])


class CheckRooms(unittest.TestCase):
    def refused(self, changes, *parts):
        code, text = findings(changes)
        self.assertEqual(code, 1, text)
        self.assertEqual(len(text.splitlines()), 1, text)
        for part in parts:
            self.assertIn(part, text)

    def test_a_tree_without_a_fault(self):
        code, text = findings({})
        self.assertEqual((code, text), (0, "3 rooms, 3 headers: fine\n"))

    def test_what_a_room_may_use(self):
        self.refused({"src/wire/json.c": TREE["src/wire/json.c"] +
                      '#include "states.h"\n'},
                     "src/wire/json.c:7", "wire may not use session")
        self.refused({"src/wire/meson.build": "room_uses = ['session']\n"},
                     "src/wire/meson.build: session isn't in")
        self.refused({"src/gate/meson.build": "room_uses = []\n"},
                     "no row for src/gate")

    def test_headers(self):
        self.refused({"src/wire/def.h": header("other", "int x;")},
                     "name is taken by base")
        self.refused({"src/wire/dns.h": header("dns", "size_t length;")},
                     "doesn't compile alone", "dns.h")
        self.refused({"src/wire/json.c": '#include "none.h"\n'},
                     "no room has none.h")

    def test_two_functions_of_one_name(self):
        self.refused({"src/session/json.c": "int\nenc_json_read(void)\n{\n"
                      "\treturn 0;\n}\n"},
                     "src/wire/json.c", "function enc_json_read(), too")

    def test_two_types_of_one_name(self):
        self.refused({"src/session/record.h":
                      header("record", "enum enc_json {", "\tENC_A,", "};")},
                     "src/wire/json.h", "type enc_json, too")
        self.refused({"src/session/record.c":
                      "struct enc_json {\n\tint other;\n};\n"},
                     "type enc_json, too")

    def test_a_type_and_a_function_of_one_name(self):
        self.refused({"src/session/record.c":
                      "struct x *enc_json(int a,\n\t\t   int b)\n{\n"
                      "\treturn a < b ? 0 : (void *)0;\n}\n"},
                     "enc_json() and the type enc_json of json.h")

    def test_a_cycle_of_headers(self):
        def three(first, second, third):
            return {f"src/wire/{name}.h":
                    header(name, f'#include "{other}.h"')
                    for name, other in ((first, second), (second, third),
                                        (third, first))}
        self.refused(three("a", "b", "c"),
                     "src/wire: a.h -> b.h -> c.h -> a.h")
        # Also when another header leads to it.
        self.refused({**three("m", "n", "o"), "src/wire/a.h":
                      header("a", '#include "n.h"')},
                     "src/wire: n.h -> o.h -> m.h -> n.h")

    def test_a_heap_of_bools(self):
        for name in RULES.BOOLS_OF:
            for more in ("bool three;", "bool three, four;",
                         "bool three : 1;"):
                text = STATES.replace(f"struct {name} {{\n",
                                      f"struct {name} {{\n\t{more}\n")
                self.refused({"src/session/states.h":
                              header("states", '#include "def.h"', text)},
                             f"struct {name} has ", "bools")
        self.refused({"src/session/states.h": TREE[
            "src/session/states.h"].replace("enc_live", "enc_alive")},
            "there is no struct enc_live")

    def test_stored_text_that_is_searched(self):
        for call in ("strstr(text, x)", 'sscanf(text, "%d", &x)'):
            for room in RULES.STORED_TEXT:
                changes = {f"src/{room}/record.c": f"int x = {call};\n"}
                if room != "session":
                    changes[f"src/{room}/meson.build"] = "room_uses = []\n"
                    changes["ARCHITECTURE.md"] = (
                        TREE["ARCHITECTURE.md"] + f"| `src/{room}` | x | |\n")
                self.refused(changes, f"src/{room}/record.c:1",
                             "searched, not parsed")
        code, text = findings({"src/wire/x.c": "int x = strstr(a, b);\n"})
        self.assertEqual(code, 0, text)

    def test_an_assert_that_acts(self):
        self.refused({"src/wire/x.c": "void f(void)\n{\n\tENC_ASSERT(\n"
                      "\t\tenc_buf_append(out, \"; x\", 1) == 0);\n}\n"},
                     "src/wire/x.c:3", "enc_buf_append() acts")
        code, text = findings({"src/wire/x.c": "int x = ENC_MUST(f_write());"
                               "\nint y = ENC_ASSERT(strlen(f) == 0);\n"})
        self.assertEqual(code, 0, text)

    def test_idioms(self):
        for line, fault in (("int x; // why", "// comment"),
                            ("int x = atoi(text);", "banned function"),
                            ("int x = malloc(1);", "bare allocation")):
            self.refused({"src/wire/x.c": line + "\n"}, "src/wire/x.c:1",
                         fault)
        code, text = findings({"src/wire/x.c":
                               '/* atoi() */\nchar *x = "https://atoi()";\n'})
        self.assertEqual(code, 0, text)


if __name__ == "__main__":
    unittest.main()
