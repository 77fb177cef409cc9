#ifndef ENC_AUDIT_AUDIT_VERIFY_H
#define ENC_AUDIT_AUDIT_VERIFY_H

/*
 * The offline verifier: bytes of a bundle in, a verdict out. It needs no
 * server, key or network, holds one line at a time, and takes only the one
 * spelling that our writer has (docs/protocol/audit.md): where two readers
 * could understand a line differently, it is refused.
 *
 * A chain without its seal is never OK: whoever cuts the tail leaves exactly
 * that. Who holds every bundle and makes a whole new one is not found here;
 * that takes a checkpoint that somebody else keeps.
 */

#include <stddef.h>
#include <stdint.h>

#include "audit_line.h"

/* Values are the exit codes of `enclave audit verify`; 3 is its usage. */
enum enc_audit_verdict {
	ENC_AUDIT_VERDICT_OK = 0,
	ENC_AUDIT_VERDICT_TAMPERED = 1,
	ENC_AUDIT_VERDICT_OPEN = 2, /* good so far, but not sealed */
	ENC_AUDIT_VERDICT_VERSION = 4,
};

struct enc_audit_report {
	enum enc_audit_verdict verdict;
	char org_id[ENC_AUDIT_ID_MAX_BYTES + 1]; /* "" if not seen */
	char sid[ENC_AUDIT_ID_MAX_BYTES + 1];
	uint64_t events;		 /* good lines before a fault */
	uint64_t erased;		 /* of these, without data */
	char head[ENC_SHA256_HEX_BYTES]; /* of the last good line */

	/* Where the first fault is, unless the verdict is OK. */
	uint64_t line;	   /* of the bundle, from 1 */
	uint64_t offset;   /* of that line's first byte */
	char message[256]; /* one sentence, always, also for OK; ASCII */
};

/* enc_audit_verdict_name() - "ok", "tampered", "open", "unknown_version" */
const char *enc_audit_verdict_name(enum enc_audit_verdict verdict);

/* enc_audit_verify() - a whole bundle at once */
void enc_audit_verify(const uint8_t *bytes, size_t length,
		      struct enc_audit_report *ret_report);

/* The same in pieces of any size. */
struct enc_audit_verifier;

struct enc_audit_verifier *enc_audit_verifier_new(void);

/* enc_audit_verifier_free() - NULL is fine */
void enc_audit_verifier_free(struct enc_audit_verifier *verifier);

/* enc_audit_verifier_feed() - the next bytes; after a fault they are skipped */
void enc_audit_verifier_feed(struct enc_audit_verifier *verifier,
			     const uint8_t *bytes, size_t length);

/* enc_audit_verifier_end() - there are no more bytes: once, then free it */
void enc_audit_verifier_end(struct enc_audit_verifier *verifier,
			    struct enc_audit_report *ret_report);

#endif
