#ifndef ENC_WIRE_MESSAGE_H
#define ENC_WIRE_MESSAGE_H

/*
 * Payloads of frames. Each has a struct, a writer and a parser.
 * docs/protocol/runner.md has the byte tables. All numbers are big endian. A
 * text is a u16 length and bytes. A list is a u16 count and texts.
 *
 * A parser copies nothing: its result points into the parsed bytes. It refuses
 * a payload that has a byte too many or too few. Parsers return 0, or -EPROTO
 * for a payload that the writer never writes. Writers return 0, or -E2BIG or
 * -ENOMEM from the buffer, which is then unchanged.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "counted.h"
#include "frame.h"
#include "json.h"
#include "language.h"
#include "outside.h"

enum {
	/* 64 from the request, 32 of service bindings, a few of our own. */
	ENC_MESSAGE_ENV_MAX = 104,
	ENC_MESSAGE_ARGV_MAX = 256,
	ENC_MESSAGE_PATH_MAX_BYTES = 1024,
	ENC_MESSAGE_RULES_MAX = 1024,
	ENC_MESSAGE_PROBES_MAX = 64,
	ENC_MESSAGE_HOST_MAX_BYTES = 1024, /* the longest escaped DNS name */
	/* Of a CALL; longer texts are cut. */
	ENC_MESSAGE_METHOD_MAX_BYTES = 32,
	ENC_MESSAGE_TARGET_MAX_BYTES = 1024,
};

/* Borrowed bytes. They don't end with NUL, but may contain NUL. */
struct enc_text {
	const char *bytes;
	size_t length;
};

/* ---- down ---- */

/* LAUNCH: start the program. Sent once, after all FILE frames. */
struct enc_message_launch {
	enum enc_language language;
	struct enc_text entry; /* file below /work; empty for COMMAND */
	size_t argv_count;     /* arguments of entry; for COMMAND the command */
	struct enc_text argv[ENC_MESSAGE_ARGV_MAX];
	size_t env_count; /* texts of the form NAME=value */
	struct enc_text env[ENC_MESSAGE_ENV_MAX];
};

enum enc_file_root {
	ENC_FILE_INVALID,
	ENC_FILE_WORKLOAD, /* /workload: the program can only read it */
	ENC_FILE_WORK,	   /* /work: belongs to the program */
	ENC_FILE_ROOT_MAX,
};

/* FILE: write a file. With F_APPEND, append to the previous file. */
struct enc_message_file {
	enum enc_file_root root;
	uint32_t mode; /* permission bits of the file, 0..0777 */
	/* Path below the root; see enc_message_path_ok(). */
	struct enc_text path;
	const uint8_t *content;
	size_t content_length;
};

/* POLICY: the first frame that a gate gets. */
struct enc_message_policy {
	struct enc_text session_id;
	uint64_t output_bytes; /* limit per stream; the gate drops the rest */
	/*
	 * ENC_OUTSIDE_flags; 0: deny_all. With an allowlist RULES may come;
	 * until then nothing is allowed.
	 */
	unsigned int outside;
};

/* RULES: the allowlist of a session, as canonical texts (policy/rules.h). */
struct enc_message_rules {
	size_t count;
	struct enc_text rules[ENC_MESSAGE_RULES_MAX];
};

/*
 * RECORDED: the number of the gate's reports (EGRESS and CALL frames) that are
 * durable, in the order in which they were sent. No byte of an allowed
 * connection or call leaves before that.
 */
struct enc_message_recorded {
	uint64_t reports;
};

/* ---- up ---- */

/*
 * READY: the result of the self-check, which comes before any foreign byte.
 * Each forbidden act has a bit (src/wire/probe.h). Acts that were tried are in
 * `tried`. Those of them that succeeded are in `missed`, too.
 */
struct enc_message_ready {
	uint64_t tried;
	uint64_t missed;
};

/* EXIT: how the program ended, as enclave-init saw it. */
struct enc_message_exit {
	int32_t code;	 /* 0..255; 0 if a signal ended the program */
	uint32_t signal; /* 1..64: that signal ended the program; 0: none */
};

enum enc_reject_reason {
	ENC_REJECT_INVALID,
	ENC_REJECT_FRAMING, /* what came isn't a length and so many bytes */
	ENC_REJECT_TOO_LARGE,
	ENC_REJECT_JSON,  /* not JSON, a name twice, a number out of range */
	ENC_REJECT_DEPTH, /* nested deeper than ENC_JSON_DEPTH_MAX */
	ENC_REJECT_UTF8,
	ENC_REJECT_MAX,
};

/* REJECTED: the program's result can't be used. */
struct enc_message_rejected {
	enum enc_reject_reason reason; /* reason; never ENC_REJECT_INVALID */
};

/* enc_reject_of() - the reason for a fault of JSON; INVALID for none */
enum enc_reject_reason enc_reject_of(enum enc_json_fault fault);

/* enc_reject_name() - the reason's name in the audit event, like "too_large" */
const char *enc_reject_name(enum enc_reject_reason reason);

enum enc_verdict {
	ENC_VERDICT_DENY, /* 0, so that an unset verdict denies */
	ENC_VERDICT_ALLOW,
};

