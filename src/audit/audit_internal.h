#ifndef ENC_AUDIT_AUDIT_INTERNAL_H
#define ENC_AUDIT_AUDIT_INTERNAL_H

/*
 * Shared by the writer and the verifier: the only accepted spelling of a line
 * (docs/protocol/audit.md), and the hashes. Pure. Parsed fields point into the
 * parsed text.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "number.h"
#include "sha256.h"

/* The largest integer that every JSON reader keeps exactly. */
#define ENC_AUDIT_INT_MAX ((uint64_t)ENC_NUMBER_MAX)

struct enc_audit_piece {
	const char *text; /* text of the member; NULL: JSON null */
	size_t length;
};

struct enc_audit_fields {
	/* Also set if the line is refused because of its version. */
	uint64_t version;
	/* Text of the header without its closing brace. */
	struct enc_audit_piece header;
	struct enc_audit_piece sid;
	uint64_t seq;
	int64_t ts_ms; /* milliseconds since 1970 */
	struct enc_audit_piece type;
	struct enc_audit_piece data_sha256;
	struct enc_audit_piece prev;
	/* Salt and data are both NULL if the line was erased. */
	struct enc_audit_piece salt;
	struct enc_audit_piece data;
	struct enc_audit_piece hash;
};

struct enc_audit_genesis_fields {
	struct enc_audit_piece org_id;
	struct enc_audit_piece sid;
};

/* The offset at which a text is refused, and the reason. */
struct enc_audit_refusal {
	size_t at;
	const char *wanted; /* static; what should have been at `at` */
};

/**
 * enc_audit_parse_line() - parse one stored line, without LF
 * @ret_fields: complete on success; only the version on -EPROTONOSUPPORT
 *
 * Only the spelling is checked, no hash. Return: 0; -EPROTO; -EPROTONOSUPPORT
 * for a line of another version
 */
ENC_NODISCARD int enc_audit_parse_line(const char *text, size_t length,
				       struct enc_audit_fields *ret_fields,
				       struct enc_audit_refusal *ret_refusal);

/*
 * enc_audit_parse_genesis() - parse the genesis, the first line of a bundle.
 * Return: 0; -EPROTO
 */
ENC_NODISCARD int
enc_audit_parse_genesis(const char *text, size_t length,
			struct enc_audit_genesis_fields *ret_fields,
			struct enc_audit_refusal *ret_refusal);

/*
 * enc_audit_parse_count() - read N from the data of a seal,
 * {"count":N,"outcome":"...; -EPROTO for other data
 */
ENC_NODISCARD int enc_audit_parse_count(struct enc_audit_piece data,
					uint64_t *ret_count);

/*
 * enc_audit_canonical() - whether JSON text has the canonical spelling; if not,
 * @ret_at, unless NULL, gets the offset of the first fault
 */
bool enc_audit_canonical(const char *text, size_t length, size_t *ret_at);

/* enc_audit_id_ok() - whether an id has 1 to 64 characters of [a-z0-9-] */
bool enc_audit_id_ok(struct enc_audit_piece id);

bool enc_audit_equal(struct enc_audit_piece piece, const char *text);

/*
 * Compute the hash of a genesis, of a line's salt and data, or of a line's
 * header. The header is given without its closing brace.
 */
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
