"""Two verifiers of the audit log: `enclave audit verify` and
tools/audit_verify.py, which was written from the page alone."""

import gzip
import json
import os
import random
import re
import shutil
import subprocess
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import audit_verify
import settings
from bundles import bundle, genesis, join, line, sized
from drivers import TOP, driver, verdicts

CLI = str(TOP / "build/bin/enclave")
SECOND = str(TOP / "tools/audit_verify.py")
OK, TAMPERED, OPEN, VERSION = 0, 1, 2, 4
NO_BUNDLE, OTHER_HEAD, ERASED = 5, 6, 7
SAMPLE = 1 << 14  # of the one-bit mutants, for the second verifier


def real(events):
    done = subprocess.run([driver("bundle"), str(events)], check=True,
                          capture_output=True)
    return done.stdout.splitlines()


def agree(mutants):
    """{name: verdict}: both verifiers, in process, on all of them."""
    mutants = list(mutants)
    first = verdicts(bytes_ for _, bytes_ in mutants)
    assert len(first) == len(mutants)
    found = {}
    for (name, bytes_), one in zip(mutants, first):
        two = audit_verify.verify_bytes(bytes_).verdict
        assert one == two, (name, one, two, bytes_[:4000])
        found[name] = one
    return found


def exit_codes(bytes_, *options):
    return [subprocess.run([*command, *options, "-"], input=bytes_,
                           capture_output=True, timeout=60).returncode
            for command in ([CLI, "audit", "verify"], [SECOND])]


def agree_as_programs(mutants):
    """The same by exit codes of the two programs."""
    found = {}
    for name, bytes_ in mutants:
        one, two = exit_codes(bytes_)
        assert one == two, (name, one, two, bytes_[:4000])
        found[name] = one
    return found


def moved(lines):
    """Every line deleted, doubled, swapped with its next; every cut."""
    for i in range(len(lines)):
        yield f"deleted {i}", join(lines[:i] + lines[i + 1:])
        yield f"doubled {i}", join(lines[:i + 1] + lines[i:])
        yield f"cut at {i}", join(lines[:i])
    for i in range(len(lines) - 1):
        yield f"swapped {i}", join(lines[:i] + [lines[i + 1], lines[i]]
                                   + lines[i + 2:])


def test_lines_moved():
    for lines in (real(7), real(1),
                  (TOP / "tests/vectors/audit.jsonl").read_bytes()
                  .splitlines()):
        last = len(lines) - 1
        found = agree_as_programs(moved(lines))
        assert found == agree(moved(lines))
        for name, verdict in found.items():
            place = int(name.split()[-1])
            whole_tail = name.startswith(("cut", "deleted")) and (
                place >= 1 and (name.startswith("cut") or place == last))
            nothing = name == "cut at 0"
            assert verdict == (OPEN if whole_tail else NO_BUNDLE if nothing
                               else TAMPERED), name


def test_every_truncation():
    whole = join(real(7))
    found = agree((at, whole[:at]) for at in range(len(whole) + 1))
    ends = {i + 1 for i, c in enumerate(whole) if c == 10}
    for at, verdict in found.items():
        assert verdict == (OK if at == len(whole) else
                           OPEN if at in ends else
                           NO_BUNDLE if at < len('{"orgId":"') else
                           TAMPERED), (at, verdict)
    found = agree((f"{byte:02x}", whole + bytes([byte]))
                  for byte in range(256))
    assert set(found.values()) == {TAMPERED}


EVENTS = [{"data": b'{"name":"a","count":1}'},
          {"data": b'{"name":"b","count":-5,"more":[true,null,{}]}'}]


def forged(**event):
    """A whole bundle, digests and all, around one event as given."""
    return join(bundle([EVENTS[0], {"data": b"{}", **event}]))