enum enc_via {
	ENC_VIA_INVALID,
	ENC_VIA_CONNECT,  /* a TCP connection */
	ENC_VIA_DATAGRAM, /* a UDP datagram, except DNS */
	ENC_VIA_DNS,
	ENC_VIA_PACKET, /* a packet of another protocol; the port is 0 */
	ENC_VIA_MAX,
};

/* enc_via_name() - "connect", "datagram", "dns" or "packet" */
const char *enc_via_name(enum enc_via via);

/* EGRESS: number of equal attempts since the last frame about them. */
struct enc_message_egress {
	enum enc_verdict verdict;
	enum enc_via via;
	uint8_t protocol; /* IANA number: 6 TCP, 17 UDP, 1 ICMP ... */
	uint8_t addr[16]; /* IPv6, or IPv4 mapped into it; zero for DNS */
	uint16_t port;
	uint64_t count;
	struct enc_text host; /* the name as in dns.h; the address if unknown */
	struct enc_text rule; /* rule that decided about the attempt */
};

/* Why a call of a service binding is refused. */
enum enc_call_reason {
	ENC_CALL_GRANTED, /* it isn't refused */
	ENC_CALL_NOT_GRANTED,
	ENC_CALL_METHOD,
	ENC_CALL_PATH,
	ENC_CALL_RATE,
	ENC_CALL_REQUEST,  /* malformed, or of an unsupported kind */
	ENC_CALL_UPSTREAM, /* the upstream has an address that is denied */
	ENC_CALL_VAULT,	   /* the gate has no record, because the vault died */
	ENC_CALL_REASON_MAX,
};

/* enc_call_reason_name() - in the audit event, like "not_granted" */
const char *enc_call_reason_name(enum enc_call_reason reason);

/*
 * CALL: calls of a service binding. A CALL with count 0 is sent before the
 * first call of its method and path leaves. Others count the calls that have
 * ended since the last frame about them.
 */
struct enc_message_call {
	enum enc_call_reason reason;
	uint16_t status; /* of the responses; 0: none, or refused */
	uint64_t count;
	uint64_t bytes;		 /* of the bodies of the responses */
	struct enc_text binding; /* its name */
	struct enc_text method;	 /* empty if there is none */
	struct enc_text path;	 /* without query */
};

enum enc_redacted {
	ENC_REDACTED_INVALID,
	ENC_REDACTED_HEADER, /* of a response */
	ENC_REDACTED_BODY,
	ENC_REDACTED_STDOUT,
	ENC_REDACTED_STDERR,
	ENC_REDACTED_RESULT,
	ENC_REDACTED_MAX,
};

/* enc_redacted_name() - "header", "body", "stdout", "stderr" or "result" */
const char *enc_redacted_name(enum enc_redacted where);

/* REDACTED: how often a secret was masked since the last frame about it. */
struct enc_message_redacted {
	enum enc_redacted where;
	uint64_t count;
	struct enc_text binding; /* its name */
};

/* SYSCALL: number of equal calls since the last frame about them. */
struct enc_message_syscall {
	uint32_t arch; /* architecture of the call: AUDIT_ARCH_* */
	uint32_t number;
	uint64_t count;
};

/* COUNTED: number of events of a kind since the last frame about them. */
struct enc_message_counted {
	/* Kind of the events; never ENC_COUNTED_INVALID. */
	enum enc_counted what;
	uint64_t count;
};

/* TRUNCATED: all bytes dropped from a stream. Sent once, at its end. */
struct enc_message_truncated {
	uint64_t dropped_bytes;
};

/* TALLY: sums of the whole session. The gate reports nothing afterwards. */
struct enc_message_tally {
	uint64_t egress_denied;
	uint64_t egress_allowed;
	uint64_t syscalls_denied;
	bool complete; /* the gate read the kernel's counters, and they agree */
};

#define ENC_MESSAGE_CODEC(name)                            \
	ENC_NODISCARD int enc_message_##name##_write(      \
		struct enc_buf *out,                       \
		const struct enc_message_##name *message); \
	ENC_NODISCARD int enc_message_##name##_parse(      \
		const uint8_t *bytes, size_t length,       \
		struct enc_message_##name *ret_message)

ENC_MESSAGE_CODEC(launch);
ENC_MESSAGE_CODEC(file);
ENC_MESSAGE_CODEC(policy);
ENC_MESSAGE_CODEC(rules);
ENC_MESSAGE_CODEC(recorded);
ENC_MESSAGE_CODEC(ready);
ENC_MESSAGE_CODEC(exit);
ENC_MESSAGE_CODEC(rejected);
ENC_MESSAGE_CODEC(egress);
ENC_MESSAGE_CODEC(call);
ENC_MESSAGE_CODEC(redacted);
ENC_MESSAGE_CODEC(syscall);
ENC_MESSAGE_CODEC(counted);
ENC_MESSAGE_CODEC(truncated);
ENC_MESSAGE_CODEC(tally);

/* enc_message_launch_bytes() - bytes that enc_message_launch_write() appends */
size_t enc_message_launch_bytes(const struct enc_message_launch *message);

/**
 * enc_message_path_ok() - whether a path is relative and stays below its root
 *
 * True for 1 to 1024 bytes without NUL, if no component between slashes is
 * empty, ".", ".." or longer than 255 bytes.
 */
bool enc_message_path_ok(struct enc_text path);

#endif
