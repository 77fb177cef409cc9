#!/usr/bin/env python3
"""Checks an audit bundle by docs/protocol/audit.md, without any server.

usage: tools/audit_verify.py [--json] [--head HEX] [--require-all]
                             [--signature FILE --key FILE] FILE|-

The second reader of the format beside `enclave audit verify`: written from
that page alone, sharing no code with it, so that a fault of one is seen by the
other (tests/differential compares them). Python's standard library only; one
line is in memory at a time.

exit status: 0 whole and sealed; 1 tampered with; 2 good so far but not sealed;
3 wrong usage or no such file; 4 a version of the format that isn't known here;
5 no bundle; 6 ends with another head than HEX; 7 events were erased, with
--require-all; 8 the signature isn't of this log, with --signature.
"""

import argparse
import hashlib
import io
import json
import re
import sys

(OK, TAMPERED, OPEN, USAGE, VERSION, NO_BUNDLE, OTHER_HEAD, ERASED,
 NOT_SIGNED) = range(9)
NAMES = {OK: "ok", TAMPERED: "tampered", OPEN: "open",
         VERSION: "unknown_version", NO_BUNDLE: "no_bundle",
         OTHER_HEAD: "other_head", ERASED: "erased",
         NOT_SIGNED: "not_signed"}
FIRST_BYTES = 512
LINE_MAX_BYTES = 16384
DEPTH_MAX = 64
INTEGER_END = 1 << 53

ID = rb"[a-z0-9-]{1,64}"
DIGEST = rb"[0-9a-f]{64}"
SALT = rb"[0-9a-f]{32}"
DIGITS = rb"(?:0|[1-9][0-9]{0,15})"
TS = rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"

# A code point of four digits that has no shorter spelling and is no half of a
# pair; then the pairs.
POINT = (rb"(?:00(?:0[0-7be-f]|1[0-9a-f]|7f|[89a-f][0-9a-f])"
         rb"|0[1-9a-f][0-9a-f]{2}|[1-9abcef][0-9a-f]{3}|d[0-7][0-9a-f]{2})")
PAIR = rb"d[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}"
STRING = (rb'"(?:[ !#-\[\]-~]|\\["\\bfnrt]|\\u' + POINT + rb"|\\u" + PAIR
          + rb')*"')

GENESIS = re.compile(
    rb'\{"orgId":"(' + ID + rb')","sid":"(' + ID + rb')","requestSha256":"'
    + DIGEST + rb'","policySha256":"' + DIGEST + rb'","environmentSha256":"'
    + DIGEST + rb'"\}')
ANY_VERSION = re.compile(rb'\{"v":(' + DIGITS + rb'),"')
HEADER = re.compile(
    rb'\{"v":1,"sid":"(' + ID + rb')","seq":(' + DIGITS + rb'),"ts":"(' + TS
    + rb')","type":"([a-z_]{1,64})","dataSha256":"(' + DIGEST
    + rb')","prev":"(' + DIGEST + rb')"')
KEPT = re.compile(rb',"salt":"(' + SALT + rb')","data":(?=\{)')
NO_DATA = re.compile(rb',"salt":null,"data":null')
END = re.compile(rb',"hash":"(' + DIGEST + rb')"\}')
SEAL = re.compile(rb'\{"count":(' + DIGITS + rb'),"outcome":"')
VALUE = re.compile(rb"(" + STRING + rb")|(-?" + DIGITS
                   + rb")(?![0-9.eE])|true|false|null|([\[{])")
NAME = re.compile(rb"(" + STRING + rb"):")


class Refused(Exception):
    """What is wrong with a line: said in the report."""


class Report:
    def __init__(self):
        self.verdict = None
        self.org = self.sid = self.head = ""
        self.ts = b""
        self.events = self.erased = 0
        self.line = self.byte = 0
        self.message = ""
        self.signed = False  # by the signature that was passed

    def conclude(self, verdict, line, byte, message):
        self.verdict, self.message = verdict, message
        self.line, self.byte = line, byte
        return self


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).hexdigest().encode()


def integer(text):
    value = int(text)
    if abs(value) >= INTEGER_END or text == b"-0":
        raise Refused("an integer has not its one spelling")
    return value


