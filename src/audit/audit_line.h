#ifndef ENC_AUDIT_AUDIT_LINE_H
#define ENC_AUDIT_AUDIT_LINE_H

/*
 * Theory of operation (format: docs/protocol/audit.md)
 *
 * A chain is the log of one session. Its first link is made of the genesis
 * object, which binds organisation, session, request, policy and environment;
 * each line holds the hash of the one before; the seal closes it and states
 * its length. The data of a line is hashed apart, with a salt, so that it can
 * be erased later while the chain still verifies and shows that.
 *
 * The session owns its chain, a plain value. An append moves the chain at
 * once; the line must then be stored in the same change set as the state that
 * it tells of. If that change set fails, the chain is ahead of the store: put
 * back the copy of the chain that was made before, or end the session.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit_event.h"
#include "buf.h"
#include "err.h"
#include "sha256.h"

enum {
	ENC_AUDIT_LINE_MAX_BYTES = 16 * 1024, /* stored, without LF */
	ENC_AUDIT_GENESIS_MAX_BYTES = 512,
	ENC_AUDIT_ID_MAX_BYTES = 64, /* of orgId and sid: [a-z0-9-] */
	ENC_AUDIT_SALT_BYTES = 16,
	ENC_AUDIT_VERSION = 1,
};

/* Fills ENC_AUDIT_SALT_BYTES; tests bring their own. */
typedef void enc_audit_salt_fn(void *ret_bytes, size_t length);

/* The hashes are 64 lower hex digits each. */
struct enc_audit_genesis {
	const char *org_id;
	const char *sid;
	const char *request_sha256; /* body of the request, as it came */
	const char *policy_sha256;  /* limits and egress as they take effect */
	const char *environment_sha256; /* identity of the environment */
};

/*
 * A plain value: copy it freely. Begin and resume set all of it; whoever wants
 * another salt, or an admin chain, says so afterwards.
 */
struct enc_audit_chain {
	char sid[ENC_AUDIT_ID_MAX_BYTES + 1];
	uint64_t next_seq;		 /* also the number of lines */
	char head[ENC_SHA256_HEX_BYTES]; /* the next line's prev */
	bool sealed;
	bool admin;		 /* takes admin events, and only those */
	enc_audit_salt_fn *salt; /* NULL: enc_random_bytes() */
};

/**
 * enc_audit_chain_begin() - a new chain
 * @ret_genesis: the genesis object is appended here, without LF; it is kept
 *               with the session (the first line of its bundle)
 *
 * Ids or hashes that are malformed are our bug. Return: ENC_OK; ENC_LIMIT from
 * the buffer, ENC_AUDIT_GENESIS_MAX_BYTES are always enough
 */
ENC_NODISCARD enum enc_code
enc_audit_chain_begin(struct enc_audit_chain *chain,
		      const struct enc_audit_genesis *genesis,
		      struct enc_buf *ret_genesis, struct enc_error *err);

/**
 * enc_audit_chain_append() - make the next line, session_sealed excepted
 * @event:   finished by this, whatever comes of it; the caller's to release
 * @wall_ms: when it happened
 * @line:    gets the stored line, without LF, at its end
 *
 * Return: ENC_OK; ENC_CONFLICT after the seal; ENC_LIMIT if the line would be
 * too long. On failure @chain and @line are unchanged.
 */
ENC_NODISCARD enum enc_code
enc_audit_chain_append(struct enc_audit_chain *chain,
		       struct enc_audit_event *event, int64_t wall_ms,
		       struct enc_buf *line, struct enc_error *err);

/**
 * enc_audit_chain_seal() - the last line, session_sealed
 * @outcome: "succeeded", "failed" or "killed"
 *
 * Return: as append; the count is the chain's own
 */
ENC_NODISCARD enum enc_code enc_audit_chain_seal(struct enc_audit_chain *chain,
						 const char *outcome,
						 int64_t wall_ms,
						 struct enc_buf *line,
						 struct enc_error *err);

/**
 * enc_audit_chain_resume() - go on behind a stored line, after a restart
 * @line: the last stored line of the session, or the genesis object if there
 *        is no line yet
 *
 * Return: ENC_OK; ENC_INTERNAL if that is no line that hashes to what it says
 */
ENC_NODISCARD enum enc_code
enc_audit_chain_resume(struct enc_audit_chain *chain, const char *line,
		       size_t length, struct enc_error *err);

/**
 * enc_audit_line_erase() - the same stored line without its data and salt
 * @erased: gets the new line at its end
 *
 * The header and so the hash stay; an erased line is copied as it is.
 * Return: ENC_OK; ENC_INTERNAL if @line is no stored line
 */
ENC_NODISCARD enum enc_code enc_audit_line_erase(const char *line,
						 size_t length,
						 struct enc_buf *erased,
						 struct enc_error *err);

#endif
