#ifndef ENC_CLI_INERT_H
#define ENC_CLI_INERT_H

/*
 * Theory of operation
 *
 * Text from a sandboxed program can attack a terminal: its output, and each
 * name and host that it chooses. Escape sequences move the cursor, rewrite
 * lines and set the clipboard. Bidirectional and zero-width characters make
 * text look different from what it is. The functions here make text inert, that
 * is, safe to print:
 *
 *	kept       printable UTF-8, tab, newline, and CR right before a newline
 *	escaped    every other control of C0 and C1, DEL, bytes that are not
 *	           UTF-8: \x1b
 *	           format characters (bidi, zero width, BOM, tags, line and
 *	           paragraph separator): \u{202e}
 *
 * The inert form of a stream doesn't depend on where the stream was cut into
 * chunks.
 */

#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/*
 * State between two chunks of a stream: the first bytes of an incomplete
 * character, or a CR. All zero at the start.
 */
struct enc_inert {
	uint8_t held[4];
	size_t held_length;
};

/**
 * enc_inert_feed() - append the inert form of one chunk to @out
 *
 * A chunk of n bytes needs at most 8n + 32 bytes of room in @out.
 *
 * Return: 0; -E2BIG or -ENOMEM if @out can't grow, then a part was appended
 */
ENC_NODISCARD int enc_inert_feed(struct enc_inert *inert, const void *bytes,
				 size_t length, struct enc_buf *out);

/*
 * enc_inert_finish() - end a stream: append its incomplete last character to
 * @out, escaped
 *
 * Return: 0; -E2BIG or -ENOMEM if @out can't grow
 */
ENC_NODISCARD int enc_inert_finish(struct enc_inert *inert,
				   struct enc_buf *out);

/**
 * enc_inert_line() - make a text safe to print on one line
 * @text: cut at 512 bytes; the result for NULL is "-"
 *
 * Newlines and tabs are escaped, too.
 *
 * Return: a new string, never NULL; the caller frees it
 */
char *enc_inert_line(const char *text);

#endif