def real_time(text):
    """A day that the Gregorian calendar has, in years 0000 to 9999."""
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    leap = year % 4 == 0 and year % 100 != 0 or year % 400 == 0
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return (1 <= month <= 12 and 1 <= day <= days[month - 1]
            and int(text[11:13]) < 24 and int(text[14:16]) < 60
            and int(text[17:19]) < 60)


def value_end(text, at):
    """Behind the one value at `at`; its spelling is checked on the way."""
    names = []  # of each open object: its names; None for an open array
    while True:
        match = VALUE.match(text, at)
        if match is None:
            raise Refused(f"at byte {at}: not canonical JSON")
        at = match.end()
        if match.group(2) is not None:
            integer(match.group(2))
        opened = match.group(3)
        if opened is not None:
            names.append(set() if opened == b"{" else None)
            if len(names) > DEPTH_MAX:
                raise Refused(f"at byte {at}: too deep")
            closed = b"}" if opened == b"{" else b"]"
            if text[at:at + 1] != closed:
                at = name_end(text, at, names[-1])
                continue
        # A value is complete; so is each container that ends here.
        while names:
            closed = b"]" if names[-1] is None else b"}"
            if text[at:at + 1] == closed:
                names.pop()
                at += 1
            elif text[at:at + 1] == b",":
                at = name_end(text, at + 1, names[-1])
                break
            else:
                raise Refused(f"at byte {at}: not canonical JSON")
        else:
            return at


def name_end(text, at, names):
    """Behind a member's name and colon; nothing to do in an array."""
    if names is None:
        return at
    match = NAME.match(text, at)
    if match is None:
        raise Refused(f"at byte {at}: not canonical JSON")
    if match.group(1) in names:
        raise Refused(f"at byte {at}: a name is there twice")
    names.add(match.group(1))
    return match.end()


class Verifier:
    """Takes lines in order; the first fault decides."""

    def __init__(self):
        self.report = Report()
        self.prev = None
        self.sealed = False

    def genesis(self, line):
        match = GENESIS.fullmatch(line)
        if match is None:
            raise Refused("it is no genesis")
        self.report.org = match.group(1).decode()
        self.report.sid = match.group(2).decode()
        self.prev = sha256(b"enclave-audit-v1 genesis\n", line)

    def event(self, line):
        header = HEADER.match(line)
        if header is None:
            raise Refused("it has not the canonical form")
        sid, seq, ts, kind, data_sha256, prev = header.groups()
        if not real_time(ts):
            raise Refused("ts is no time")
        salt = data = None
        match = KEPT.match(line, header.end())
        if match is not None:
            salt = match.group(1)
            end = value_end(line, match.end())
            data = line[match.end():end]
        else:
            match = NO_DATA.match(line, header.end())
            if match is None:
                raise Refused("salt and data have not the canonical form")
            end = match.end()
        match = END.fullmatch(line, end)
        if match is None:
            raise Refused(f"at byte {end}: hash and end are not there")
        if match.group(1) != sha256(b"enclave-audit-v1\n", header.group(0),
                                    b"}"):
            raise Refused("hash does not match its content")
        self.link(sid, integer(seq), prev)
        if data is not None and data_sha256 != sha256(
                b"enclave-audit-v1 data\n", salt, b"\n", data):
            raise Refused("data does not match its dataSha256")
        if kind == b"session_sealed":
            self.seal(data)
        self.report.events += 1
        self.report.ts = ts
        self.report.erased += data is None
        self.prev = match.group(1)

    def link(self, sid, seq, prev):
        if sid != self.report.sid.encode():
            raise Refused("it is of another session")
        if seq != self.report.events:
            raise Refused(f"seq {seq} is not {self.report.events}")
        if prev != self.prev:
            raise Refused("prev is not the hash of the line before")

    def seal(self, data):
        if data is not None:
            match = SEAL.match(data)
            if match is None:
                raise Refused("the seal states no count")
            if integer(match.group(1)) != self.report.events + 1:
                raise Refused("the seal states another count")
        self.sealed = True

    def take(self, line, ended):
        if len(line) > LINE_MAX_BYTES:
            raise Refused(f"it is longer than {LINE_MAX_BYTES} bytes")
        if not ended:
            raise Refused("it is cut: it has no end")
        if self.sealed:
            raise Refused("it comes after the seal")
        if self.prev is None:
            self.genesis(line)
        else:
            self.event(line)

    def other_version(self, line, ended):
        """The version, if that is the reason why the line isn't read."""
        if (self.prev is None or self.report.events or not ended
                or len(line) > LINE_MAX_BYTES):
            return None
        match = ANY_VERSION.match(line)
        if match is None or int(match.group(1)) >= INTEGER_END:
            return None
        return int(match.group(1)) if match.group(1) != b"1" else None


