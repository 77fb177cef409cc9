"""openapi.json in the hands of others: it is valid, and the clients that three
generators make of it run sessions."""

import os
import shutil
import subprocess
import tempfile
import unittest
from contextlib import contextmanager
from pathlib import Path

import contract
from enclave_test import TOP, Server, free_port

DOCUMENT = TOP / "src/api/openapi.json"
CLIENTS = Path(__file__).resolve().parent
VENV = TOP / "build/venv/bin"
NPM = TOP / "build/npm/node_modules"
JARS = TOP / "build/maven"


def tool(path):
    """Of tools/bootstrap test, as a path; a story without it is skipped."""
    found = sorted(path.parent.glob(path.name))
    if not found:
        raise unittest.SkipTest(f"no {path.name} (tools/bootstrap test)")
    return str(found[0])


def run(*command, seconds=120, **more):
    """What a program says; it has to end well."""
    env = {**os.environ, "PATH": f"{NPM}/.bin:{VENV}:{os.environ['PATH']}",
           "PYTHONDONTWRITEBYTECODE": "1", **more.pop("env", {})}
    done = subprocess.run(command, env=env, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=seconds, **more)
    text = done.stdout + done.stderr
    assert done.returncode == 0, (command[:2], done.returncode, text[-3000:])
    return text


@contextmanager
def folder():
    path = Path(tempfile.mkdtemp(prefix="enclave-test-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def served(**more):
    """(base URL, an API key) of a server over TCP."""
    port = free_port()
    with Server(listen=f"127.0.0.1:{port}", **more) as server:
        key = server.request("POST", "/v1/api-keys", {
            "scopes": ["admin", "metrics"]}).json["key"]
        yield f"http://127.0.0.1:{port}/v1", key


def test_the_document_is_valid():
    run(tool(VENV / "openapi-spec-validator"), str(DOCUMENT))
    # Whose code it is isn't the contract's affair.
    text = run(tool(NPM / ".bin/redocly"), "lint", str(DOCUMENT),
               "--skip-rule=info-license", "--max-problems=20",
               env={"REDOCLY_TELEMETRY": "off", "CI": "1"})
    assert "valid" in text and "warning" not in text.lower(), text


def test_examples_are_what_the_schemas_say():
    if not contract.checks:
        raise unittest.SkipTest("no jsonschema (tools/bootstrap test)")
    count = 0
    contents = [(name, kind, content) for name, response in
                contract.DOCUMENT["components"]["responses"].items()
                for kind, content in response.get("content", {}).items()]
    contents += [(spec["operationId"], kind, content)
                 for _, _, spec, _ in contract.operations()
                 for kind, content in spec.get("requestBody", {}).get(
                     "content", {}).items()]
    for name, kind, content in contents:
        for example in content.get("examples", {}).values():
            faults = contract.faults_in(content["schema"],
                                        contract.resolve(example)["value"])
            assert not faults, (name, faults)
            count += 1
    assert count > 30, count


def test_an_answer_of_another_shape_is_noticed():
    """What holds each exchange of these stories to openapi.json."""
    if not contract.checks:
        raise unittest.SkipTest("no jsonschema (tools/bootstrap test)")
    json_type = {"Content-Type": "application/json"}
    good = (b'{"ok":true,"backend":"native","backends":["native"],'
            b'"backendHealthy":true}')
    contract.check("GET", "/v1/healthz", 200, json_type, good)
    for status, headers, body in (
            (200, json_type, good.replace(b"true", b'"yes"')),
            (200, json_type, good.replace(b"{", b'{"more":1,')),
            (200, json_type, b'{"ok":true}'),
            (200, {"Content-Type": "text/html"}, good),
            (418, json_type, good)):
        try:
            contract.check("GET", "/healthz", status, headers, body)
        except AssertionError:
            continue
        raise RuntimeError(f"not noticed: {status} {headers} {body}")


def test_openapi_python_client():
    generator = tool(VENV / "openapi-python-client")
    with folder() as made, served() as (url, key):
        run(generator, "generate", "--path", str(DOCUMENT), "--meta", "none",
            "--output-path", str(made / "made"))
        run(tool(VENV / "python"), str(CLIENTS / "openapi_python_client.py"),
            url, key, env={"PYTHONPATH": str(made)})


def test_openapi_generator():
    jar = tool(JARS / "openapi-generator-cli-*.jar")
    with folder() as made, served() as (url, key):
        run("java", "-jar", jar, "generate", "-i", str(DOCUMENT), "-g",
            "python", "-o", str(made), "--package-name", "made",
            "--global-property", "apiTests=false,modelTests=false,"
            "apiDocs=false,modelDocs=false")
        run(tool(VENV / "python"), str(CLIENTS / "openapi_generator.py"),
            url, key, env={"PYTHONPATH": str(made)})


def test_openapi_typescript():
    node = tool(NPM / ".bin/node")
    with folder() as made, served() as (url, key):
        (made / "node_modules").symlink_to(NPM)
        (made / "package.json").write_text('{"type": "module"}')
        shutil.copy(CLIENTS / "openapi_typescript.ts", made)
        # A default is what the server takes, not what a client has to send.
        run(tool(NPM / ".bin/openapi-typescript"), str(DOCUMENT), "-o",
            str(made / "made.d.ts"), "--default-non-nullable", "false")
        run(tool(NPM / ".bin/tsc"), "--noEmit", "--strict", "--skipLibCheck", "--target",
            "esnext", "--module", "nodenext", "--allowImportingTsExtensions",
            "--types", "node", "openapi_typescript.ts", cwd=made)
        run(node, "openapi_typescript.ts", url, key, cwd=made)


def test_schemathesis_finds_no_undeclared_answer():
    """Requests that are made from the document, valid ones and others."""
    program = tool(VENV / "schemathesis")
    with folder() as made, served(backend="simulator") as (url, key):
        # A field that is known and not available yet is 501.
        (made / "schemathesis.toml").write_text(
            "[checks]\nnot_a_server_error.expected-statuses = "
            '["2xx", "4xx", "501"]\n')
        text = run(program, "run", str(DOCUMENT), "--url", url,
                   "--header", f"Authorization: Bearer {key}",
                   "--checks", "not_a_server_error,status_code_conformance,"
                   "content_type_conformance,response_schema_conformance",
                   "--phases", "examples,coverage,fuzzing",
                   "--max-examples", "10", "--generation-deterministic",
                   "--no-color", cwd=made)
    print("  " + text.strip().splitlines()[-1].strip("= "))
