#ifndef ENC_AUDIT_AUDIT_LINE_H
#define ENC_AUDIT_AUDIT_LINE_H

/*
 * Theory of operation (format: docs/protocol/audit.md)
 *
 * A chain is the log of one session. Its first link is the hash of the genesis
 * object, which binds organisation, session, request, policy and environment.
 * Each line contains the hash of the line before. The seal is the last line and
 * states the number of lines. The data of a line has a hash of its own, with a
 * salt. So the data can be erased later; the chain still verifies, and the
 * verifier reports the erasure.
 *
 * The session owns its chain, which is a plain value. An append advances the
 * chain at once. The line must then be stored in the same change set as the
 * state that it describes. If that change set fails, the chain is ahead of the
 * store. Then restore a copy of the chain made before the append, or end the
 * session.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit_event.h"
#include "buf.h"
#include "err.h"
#include "sha256.h"

enum {
	ENC_AUDIT_LINE_MAX_BYTES = 16 * 1024, /* a stored line, without LF */
	ENC_AUDIT_GENESIS_MAX_BYTES = 512,
	ENC_AUDIT_ID_MAX_BYTES = 64, /* limit for orgId and sid: [a-z0-9-] */
	ENC_AUDIT_SALT_BYTES = 16,
	ENC_AUDIT_VERSION = 1,
};

/* Fills a salt of ENC_AUDIT_SALT_BYTES. Tests use a function of their own. */
typedef void enc_audit_salt_fn(void *ret_bytes, size_t length);

/*
 * The facts that a genesis binds to a chain. Each hash has 64 lower-case hex
 * digits.
 */
struct enc_audit_genesis {
	const char *org_id;
	const char *sid;
	/* Hash of the request's body, as received. */
	const char *request_sha256;
	/* Hash of the effective limits and egress rules. */
	const char *policy_sha256;
	/* Hash that identifies the environment. */
	const char *environment_sha256;
};

/*
 * A chain is a plain value and may be copied. Begin and resume set all members;
 * to use another salt or to make an admin chain, set `salt` or `admin`
 * afterwards.
 */
struct enc_audit_chain {
	char sid[ENC_AUDIT_ID_MAX_BYTES + 1];
	/* Number of the next line; also the count of lines. */
	uint64_t next_seq;
	char head[ENC_SHA256_HEX_BYTES]; /* hash of the last line or genesis */
	int64_t last_ms; /* time of the last line, as it has it; 0: none */
	bool sealed;
	bool admin; /* accepts only admin events; otherwise none of them */
	/* The function that makes salts; NULL: enc_random_bytes(). */
	enc_audit_salt_fn *salt;
};

/**
 * enc_audit_chain_begin() - start a new chain
 * @ret_genesis: the genesis object is appended to it, without LF. Store it with
 *               the session: it is the first line of the bundle.
 *
 * Malformed ids or hashes are a bug. Return: ENC_OK; ENC_LIMIT if @ret_genesis
 * is too small; ENC_AUDIT_GENESIS_MAX_BYTES are always enough
 */
ENC_NODISCARD enum enc_code
enc_audit_chain_begin(struct enc_audit_chain *chain,
		      const struct enc_audit_genesis *genesis,
		      struct enc_buf *ret_genesis, struct enc_error *err);

/**
 * enc_audit_chain_append() - append a line with any event except session_sealed
 * @event:   this call finishes it, even on failure; the caller releases it
 * @wall_ms: when the event happened
 * @line:    the stored line is appended to it, without LF
 *
 * Return: ENC_OK; ENC_CONFLICT after the seal; ENC_LIMIT if the line would be
 * too long. On failure @chain and @line are unchanged.
 */
ENC_NODISCARD enum enc_code
enc_audit_chain_append(struct enc_audit_chain *chain,
		       struct enc_audit_event *event, int64_t wall_ms,
		       struct enc_buf *line, struct enc_error *err);

/**
 * enc_audit_chain_seal() - append the last line, session_sealed, with the count
 * of lines
 * @outcome: "succeeded", "failed" or "killed"
 *
 * Return: the same as enc_audit_chain_append()
 */
ENC_NODISCARD enum enc_code enc_audit_chain_seal(struct enc_audit_chain *chain,
						 const char *outcome,
						 int64_t wall_ms,
						 struct enc_buf *line,
						 struct enc_error *err);

/**
 * enc_audit_chain_resume() - continue a chain after a restart
 * @line: the last stored line of the session, or the genesis object if there is
 *        no line yet
 *
 * Return: ENC_OK; ENC_INTERNAL if @line is malformed or its hashes are wrong
 */
ENC_NODISCARD enum enc_code
enc_audit_chain_resume(struct enc_audit_chain *chain, const char *line,
		       size_t length, struct enc_error *err);

/**
 * enc_audit_line_erase() - copy a stored line without its data and salt
 * @erased: the new line is appended to it
 *
 * The header and therefore the hash stay. A line that was erased before is
 * copied unchanged. Return: ENC_OK; ENC_INTERNAL if @line is malformed;
 * ENC_LIMIT if @erased is full
 */
ENC_NODISCARD enum enc_code enc_audit_line_erase(const char *line,
						 size_t length,
						 struct enc_buf *erased,
						 struct enc_error *err);

#endif
