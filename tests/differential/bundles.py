"""Makes audit bundles by docs/protocol/audit.md, honest and forged ones.

A forger who has no key needs none: digests are recomputed here for whatever
text the caller wants to pass off as an event. Only the chain as a whole, or
the one spelling, can give such a line away.
"""

import hashlib

SALT = b"0" * 32
TS = b"2026-11-22T06:00:00.000Z"
EMPTY = hashlib.sha256(b"").hexdigest().encode()


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).hexdigest().encode()


def genesis(sid=b"s-0f9972a1b2-1", org=b"o-1"):
    return (b'{"orgId":"%s","sid":"%s","requestSha256":"%s","policySha256":'
            b'"%s","environmentSha256":"%s"}' % (org, sid, EMPTY, EMPTY,
                                                 EMPTY))


def genesis_hash(line):
    return sha256(b"enclave-audit-v1 genesis\n", line)


def line(prev, seq, data, kind=b"syscall_denied", sid=b"s-0f9972a1b2-1",
         ts=TS, salt=SALT, version=b"1", erased=False, header=None):
    """(line, its hash); every digest fits whatever the texts are."""
    if not isinstance(seq, bytes):
        seq = b"%d" % seq
    if header is None:
        header = (b'{"v":%s,"sid":"%s","seq":%s,"ts":"%s","type":"%s",'
                  b'"dataSha256":"%s","prev":"%s"' % (
                      version, sid, seq, ts, kind,
                      sha256(b"enclave-audit-v1 data\n", salt, b"\n", data),
                      prev))
    digest = sha256(b"enclave-audit-v1\n", header, b"}")
    kept = (b'"salt":null,"data":null' if erased
            else b'"salt":"%s","data":%s' % (salt, data))
    return header + b"," + kept + b',"hash":"%s"}' % digest, digest


def bundle(events, seal=True, first=None, **seal_options):
    """The lines of a bundle; events are dicts of arguments for line()."""
    first = genesis() if first is None else first
    lines, prev = [first], genesis_hash(first)
    for seq, event in enumerate(events):
        text, prev = line(prev, **{"seq": seq, **event})
        lines.append(text)
    if seal:
        count = len(events) + 1
        options = {"seq": count - 1, "kind": b"session_sealed",
                   "data": b'{"count":%d,"outcome":"failed"}' % count,
                   **seal_options}
        lines.append(line(prev, **options)[0])
    return lines


def join(lines):
    return b"".join(one + b"\n" for one in lines)


def sized(size):
    """A sealed bundle of exactly so many bytes."""
    events = []
    while len(join(bundle(events))) + 1200 < size:
        events.append({"data": b'{"name":"bpf\\n\\"\\u00e9","count":%d}'
                       % len(events)})
    missing = size - len(join(bundle(events + [{"data": b'{"pad":""}'}])))
    events.append({"data": b'{"pad":"%s"}' % (b"x" * missing)})
    whole = join(bundle(events))
    assert len(whole) == size, len(whole)
    return whole
