#ifndef ENC_AUDIT_AUDIT_INTERNAL_H
#define ENC_AUDIT_AUDIT_INTERNAL_H

/*
 * What the writer and the verifier share: the one spelling of a line
 * (docs/protocol/audit.md) and what is hashed. Pure; all that is parsed lies
 * in the parsed text.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "number.h"
#include "sha256.h"

/* The largest integer that every reader of JSON keeps exactly. */
#define ENC_AUDIT_INT_MAX ((uint64_t)ENC_NUMBER_MAX)

struct enc_audit_piece {
	const char *text; /* NULL: the member is null */
	size_t length;
};

struct enc_audit_fields {
	uint64_t version; /* also set when it is the reason of a refusal */
	struct enc_audit_piece header; /* all but its closing brace */
	struct enc_audit_piece sid;
	uint64_t seq;
	struct enc_audit_piece type;
	struct enc_audit_piece data_sha256;
	struct enc_audit_piece prev;
	struct enc_audit_piece salt; /* NULL together with data: erased */
	struct enc_audit_piece data;
	struct enc_audit_piece hash;
};

struct enc_audit_genesis_fields {
	struct enc_audit_piece org_id;
	struct enc_audit_piece sid;
};

/* Why a text is refused. */
struct enc_audit_refusal {
	size_t at;
	const char *wanted; /* static: what should have been there */
};

/**
 * enc_audit_parse_line() - one stored line, without LF
 * @ret_fields: complete on success; on -EPROTONOSUPPORT the version alone
 *
 * Only the spelling is looked at, no digest. Return: 0; -EPROTO;
 * -EPROTONOSUPPORT for a line of another version
 */
ENC_NODISCARD int enc_audit_parse_line(const char *text, size_t length,
				       struct enc_audit_fields *ret_fields,
				       struct enc_audit_refusal *ret_refusal);

/* enc_audit_parse_genesis() - the same for the first line of a bundle */
ENC_NODISCARD int
enc_audit_parse_genesis(const char *text, size_t length,
			struct enc_audit_genesis_fields *ret_fields,
			struct enc_audit_refusal *ret_refusal);

/* enc_audit_parse_count() - N of {"count":N,...; -EPROTO if it isn't there */
ENC_NODISCARD int enc_audit_parse_count(struct enc_audit_piece data,
					uint64_t *ret_count);

/* enc_audit_canonical() - whether JSON text has the one spelling */
bool enc_audit_canonical(const char *text, size_t length, size_t *ret_at);

/* enc_audit_id_ok() - 1..64 of [a-z0-9-] */
bool enc_audit_id_ok(struct enc_audit_piece id);

bool enc_audit_equal(struct enc_audit_piece piece, const char *text);

/* The three digests; the header is given without its closing brace. */
void enc_audit_hash_genesis(struct enc_sha256 *digest,
			    struct enc_audit_piece genesis,
			    char ret_hex[ENC_SHA256_HEX_BYTES]);
void enc_audit_hash_data(struct enc_sha256 *digest, struct enc_audit_piece salt,
			 struct enc_audit_piece data,
			 char ret_hex[ENC_SHA256_HEX_BYTES]);
void enc_audit_hash_header(struct enc_sha256 *digest,
			   struct enc_audit_piece header,
			   char ret_hex[ENC_SHA256_HEX_BYTES]);

#endif