class Start:
    """A file that keeps its first bytes."""

    def __init__(self, file):
        self.file, self.bytes = file, b""

    def readline(self, size):
        line = self.file.readline(size)
        if len(self.bytes) < FIRST_BYTES:
            self.bytes = (self.bytes + line)[:FIRST_BYTES]
        return line

    def is_of_bundle(self):
        while len(self.bytes) < FIRST_BYTES and self.readline(FIRST_BYTES):
            pass
        return b'"orgId":"' in self.bytes or b'"sid":"' in self.bytes


def verify(file):
    """The report about a bundle that is read from a binary file."""
    file = Start(file)
    report = verify_lines(file)
    if (report.verdict == TAMPERED and report.line <= 1
            and not file.is_of_bundle()):
        report.conclude(NO_BUNDLE, 0, 0, "this is no audit bundle")
    return report


# Ed25519 (RFC 8032, section 5.1), to check signatures alone: slow, and not in
# constant time, which matters to secrets only.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def recover_x(y, sign):
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def add_points(a, b):
    """Both in extended coordinates: X, Y, Z, X * Y / Z."""
    low = (a[1] - a[0]) * (b[1] - b[0]) % P
    high = (a[1] + a[0]) * (b[1] + b[0]) % P
    c = 2 * a[3] * b[3] * D % P
    d = 2 * a[2] * b[2] % P
    e, f, g, h = high - low, d - c, d + c, high + low
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar, point):
    product = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            product = add_points(product, point)
        point = add_points(point, point)
        scalar >>= 1
    return product


