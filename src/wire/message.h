#ifndef ENC_WIRE_MESSAGE_H
#define ENC_WIRE_MESSAGE_H

/*
 * Payloads of frames: one struct, one writer and one parser for each
 * (docs/protocol/runner.md has the byte tables). All numbers are big endian;
 * a text is a u16 length and bytes, a list is a u16 count and texts. A parser
 * is pure and strict: it copies nothing, refuses a byte too many or too few,
 * and what it returns lies in the parsed bytes.
 *
 * Parsers: Return 0, or -EPROTO for anything that the writer never writes.
 * Writers: Return 0, or -E2BIG or -ENOMEM from the buffer, then unchanged.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "counted.h"
#include "frame.h"
#include "language.h"

enum {
	ENC_MESSAGE_ENV_MAX = 72, /* 64 of the user's and a few of ours */
	ENC_MESSAGE_ARGV_MAX = 256,
	ENC_MESSAGE_PATH_MAX_BYTES = 1024,
	ENC_MESSAGE_RULES_MAX = 1024,
	ENC_MESSAGE_PROBES_MAX = 64,
	ENC_MESSAGE_HOST_MAX_BYTES = 1024, /* any name that DNS has, escaped */
};

/* Bytes that belong to somebody else; may hold NUL. */
struct enc_text {
	const char *bytes;
	size_t length;
};

/* ---- down ---- */

/* LAUNCH: run it. Once; FILE frames come before. Texts hold no NUL. */
struct enc_message_launch {
	enum enc_language language;
	struct enc_text entry; /* below /workload; empty for COMMAND */
	size_t argv_count;     /* arguments after the entry, or the command */
	struct enc_text argv[ENC_MESSAGE_ARGV_MAX];
	size_t env_count; /* NAME=value */
	struct enc_text env[ENC_MESSAGE_ENV_MAX];
};

enum enc_file_root {
	ENC_FILE_INVALID,
	ENC_FILE_WORKLOAD, /* /workload: the program can only read it */
	ENC_FILE_WORK,	   /* /work: belongs to the program */
	ENC_FILE_ROOT_MAX,
};

/* FILE: before LAUNCH. With F_APPEND the same path goes on. */
struct enc_message_file {
	enum enc_file_root root;
	uint32_t mode;	      /* 0..0777 */
	struct enc_text path; /* relative; no "", ".", "..", NUL component */
	const uint8_t *content;
	size_t content_length;
};

/* POLICY: the first frame that a gate gets. */
struct enc_message_policy {
	struct enc_text session_id;
	uint64_t
		output_bytes; /* of each stream; the rest is dropped, counted */
	bool allowlist;	      /* false: deny_all */
	size_t rule_count;
	struct enc_text rules[ENC_MESSAGE_RULES_MAX];
};

/* ---- up ---- */

/*
 * READY: what the self-check found, before any foreign byte. Each forbidden
 * act has its bit (src/wire/probe.h); one that succeeded is in @missed.
 */
struct enc_message_ready {
	uint64_t tried;
	uint64_t missed;
};

/* EXIT: how the program ended, as enclave-init saw it. */
struct enc_message_exit {
	int32_t code;	 /* 0..255, 0 when signal is set */
	uint32_t signal; /* 0..64 */
};

enum enc_reject_reason {
	ENC_REJECT_INVALID,
	ENC_REJECT_FRAMING, /* the result channel held something else */
	ENC_REJECT_TOO_LARGE,
	ENC_REJECT_JSON,  /* RFC 8259, no duplicate key, I-JSON numbers */
	ENC_REJECT_DEPTH, /* more than 64 */
	ENC_REJECT_UTF8,
	ENC_REJECT_MAX,
};

/* REJECTED: the program's result can't be used. */
struct enc_message_rejected {
	enum enc_reject_reason reason; /* not INVALID */
};

/* enc_reject_name() - "framing", "too_large", ...; as in the audit event */
const char *enc_reject_name(enum enc_reject_reason reason);

enum enc_verdict {
	ENC_VERDICT_DENY, /* zero on purpose: forgetting denies */
	ENC_VERDICT_ALLOW,
};

enum enc_via {
	ENC_VIA_INVALID,
	ENC_VIA_CONNECT,  /* TCP */
	ENC_VIA_DATAGRAM, /* UDP but DNS */
	ENC_VIA_DNS,
	ENC_VIA_PACKET, /* any other protocol; port 0 */
	ENC_VIA_MAX,
};

/* enc_via_name() - "connect", "datagram", "dns", "packet" */
const char *enc_via_name(enum enc_via via);

/* EGRESS: @count attempts of one kind since the last frame of that kind. */
struct enc_message_egress {
	enum enc_verdict verdict;
	enum enc_via via;
	uint8_t protocol; /* IANA number: 6 tcp, 17 udp, 1 icmp ... */
	uint8_t addr[16]; /* IPv6, IPv4 mapped (RFC 4291 2.5.5.2); DNS: zero */
	uint16_t port;
	uint64_t count;
	struct enc_text host; /* canonical; address text if no name is known */
	struct enc_text rule; /* what decided */
};

/* SYSCALL: @count calls since the last frame with that number and arch. */
struct enc_message_syscall {
	uint32_t arch; /* AUDIT_ARCH_* */
	uint32_t number;
	uint64_t count;
};

/* COUNTED: @count more since the last frame of that kind. */
struct enc_message_counted {
	enum enc_counted what; /* not INVALID */
	uint64_t count;
};

/* TRUNCATED: bytes dropped in all, sent once at the end of the stream. */
struct enc_message_truncated {
	uint64_t dropped_bytes;
};

/* TALLY: the gate has told everything; sums over the whole session. */
struct enc_message_tally {
	uint64_t egress_denied;
	uint64_t egress_allowed;
	uint64_t syscalls_denied;
	bool complete; /* the kernel's counters were seen and agree */
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
ENC_MESSAGE_CODEC(ready);
ENC_MESSAGE_CODEC(exit);
ENC_MESSAGE_CODEC(rejected);
ENC_MESSAGE_CODEC(egress);
ENC_MESSAGE_CODEC(syscall);
ENC_MESSAGE_CODEC(counted);
ENC_MESSAGE_CODEC(truncated);
ENC_MESSAGE_CODEC(tally);

/* enc_message_launch_bytes() - what enc_message_launch_write() appends */
size_t enc_message_launch_bytes(const struct enc_message_launch *message);

/**
 * enc_message_path_ok() - whether a relative path can't lead out of its root
 *
 * True for 1..1024 bytes without NUL, not absolute, with no component that is
 * empty, ".", ".." or longer than 255 bytes.
 */
bool enc_message_path_ok(struct enc_text path);

#endif
