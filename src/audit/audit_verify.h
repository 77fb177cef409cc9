#ifndef ENC_AUDIT_AUDIT_VERIFY_H
#define ENC_AUDIT_AUDIT_VERIFY_H

/*
 * The offline verifier: reads the bytes of a bundle and gives a verdict. It
 * needs no server, key or network, and holds one line at a time. It accepts
 * only the canonical spelling that the writer uses (docs/protocol/audit.md), so
 * that no two readers can understand a line differently.
 *
 * A chain without its seal is never OK, because it could be a chain whose tail
 * was cut off. The verifier can't detect that somebody with access to all
 * bundles replaced a bundle by a new one. Detecting that needs a head that
 * somebody else keeps: see enc_audit_report_require().
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit_line.h"
#include "signed_head.h"

/*
 * The values are the exit codes of `enclave audit verify`, which uses 3 for
 * wrong usage.
 */
enum enc_audit_verdict {
	ENC_AUDIT_VERDICT_OK = 0,
	ENC_AUDIT_VERDICT_TAMPERED = 1,
	ENC_AUDIT_VERDICT_OPEN = 2, /* no fault, but the log isn't sealed */
	ENC_AUDIT_VERDICT_VERSION = 4,
	ENC_AUDIT_VERDICT_NO_BUNDLE = 5, /* another kind of file */
	/* Given by enc_audit_report_require() alone: */
	ENC_AUDIT_VERDICT_OTHER_HEAD = 6,
	ENC_AUDIT_VERDICT_ERASED = 7,
	/* Given by enc_audit_report_signed() alone: */
	ENC_AUDIT_VERDICT_NOT_SIGNED = 8,
};

struct enc_audit_report {
	enum enc_audit_verdict verdict;
	/* Id of the organisation; "" if there was no genesis. */
	char org_id[ENC_AUDIT_ID_MAX_BYTES + 1];
	char sid[ENC_AUDIT_ID_MAX_BYTES + 1];
	uint64_t events; /* count of good lines before the first fault */
	uint64_t erased; /* count of good lines whose data was erased */
	char head[ENC_SHA256_HEX_BYTES]; /* hash of the last good line */
	int64_t last_ms;		 /* time of the last good line */
	bool is_signed; /* enc_audit_report_signed() found it so */

	/* The position of the first fault; 0 if no line has one. */
	uint64_t line;	   /* line of the bundle, from 1 */
	uint64_t offset;   /* offset of the line's first byte */
	char message[256]; /* one sentence in ASCII, also for OK */
};

/*
 * enc_audit_verdict_name() - return "ok", "tampered", "open",
 * "unknown_version", "no_bundle", "other_head", "erased" or "not_signed"
 */
const char *enc_audit_verdict_name(enum enc_audit_verdict verdict);

/* enc_audit_verify() - verify a whole bundle at once */
void enc_audit_verify(const uint8_t *bytes, size_t length,
		      struct enc_audit_report *ret_report);

/**
 * enc_audit_report_require() - ask for more than the chain itself shows
 * @head: the log must end with this hash; NULL: with any
 * @all:  no event may be erased
 *
 * Changes the verdict of a report without a fault (OK or OPEN) to OTHER_HEAD
 * or ERASED.
 */
void enc_audit_report_require(struct enc_audit_report *report, const char *head,
			      bool all);

/**
 * enc_audit_report_signed() - ask for a signature of the log's head
 * (wire/signed_head.h)
 * @key: that the log must be signed with
 *
 * Changes the verdict OK to NOT_SIGNED if it isn't. A log that is open has no
 * signature, and stays OPEN.
 */
void enc_audit_report_signed(
	struct enc_audit_report *report,
	const uint8_t key[ENC_SIGNED_HEAD_KEY_BYTES],
	const uint8_t signature[ENC_SIGNED_HEAD_SIGNATURE_BYTES]);

/* A verifier that reads a bundle in pieces of any size. */
struct enc_audit_verifier;

struct enc_audit_verifier *enc_audit_verifier_new(void);

/* enc_audit_verifier_free() - free a verifier; NULL is fine */
void enc_audit_verifier_free(struct enc_audit_verifier *verifier);

/*
 * enc_audit_verifier_feed() - verify the next bytes of the bundle; bytes after
 * a fault are skipped
 */
void enc_audit_verifier_feed(struct enc_audit_verifier *verifier,
			     const uint8_t *bytes, size_t length);

/*
 * enc_audit_verifier_end() - end the bundle and write the report. Call this
 * once, then free the verifier.
 */
void enc_audit_verifier_end(struct enc_audit_verifier *verifier,
			    struct enc_audit_report *ret_report);

#endif