def read_point(text):
    number = int.from_bytes(text, "little")
    y = number & (1 << 255) - 1
    x = recover_x(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def is_small(point):
    """A key of small order has signatures that are good for any text."""
    x, y, z, _ = multiply(8, point)
    return x % P == 0 and (y - z) % P == 0


def is_signed(key, text, signature):
    """Whether this is the key's Ed25519 signature of a text."""
    public, r = read_point(key), read_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if public is None or r is None or s >= ORDER or is_small(public):
        return False
    digest = hashlib.sha512(signature[:32] + key + text).digest()
    k = int.from_bytes(digest, "little") % ORDER
    left = multiply(s, BASE)
    right = add_points(r, multiply(k, public))
    return ((left[0] * right[2] - right[0] * left[2]) % P == 0
            and (left[1] * right[2] - right[1] * left[2]) % P == 0)


def signed_text(report):
    """What is signed of a sealed log."""
    ts = report.ts.decode()
    # Years begin in March here, so that a leap day is a year's last.
    month = int(ts[5:7])
    year = int(ts[:4]) - (month <= 2)
    days = (year * 365 + year // 4 - year // 100 + year // 400
            + (153 * ((month + 9) % 12) + 2) // 5 + int(ts[8:10]) - 719469)
    ms = (((days * 24 + int(ts[11:13])) * 60 + int(ts[14:16])) * 60
          + int(ts[17:19])) * 1000 + int(ts[20:23])
    return (b"enclave-head-v1\n" + report.org.encode() + b"\0"
            + report.sid.encode() + b"\0" + report.events.to_bytes(8, "big")
            + bytes.fromhex(report.head) + ms.to_bytes(8, "big", signed=True))


def require_signed(report, signature, key):
    if report.verdict != OK:
        return
    report.signed = is_signed(key, signed_text(report), signature)
    if not report.signed:
        report.conclude(NOT_SIGNED, 0, 0, "the signature isn't of this log "
                        "with this key")


def require(report, head, all_events, signature=None, key=None):
    """What is asked beyond the chain itself."""
    if report.verdict not in (OK, OPEN):
        return report
    if head is not None and head != report.head:
        return report.conclude(OTHER_HEAD, 0, 0,
                               f"the log ends with head {report.head}")
    if signature is not None:
        require_signed(report, signature, key)
    if (report.verdict in (OK, OPEN)) and all_events and report.erased:
        return report.conclude(ERASED, 0, 0, f"{report.erased} of "
                               f"{report.events} events were erased")
    return report


def verify_lines(file):
    """The report about the lines of a file."""
    verifier = Verifier()
    report = verifier.report
    number = byte = 0
    while line := file.readline(LINE_MAX_BYTES + 2):
        number += 1
        ended = line.endswith(b"\n")
        text = line[:-1] if ended else line
        version = verifier.other_version(text, ended)
        if version is not None:
            return report.conclude(VERSION, number, byte,
                                   f"line {number} is of version {version}, "
                                   "this verifier knows 1")
        try:
            verifier.take(text, ended)
        except Refused as why:
            return report.conclude(TAMPERED, number, byte,
                                   f"line {number}: {why}")
        byte += len(line)
    report.head = (verifier.prev or b"").decode()
    if verifier.prev is None:
        return report.conclude(TAMPERED, 1, 0, "there is no genesis line")
    if not verifier.sealed:
        return report.conclude(OPEN, number + 1, byte, "not sealed after "
                               f"{report.events} events: the tail may be cut")
    erased = f", {report.erased} of them erased later" * bool(report.erased)
    return report.conclude(OK, 0, 0, f"{report.events} events, sealed{erased}")


def verify_bytes(bundle):
    return verify(io.BytesIO(bundle))


def show(report, as_json):
    if as_json:
        print(json.dumps({"verdict": NAMES[report.verdict],
                          "orgId": report.org, "sessionId": report.sid,
                          "events": report.events, "erased": report.erased,
                          "head": report.head, "signed": report.signed,
                          "line": report.line, "byte": report.byte,
                          "message": report.message}))
    elif report.verdict == OK:
        print(f"ok: session {report.sid} of {report.org}, {report.events} "
              f"events, head {report.head}" + ", signed" * report.signed)
    else:
        print(f"{NAMES[report.verdict]}: line {report.line}, byte "
              f"{report.byte}: {report.message}")


class Usage(argparse.ArgumentParser):
    def error(self, message):
        print(f"{__doc__.strip()}\n\n{message}", file=sys.stderr)
        sys.exit(USAGE)

    def format_help(self):
        return __doc__.strip() + "\n"


def digest(text):
    if not re.fullmatch(DIGEST.decode(), text):
        raise argparse.ArgumentTypeError("64 digits 0-9 a-f")
    return text


def read_hex(path, size):
    """What a file has that is one line of hex digits."""
    try:
        with open(0 if path == "-" else path, encoding="ascii", newline="",
                  closefd=path != "-") as file:
            text = file.read(2 * size + 2).removesuffix("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}")
    if not re.fullmatch(f"[0-9a-f]{{{2 * size}}}", text):
        raise ValueError(f"{path} has to be {2 * size} digits 0-9 a-f")
    return bytes.fromhex(text)


class Once(argparse.Action):
    def __call__(self, parser, options, value, name=None):
        if getattr(options, self.dest) is not None:
            parser.error(f"{name} is given twice")
        setattr(options, self.dest, value)


def main():
    usage = Usage(allow_abbrev=False)
    usage.add_argument("--json", action="store_true")
    usage.add_argument("--head", type=digest, action=Once)
    usage.add_argument("--require-all", action="store_true")
    usage.add_argument("--signature", action=Once)
    usage.add_argument("--key", action=Once)
    usage.add_argument("file")
    options = usage.parse_args()
    if (options.signature is None) != (options.key is None):
        usage.error("--signature and --key belong together")
    if (options.signature, options.key, options.file).count("-") > 1:
        usage.error("only one of the files can be standard input")
    signature = key = None
    try:
        if options.signature is not None:
            signature = read_hex(options.signature, 64)
            key = read_hex(options.key, 32)
    except ValueError as error:
        usage.error(error)
    try:
        with open(0 if options.file == "-" else options.file, "rb",
                  closefd=options.file != "-") as file:
            report = verify(file)
    except OSError as error:
        print(f"audit_verify: {options.file}: {error.strerror}",
              file=sys.stderr)
        return USAGE
    require(report, options.head, options.require_all, signature, key)
    show(report, options.json)
    return report.verdict


if __name__ == "__main__":
    sys.exit(main())
