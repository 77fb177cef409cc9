#ifndef ENC_CLI_INERT_H
#define ENC_CLI_INERT_H

/*
 * Theory of operation
 *
 * What a sandboxed program prints, and every name and host that it can choose,
 * is hostile to a terminal: escape sequences move the cursor, rewrite lines,
 * set the clipboard; bidirectional and zero-width characters make text read
 * differently than it is. A stream that passes here is inert:
 *
 *	kept       printable UTF-8, tab, newline, and CR right before a newline
 *	escaped    every other control of C0 and C1, DEL, bytes that are not
 *	           UTF-8: \x1b
 *	           format characters (bidi, zero width, BOM, tags, line and
 *	           paragraph separator): \u{202e}
 *
 * The result of a stream doesn't depend on where it was cut into chunks. Pure
 * but for the buffer that it writes to.
 */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/* Up to three bytes of a character, or a CR, that await the next chunk. */
struct enc_inert {
	uint8_t held[4];
	size_t held_length;
};

/**
 * enc_inert_feed() - append the inert form of one chunk to @out
 *
 * Return: 0; -E2BIG or -ENOMEM from the buffer, which then has a part of it;
 * a chunk of n bytes needs at most 8n + 32 bytes of room
 */
ENC_NODISCARD int enc_inert_feed(struct enc_inert *inert, const void *bytes,
				 size_t length, struct enc_buf *out);

/* enc_inert_finish() - what was held back, escaped, at the end of the stream */
ENC_NODISCARD int enc_inert_finish(struct enc_inert *inert,
				   struct enc_buf *out);

/**
 * enc_inert_line() - one text for a table or message: newline escaped too
 * @text: NUL-terminated, cut at 512 bytes; NULL reads as "-"
 *
 * Return: heap string, never NULL; free() it
 */
char *enc_inert_line(const char *text);

#endif
