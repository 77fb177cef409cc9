#ifndef ENC_WIRE_JSON_H
#define ENC_WIRE_JSON_H

/*
 * Checks and writes JSON text (RFC 8259) without building a tree.
 *
 * enc_json_check() checks the JSON of a program. That text is stored and
 * returned byte for byte, because a tree would change its numbers. Requests go
 * through the same check, and then jansson parses them.
 *
 * The writers write ASCII only. Other code points become \uxxxx, above U+FFFF
 * surrogate pairs. So a quoted text can't control a terminal, a log or a page.
 */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum { ENC_JSON_DEPTH_MAX = 64 };

enum enc_json_fault {
	ENC_JSON_FINE,
	ENC_JSON_SYNTAX,
	ENC_JSON_DEPTH,	    /* objects or arrays are nested too deeply */
	ENC_JSON_UTF8,	    /* not UTF-8, or a lone surrogate escape */
	ENC_JSON_DUPLICATE, /* two members with the same unescaped name */
	ENC_JSON_NUMBER,    /* too large for a double, like 1e999; too long */
};

/**
 * enc_json_check() - check that a text is exactly one valid JSON value
 * @ret_at: set on a fault: its offset; may be NULL
 *
 * Takes O(n log n) time, and O(n) memory for the names of open objects. A
 * number may have up to 4096 characters.
 */
enum enc_json_fault enc_json_check(const char *text, size_t length,
				   size_t *ret_at);

/* enc_json_fault_name() - describe a fault in a few words, for messages */
const char *enc_json_fault_name(enum enc_json_fault fault);

/**
 * enc_json_string() - append a string in quotes
 * @bytes: UTF-8; a byte that isn't valid becomes \ufffd
 *
 * Return: 0; -E2BIG or -ENOMEM from the buffer, which is then unchanged
 */
ENC_NODISCARD int enc_json_string(struct enc_buf *out, const void *bytes,
				  size_t length);

/*
 * enc_json_string_cut() - append at most the first @max_bytes of a string, in
 * quotes, without cutting a character
 *
 * Return: as enc_json_string()
 */
ENC_NODISCARD int enc_json_string_cut(struct enc_buf *out, const void *bytes,
				      size_t length, size_t max_bytes);

/*
 * enc_json_string_part() - append a part of a string, without quotes
 *
 * The bytes of a character that is cut at the part's end become \ufffd.
 *
 * Return: as enc_json_string()
 */
ENC_NODISCARD int enc_json_string_part(struct enc_buf *out, const void *bytes,
				       size_t length);

/**
 * enc_json_ascii() - append valid JSON as one line of printable ASCII
 * @text: must have passed enc_json_check()
 *
 * Line ends and tabs between tokens become spaces. Characters that aren't
 * printable ASCII become escapes. Everything else stays, also the spelling of
 * numbers.
 *
 * Return: 0; -E2BIG or -ENOMEM from the buffer, which is then unchanged
 */
ENC_NODISCARD int enc_json_ascii(struct enc_buf *out, const void *text,
				 size_t length);

#endif
