#ifndef ENC_WIRE_JSON_H
#define ENC_WIRE_JSON_H

/*
 * JSON text (RFC 8259), read and written without a tree.
 *
 * enc_json_check() looks at text that a program made, which is then kept and
 * passed on as it is, byte for byte: a tree would change numbers. Requests,
 * which have to be understood, go through jansson after the same check.
 *
 * Writing is ASCII only: every other code point as \uxxxx (surrogate pairs
 * above U+FFFF), so that no terminal, log or page is driven by what it quotes.
 */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum { ENC_JSON_DEPTH_MAX = 64 };

enum enc_json_fault {
	ENC_JSON_FINE,
	ENC_JSON_SYNTAX,
	ENC_JSON_DEPTH,	    /* more than ENC_JSON_DEPTH_MAX */
	ENC_JSON_UTF8,	    /* not UTF-8, or a lone surrogate escape */
	ENC_JSON_DUPLICATE, /* two members of one name, after unescaping */
	ENC_JSON_NUMBER,    /* outside of what a double can hold: 1e999 */
};

/**
 * enc_json_check() - whether the whole text is one valid JSON value
 * @ret_at: offset of the fault; may be NULL; written only on a fault
 *
 * Pure; time O(n log n), memory O(n) for names of open objects. Integers may
 * have any number of digits up to 4096.
 */
enum enc_json_fault enc_json_check(const char *text, size_t length,
				   size_t *ret_at);

/* enc_json_fault_name() - a few words for a message */
const char *enc_json_fault_name(enum enc_json_fault fault);

/**
 * enc_json_string() - append a quoted string
 * @bytes: UTF-8; a byte that is not becomes \ufffd
 *
 * Return: 0; -E2BIG or -ENOMEM from the buffer, which is then unchanged
 */
ENC_NODISCARD int enc_json_string(struct enc_buf *out, const void *bytes,
				  size_t length);

/*
 * enc_json_string_cut() - the same, of at most @max_bytes of @bytes, never
 * cut inside of a character
 */
ENC_NODISCARD int enc_json_string_cut(struct enc_buf *out, const void *bytes,
				      size_t length, size_t max_bytes);

/*
 * enc_json_string_part() - the same without quotes, for a string that is
 * written in parts; a character that is cut becomes \ufffd
 */
ENC_NODISCARD int enc_json_string_part(struct enc_buf *out, const void *bytes,
				       size_t length);

/**
 * enc_json_ascii() - append JSON text that enc_json_check() found fine
 *
 * Numbers, order and spelling stay; a line end or tab between tokens becomes a
 * space, and what isn't printable ASCII an escape: so it is one line, and
 * drives nothing, wherever it is quoted.
 *
 * Return: 0; -E2BIG or -ENOMEM from the buffer, which is then unchanged
 */
ENC_NODISCARD int enc_json_ascii(struct enc_buf *out, const void *text,
				 size_t length);

#endif