DATA = {  # name: (data, whether it has the one spelling)
    "plain": (b'{"a":1}', True),
    "empty": (b"{}", True),
    "nested": (b'{"a":[[],{},[1,2],{"b":{"a":null}}]}', True),
    "largest": (b'{"a":9007199254740991}', True),
    "least": (b'{"a":-9007199254740991}', True),
    "2^53": (b'{"a":9007199254740992}', False),
    "2^53+1": (b'{"a":9007199254740993}', False),
    "-2^53": (b'{"a":-9007199254740992}', False),
    "17 digits": (b'{"a":10000000000000000}', False),
    "2^64+1": (b'{"a":18446744073709551617}', False),
    "minus zero": (b'{"a":-0}', False),
    "leading zero": (b'{"a":01}', False),
    "plus": (b'{"a":+1}', False),
    "fraction": (b'{"a":1.0}', False),
    "exponent": (b'{"a":1e0}', False),
    "exponent E": (b'{"a":1E0}', False),
    "space in": (b'{"a": 1}', False),
    "space before": (b' {"a":1}', False),
    "space behind": (b'{"a":1} ', False),
    "tab": (b'{\t"a":1}', False),
    "twice": (b'{"a":1,"a":2}', False),
    "twice below": (b'{"b":{"a":1,"a":1}}', False),
    "twice apart": (b'{"b":{"a":1},"a":1}', True),
    "array": (b"[]", False),
    "string": (b'"a"', False),
    "null": (b"null", False),
    "no comma": (b'{"a":1"b":2}', False),
    "comma at end": (b'{"a":1,}', False),
    "comma in array": (b'{"a":[1,]}', False),
    "no value": (b'{"a":}', False),
    "no name": (b'{:1}', False),
    "wrong word": (b'{"a":nul}', False),
    "True": (b'{"a":True}', False),
    "NaN": (b'{"a":NaN}', False),
    "unclosed": (b'{"a":[1}', False),
    "two values": (b"{}{}", False),
    "short escapes": (b'{"a":"\\b\\f\\n\\r\\t\\"\\\\"}', True),
    "slash": (b'{"a":"/"}', True),
    "escaped slash": (b'{"a":"\\/"}', False),
    "NUL": (b'{"a":"\\u0000"}', True),
    "DEL": (b'{"a":"\\u007f"}', True),
    "raw DEL": (b'{"a":"\x7f"}', False),
    "raw tab": (b'{"a":"\t"}', False),
    "raw UTF-8": (b'{"a":"\xc3\xa9"}', False),
    "e acute": (b'{"a":"\\u00e9"}', True),
    "upper hex": (b'{"a":"\\u00E9"}', False),
    "long quote": (b'{"a":"\\u0022"}', False),
    "long backslash": (b'{"a":"\\u005c"}', False),
    "long newline": (b'{"a":"\\u000a"}', False),
    "long letter": (b'{"a":"\\u0061"}', False),
    "long tilde": (b'{"a":"\\u007e"}', False),
    "long space": (b'{"a":"\\u0020"}', False),
    "vertical tab": (b'{"a":"\\u000b"}', True),
    "U+2028": (b'{"a":"\\u2028"}', True),
    "U+FFFF": (b'{"a":"\\uffff"}', True),
    "pair": (b'{"a":"\\ud83d\\ude00"}', True),
    "last pair": (b'{"a":"\\udbff\\udfff"}', True),
    "lone high": (b'{"a":"\\ud83d"}', False),
    "lone low": (b'{"a":"\\ude00"}', False),
    "high high": (b'{"a":"\\ud83d\\ud83d"}', False),
    "high letter": (b'{"a":"\\ud83d\\u0061"}', False),
    "high e": (b'{"a":"\\ud83d\\u00e9"}', False),
    "low high": (b'{"a":"\\ude00\\ud83d"}', False),
    "escaped name": (b'{"\\u00e9":1}', True),
    "same escaped": (b'{"\\u00e9":1,"\\u00e9":1}', False),
    "empty names": (b'{"":1}', True),
    "two empty": (b'{"":1,"":1}', False),
    "64 deep": (b'{"a":' * 64 + b"1" + b"}" * 64, True),
    "65 deep": (b'{"a":' * 65 + b"1" + b"}" * 65, False),
    "64 mixed": (b'{"a":' + b"[" * 63 + b"]" * 63 + b"}", True),
    "65 mixed": (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", False),
}


def test_spellings_of_data():
    found = agree((name, forged(data=data))
                  for name, (data, _) in DATA.items())
    for name, (_, good) in DATA.items():
        assert found[name] == (OK if good else TAMPERED), name


TIMES = {
    "2024-02-29T00:00:00.000Z": True, "2026-02-29T00:00:00.000Z": False,
    "1900-02-29T00:00:00.000Z": False, "2000-02-29T23:59:59.999Z": True,
    "0000-01-01T00:00:00.000Z": True, "0000-02-29T00:00:00.000Z": True,
    "9999-12-31T23:59:59.999Z": True, "2026-00-01T00:00:00.000Z": False,
    "2026-13-01T00:00:00.000Z": False, "2026-01-00T00:00:00.000Z": False,
    "2026-04-31T00:00:00.000Z": False, "2026-01-32T00:00:00.000Z": False,
    "2026-01-01T24:00:00.000Z": False, "2026-01-01T00:60:00.000Z": False,
    "2026-01-01T23:59:60.000Z": False, "2026-01-01T00:00:00Z": False,
    "2026-01-01T00:00:00.00Z": False, "2026-01-01T00:00:00.0000Z": False,
    "2026-01-01T00:00:00.000z": False, "2026-01-01t00:00:00.000Z": False,
    "2026-01-01 00:00:00.000Z": False, "2026-01-01T00:00:00,000Z": False,
    "2026-01-01T00:00:00.000+00:00": False, "26-01-01T00:00:00.000Z": False,
    "02026-01-01T00:00:00.000Z": False, "2026-1-01T00:00:00.000Z": False,
}

MEMBERS = {  # name: (arguments of the forged line, verdict)
    "seq 01": ({"seq": b"01"}, TAMPERED),
    "seq 1.0": ({"seq": b"1.0"}, TAMPERED),
    "seq 1e0": ({"seq": b"1e0"}, TAMPERED),
    "seq -1": ({"seq": b"-1"}, TAMPERED),
    "seq text": ({"seq": b'"1"'}, TAMPERED),
    "seq 2^53+1": ({"seq": b"9007199254740993"}, TAMPERED),
    "seq 2^64+1": ({"seq": b"18446744073709551617"}, TAMPERED),
    "seq ahead": ({"seq": b"2"}, TAMPERED),
    "seq behind": ({"seq": b"0"}, TAMPERED),
    "type upper": ({"kind": b"Syscall"}, TAMPERED),
    "type empty": ({"kind": b""}, TAMPERED),
    "type digit": ({"kind": b"a1"}, TAMPERED),
    "type 64": ({"kind": b"a" * 64}, OK),
    "type 65": ({"kind": b"a" * 65}, TAMPERED),
    "type unknown": ({"kind": b"not_of_ours"}, OK),
    "early seal": ({"kind": b"session_sealed"}, TAMPERED),
    "sid other": ({"sid": b"s-0f9972a1b2-2"}, TAMPERED),
    "sid upper": ({"sid": b"S-0f9972a1b2-1"}, TAMPERED),
    "sid empty": ({"sid": b""}, TAMPERED),
    "salt upper": ({"salt": b"A" * 32}, TAMPERED),
    "salt 31": ({"salt": b"a" * 31}, TAMPERED),
    "salt 33": ({"salt": b"a" * 33}, TAMPERED),
    "erased": ({"erased": True}, OK),
    "version 2": ({"version": b"2"}, TAMPERED),  # not in the first line
    "version 1.0": ({"version": b"1.0"}, TAMPERED),
    "version 01": ({"version": b"01"}, TAMPERED),
}


def test_members():
    found = agree([(ts, forged(ts=ts.encode())) for ts in TIMES])
    assert found == {ts: OK if good else TAMPERED
                     for ts, good in TIMES.items()}
    found = agree((name, forged(**event))
                  for name, (event, _) in MEMBERS.items())
    assert found == {name: verdict
                     for name, (_, verdict) in MEMBERS.items()}, found


def rewritten(old, new):
    """The second event's line with one text replaced before it is hashed."""
    first = bundle(EVENTS[:1], seal=False)
    whole = bundle(EVENTS)
    header = whole[2][:whole[2].index(b',"salt"')].replace(old, new)
    text, digest = line(b"", 1, EVENTS[1]["data"], header=header)
    last, _ = line(digest, 2, b'{"count":3,"outcome":"failed"}',
                   kind=b"session_sealed")
    return join(first + [text, last])


def test_keys():
    """Members in another order, more of them, fewer, twice: re-hashed."""
    ts = b'"ts":"2026-11-22T06:00:00.000Z"'
    seq = b'"seq":1'
    kind = b'"type":"syscall_denied"'
    found = agree({
        "as it is": rewritten(b"", b""),
        "order": rewritten(seq + b"," + ts, ts + b"," + seq),
        "extra": rewritten(ts, ts + b',"note":1'),
        "extra first": rewritten(b'{"v":1', b'{"note":1,"v":1'),
        "twice": rewritten(seq, seq + b"," + seq),
        "twice differing": rewritten(seq, seq + b',"seq":2'),
        "missing": rewritten(kind + b",", b""),
        "space": rewritten(seq, b'"seq": 1'),
        "escaped key": rewritten(b'"seq"', b'"s\\u0065q"'),
        "upper key": rewritten(b'"seq"', b'"Seq"'),
        "CR": rewritten(b'{"v"', b'\r{"v"'),
        "BOM": rewritten(b'{"v"', b'\xef\xbb\xbf{"v"'),
    }.items())
    assert found.pop("as it is") == OK
    assert set(found.values()) == {TAMPERED}, found
    whole = bundle(EVENTS)
    tails = {
        "CR at end": whole[1] + b"\r", "space at end": whole[1] + b" ",
        "member behind": whole[1][:-1] + b',"x":1}',
        "hash twice": whole[1][:-1] + whole[1][whole[1].rindex(b',"hash"'):],
        "salt alone": line(b"", 0, b"{}")[0].replace(
            b'"data":{}', b'"data":null'),
        "empty line": b"",
    }
    found = agree((name, join([whole[0], text] + whole[2:]))
                  for name, text in tails.items())
    assert set(found.values()) == {TAMPERED}, found


def test_genesis():
    first = genesis()
    good = {"ids of 64": genesis(b"s" * 64, b"o" * 64)}
    bad = {
        "id of 65": genesis(b"s" * 65), "no id": genesis(b""),
        "upper id": genesis(b"S-1"), "org 65": genesis(org=b"o" * 65),
        "space": first.replace(b":", b": ", 1), "end": first + b" ",
        "extra": first[:-1] + b',"x":1}', "upper hash": first.replace(
            b"e3b0", b"E3B0", 1), "short hash": first.replace(b"e3b0", b"e3b",
                                                              1),
        "order": first.replace(b'"orgId":"o-1","sid":"s-0f9972a1b2-1"',
                               b'"sid":"s-0f9972a1b2-1","orgId":"o-1"'),
        "none": b"", "array": b"[]",
    }
    found = agree([(name, join(bundle([{"data": b"{}", "sid": sid}],
                                      first=text, sid=sid)))
                   for name, text in {**good, **bad}.items()
                   for sid in [text.split(b'"sid":"')[-1].split(b'"')[0]]])
    assert found == {**dict.fromkeys(good, OK),
                     **dict.fromkeys(bad, TAMPERED)}, found
    changed = agree((i, join([first.replace(b"o-1", b"o-2")])
                     + join(bundle(EVENTS)[1:])) for i in range(1))
    assert changed == {0: TAMPERED}
    assert agree([("alone", first + b"\n"), ("cut", first),
                  ("nothing", b"")]) == {"alone": OPEN, "cut": TAMPERED,
                                         "nothing": NO_BUNDLE}


def test_other_files():
    """A file of another kind is no tampered bundle; a damaged bundle is."""
    whole = join(real(3))
    found = agree([("program", b"import os\nprint(1)\n"), ("nothing", b""),
                   ("LF", b"\n" * 600), ("binary", bytes(range(256)) * 300),
                   ("long", b"a" * 100000), ("gzip", gzip.compress(whole)),
                   ("far", b" " * 506 + b'"sid":"\n')])
    assert set(found.values()) == {NO_BUNDLE}, found
    found = agree([("BOM", b"\xef\xbb\xbf" + whole), ("LF", b"\n" + whole),
                   ("CRLF", whole.replace(b"\n", b"\r\n")),
                   ("near", b" " * 505 + b'"sid":"\n'),
                   ("no genesis", whole.split(b"\n", 1)[1]),
                   ("pretty", json.dumps(json.loads(real(3)[0]),
                                         indent=1).encode())])
    assert found.pop("pretty") in (NO_BUNDLE, TAMPERED)
    assert set(found.values()) == {TAMPERED}, found


def test_what_may_be_required():
    """A head that was noted, and that no event is erased."""
    kept, erased = bundle(EVENTS), bundle(EVENTS, erased=True)
    head = json.loads(kept[-1])["hash"]
    other = head[:-1] + ("0" if head[-1] != "0" else "1")

    def codes(lines, *options):
        return exit_codes(join(lines), *options)
    assert codes(kept, "--head", head) == [OK, OK]
    assert codes(kept, "--head", other) == [OTHER_HEAD, OTHER_HEAD]
    # A whole chain that somebody else built verifies, and has another head.
    rebuilt = bundle([{"data": b'{"name":"z"}'}, *EVENTS[1:]])
    assert codes(rebuilt) == [OK, OK]
    assert codes(rebuilt, "--head", head) == [OTHER_HEAD, OTHER_HEAD]
    assert codes(kept[:-1], "--head", head) == [OTHER_HEAD, OTHER_HEAD]
    assert codes(kept[:-1], "--head",
                 json.loads(kept[-2])["hash"]) == [OPEN, OPEN]
    assert codes(kept, "--require-all") == [OK, OK]
    assert codes(erased) == [OK, OK]
    assert codes(erased, "--require-all") == [ERASED, ERASED]
    gone = json.loads(erased[-1])["hash"]
    assert codes(erased, "--head", gone, "--require-all") == [ERASED, ERASED]
    assert codes(erased, "--head", other, "--require-all") == [OTHER_HEAD] * 2
    # A fault of the chain comes first.
    assert codes(kept[:1] + kept[2:], "--head", other) == [TAMPERED, TAMPERED]
    for wrong in (head[:-1], head.upper(), "", "x" * 64):
        assert codes(kept, "--head", wrong) == [3, 3], wrong


def test_versions():
    def first_line(version):
        return join(bundle([{"data": b"{}", "version": version}]))
    found = agree((name, first_line(name)) for name in
                  (b"0", b"1", b"2", b"10", b"9007199254740991",
                   b"9007199254740992", b"01", b"-1", b"1.0", b'"1"',
                   b"null", b"18446744073709551617"))
    assert found == {b"0": VERSION, b"1": OK, b"2": VERSION, b"10": VERSION,
                     b"9007199254740991": VERSION,
                     b"9007199254740992": TAMPERED, b"01": TAMPERED,
                     b"-1": TAMPERED, b"1.0": TAMPERED, b'"1"': TAMPERED,
                     b"null": TAMPERED,
                     b"18446744073709551617": TAMPERED}, found
    start = genesis() + b"\n"
    found = agree([("cut", start + b'{"v":2,"'), ("short", start + b'{"v":2}\n'),
                   ("whole", start + b'{"v":2,"\n'),
                   ("then rubbish", start + b'{"v":2,"\n\0\xff'),
                   ("no genesis", b'{"v":2,"\n'),
                   ("long", start + b'{"v":2,"' + b"a" * 16376 + b"\n"),
                   ("too long", start + b'{"v":2,"' + b"a" * 16377 + b"\n")])
    assert found == {"cut": TAMPERED, "short": TAMPERED, "whole": VERSION,
                     "then rubbish": VERSION, "no genesis": NO_BUNDLE,
                     "long": VERSION, "too long": TAMPERED}, found
    assert exit_codes(first_line(b"2")) == [VERSION, VERSION]


def test_seals():
    def sealed(data, **more):
        return join(bundle(EVENTS, data=data, **more))
    good = sealed(b'{"count":3,"outcome":"failed"}')
    after, _ = line(b"0" * 64, 3, b"{}")
    found = agree({
        "good": good, "more": sealed(b'{"count":3,"outcome":"x","tally":1}'),
        "erased": sealed(b"{}", erased=True),
        "low": sealed(b'{"count":2,"outcome":"failed"}'),
        "high": sealed(b'{"count":4,"outcome":"failed"}'),
        "huge": sealed(b'{"count":9007199254740993,"outcome":"failed"}'),
        "text": sealed(b'{"count":"3","outcome":"failed"}'),
        "order": sealed(b'{"outcome":"failed","count":3}'),
        "no outcome": sealed(b'{"count":3}'), "empty": sealed(b"{}"),
        "outcome 1": sealed(b'{"count":3,"outcome":1}'),
        "after": good + after + b"\n", "again": good + good,
        "LF": good + b"\n", "NUL": good + b"\0", "cut": good[:-1],
    }.items())
    fine = {name for name, verdict in found.items() if verdict == OK}
    assert fine == {"good", "more", "erased"}, found
    assert set(found.values()) == {OK, TAMPERED}, found


def test_splices():
    """Lines of two sessions, of two requests, of a cut one and its seal."""
    one, two = real(6), bundle(EVENTS * 3)
    again = bundle(EVENTS * 3, first=genesis(org=b"o-2"))
    mutants = {}
    for at in range(1, 6):
        mutants[f"other session {at}"] = join(one[:at] + two[at:])
        mutants[f"other request {at}"] = join(two[:at] + again[at:])
        mutants[f"tail cut, seal kept {at}"] = join(two[:at] + two[-1:])
        mutants[f"middle cut {at}"] = join(two[:at] + two[at + 1:])
    found = agree_as_programs(mutants.items())
    assert set(found.values()) == {TAMPERED}, found


def test_line_lengths():
    def padded(length):
        room = length - len(bundle([{"data": b'{"p":""}'}])[1])
        return join(bundle([{"data": b'{"p":"%s"}' % (b"x" * room)}]))
    found = agree((n, padded(n)) for n in (16383, 16384, 16385, 16386, 20000))
    assert found == {16383: OK, 16384: OK, 16385: TAMPERED, 16386: TAMPERED,
                     20000: TAMPERED}
    found = agree([("endless", genesis() + b"\n" + b"a" * 100000)])
    assert found == {"endless": TAMPERED}


def flipped(whole, bits):
    for bit in bits:
        mutant = bytearray(whole)
        mutant[bit // 8] ^= 1 << bit % 8
        yield bytes(mutant)


def first(whole, bits):
    """The driver flips them itself: to send each mutant took half the time."""
    return verdicts([whole], str(bits[0]), str(len(bits)))


def second(whole, bits):
    return [audit_verify.verify_bytes(m).verdict for m in flipped(whole, bits)]


def shared_out(judge, whole, bits, size):
    """judge() over all bits, on all cores; answers in the order of bits."""
    parts = [bits[i:i + size] for i in range(0, len(bits), size)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        answers = pool.map(judge, [whole] * len(parts), parts)
        return [verdict for part in answers for verdict in part]


def test_every_bit_of_64_kib():
    whole = sized(1 << 16)
    everything = range(8 << 16)
    one = shared_out(first, whole, everything, 1 << 14)
    assert len(one) == 524288
    wrong = [bit for bit, verdict in enumerate(one)
             if verdict not in (TAMPERED, VERSION)]
    assert not wrong, wrong[:10]
    # One digit, which may become any of 0, 3, 5 and 9.
    assert one.count(VERSION) == 4, one.count(VERSION)
    bits = list(everything) if settings.full else sorted(
        random.Random(settings.seed).sample(everything, SAMPLE))
    two = shared_out(second, whole, bits, 1 << 11)
    assert two == [one[bit] for bit in bits]
    print(f"note: one-bit mutants: C {len(one)}, Python {len(two)}")


def measured(path):
    """(CPU seconds, peak KiB) of the verifier over a file."""
    with subprocess.Popen([CLI, "audit", "verify", "-"],
                          stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL) as process:
        with open(path, "rb") as file:
            shutil.copyfileobj(file, process.stdin, 1 << 20)
        process.stdin.flush()
        status = Path(f"/proc/{process.pid}/status").read_text()
        process.stdin.close()
        _, code, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
    assert process.returncode == 0, process.returncode
    peak = re.search(r"VmHWM:\s+(\d+) kB", status)
    return usage.ru_utime + usage.ru_stime, int(peak.group(1))


def test_a_million_events(tmp=TOP / "build/test-logs"):
    """A stream: time grows with the events alone, memory doesn't grow."""
    tmp.mkdir(parents=True, exist_ok=True)
    path = tmp / "million.jsonl"
    figures = {}
    try:
        for events in (10**5, 10**6):
            with open(path, "wb") as out:
                subprocess.run([driver("bundle"), str(events)], check=True,
                               stdout=out)
            figures[events] = min(measured(path) for _ in range(2))
    finally:
        path.unlink(missing_ok=True)
    (some_s, some_kib), (all_s, all_kib) = figures.values()
    print(f"note: 10^6 events: {all_s:.2f} s of one core, {all_kib} KiB")
    assert all_kib < 16384 and all_kib - some_kib < 2048, figures
    assert all_s < 10 * some_s * 3, figures


def test_usage():
    for command in ([CLI, "audit", "verify"], [SECOND]):
        for words in ([], ["/none"], ["a", "b"], ["--nothing", "a"]):
            done = subprocess.run(command + words, capture_output=True)
            assert done.returncode == 3, (command, words, done)
    help_text = subprocess.run([SECOND, "--help"], capture_output=True)
    assert help_text.returncode == 0 and b"exit status" in help_text.stdout
